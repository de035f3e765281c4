/** A tap's state taken apart and put together again: always what the tap said. Pure. */
import type { Json, JsonObject, Message, StatePayload } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinStates, statesIn } from "../../src/singer/tap/state.ts";
import { tapStates } from "../../src/singer/tap/states.ts";
import { begunAnew, startReading } from "../../src/singer/tap/stream.ts";
import { kept } from "./scripted-tap.ts";

const IDS = ["a", "b", "shop-orders"];

function wanted(ids: readonly string[] = IDS, how: JsonObject = {}) {
	return ids.map((id) => ({
		id,
		called: id,
		name: id,
		entry: { tap_stream_id: id, schema: { properties: { id: {} } } },
		configured: {
			stream: { name: id, json_schema: {}, supported_sync_modes: ["incremental" as const] },
			sync_mode: "incremental" as const,
			destination_sync_mode: "append" as const,
			...how,
		},
	}));
}

/** A run that says these states, from those that were kept; answers what is kept after it. */
function run(said: readonly Json[], saved: StatePayload[] = [], ids = IDS, ends = true): StatePayload[] {
	const streams = wanted(ids);
	const readings = streams.map((one) => startReading(one));
	const states = tapStates(readings, new Set(IDS), joinStates(saved, streams));
	const messages: Message[] = said.flatMap((value, at) => states.said(value, readings[at % readings.length]));
	if (ends) messages.push(...states.last(readings));
	const sent = messages.flatMap((one) => (one.type === "STATE" ? [one.state] : []));
	return kept(JSON.parse(JSON.stringify(sent)), saved);
}

const joined = (saved: StatePayload[], ids = IDS) => joinStates(saved, wanted(ids)).value;

const bookmark = fc.dictionary(
	fc.constantFrom("at", "id", "version"),
	fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
);
const perStream = fc.record(
	{
		bookmarks: fc.dictionary(fc.constantFrom(...IDS), bookmark),
		currently_syncing: fc.option(fc.constantFrom(...IDS)),
	},
	{ requiredKeys: ["bookmarks"] },
);
const odd = fc.dictionary(fc.constantFrom("last", "bookmarks", "x"), fc.oneof(fc.string(), fc.jsonValue()), {
	minKeys: 1,
});

