/** Windows: every moment once, in order, never beyond now minus lag, and no wrong clock moves a cursor ahead. */
import type { Message, StatePayload } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { date, datetime, defineSource, object, optional, string } from "../../src/index.ts";
import { parseDuration } from "../../src/source/cursor.ts";
import type { Duration, ReadContext, RecordSchema, StreamDefinition } from "../../src/source/definition.ts";
import { horizonOf } from "../../src/source/horizon.ts";
import { type ReadInputs, readSource, savedStreams } from "../../src/source/index.ts";
import { planStreams } from "../../src/source/plan.ts";
import { startServer } from "../../src/testing/scripted-server.ts";
import { collect, type Order, order, sampleSource, settings } from "./sample.ts";

type Stream = StreamDefinition<RecordSchema, { page_size: number }>;

const A_DAY = 86_400_000;
const NOW = Date.UTC(2026, 6, 10, 12, 30, 15, 250);
const instant = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");

/** What the vendor holds, and which windows it was asked for. */
function vendor(rows: () => Order[], more: Partial<Stream> = {}) {
	const asked: { since: string | undefined; until: string; slice: string }[] = [];
	const stream: Stream = {
		...{ schema: order, primaryKey: "id", cursor: "updated_at", window: "10d", start: () => "2026-06-01" },
		async *read({ since, until, slice }) {
			asked.push({ since, until, slice: slice.id });
			yield rows().filter(({ updated_at, shop = "" }) => {
				const inside = Date.parse(updated_at) >= Date.parse(since!) && Date.parse(updated_at) < Date.parse(until);
				return inside && (slice.id === "" || shop === slice.id);
			});
		},
		...more,
	};
	return { asked, stream };
}

const read = (orders: Stream, inputs: Partial<ReadInputs> = {}) =>
	collect(readSource(sampleSource({ orders }), { config: settings, now: () => NOW, ...inputs }));
const statesOf = (messages: Message[]): StatePayload[] =>
	messages.flatMap((message) => (message.type === "STATE" ? [message.state] : []));
const stateOf = (messages: Message[]) => statesOf(messages).at(-1)?.stream?.stream_state as { cursor?: string };
const idsOf = (messages: Message[]) =>
	messages.flatMap((message) => (message.type === "RECORD" ? [message.record.data.id] : []));
const pages = { rows: (body: { rows: never[] }) => body.rows, next: () => "" };
const lastState = (messages: Message[]) => savedStreams(statesOf(messages).slice(-1) as never);

