import { afterAll, describe, expect, test } from "vitest";
import { ended, errorsIn, folder, launch, messagesIn, run, SAMPLE, STORE } from "./program.ts";

const files = folder();
afterAll(files.remove);

const config = files.file("store.json", { path: "a.db" });
const habit = (name: string) => files.file(`${name}.json`, { path: "a.db", habit: name });
const sample = files.file("sample.json", { token: "a-long-token", rows: 5 });

test("spec and check answer as those of sources do", async () => {
	expect(messagesIn(await run(STORE, ["spec"]))).toMatchObject([{ type: "SPEC" }]);
	const good = await run(STORE, ["check", "--config", config]);
	expect(messagesIn(good)).toEqual([
		{ type: "CONNECTION_STATUS", connectionStatus: { status: "SUCCEEDED", message: "a.db can be made" } },
	]);
	const bad = await run(STORE, ["check", "--config", habit("fail")]);
	expect(bad.code).toBe(0);
	expect(messagesIn(bad)).toMatchObject([{ connectionStatus: { status: "FAILED", error: { code: "config.store" } } }]);
	const wrong = await run(STORE, ["check", "--config", files.file("wrong.json", '{"pat": 1}')]);
	expect(messagesIn(wrong)).toMatchObject([
		{
			connectionStatus: {
				errors: [
					{ code: "config.unknown_key", where: expect.stringContaining("wrong.json:1:2, pat") },
					{ code: "config.missing" },
				],
			},
		},
	]);
});

describe("write", () => {
	test("takes a source's output through a pipe and answers its states", async () => {
		const source = launch(SAMPLE, ["read", "--config", sample]);
		const store = launch(STORE, ["write", "--config", config]);
		source.stdout!.pipe(store.stdin!);
		const [read, written] = await Promise.all([ended(source), ended(store)]);
		expect([read.code, written.code, written.err]).toEqual([0, 0, ""]);
		expect(messagesIn(written).map(({ type }) => type)).toEqual(["STATE", "STATE", "STATE"]);
		expect(written.out).toContain('"sourceStats":{"recordCount":2.0}');
	});

	test("ends with the exit code of its result; its errors are told once", async () => {
		const answer = await run(STORE, ["write", "--config", habit("fail")]);
		expect([answer.code, answer.err]).toEqual([30, ""]);
		expect(errorsIn(answer)).toEqual([{ message: "It broke", code: "data.store" }]);
	});

	test("that ends early lets the source know", async () => {
		const source = launch(SAMPLE, [
			"read",
			"--config",
			files.file("endless.json", { token: "a-long-token", rows: 1e9 }),
		]);
		const store = launch(STORE, ["write", "--config", habit("early")]);
		source.stdout!.on("error", () => {});
		store.stdin!.on("error", () => {});
		// as the end of a pipe that nobody reads any more
		store.once("exit", () => source.stdout!.destroy());
		source.stdout!.pipe(store.stdin!);
		const [read, written] = await Promise.all([ended(source), ended(store)]);
		expect([read.code, read.err, written.code]).toEqual([20, "", 0]);
	});

	test("dies at the point that a test names", async () => {
		const store = launch(STORE, ["write", "--config", config], { GN_CRASH_AT: "before_commit:2" });
		store.stdin!.on("error", () => {});
		const state = { type: "STREAM", stream: { stream_descriptor: { name: "orders" }, stream_state: 1 } };
		const line = `${JSON.stringify({ type: "STATE", state })}\n`;
		store.stdin!.end(line.repeat(3));
		expect(await ended(store)).toMatchObject({ code: null, signal: "SIGKILL" });
	});
});

test("state prints messages, and clears one stream or all", async () => {
	const namesOf = async (...args: string[]) =>
		messagesIn(await run(STORE, ["state", "--config", config, ...args])).map((message) =>
			message.type === "STATE" ? [message.state.stream?.stream_descriptor.name, message.state.id] : [],
		);
	expect(await namesOf()).toEqual([["kept", 7]]);
	expect(await namesOf("--reset")).toEqual([["all", 7]]);
	expect(await namesOf("--reset", "orders")).toEqual([["orders", 7]]);
	expect(await namesOf("--reset=orders")).toEqual([["orders", 7]]);
	const array = await run(STORE, ["state", "--config", config, "--array"]);
	expect(JSON.parse(array.out)).toMatchObject([{ type: "STREAM", stream: { stream_descriptor: { name: "kept" } } }]);
	expect(errorsIn(await run(STORE, ["state", "--config", config, "orders"]))).toMatchObject([
		{ message: "state takes no orders" },
	]);
});

test("sql prints its columns, then each row as a list in their order", async () => {
	const { out, code } = await run(STORE, ["sql", "--config", config, "--query", "from x"]);
	expect(code).toBe(0);
	expect(out.split("\n")).toEqual([
		'{"columns":[{"name":"b","type":"INTEGER"},{"name":"a","type":"VARCHAR"}]}',
		'[1,"from x"]',
		'[null,"x"]',
		"",
	]);
	expect(errorsIn(await run(STORE, ["sql", "--config", config]))).toMatchObject([{ message: "sql needs --query" }]);
});

test("--help tells its commands and settings within 80 columns", async () => {
	const { out } = await run(STORE, ["--help"]);
	expect(out).toContain("destination-store write --config store.json");
	expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
});
