import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "@growthnav/spec";
import { afterAll, describe, expect, test } from "vitest";
import { ended, errorsIn, folder, launch, messagesIn, run, SAMPLE } from "./program.ts";

const files = folder();
afterAll(files.remove);

const TOKEN = "s3cret/t0ken+value";
const config = files.file("sample.json", { token: TOKEN });
const NO_STATE = files.file("notes.txt", "some\nnotes\n");
const withSettings = (name: string, more: object) => files.file(`${name}.json`, { token: TOKEN, ...more });
const typesOf = (messages: Message[]) =>
	messages.map((message) =>
		message.type === "TRACE" ? (message.trace.stream_status?.status ?? "ERROR") : message.type,
	);

describe("the four commands", () => {
	test("spec answers one line, without any settings", async () => {
		const { code, err, ...rest } = await run(SAMPLE, ["spec"]);
		expect([code, err]).toEqual([0, ""]);
		expect(messagesIn(rest)).toMatchObject([
			{ type: "SPEC", spec: { connectionSpecification: { required: ["token"] } } },
		]);
	});

	test("check answers SUCCEEDED, or FAILED with exit code 0", async () => {
		const good = await run(SAMPLE, ["check", "--config", config]);
		expect([good.code, good.err]).toEqual([0, ""]);
		expect(messagesIn(good)).toEqual([
			{ type: "CONNECTION_STATUS", connectionStatus: { status: "SUCCEEDED", message: "3 rows" } },
		]);
		const bad = await run(SAMPLE, ["check", "--config", withSettings("failing", { fail: "config" })]);
		expect(bad.code).toBe(0);
		expect(messagesIn(bad)).toMatchObject([
			{
				connectionStatus: {
					status: "FAILED",
					message: "It failed with ***; run again",
					error: { code: "config.sample" },
				},
			},
		]);
		const wrong = await run(SAMPLE, ["check", "--config", files.file("wrong.json", { rows: "many" })]);
		expect(wrong.code).toBe(0);
		expect(messagesIn(wrong)).toMatchObject([
			{ connectionStatus: { status: "FAILED", errors: [{ code: "config.missing" }, { code: "config.wrong_type" }] } },
		]);
	});

	test("discover answers the catalog, also under another name", async () => {
		const answer = await run(SAMPLE, ["discover", "--config", config, "--namespace", "main"]);
		expect(messagesIn(answer)).toMatchObject([
			{ type: "CATALOG", catalog: { streams: [{ name: "orders", namespace: "main" }] } },
		]);
	});

	test("read answers records and states, and nothing but messages", async () => {
		const answer = await run(SAMPLE, ["read", "--config", config]);
		expect([answer.code, answer.err]).toEqual([0, ""]);
		expect(typesOf(messagesIn(answer))).toEqual([
			"CATALOG",
			"STARTED",
			"RUNNING",
			"RECORD",
			"RECORD",
			"STATE",
			"RECORD",
			"STATE",
			"COMPLETE",
		]);
		expect(answer.out).toContain(
			'{"type":"RECORD","record":{"stream":"orders","namespace":"sample","data":{"id":"o0","updated_at":"2026-01-01T00:00:00Z","total":12.50},"emitted_at":',
		);
		expect(answer.out).toContain('"sourceStats":{"recordCount":2.0}');
	});

	test("the answer of discover is a catalog to read by, and the output of a read is a state to go on from", async () => {
		const catalog = files.file("catalog.json", (await run(SAMPLE, ["discover", "--config", config])).out);
		const first = await run(SAMPLE, ["read", "--config", config, "--catalog", catalog]);
		expect(typesOf(messagesIn(first))[0]).toBe("STARTED");
		const state = files.file("state.ndjson", first.out);
		const second = await run(SAMPLE, ["read", "--config", config, "--state", state]);
		expect(typesOf(messagesIn(second))).toEqual(["CATALOG", "STARTED", "RUNNING", "RECORD", "STATE", "COMPLETE"]);
	});

	test("--help and --version are for people", async () => {
		const help = await run(SAMPLE, ["read", "--help"]);
		expect(help.code).toBe(0);
		expect(help.out).toContain("source-sample read --config sample.json |");
		expect(help.out).toContain("token       required, secret. From the dashboard");
		expect(help.out.split("\n").filter((line) => line.length > 80)).toEqual([]);
		expect((await run(SAMPLE, [])).out).toBe(help.out);
		expect((await run(SAMPLE, ["--version"])).out).toBe("source-sample 1.2.3\n");
	});
});