describe("windows", () => {
	test("are cut from start to now minus lag, and the end of each is a checkpoint, empty or not", async () => {
		const { asked, stream } = vendor(() => [{ id: "a", updated_at: "2026-06-15T00:00:00Z" }], { lag: "30m" });
		const messages = await read(stream);
		expect(asked.map(({ since, until }) => [since, until])).toEqual([
			["2026-06-01T00:00:00Z", "2026-06-11T00:00:00Z"],
			["2026-06-11T00:00:00Z", "2026-06-21T00:00:00Z"],
			["2026-06-21T00:00:00Z", "2026-07-01T00:00:00Z"],
			["2026-07-01T00:00:00Z", "2026-07-10T12:00:15Z"],
		]);
		// a clock of our own may be wrong by a day
		expect(statesOf(messages).map(({ stream }) => (stream!.stream_state as { cursor: string }).cursor)).toEqual([
			"2026-06-11T00:00:00Z",
			"2026-06-21T00:00:00Z",
			"2026-07-01T00:00:00Z",
			"2026-07-09T12:00:15Z",
		]);
		expect(idsOf(messages)).toEqual(["a"]);
	});

	test("the next run begins at the last one's end, moved back by lookback, and not before start", async () => {
		const { asked, stream } = vendor(() => []);
		const state = lastState(await read(stream));
		asked.length = 0;
		await read(stream, { state });
		expect(asked.map(({ since, until }) => [since, until])).toEqual([["2026-07-09T12:30:15Z", "2026-07-10T12:30:15Z"]]);
		asked.length = 0;
		await read({ ...stream, lookback: "5d" }, { state });
		expect(asked[0]!.since).toBe("2026-07-04T12:30:15Z");
		asked.length = 0;
		await read({ ...stream, lookback: "300d" }, { state });
		expect(asked[0]!.since).toBe("2026-06-01T00:00:00Z");
	});

	test("a window that fails is asked for again, those before it are not", async () => {
		const { asked, stream } = vendor(() => []);
		let broken = true;
		const failing: Stream = {
			...stream,
			read(context) {
				if (broken && context.since === "2026-06-21T00:00:00Z") throw new ConnectorError("transient.down", "down");
				return stream.read(context as never);
			},
		};
		const messages = await read(failing);
		expect(stateOf(messages).cursor).toBe("2026-06-21T00:00:00Z");
		broken = false;
		asked.length = 0;
		await read(failing, { state: lastState(messages) });
		expect(asked[0]!.since).toBe("2026-06-21T00:00:00Z");
	});

	test("per slice, each from its own cursor, also at once", async () => {
		const { asked, stream } = vendor(() => [], { slices: () => [{ id: "n" }, { id: "s" }], concurrency: 2 });
		const state = savedStreams({
			stream: {
				stream_descriptor: { name: "orders", namespace: "sample" },
				stream_state: { cursor_field: "updated_at", slices: { n: { cursor: "2026-07-05T00:00:00Z" } } },
			},
		});
		const messages = await read(stream, { state });
		expect(asked.filter(({ slice }) => slice === "n")).toHaveLength(1);
		expect(asked.filter(({ slice }) => slice === "s")).toHaveLength(4);
		expect(stateOf(messages)).toEqual({
			cursor_field: "updated_at",
			slices: { n: { cursor: "2026-07-09T12:30:15Z" }, s: { cursor: "2026-07-09T12:30:15Z" } },
		});
	});

	test("of a date are whole days, the last one that before the day of now minus lag", async () => {
		const schema = object({ id: string(), day: date(), updated_at: optional(string()) });
		const { asked, stream } = vendor(() => [], { schema, cursor: "day", window: "30d", read: undefined as never });
		stream.read = async function* ({ since, until, slice }) {
			asked.push({ since, until, slice: slice.id });
			yield [{ id: "a", day: since! }];
		};
		const messages = await read(stream);
		expect(asked.map(({ since, until }) => [since, until])).toEqual([
			["2026-06-01", "2026-07-01"],
			["2026-07-01", "2026-07-10"],
		]);
		// in the west it was still the day before a while ago, and our clock may be wrong
		expect(stateOf(messages).cursor).toBe("2026-07-09");
	});

	test("of a local time are in UTC without its zone", async () => {
		const schema = object({ id: string(), at: datetime() });
		const { asked, stream } = vendor(() => [], { schema, cursor: "at", window: "60d" });
		stream.read = async function* ({ since, until, slice }) {
			asked.push({ since, until, slice: slice.id });
			yield [];
		};
		const messages = await read(stream);
		expect(asked).toEqual([{ since: "2026-06-01T00:00:00", until: "2026-07-10T12:30:15", slice: "" }]);
		expect(stateOf(messages).cursor).toBe("2026-07-09T00:30:15");
	});

	test("in full refresh cover the same time, with one state at the end", async () => {
		const { asked, stream } = vendor(() => []);
		const catalog = {
			streams: [
				{
					stream: { name: "orders", json_schema: {}, supported_sync_modes: [] },
					sync_mode: "full_refresh" as const,
					destination_sync_mode: "append" as const,
				},
			],
		};
		const messages = await read(stream, { catalog });
		expect(asked).toHaveLength(4);
		expect(statesOf(messages).map(({ stream }) => stream?.stream_state)).toEqual([{}]);
	});

	test("a start that is no time is a fault of the settings, told before the first request", async () => {
		const { asked, stream } = vendor(() => [], { start: () => "last year" });
		const messages = await read(stream);
		expect(messages.at(-1)).toMatchObject({
			trace: {
				error: {
					code: "config.wrong_value",
					message: 'orders cannot begin at "last year"',
					next: 'correct the setting that it begins at, for example "2026-07-01"',
				},
			},
		});
		expect(asked).toEqual([]);
	});

	test("start alone is the since of a first read", async () => {
		const { asked, stream } = vendor(() => []);
		const { window: _, ...whole } = stream;
		await read(whole);
		expect(asked).toEqual([{ since: "2026-06-01T00:00:00Z", until: "2026-07-10T12:30:15Z", slice: "" }]);
	});
});