describe("states", () => {
	test("what a tap said last comes back to it, exactly, over any number of runs", () => {
		fc.assert(
			fc.property(
				fc.array(fc.array(perStream, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
				(runs) => {
					let saved: StatePayload[] = [];
					for (const said of runs) saved = run(said as Json[], saved);
					// a bookmark that a tap takes back is gone only with a state of its stream that says so
					expect(joined(saved)).toEqual(JSON.parse(JSON.stringify(runs.at(-1)!.at(-1))));
				},
			),
		);
	});

	test("a state of any other form is whole, and comes back as it was", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(perStream, odd), { minLength: 1, maxLength: 6 }), odd, (said, last) => {
				const value = { ...last, elsewhere: 1 };
				expect(joined(run([...said, value] as Json[]))).toEqual(JSON.parse(JSON.stringify(value)));
			}),
		);
	});

	test("without the last one a stream goes on from the states that were kept", () => {
		fc.assert(
			fc.property(fc.array(perStream, { minLength: 1, maxLength: 6 }), (said) => {
				const saved = run(said as Json[], [], IDS, false);
				const { bookmarks } = said.at(-1)!;
				const back = (joined(saved) ?? {}) as { bookmarks?: JsonObject };
				expect(back.bookmarks ?? {}).toEqual(JSON.parse(JSON.stringify(bookmarks)));
			}),
		);
	});

	test("a stream that is cleared begins, the others go on; its bookmark is in no other state", () => {
		const saved = run([{ bookmarks: { a: { at: 1 }, b: { at: 2 } }, currently_syncing: "b" }]);
		const left = saved.filter(({ stream }) => stream?.stream_descriptor.name !== "a");
		expect(joined(left)).toEqual({ bookmarks: { b: { at: 2 } }, currently_syncing: "b" });
	});

	test("streams of another run keep their states", () => {
		const saved = run([{ bookmarks: { a: { at: 1 }, b: { at: 2 } } }]);
		const after = run([{ bookmarks: { a: { at: 9 }, b: { at: 2 } } }], saved, ["a"]);
		expect(joined(after)).toEqual({ bookmarks: { a: { at: 9 }, b: { at: 2 } } });
	});

	test("a tap whose state is whole for a time: the latest word counts", () => {
		const saved = run([{ bookmarks: { a: { at: 1 } } }]);
		const whole = run([{ other: true, bookmarks: { a: { at: 5 } } }], saved);
		expect(joined(whole)).toEqual({ other: true, bookmarks: { a: { at: 5 } } });
		const again = run([{ bookmarks: { a: { at: 6 } } }], whole);
		expect(joined(again)).toEqual({ bookmarks: { a: { at: 6 } } });
	});

	test("every state has a higher number than the one before it, over runs too", () => {
		const numbers = (saved: StatePayload[]) => saved.map(({ stream }) => (stream!.stream_state as { n: number }).n);
		const first = run([{ bookmarks: { a: { at: 1 }, b: {} } }, { bookmarks: { a: { at: 1 } } }]);
		const second = run([{ bookmarks: { a: { at: 1 } } }], first);
		expect(Math.max(...numbers(second))).toBeGreaterThan(Math.max(...numbers(first)));
		expect(joined(second)).toEqual({ bookmarks: { a: { at: 1 } } });
	});

	test("a forced method cannot be read whole beside streams that share an opaque state", () => {
		const [one, two] = wanted(["a", "b"]);
		const forced = {
			...one!,
			entry: {
				...one!.entry,
				metadata: [{ breadcrumb: [], metadata: { "forced-replication-method": "INCREMENTAL" } }],
			},
			configured: { ...one!.configured, sync_mode: "full_refresh" as const },
		};
		const saved = run([{ last: 5 }], [], ["a", "b"]);
		expect(() => joinStates(saved, [forced, two!])).toThrow(expect.objectContaining({ code: "config.state_shared" }));
		expect(joinStates(saved, [forced]).value).toBeUndefined();
	});
});

describe("a state file", () => {
	const state = { type: "STREAM", stream: { stream_descriptor: { name: "a" }, stream_state: { n: 1 } } };

	test("is an array, one state, lines, or nothing", () => {
		const message = JSON.stringify({ type: "STATE", state });
		for (const text of [JSON.stringify([state]), JSON.stringify(state), message, `${message}\nlog\n${message}`]) {
			expect(statesIn(text, "x").at(-1)).toEqual(state);
		}
		for (const text of ["", "  \n", "{}", "[]", '{"type":"LOG"}']) expect(statesIn(text, "x")).toEqual([]);
		// a tap's own state, given by hand: to read everything again in silence would be wrong
		for (const text of ['{"bookmarks":{"users":{"id":7}}}', "7", '"x"', '{"users":{"id":7}}']) {
			expect(() => statesIn(text, "x")).toThrow(expect.objectContaining({ code: "config.state_file" }));
		}
		expect(() => statesIn("{broken", "states.json")).toThrow(expect.objectContaining({ code: "config.state_file" }));
	});
});

describe("a state of the whole", () => {
	test("a full table that began anew in its middle is not gone on with", () => {
		const how = { sync_mode: "full_refresh", destination_sync_mode: "overwrite", generation_id: 7 } as const;
		const [stream] = wanted(["a"], how) as unknown as [Parameters<typeof startReading>[0]];
		stream.configured.stream.is_resumable = true;
		const reading = startReading(stream);
		const states = tapStates([reading], new Set(IDS), joinStates([], [stream]));
		const said = (version: number): Json => ({ of: "all", bookmarks: { a: { version, max_pk_values: { id: 9 } } } });
		const goesOn = (messages: Message[]) =>
			messages.map(
				(one) => one.type === "STATE" && "resume" in (one.state.global!.stream_states[0]!.stream_state as object),
			);
		expect(goesOn(states.said(said(1), reading))).toEqual([true]);
		reading.failed = begunAnew(reading.configured.stream, 5);
		expect(goesOn(states.said(said(2), reading))).toEqual([false]);
	});
});