describe("a wrong command line", () => {
	test.each([
		[["raed"], "There is no command raed", "did you mean read?"],
		[["write"], "There is no command write", "source-sample --help"],
		[["read"], "read needs --config", "source-sample --help"],
		[["read", "--confg", "x"], "read has no option --confg", "did you mean --config?"],
		[["spec", "--state", "x"], "spec has no option --state", "source-sample --help"],
		[["read", "--config"], "--config needs a value", "source-sample --help"],
		[["read", "--config", "x", "y"], "read takes no y", "source-sample --help"],
		[["read", "--config", "x", "--namespace", "a\nb"], "x cannot be read", "name a file with --config"],
	])("%j", async (args, message, next) => {
		const answer = await run(SAMPLE, args);
		expect([answer.code, answer.err]).toEqual([10, ""]);
		expect(errorsIn(answer)).toMatchObject([{ message, next, failure_type: "config_error" }]);
	});
});

describe("a wrong file", () => {
	test.skipIf(process.platform === "win32")("a device is read no further than a file may be long", async () => {
		const answer = await run(SAMPLE, ["read", "--config", "/dev/zero"]);
		expect(errorsIn(answer)).toMatchObject([{ code: "config.file", why: "it is larger than 100 MB" }]);
	});

	test("broken JSON is told by line and column, without its text", async () => {
		const broken = files.file("broken.json", `{\n  "token": "${TOKEN}",\n  "rows": 5,\n}`);
		const answer = await run(SAMPLE, ["read", "--config", broken]);
		expect(answer.code).toBe(10);
		expect(errorsIn(answer)).toMatchObject([
			{ code: "config.json", where: `${broken}:4:1`, why: "expected double-quoted property name" },
		]);
		expect(answer.out).not.toContain(TOKEN);
	});

	test("all faults of a config are told by line and column", async () => {
		const faulty = files.file("faulty.json", '{\n  "tokn": "x",\n  "rows": "many",\n  "padding": "env:PADDING"\n}');
		const answer = await run(SAMPLE, ["read", "--config", faulty]);
		expect(answer.code).toBe(10);
		expect(errorsIn(answer).map(({ code, where, next }) => [code, where, next])).toEqual([
			["config.reference", `${faulty}:4:14, padding`, "write the value itself, or use growthnav with a pipeline file"],
			["config.unknown_key", `${faulty}:2:3, tokn`, "did you mean token?"],
			["config.missing", `${faulty}:1:1, token`, "add token"],
			["config.wrong_type", `${faulty}:3:11, rows`, "correct rows, for example 3"],
			["config.wrong_type", `${faulty}:4:14, padding`, "correct padding, for example 0"],
		]);
	});

	test.each([
		[["--config", "/nowhere/sample.json"], "config.file", "there is no such file"],
		[["--config", "/tmp"], "config.file", "it is a folder"],
		[["--config", config, "--catalog", config], "config.catalog", "it has no list of streams"],
		[["--config", config, "--state", NO_STATE], "config.state_file", undefined],
	])("%j", async (args, code, why) => {
		const answer = await run(SAMPLE, ["read", ...args]);
		expect(answer.code).toBe(10);
		expect(errorsIn(answer)).toMatchObject([{ code, ...(why && { why }) }]);
	});
});

describe("a failing read", () => {
	test.each([
		["config", 10],
		["transient", 20],
		["data", 30],
		["internal", 70],
		["bug", 70],
	])("of kind %s ends with %i, INCOMPLETE and an error without the secret", async (fail, code) => {
		const answer = await run(SAMPLE, ["read", "--config", withSettings(fail, { fail })]);
		expect([answer.code, answer.err]).toEqual([code, ""]);
		expect(typesOf(messagesIn(answer)).slice(-2)).toEqual(["INCOMPLETE", "ERROR"]);
		expect(errorsIn(answer)[0]?.message).toMatch(/(failed with|no function of) \*\*\*$/);
		expect(answer.out).not.toContain(TOKEN);
	});

	test("an error that nobody awaited is told too", async () => {
		const answer = await run(SAMPLE, ["read", "--config", withSettings("stray", { habit: "stray" })]);
		expect([answer.code, answer.err]).toEqual([70, ""]);
		expect(errorsIn(answer)).toMatchObject([{ code: "internal.unexpected", message: "nobody waits for ***" }]);
	});
});