describe("lag", () => {
	const late: Order[] = [
		{ id: "settled", updated_at: "2026-07-10T12:00:00Z" },
		{ id: "fresh", updated_at: "2026-07-10T12:29:00Z" },
	];
	const stream: Stream = {
		...{ schema: order, primaryKey: "id", cursor: "updated_at", lag: "5m" },
		read: async function* () {
			yield late;
		},
	};

	test("keeps the cursor behind it, though rows came from beyond: they are sent, and come again", async () => {
		const messages = await read(stream);
		expect(idsOf(messages)).toEqual(["settled", "fresh"]);
		expect(stateOf(messages).cursor).toBe("2026-07-10T12:25:15Z");
		expect(stateOf(await read({ ...stream, sorted: true })).cursor).toBe("2026-07-10T12:25:15Z");
	});
});

describe("clocks", () => {
	const wrong = NOW + 400 * A_DAY;
	const planOf = (stream: Stream) =>
		planStreams(
			sampleSource({}),
			{ orders: stream },
			{
				streams: [
					{
						stream: { name: "orders", json_schema: {}, supported_sync_modes: [] },
						sync_mode: "incremental",
						destination_sync_mode: "append",
					},
				],
			},
			"",
		)[0]!;

	test("ours a year ahead: the vendor's holds the cursor back", () => {
		const { stream } = vendor(() => [], { lag: "5m" });
		const horizon = horizonOf(planOf(stream), {}, wrong, () => NOW);
		expect(horizon.reached(horizon.until)).toBe("2026-07-10T12:25:15Z");
		expect(horizon.most(horizon.until)).toBe("2026-07-10T12:25:15Z");
		expect(horizon.reached("2026-06-11T00:00:00Z")).toBe("2026-06-11T00:00:00Z");
	});

	test("is heard of in every answer, refused ones too: a read of ours in the far future ends at the vendor's now", async () => {
		const server = await startServer({ "GET /rows": () => ({ json: { rows: [] } }) });
		server.fail({ kind: "status", status: 503, path: "/rows" });
		const { stream } = vendor(() => [], { window: "400d" });
		const read = ({ http }: ReadContext<unknown>) => http.pages("/rows", pages);
		const source = defineSource({
			...{ name: "sample", version: "1", title: "Sample", config: object({}), check: async () => "" },
			http: () => ({ vendor: "Sample", baseUrl: server.url }),
			streams: {
				orders: { ...stream, start: () => instant(Date.now() - A_DAY), read },
			},
		} as never);
		const before = Math.floor(Date.now() / 1_000) * 1_000;
		const ahead = Date.now() + 300 * A_DAY;
		const messages = await collect(readSource(source, { config: {}, now: () => ahead }));
		await server.close();
		const cursor = Date.parse(stateOf(messages).cursor!);
		expect(cursor).toBeGreaterThanOrEqual(before);
		expect(cursor).toBeLessThanOrEqual(Date.now());
	});

	test("ours years behind: windows go on to the vendor's now, and no further", () => {
		let vendorTime: number | undefined;
		const plan = { name: "orders", cursor: { kind: "timestamp" }, definition: { window: "180d" } };
		const years = NOW - 20 * 365 * A_DAY;
		const { windows } = horizonOf(plan as never, {}, years, () => vendorTime);
		const ends: string[] = [];
		for (const { until } of windows(instant(years - 30 * A_DAY - 250))) {
			ends.push(until);
			vendorTime = NOW + ends.length * 1_000; // it goes on while it answers
		}
		expect(ends[0]).toBe(instant(years - 250));
		expect(ends.length).toBeGreaterThan(40);
		expect(Date.parse(ends.at(-1)!)).toBeGreaterThanOrEqual(NOW - 250);
		expect(ends.length).toBeLessThan(60);
	});

	test("the vendor's ahead, or a row of next year: ours holds it back", () => {
		const { stream } = vendor(() => [], { lag: "5m" });
		const horizon = horizonOf(planOf(stream), {}, NOW, () => wrong);
		expect(horizon.reached(horizon.until)).toBe("2026-07-10T12:25:15Z");
		expect(horizon.most(horizon.until)).toBe("2026-07-10T12:25:15Z");
	});

	test("whose they are decides: a cursor is never beyond what the right one says", () => {
		const clock = fc.integer({ min: -500, max: 500 }).map((days) => NOW + days * A_DAY);
		fc.assert(
			fc.property(clock, fc.constantFrom<Duration>("0s", "90s", "3d"), (ours, lag) => {
				const { stream } = vendor(() => [], { lag });
				const horizon = horizonOf(planOf(stream), {}, ours, () => NOW);
				for (const { until } of horizon.windows(horizon.start)) {
					const limit = NOW - parseDuration(lag)! * 1_000;
					expect(Date.parse(horizon.reached(until))).toBeLessThanOrEqual(limit);
					expect(Date.parse(horizon.most(until)!)).toBeLessThanOrEqual(limit);
				}
			}),
		);
	});
});

