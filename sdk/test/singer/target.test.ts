/** A Singer target as a destination: what is answered, and what becomes of targets that misbehave. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConfiguredStream, JsonObject, Message, StatePayload } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allErrors, type ConnectorError } from "../../src/errors.ts";
import { readAnswers } from "../../src/singer/target/answers.ts";
import { parseTargetCommand } from "../../src/singer/target/command.ts";
import { utcWithoutZone } from "../../src/singer/target/known-targets.ts";
import { openPositions } from "../../src/singer/target/positions.ts";
import { streamsForTarget } from "../../src/singer/target/streams.ts";
import { writeToTarget } from "../../src/singer/target/write.ts";
import { testFolder, testHost } from "../pipeline/bench.ts";

const TARGET = join(import.meta.dirname, "programs/target.mjs");
const descriptor = (name: string) => ({ name, namespace: "shop" });
const record = (stream: string, n: number): Message => ({
	type: "RECORD",
	record: { stream, namespace: "shop", data: { n }, emitted_at: 1 },
});
const stateOf = (name: string, n: number): StatePayload => ({
	...{ type: "STREAM", id: n, sourceStats: { recordCount: 2 } },
	stream: { stream_descriptor: descriptor(name), stream_state: { n, exact: JSON.rawJSON("9007199254740993.10") } },
});
const state = (name: string, n: number): Message => ({ type: "STATE", state: stateOf(name, n) });
const status = (name: string, status: "STARTED" | "COMPLETE"): Message => ({
	type: "TRACE",
	trace: { type: "STREAM_STATUS", emitted_at: 1, stream_status: { stream_descriptor: descriptor(name), status } },
});
const catalog = (...names: string[]): Message => ({
	type: "CATALOG",
	catalog: {
		streams: names.map((name) => ({
			...descriptor(name),
			json_schema: { type: "object", properties: { n: { type: "integer" } } },
			supported_sync_modes: ["full_refresh"],
			source_defined_primary_key: [["n"]],
			destination_sync_mode: "append_dedup",
		})),
	},
});
const RUN = [
	catalog("orders", "stock"),
	...[status("orders", "STARTED"), record("orders", 1), record("orders", 2), state("orders", 1), record("orders", 3)],
	...[record("orders", 4), state("orders", 2), status("orders", "COMPLETE")],
	...[status("stock", "STARTED"), record("stock", 1), state("stock", 3), status("stock", "COMPLETE")],
];

interface Result {
	states: { stream: string; n: number; rows: number }[];
	logs: string[];
	errors: ConnectorError[];
	/** Lines that the target got. */
	got: JsonObject[];
	seconds: number;
}

async function write(habit: string, messages: Message[] = RUN, more: { signal?: AbortSignal; text?: string } = {}) {
	const folder = testFolder();
	const path = join(folder, "got.ndjson");
	writeFileSync(path, "");
	writeFileSync(join(folder, "t.json"), JSON.stringify({ path, habit, password: "s3cret-pass/word" }));
	const said: Message[] = [];
	const world = {
		host: testHost(folder),
		signal: more.signal ?? new AbortController().signal,
		say: (message: Message) => void said.push(message),
	};
	const text = more.text ?? messages.map((message) => `${JSON.stringify(message)}\n`).join("");
	const input = (async function* () {
		for (const chunk of Buffer.from(text)
			.toString("latin1")
			.match(/[\s\S]{1,300}/g) ?? []) {
			yield Buffer.from(chunk, "latin1");
		}
	})();
	const command = parseTargetCommand(`${process.execPath} ${TARGET} --config t.json`);
	const begun = performance.now();
	const errors = await writeToTarget(command, {}, world, input, undefined).then(() => [], allErrors);
	const result: Result = {
		states: said.flatMap((message) => {
			if (message.type !== "STATE") return [];
			const { stream, destinationStats } = message.state;
			const { n } = stream!.stream_state as { n: number };
			return [{ stream: stream!.stream_descriptor.name, n, rows: destinationStats!.recordCount! }];
		}),
		logs: said.flatMap((message) => (message.type === "LOG" ? [`${message.log.level} ${message.log.message}`] : [])),
		errors,
		got: readFileSync(path, "utf8")
			.split("\n")
			.filter(Boolean)
			.map((line) => JSON.parse(line)),
		seconds: (performance.now() - begun) / 1000,
	};
	return { ...result, said };
}

const LAST = [
	{ stream: "orders", n: 2, rows: 4 },
	{ stream: "stock", n: 3, rows: 1 },
];
const EACH = [{ stream: "orders", n: 1, rows: 2 }, { stream: "orders", n: 2, rows: 2 }, LAST[1]!];
const partsOf = ({ message, where, why, next }: ConnectorError) => [message, where, why, next];