describe("stdout", () => {
	test("carries messages alone, whatever a library prints", async () => {
		const answer = await run(SAMPLE, ["read", "--config", withSettings("console", { habit: "console" })]);
		expect(answer.code).toBe(0);
		expect(typesOf(messagesIn(answer))).toContain("COMPLETE");
		expect(answer.err).toBe("a library talks\n");
	});

	test("never carries a secret", async () => {
		const answer = await run(SAMPLE, ["read", "--config", withSettings("secret", { habit: "secret" })]);
		expect(messagesIn(answer)).toContainEqual({ type: "LOG", log: { level: "WARN", message: "the token is ***" } });
		expect(answer.out).not.toContain(TOKEN);
	});

	test("is complete when the reader is slow", async () => {
		const child = launch(SAMPLE, [
			"read",
			"--config",
			withSettings("large", { rows: 2_000, page_size: 100, padding: 1_000 }),
		]);
		child.stdout!.pause();
		await sleep(500);
		const answer = await ended(child);
		expect(answer.code).toBe(0);
		expect(messagesIn(answer).filter(({ type }) => type === "RECORD")).toHaveLength(2_000);
		expect(typesOf(messagesIn(answer)).at(-1)).toBe("COMPLETE");
	});

	test.skipIf(process.platform !== "linux")("that nobody reads holds the source back", async () => {
		const child = launch(SAMPLE, [
			"read",
			"--config",
			withSettings("endless", { rows: 1e9, page_size: 1_000, padding: 1_000 }),
		]);
		child.stdout!.once("data", () => child.stdout!.pause());
		await sleep(1_000);
		const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]);
		const before = memory();
		await sleep(700);
		expect(memory() - before).toBeLessThan(5_000);
		expect(before).toBeLessThan(300_000);
		child.kill("SIGKILL");
		await ended(child);
	});

	test("that is closed early ends the source without a trace", async () => {
		const child = launch(SAMPLE, ["read", "--config", withSettings("closed", { rows: 1e9, page_size: 100 })]);
		child.stdout!.once("data", () => child.stdout!.destroy());
		const { code, err } = await ended(child);
		expect([code, err]).toEqual([20, ""]);
	});

	test("does not keep the program alive, nor does what the connector forgot to close", async () => {
		const start = Date.now();
		const answer = await run(SAMPLE, ["read", "--config", withSettings("timer", { habit: "timer" })]);
		expect(answer.code).toBe(0);
		expect(Date.now() - start).toBeLessThan(8_000);
	});
});

describe("signals", () => {
	test.each([
		["SIGTERM", 143],
		["SIGINT", 130],
	] as const)(
		"%s ends with %i, the states so far and INCOMPLETE, although the connector hangs",
		async (signal, code) => {
			const child = launch(SAMPLE, ["read", "--config", withSettings(signal, { habit: "hang" })]);
			child.stdout!.on("data", (chunk) => String(chunk).includes("00:00:02Z") && child.kill(signal));
			const answer = await ended(child);
			expect([answer.code, answer.err]).toEqual([code, ""]);
			expect(typesOf(messagesIn(answer)).slice(-3)).toEqual(["STATE", "INCOMPLETE", "ERROR"]);
			expect(errorsIn(answer)[0]?.code).toBe("transient.stopped");
		},
	);

	test("in the middle of a read the last state covers every record before it, and reading on loses nothing", async () => {
		const settings = withSettings("midway", { rows: 200_000, page_size: 100 });
		const child = launch(SAMPLE, ["read", "--config", settings]);
		child.stdout!.once("data", () => setTimeout(() => child.kill("SIGTERM"), 50));
		const first = await ended(child);
		expect(first.code).toBe(143);
		const messages = messagesIn(first);
		const last = messages.findLastIndex(({ type }) => type === "STATE");
		const committed = messages.slice(0, last).filter(({ type }) => type === "RECORD").length;
		const rest = await run(SAMPLE, ["read", "--config", settings, "--state", files.file("midway.ndjson", first.out)]);
		const again = messagesIn(rest).filter(({ type }) => type === "RECORD").length;
		// the row at the cursor is read again
		expect(committed + again).toBe(200_001);
	});

	test("a source can be made to die at a named point", async () => {
		const child = launch(SAMPLE, ["read", "--config", config], { GN_CRASH_SOURCE_AT: "state:1" });
		const answer = await ended(child);
		expect(answer.signal).toBe("SIGKILL");
		expect(typesOf(messagesIn(answer)).at(-1)).toBe("STATE");
		const torn = await ended(launch(SAMPLE, ["read", "--config", config], { GN_CRASH_SOURCE_AT: "mid_line:2" }));
		expect(torn.signal).toBe("SIGKILL");
		expect(torn.out.endsWith("\n")).toBe(false);
	});
});
