import { expect, test } from "vitest";
import {
	ConnectorError,
	exitCodeOf,
	fromTraceError,
	isConnectorError,
	toConnectorError,
	toTraceError,
	worstExitCode,
} from "../src/errors.ts";

const parts = {
	where: "orders.csv:7",
	why: "the row has 7 fields",
	next: "growthnav rejects shows it",
	stream: "orders",
};

test("the kind is the first word of the code and decides the exit code", () => {
	const codes = (["config.x", "transient.x", "data.x", "internal.x"] as const).map(
		(code) => new ConnectorError(code, "x"),
	);
	expect(codes.map((error) => [error.kind, exitCodeOf(error)])).toEqual([
		["config", 10],
		["transient", 20],
		["data", 30],
		["internal", 70],
	]);
});

test("an error of another copy of the package is ours, an alien one is not", () => {
	const alien = Object.assign(new Error("x"), { [Symbol.for("growthnav.error")]: true });
	expect([new ConnectorError("data.x", "x"), alien].map(isConnectorError)).toEqual([true, true]);
	expect([new Error("x"), null, undefined, "x", { code: "data.x" }].map(isConnectorError)).toEqual(
		Array(5).fill(false),
	);
});

test("whatever is thrown becomes one of ours; what is not ours is a bug", () => {
	const ours = new ConnectorError("data.x", "x");
	expect(toConnectorError(ours)).toBe(ours);
	const cause = new TypeError("x is not a function");
	expect(toConnectorError(cause)).toMatchObject({ code: "internal.unexpected", message: "x is not a function", cause });
	expect(toConnectorError("text")).toMatchObject({ code: "internal.unexpected", message: "text" });
	expect(toConnectorError(undefined)).toMatchObject({ code: "internal.unexpected" });
});

test("an error survives the wire with all its parts", () => {
	for (const code of ["config.csv", "transient.csv", "data.csv", "internal.csv"] as const) {
		const error = new ConnectorError(code, "A row has 7 fields", parts);
		const trace = toTraceError(error);
		expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
		expect(fromTraceError(trace, "source")).toMatchObject({ code, kind: error.kind, message: error.message, ...parts });
	}
});

test("an error of a foreign process has the kind that its failure type tells", () => {
	const of = (failure_type?: "config_error" | "transient_error" | "system_error") =>
		fromTraceError({ message: "x", ...(failure_type !== undefined && { failure_type }) }, "source_failed").code;
	expect([of("config_error"), of("transient_error"), of("system_error"), of()]).toEqual([
		"config.source_failed",
		"transient.source_failed",
		"internal.source_failed",
		"internal.source_failed",
	]);
});

test("a foreign code that is none of ours is not taken for one", () => {
	expect(fromTraceError({ message: "x", code: "E42", failure_type: "config_error" }, "source_failed")).toMatchObject({
		code: "config.source_failed",
		kind: "config",
	});
});

test("only a bug carries its stack trace", () => {
	expect(toTraceError(new ConnectorError("config.x", "x", { cause: new Error("y") }))).not.toHaveProperty(
		"stack_trace",
	);
	expect(toTraceError(toConnectorError(new Error("y"))).stack_trace).toContain("errors.test.ts");
});

test("retryAfter survives on the error, seconds are not lost on the wire", () => {
	const error = new ConnectorError("transient.rate_limited", "slow down", { retryAfter: 12 });
	expect(fromTraceError(toTraceError(error), "x").retryAfter).toBe(12);
});

test("of several exit codes the worst wins: a bug, a setting, the data, a wait", () => {
	expect(worstExitCode([0, 20, 30, 10, 70])).toBe(70);
	expect(worstExitCode([20, 30, 10])).toBe(10);
	expect(worstExitCode([20, 0, 30])).toBe(30);
	expect(worstExitCode([20, 143])).toBe(20);
	expect(worstExitCode([0, 137])).toBe(137);
	expect(worstExitCode([])).toBe(0);
});

test("of another process's error nothing is believed: neither the form of its code, nor that its parts are texts", () => {
	const title = { message: "x", code: "config.\x1b]0;title\x07" };
	expect(fromTraceError(title, "source-x").code).toBe("internal.source-x");
	expect(fromTraceError({ message: "x", code: "data" }, "a b\x1b").code).toBe("internal.a_b_");
	const odd = { message: 5, code: 5, where: {}, why: [1], next: null, stream_descriptor: 1, retry_after: "soon" };
	expect(fromTraceError(odd as never, "source-x")).toMatchObject({
		code: "internal.source-x",
		message: "it gave no message",
		where: undefined,
		why: undefined,
		next: undefined,
		stream: undefined,
		retryAfter: undefined,
	});
	const long = fromTraceError({ message: "x".repeat(1_000_000), where: "y".repeat(1_000_000) }, "source-x");
	expect([long.message.length, long.where?.length]).toEqual([2_001, 2_001]);
});