describe("a target", () => {
	test("gets Singer's messages; its states come back unchanged, in order, with the rows that they confirm", async () => {
		const { states, errors, got, said } = await write("at once");
		expect([states, errors]).toEqual([EACH, []]);
		expect(got.map(({ type }) => type)).toEqual([
			...["STATE", "SCHEMA", "RECORD", "RECORD", "STATE", "RECORD", "RECORD", "STATE", "SCHEMA", "RECORD", "STATE"],
		]);
		expect(got[1]).toMatchObject({ stream: "shop__orders", key_properties: ["n"] });
		const [first] = said.filter(({ type }) => type === "STATE");
		expect(first).toEqual({ type: "STATE", state: { ...stateOf("orders", 1), destinationStats: { recordCount: 2 } } });
		expect(JSON.stringify(first)).toContain('"exact":9007199254740993.10');
	});

	test.each(["at the end", "pretty", "forgets", "slow"])("that answers %s is a correct run", async (habit) => {
		const { states, errors } = await write(habit);
		expect([states, errors]).toEqual([LAST, []]);
	});

	test("that prints logs on stdout: they are logs", async () => {
		const { states, errors, logs } = await write("logs too");
		expect([states, errors]).toEqual([EACH, []]);
		expect(logs).toContain("INFO INFO got a state");
		expect(logs).toContain('INFO {"level":"info"}');
		expect(logs).toContain("INFO {not json");
	});

	test("that dies: what it answered stays, its CRITICAL line is the reason", async () => {
		const { states, errors } = await write("dies");
		expect(states).toEqual([EACH[0]]);
		expect(errors.map(({ code }) => code)).toEqual(["internal.target_died"]);
		expect(partsOf(errors[0]!)).toEqual([
			"target ended with 1",
			"target, after it was started",
			'its last line: "CRITICAL no space left"',
			"mend the reason, then run again: what it confirmed stays, the rest is read again",
		]);
	});

	test("that does not start: its reason, without the secret", async () => {
		const { states, errors, logs } = await write("no start");
		expect(states).toEqual([]);
		expect(errors[0]!.why).toBe('its last line: "CRITICAL the server refused ***"');
		expect(logs[0]).toMatch(/^INFO INFO connecting with /);
	});

	test.each(["silent", "older"])("that is %s: rows that it did not answer are no rows", async (habit) => {
		const { states, errors } = await write(habit);
		expect(states).toEqual([]);
		expect(errors.map(({ code }) => code)).toEqual(["internal.not_confirmed"]);
		expect(errors[0]!.message).toBe("target ended well and did not confirm 4 of shop__orders and 1 of shop__stock");
	});

	test("that prints a state which it never got is ended", async () => {
		const { states, errors } = await write("invents");
		expect(states).toEqual([]);
		expect(errors.map(({ code }) => code)).toEqual(["internal.unknown_state"]);
		expect(partsOf(errors[0]!).every((part) => typeof part === "string")).toBe(true);
	});

	test("that ends before its input, well: an error all the same", async () => {
		const { errors } = await write("ends early");
		expect(errors.map(({ code }) => code)).toEqual([expect.stringMatching(/target_ended|not_confirmed/)]);
	});

	test("that hangs is ended when we are, also if it does not listen", async () => {
		const stop = new AbortController();
		setTimeout(() => stop.abort(new Error("stopped")), 1_000);
		const { errors, seconds } = await write("hangs", RUN, { signal: stop.signal });
		expect(errors.map(({ message }) => message)).toEqual(["stopped"]);
		expect(seconds).toBeLessThan(10);
	}, 15_000);

	test("that is silent on states without rows before them: nothing is at stake, so they come back", async () => {
		const nothing = [catalog("orders"), status("orders", "STARTED"), state("orders", 7), status("orders", "COMPLETE")];
		const { states, errors } = await write("silent", nothing);
		expect([states, errors]).toEqual([[{ stream: "orders", n: 7, rows: 0 }], []]);
	});
});

