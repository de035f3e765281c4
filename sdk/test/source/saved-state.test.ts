import { describe, expect, test } from "vitest";
import { parseStateFile } from "../../src/source/index.ts";

const state = (name: string, stream_state: object, namespace?: string) => ({
	type: "STREAM",
	stream: { stream_descriptor: namespace === undefined ? { name } : { name, namespace }, stream_state },
});
const A = state("orders", { cursor: "1" }, "square");
const B = state("refunds", { cursor: "2" });
const both = [
	{ descriptor: { name: "orders", namespace: "square" }, state: { cursor: "1" } },
	{ descriptor: { name: "refunds" }, state: { cursor: "2" } },
];
const message = (payload: object) => ({ type: "STATE", state: payload });
const global = { type: "GLOBAL", global: { shared_state: { lsn: 1 }, stream_states: [A.stream, B.stream] } };

describe("a state file may be", () => {
	test.each([
		["an array of states", JSON.stringify([A, B])],
		["an array of messages, pretty", JSON.stringify([message(A), message(B)], null, 2)],
		[
			"NDJSON with other messages and logs",
			`starting\n${JSON.stringify({ type: "LOG", log: {} })}\r\n${JSON.stringify(message(A))}\n\n${JSON.stringify({ ...message(B), id: 7 })}\n`,
		],
		["one GLOBAL state", JSON.stringify(global)],
		["a GLOBAL message after a byte order mark", `\uFEFF${JSON.stringify(message(global))}`],
	])("%s", (_what, text) => {
		expect(parseStateFile(text, "state.json")).toEqual(both);
	});

	test("one state", () => {
		expect(parseStateFile(JSON.stringify(A), "state.json")).toEqual(both.slice(0, 1));
	});

	test("empty, or hold nothing of a stream", () => {
		for (const text of ["", " \n", "[]", "{}", '{"data":{"orders":{"cursor":"1"}}}', "null"]) {
			expect(parseStateFile(text, "state.json")).toEqual([]);
		}
	});
});

test("a broken line is named, and its text is not quoted", () => {
	expect(() =>
		parseStateFile(`${JSON.stringify(message(A))}\n{"type":"STATE","state":{"secret`, "state.ndjson"),
	).toThrow(
		expect.objectContaining({
			code: "config.state_file",
			where: "state.ndjson:2",
			why: expect.not.stringContaining("secret"),
		}),
	);
	expect(() => parseStateFile("hello", "state.json")).toThrow(
		expect.objectContaining({ code: "config.state_file", where: "state.json" }),
	);
});

test("numbers in a state are exact", () => {
	const [saved] = parseStateFile(
		'{"stream":{"stream_descriptor":{"name":"a"},"stream_state":{"cursor":9007199254740993}}}',
		"s",
	);
	expect(JSON.stringify(saved?.state)).toBe('{"cursor":9007199254740993}');
});
