/**
 * What must hold for any data, any page size and any moment of death: reading on from the last state loses nothing, and
 * a state never speaks of what was not sent.
 */
import type { Message, StatePayload } from "@growthnav/spec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cursorOf } from "../../src/source/cursor.ts";
import type { RecordSchema, StreamDefinition } from "../../src/source/definition.ts";
import { readSource, savedStreams } from "../../src/source/index.ts";
import { collect, minute, type Order, order, pagesOf, sampleSource } from "./sample.ts";

type Stream = StreamDefinition<RecordSchema, { page_size: number }>;

const inOrder = (data: Order[]) =>
	data.toSorted((a, b) => (a.updated_at < b.updated_at ? -1 : a.updated_at > b.updated_at ? 1 : 0));

/** Three kinds of streams over the same rows: in order, in any order, and in slices by shop. */
function streamsOver(data: Order[], lookback: boolean): Record<string, Stream> {
	const common = {
		schema: order,
		primaryKey: "id",
		cursor: "updated_at",
		...(lookback && { lookback: "2m" as const }),
	} as const;
	const shops = [...new Set(data.map(({ shop }) => String(shop)))];
	const slices = () => shops.map((id) => ({ id }));
	const ofShop = (id: string) => data.filter(({ shop }) => shop === id);
	return {
		sorted: { ...common, sorted: true, read: ({ since, config }) => pagesOf(inOrder(data), since, config.page_size) },
		unsorted: { ...common, read: ({ since, config }) => pagesOf(data, since, config.page_size) },
		sliced: {
			...common,
			slices,
			read: ({ since, config, slice }) => pagesOf(ofShop(slice.id), since, config.page_size),
		},
		sliced_sorted: {
			...common,
			slices,
			sorted: true,
			read: ({ since, config, slice }) => pagesOf(inOrder(ofShop(slice.id)), since, config.page_size),
		},
	};
}

const dataset = fc
	.array(
		fc.record({ at: fc.integer({ min: 0, max: 12 }), shop: fc.constantFrom("north", "south", "1", "__proto__") }),
		{ maxLength: 25 },
	)
	.map((rows) => rows.map(({ at, shop }, i): Order => ({ id: `o${i}`, updated_at: minute(at), shop })));

const scene = fc.record({ data: dataset, page_size: fc.integer({ min: 1, max: 5 }), lookback: fc.boolean() });

function readAll(streams: Record<string, Stream>, page_size: number, states: StatePayload[] = []) {
	return readSource(sampleSource(streams), {
		config: { token: "a-long-token", page_size },
		state: savedStreams(states as never),
	});
}

const idsIn = (messages: Message[]): string[] =>
	messages.flatMap((message) =>
		message.type === "RECORD" ? [`${message.record.stream} ${message.record.data.id}`] : [],
	);
const statesIn = (messages: Message[]): StatePayload[] =>
	messages.flatMap((message) => (message.type === "STATE" ? [message.state] : []));
const sorted = (ids: Iterable<string>) => [...new Set(ids)].sort();

test("killed after any message and started again from the last state, nothing is lost", async () => {
	await fc.assert(
		fc.asyncProperty(scene, fc.nat(), async ({ data, page_size, lookback }, moment) => {
			const streams = streamsOver(data, lookback);
			const whole = await collect(readAll(streams, page_size));
			const seen: Message[] = [];
			for await (const message of readAll(streams, page_size)) {
				seen.push(message);
				if (seen.length > moment % whole.length) break;
			}
			const lastState = seen.findLastIndex(({ type }) => type === "STATE");
			const committed = seen.slice(0, lastState + 1);
			const rest = await collect(readAll(streams, page_size, statesIn(committed)));
			expect(sorted([...idsIn(committed), ...idsIn(rest)])).toEqual(sorted(idsIn(whole)));
		}),
		{ numRuns: 150 },
	);
});

test("resumed from every single state, nothing is lost and the last state is the same", async () => {
	await fc.assert(
		fc.asyncProperty(scene, async ({ data, page_size, lookback }) => {
			for (const [name, stream] of Object.entries(streamsOver(data, lookback))) {
				const whole = await collect(readAll({ [name]: stream }, page_size));
				for (const [at, message] of whole.entries()) {
					if (message.type !== "STATE") continue;
					const rest = await collect(readAll({ [name]: stream }, page_size, [message.state]));
					expect(sorted([...idsIn(whole.slice(0, at)), ...idsIn(rest)])).toEqual(sorted(idsIn(whole)));
					expect(statesIn(rest).at(-1)?.stream).toEqual(statesIn(whole).at(-1)?.stream);
				}
			}
		}),
		{ numRuns: 40 },
	);
});

test("a state never goes back, never beyond what was sent, and is never sent twice in a row without need", async () => {
	const { keyOf } = cursorOf("timestamp");
	await fc.assert(
		fc.asyncProperty(scene, async ({ data, page_size, lookback }) => {
			for (const [name, stream] of Object.entries(streamsOver(data, lookback))) {
				const messages = await collect(readAll({ [name]: stream }, page_size));
				const reached = new Map<string, unknown>();
				const sent = new Map<string, unknown>();
				let before: string | undefined;
				let records = 0;
				for (const message of messages) {
					if (message.type === "RECORD") {
						const { shop, updated_at } = message.record.data as Order;
						const slice = name.startsWith("sliced") ? String(shop) : "";
						const key = keyOf(updated_at)!;
						if (sent.get(slice) === undefined || key > (sent.get(slice) as string)) sent.set(slice, key);
						records++;
					}
					if (message.type !== "STATE") continue;
					const state = message.state.stream!.stream_state as {
						cursor?: string;
						slices?: Record<string, { cursor?: string }>;
					};
					for (const [slice, { cursor }] of Object.entries(state.slices ?? { "": state })) {
						if (cursor === undefined) continue;
						const key = keyOf(cursor)!;
						expect(key >= ((reached.get(slice) as string) ?? "")).toBe(true);
						expect(key <= (sent.get(slice) as string)).toBe(true);
						reached.set(slice, key);
					}
					const text = JSON.stringify(state);
					if (text === before) expect(message.state.sourceStats?.recordCount).toBeGreaterThan(0);
					before = text;
					records -= message.state.sourceStats?.recordCount ?? 0;
				}
				expect(records).toBe(0);
				expect(messages.at(-1)).toMatchObject({ trace: { stream_status: { status: "COMPLETE" } } });
				expect(messages.at(-2)?.type === "STATE" || before !== undefined).toBe(true);
			}
		}),
		{ numRuns: 100 },
	);
});

test("a second run over unchanged data reads only what shares the last cursor", async () => {
	await fc.assert(
		fc.asyncProperty(scene, async ({ data, page_size }) => {
			const streams = streamsOver(data, false);
			const first = await collect(readAll(streams, page_size));
			const second = await collect(readAll(streams, page_size, statesIn(first)));
			const newest = (rows: Order[]) =>
				rows.filter(({ updated_at }) => rows.every((row) => row.updated_at <= updated_at));
			const shops = Object.values(Object.groupBy(data, ({ shop }) => String(shop))) as Order[][];
			const expected = [
				...newest(data).flatMap(({ id }) => [`sorted ${id}`, `unsorted ${id}`]),
				...shops.flatMap(newest).flatMap(({ id }) => [`sliced ${id}`, `sliced_sorted ${id}`]),
			];
			expect(sorted(idsIn(second))).toEqual(sorted(expected));
		}),
		{ numRuns: 60 },
	);
});