describe("an input", () => {
	test("that ends too early: what has a state is answered, the rest is told", async () => {
		const { states, errors } = await write("forgets", RUN.slice(0, -4));
		expect(states).toEqual([LAST[0]]);
		expect(errors.map(({ code }) => code)).toEqual(["transient.incomplete"]);
		expect(errors[0]!.message).toBe("The input ended before shop__stock was complete");
	});

	test("with a torn last line, as a killed source leaves it: the same", async () => {
		const lines = RUN.slice(0, 8).map((message) => `${JSON.stringify(message)}\n`);
		const { states, errors } = await write("at the end", [], { text: `${lines.join("")}{"type":"REC` });
		expect(states).toEqual([LAST[0]]);
		expect(errors.map(({ code }) => code)).toEqual(["transient.incomplete"]);
	});

	test.each([
		['{"type":"RECORD","record":{"stream":"orders"}}', "data.bad_line"],
		[JSON.stringify(record("strangers", 1)), "data.unknown_stream"],
	])("with %s: told, and what came before it is answered", async (line, code) => {
		const lines = RUN.slice(0, 5).map((message) => `${JSON.stringify(message)}\n`);
		const { states, errors, got } = await write("at the end", [], { text: `${lines.join("")}${line}\n` });
		expect(errors.map((error) => error.code)).toEqual([code]);
		expect(states).toEqual([EACH[0]]);
		expect(got.filter(({ type }) => type === "RECORD")).toHaveLength(2);
	});
});

describe("streams", () => {
	const stream = (more: Partial<ConfiguredStream>): ConfiguredStream => ({
		stream: { name: "a", json_schema: {}, supported_sync_modes: ["full_refresh"] },
		...{ sync_mode: "full_refresh", destination_sync_mode: "append_dedup", primary_key: [["id"]], ...more },
	});
	const only = (more: Partial<ConfiguredStream>) => [...streamsForTarget([stream(more)], 5, "target-x").values()][0]!;

	test("that are appended have no key, since a key replaces rows; what is overwritten has its generation", () => {
		expect(only({})).toMatchObject({ key: ["id"], version: undefined });
		expect(only({ destination_sync_mode: "append" }).key).toEqual([]);
		expect(only({ destination_sync_mode: "overwrite", generation_id: 3 })).toMatchObject({ key: ["id"], version: 3 });
		expect(only({ destination_sync_mode: "overwrite", generation_id: null }).version).toBe(5);
	});

	test("with a nested key are refused where it matters; a nested cursor is only not told", () => {
		const nested = { primary_key: [["customer", "id"]] };
		expect(() => only(nested)).toThrow("The key of a cannot be told to a Singer target");
		expect(only({ ...nested, destination_sync_mode: "overwrite" }).key).toEqual([]);
		expect(only({ cursor_field: ["meta", "at"] }).cursor).toBeUndefined();
	});
});

