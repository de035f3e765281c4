/** Which rows a returned state confirms, for destinations that say nothing else. */
import type { StatePayload } from "@growthnav/spec";
import { expect, test } from "vitest";
import { openRunFolder } from "../../src/pipeline/run/folder.ts";
import { createTallies, type StreamTally } from "../../src/pipeline/run/tally.ts";
import { openStateBook } from "../../src/pipeline/state-book.ts";
import { testFolder } from "./bench.ts";

async function book() {
	const tallies = createTallies([], true);
	const opened = await openStateBook(openRunFolder(testFolder(), "p"), tallies);
	const read = (stream: string, rows: number) => {
		tallies.of(stream, undefined).records += rows;
	};
	const back = (state: StatePayload) =>
		opened.back(state).map(({ tally, read: rows }: { tally: StreamTally; read: number }) => [tally.stream, rows]);
	return { opened, read, back };
}

const stateOf = (name: string, cursor: number): StatePayload => ({
	...{ type: "STREAM", stream: { stream_descriptor: { name }, stream_state: { cursor } } },
});

test("a state confirms its own stream, up to itself, and no other", async () => {
	const { opened, read, back } = await book();
	read("a", 2);
	opened.sent(stateOf("a", 1));
	read("b", 3);
	opened.sent(stateOf("b", 1));
	read("a", 4);
	opened.sent(stateOf("a", 2));
	expect(back(stateOf("a", 2))).toEqual([["a", 6]]);
	expect(opened.unconfirmed()).toBe(1);
	expect(back(stateOf("b", 1))).toEqual([["b", 3]]);
	expect(opened.unconfirmed()).toBe(0);
	await opened.flush();
});

test("of two equal states the count of a destination tells which it means; without it the first", async () => {
	const { opened, read, back } = await book();
	read("a", 1);
	opened.sent(stateOf("a", 1));
	read("a", 3);
	opened.sent(stateOf("a", 1));
	expect(back({ ...stateOf("a", 1), destinationStats: { recordCount: 4 } })).toEqual([["a", 4]]);
	expect(opened.unconfirmed()).toBe(0);
	read("a", 2);
	opened.sent(stateOf("a", 1));
	read("a", 5);
	opened.sent(stateOf("a", 1));
	expect(back(stateOf("a", 1))).toEqual([["a", 2]]);
	expect(back(stateOf("a", 1))).toEqual([["a", 5]]);
	await opened.flush();
});