test("whatever start, window, lag and now: windows are half-open, contiguous and in order, each moment once", () => {
	fc.assert(
		fc.property(
			fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) }),
			fc.integer({ min: 20, max: 400 }),
			fc.constantFrom("h", "d"),
			fc.integer({ min: 0, max: 100_000 }),
			fc.constantFrom("updated_at", "day"),
			(begin, length, unit, lag, cursor) => {
				const window = `${cursor === "day" ? Math.ceil(length / 10) : length}${cursor === "day" ? "d" : unit}`;
				const definition = { window, lag: `${lag}s`, start: () => instant(begin) };
				const plan = { name: "orders", definition, cursor: { kind: cursor === "day" ? "date" : "timestamp" } };
				const horizon = horizonOf(plan as never, {}, NOW, () => undefined);
				const windows = [...horizon.windows(horizon.start)];
				const end = Date.parse(horizon.until);
				expect(end).toBeLessThanOrEqual(NOW - lag * 1_000);
				expect(windows.length > 0).toBe(Date.parse(horizon.start!) < end);
				if (windows.length > 0) expect(windows[0]!.since).toBe(horizon.start);
				if (windows.length > 0) expect(windows.at(-1)!.until).toBe(horizon.until);
				for (const [n, { since, until }] of windows.entries()) {
					expect(Date.parse(until)).toBeGreaterThan(Date.parse(since!));
					if (n > 0) expect(since).toBe(windows[n - 1]!.until);
				}
			},
		),
		{ numRuns: 300 },
	);
});

test("runs at any times, rows that arrive at most lag late, any failures: at the end nothing is missing", async () => {
	const row = fc.record({ at: fc.integer({ min: 0, max: 60 * 24 }), late: fc.integer({ min: 0, max: 6 }) });
	const runs = fc.array(fc.record({ wait: fc.integer({ min: 1, max: 24 * 15 }), fails: fc.nat(6) }), { maxLength: 6 });
	await fc.assert(
		fc.asyncProperty(fc.array(row, { maxLength: 30 }), runs, fc.boolean(), async (rows, runs, isSorted) => {
			const hour = 3_600_000;
			const begin = Date.UTC(2026, 5, 1);
			let now = begin;
			let left = 99;
			const held = rows
				.map(({ at, late }, i) => ({
					id: `o${i}`,
					updated_at: instant(begin + at * hour),
					from: begin + (at + late) * hour,
				}))
				.toSorted((a, b) => (a.updated_at < b.updated_at ? -1 : 1));
			const { stream } = vendor(() => held.filter(({ from }) => from <= now), { lag: "6h", window: "4d" });
			const failing: Stream = {
				...stream,
				...(isSorted && { sorted: true as const }),
				read(context) {
					if (left-- === 0) throw new ConnectorError("transient.down", "down");
					return stream.read(context as never);
				},
			};
			const got = new Set<unknown>();
			let state = savedStreams(null);
			const run = async () => {
				const messages = await read(failing, { state, now: () => now });
				const last = messages.findLastIndex(({ type }) => type === "STATE");
				for (const id of idsOf(messages.slice(0, last + 1))) got.add(id);
				if (last >= 0) state = lastState(messages);
			};
			for (const { wait, fails } of runs) {
				now += wait * hour;
				left = fails;
				await run();
			}
			now = begin + 70 * A_DAY;
			left = 99;
			await run();
			expect([...got].sort()).toEqual(held.map(({ id }) => id).sort());
		}),
		{ numRuns: 60 },
	);
});