test("target-duckdb gets times without their zone, in UTC, since it loses rows of others", () => {
	expect(utcWithoutZone("2026-01-01T01:00:00.123456789+01:00")).toBe("2026-01-01T00:00:00.123456789");
	expect(utcWithoutZone("2026-01-01 00:00:00-0530")).toBe("2026-01-01T05:30:00");
	expect(utcWithoutZone("2026-01-01T00:00:00Z")).toBe("2026-01-01T00:00:00");
	for (const text of ["2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "soon", ""])
		expect(utcWithoutZone(text)).toBe(text);
	const at = { type: ["null", "string"], format: "date-time" };
	const entry: ConfiguredStream = {
		stream: { name: "a", json_schema: { properties: { at, n: { type: "integer" } } }, supported_sync_modes: [] },
		...{ sync_mode: "full_refresh", destination_sync_mode: "append" },
	};
	const data = { at: "2026-01-01T00:00:00Z", n: 1 };
	const formed = (program: string) => [...streamsForTarget([entry], 5, program).values()][0]!.form(data, 1);
	expect(formed("target-duckdb")).toEqual({ at: "2026-01-01T00:00:00", n: 1 });
	expect(formed("target-x")).toEqual(data);
});

test("a command keeps its words, settings files are taken out of it", () => {
	expect(parseTargetCommand("uvx target-csv --config 'my t.json' -v")).toEqual({
		...{ program: "target-csv", words: ["uvx", "target-csv", "-v"], configs: ["my t.json"] },
	});
	expect(parseTargetCommand("python -c 'print(1)' --config=a.json -c b.json")).toEqual({
		...{ program: "python", words: ["python", "-c", "print(1)"], configs: ["a.json", "b.json"] },
	});
	expect(() => parseTargetCommand(" ")).toThrow("A command is empty");
});

test("always: answers are found however they are printed and cut", async () => {
	const value = fc.record({ bookmarks: fc.dictionary(fc.stringMatching(/^[a-z"{}\u2028]{0,6}$/), fc.integer()) });
	const entry = fc.oneof(
		value.map((object) => ({ object, text: JSON.stringify(object) })),
		value.map((object) => ({ object, text: JSON.stringify(object, undefined, 2) })),
		fc
			.constantFrom("INFO a log", "{'python': None}", "{", "}", "null", "[1]")
			.map((text) => ({ object: undefined, text })),
	);
	const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
	await fc.assert(
		fc.asyncProperty(fc.array(entry, { maxLength: 8 }), sizes, fc.boolean(), async (entries, cuts, ended) => {
			const bytes = Buffer.from(entries.map(({ text }) => text).join("\n") + (ended ? "\n" : ""));
			const found: unknown[] = [];
			let text = 0;
			const pieces = async function* () {
				for (let at = 0, i = 0; at < bytes.length; i++) {
					const size = cuts[i % cuts.length]!;
					yield bytes.subarray(at, at + size);
					at += size;
				}
			};
			for await (const answers of readAnswers(pieces())) {
				for (const answer of answers) {
					if (answer.object !== undefined) found.push(answer.object);
					else text++;
				}
			}
			const open = entries.some(({ text: line }) => line === "{" || line === "{'python': None}");
			const wanted = entries.flatMap(({ object }) => (object === undefined ? [] : [object]));
			// behind an open brace a pretty-printed object may be taken for the rest of it: then it is a log, never another
			if (!open) expect(found).toEqual(wanted);
			else for (const one of found) expect([{}, ...wanted]).toContainEqual(one);
			expect(text).toBeGreaterThanOrEqual(open ? 0 : entries.filter(({ object }) => object === undefined).length);
		}),
	);
});

test("always: a state comes back only when it was printed, in order, and every row is counted one time", () => {
	const step = fc.record({ stream: fc.constantFrom("a", "b"), what: fc.constantFrom("row", "row", "state", "print") });
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, whole) => {
			const positions = openPositions("run", "target");
			const rows = new Map<string, number>();
			const bookmarks: { [stream: string]: { position: string } } = {};
			const covers = new Map<string, number>();
			const counted = new Map<string, number>();
			let n = 0;
			let newest = -1;
			for (const { stream, what } of steps) {
				if (what === "row") {
					positions.record(stream);
					rows.set(stream, (rows.get(stream) ?? 0) + 1);
				} else if (what === "state") {
					const one = stateOf(stream, n++);
					delete one.stream!.stream_descriptor.namespace;
					bookmarks[stream] = positions.sent(one) as { position: string };
					covers.set(`${stream}${n - 1}`, rows.get(stream) ?? 0);
				} else {
					// a target may answer for one stream before the others
					const printed = whole ? bookmarks : bookmarks[stream] ? { [stream]: bookmarks[stream] } : {};
					const back = positions.answered({ bookmarks: printed })!;
					let last = -1;
					for (const { stream: of, destinationStats } of back) {
						const { name } = of!.stream_descriptor;
						const { n: number } = of!.stream_state as { n: number };
						expect(number).toBeGreaterThan(last);
						last = number;
						counted.set(name, (counted.get(name) ?? 0) + destinationStats!.recordCount!);
						expect(counted.get(name)).toBe(covers.get(`${name}${number}`));
						if (whole) expect(number).toBeGreaterThan(newest);
					}
					newest = Math.max(newest, last);
					expect(positions.answered({ bookmarks: printed })).toEqual([]);
				}
			}
			for (const { stream, rows: open } of positions.unanswered()) {
				expect(open).toBeLessThanOrEqual(rows.get(stream)! - (counted.get(stream) ?? 0));
			}
		}),
	);
});

test("a state of another run, or of another stream, is none that it was given", () => {
	const positions = openPositions("run", "target-x");
	positions.sent(stateOf("a", 1));
	for (const bookmarks of [
		{ shop__b: { position: "run-1" } },
		{ shop__a: { position: "other-1" } },
		{ shop__a: 1 },
		[],
	]) {
		expect(() => positions.answered({ bookmarks } as JsonObject)).toThrow("target-x printed a state that it was never");
	}
	expect(positions.answered({ level: "info" })).toBeUndefined();
	expect(positions.answered({ type: "STATE", value: { bookmarks: {} } })).toEqual([]);
});

test("a target that dies while the source says nothing ends the run", async () => {
	const folder = testFolder();
	const world = { host: testHost(folder), signal: new AbortController().signal, say: () => undefined };
	const command = parseTargetCommand(`${process.execPath} ${join(folder, "target-gone.mjs")}`);
	writeFileSync(join(folder, "target-gone.mjs"), 'console.error("CRITICAL the disk is full"); process.exit(3);');
	const silent = (async function* () {
		await new Promise(() => {});
		yield Buffer.alloc(0);
	})();
	await expect(writeToTarget(command, {}, world, silent, undefined)).rejects.toMatchObject({
		why: expect.stringContaining("the disk is full"),
	});
});

test("a time that is in another year of five digits in UTC stays as it is", () => {
	expect(utcWithoutZone("9999-12-31T23:59:59-05:00")).toBe("9999-12-31T23:59:59-05:00");
});
