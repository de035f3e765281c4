/** Slices read at once: whatever the timing, a state never overtakes a record, and no page is asked for too early. */
import { setImmediate as turn } from "node:timers/promises";
import type { Message, StatePayload } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import type { RecordSchema, StreamDefinition } from "../../src/source/definition.ts";
import { type ReadInputs, readBatches, readSource, savedStreams } from "../../src/source/index.ts";
import { collect, minute, type Order, order, sampleSource, settings } from "./sample.ts";

type Stream = StreamDefinition<RecordSchema, { page_size: number }>;

interface Scene {
	/** Per slice its pages; a page is how many rows it has and how many turns of the loop it takes. */
	slices: { rows: number; turns: number }[][];
	sorted: boolean;
	concurrency: number;
	/** Page of a slice at which it fails: "slice:page". */
	failing: string | undefined;
}

const scene: fc.Arbitrary<Scene> = fc
	.record({
		slices: fc.array(
			fc.array(fc.record({ rows: fc.integer({ min: 0, max: 3 }), turns: fc.integer({ min: 0, max: 4 }) }), {
				maxLength: 4,
			}),
			{ maxLength: 6 },
		),
		sorted: fc.boolean(),
		concurrency: fc.integer({ min: 1, max: 4 }),
		failing: fc.option(fc.tuple(fc.nat(5), fc.nat(4)), { nil: undefined }),
	})
	.map(({ failing, ...rest }) => ({ ...rest, failing: failing?.join(":") }));

/** The rows of each slice in the order in which they are read; `seq` is their number in the slice. */
function rowsOf({ slices, sorted }: Scene): Order[][][] {
	return slices.map((pages, slice) => {
		let seq = 0;
		return pages.map(({ rows }) =>
			Array.from({ length: rows }, () => {
				const n = seq++;
				return { id: `${slice}-${n}`, updated_at: minute(sorted ? n : 50 - n), shop: String(slice) };
			}),
		);
	});
}

function streamOf(scene: Scene, watch: { asked?: (slice: number, page: number) => void; failing?: boolean }): Stream {
	const data = rowsOf(scene);
	return {
		schema: order,
		primaryKey: "id",
		cursor: "updated_at",
		...(scene.sorted && { sorted: true as const }),
		concurrency: scene.concurrency,
		slices: async function* () {
			for (const id of data.keys()) {
				await turn();
				yield { id: String(id) };
			}
		},
		async *read({ slice, since }) {
			const id = Number(slice.id);
			for (const [n, page] of data[id]!.entries()) {
				watch.asked?.(id, n);
				for (let turns = scene.slices[id]![n]!.turns; turns > 0; turns--) await turn();
				if (watch.failing !== false && scene.failing === `${id}:${n}`)
					throw new ConnectorError("transient.down", "down");
				yield page.filter(({ updated_at }) => since === undefined || updated_at >= since);
			}
		},
	};
}

const read = (orders: Stream, inputs: Partial<ReadInputs> = {}) =>
	readSource(sampleSource({ orders }), { config: settings, ...inputs });
const statesIn = (messages: Message[]): StatePayload[] =>
	messages.flatMap((message) => (message.type === "STATE" ? [message.state] : []));
const idsIn = (messages: Message[]): string[] =>
	messages.flatMap((message) => (message.type === "RECORD" ? [String(message.record.data.id)] : []));
const codesIn = (messages: Message[]) =>
	messages.flatMap((message) => (message.type === "TRACE" && message.trace.error ? [message.trace.error.code] : []));

/** A state speaks of a row when its slice has come to the row's cursor; all such rows must have been sent before. */
function overtaken(scene: Scene, messages: Message[]): string[] {
	const rows = rowsOf(scene).flat(2);
	const sent = new Set<string>();
	return messages.flatMap((message) => {
		if (message.type === "RECORD") sent.add(String(message.record.data.id));
		if (message.type !== "STATE") return [];
		const { slices = {} } = message.state.stream!.stream_state as { slices?: Record<string, { cursor?: string }> };
		return rows
			.filter(({ shop, updated_at }) => updated_at <= (slices[String(shop)]?.cursor ?? ""))
			.filter(({ id }) => !sent.has(id))
			.map(({ id }) => id);
	});
}

describe("whatever the timing of pages", () => {
	test("no state overtakes a record, nothing is lost, the counts are right, and failures end in INCOMPLETE", async () => {
		await fc.assert(
			fc.asyncProperty(scene, async (scene) => {
				const messages = await collect(read(streamOf(scene, {})));
				expect(overtaken(scene, messages)).toEqual([]);
				const failed = codesIn(messages).length > 0;
				const all = rowsOf(scene)
					.flat(2)
					.map(({ id }) => id);
				const last = messages.findLast(({ type }) => type === "STATE");
				const rest = await collect(
					read(streamOf(scene, { failing: false }), { state: savedStreams((last ?? null) as never) }),
				);
				if (!failed) expect(idsIn(messages).sort()).toEqual(all.toSorted());
				expect([...new Set([...idsIn(messages), ...idsIn(rest)])].sort()).toEqual(all.toSorted());
				const counted = statesIn(messages).reduce((sum, { sourceStats }) => sum + sourceStats!.recordCount!, 0);
				if (!failed) expect(counted).toBe(all.length);
				expect(new Set(idsIn(messages)).size).toBe(idsIn(messages).length);
				const statuses = messages.flatMap((message) =>
					message.type === "TRACE" && message.trace.stream_status ? [message.trace.stream_status.status] : [],
				);
				expect(statuses.at(-1)).toBe(failed ? "INCOMPLETE" : "COMPLETE");
			}),
			{ numRuns: 200 },
		);
	});

	test("a page is asked for when the one before was taken, and never more slices at once than allowed", async () => {
		await fc.assert(
			fc.asyncProperty(scene, fc.array(fc.nat(3), { maxLength: 20 }), async (scene, pauses) => {
				const asked = new Map<number, number>();
				const taken = new Set<string>();
				const early: string[] = [];
				const data = rowsOf(scene);
				const orders = streamOf(scene, {
					asked(slice, page) {
						asked.set(slice, page);
						const before = data[slice]!.slice(0, page).flat();
						early.push(...before.filter(({ id }) => !taken.has(id)).map(({ id }) => id));
						const open = [...asked].filter(([id]) => data[id]!.flat().some(({ id }) => !taken.has(id)));
						if (open.length > scene.concurrency) early.push(`${open.length} slices at once`);
					},
				});
				let at = 0;
				for await (const batch of readBatches(sampleSource({ orders }), { config: settings })) {
					for (let turns = pauses[at++] ?? 0; turns > 0; turns--) await turn();
					for (const message of batch) if (message.type === "RECORD") taken.add(String(message.record.data.id));
				}
				expect(early).toEqual([]);
			}),
			{ numRuns: 100 },
		);
	});

	test("aborted at any message, or left by its reader, the last state is true and every slice is closed", async () => {
		await fc.assert(
			fc.asyncProperty(scene, fc.nat(), fc.boolean(), async (scene, moment, abort) => {
				const whole = await collect(read(streamOf(scene, {})));
				const stop = new AbortController();
				const seen: Message[] = [];
				for await (const message of read(streamOf(scene, {}), { signal: stop.signal })) {
					seen.push(message);
					if (seen.length <= moment % whole.length) continue;
					if (!abort) break;
					stop.abort();
				}
				expect(overtaken(scene, seen)).toEqual([]);
				const last = seen.findLast(({ type }) => type === "STATE");
				const rest = await collect(
					read(streamOf(scene, { failing: false }), { state: savedStreams((last ?? null) as never) }),
				);
				const all = rowsOf(scene)
					.flat(2)
					.map(({ id }) => id);
				expect([...new Set([...idsIn(seen), ...idsIn(rest)])].sort()).toEqual(all.toSorted());
			}),
			{ numRuns: 100 },
		);
	});
});

const stream = (more: Partial<Stream>): Stream => ({
	...{ schema: order, primaryKey: "id", cursor: "updated_at", sorted: true, concurrency: 3 },
	slices: () => ["a", "b", "c"].map((id) => ({ id })),
	read: async function* () {},
	...more,
});

describe("slices at once", () => {
	test("pages come in the order in which they arrive, not slice by slice", async () => {
		const orders = stream({
			async *read({ slice }) {
				for (let n = 0; n < 2; n++) {
					for (let turns = slice.id === "a" ? 20 : 3; turns > 0; turns--) await turn();
					yield [{ id: `${slice.id}${n}`, updated_at: minute(n) }];
				}
			},
		});
		const ids = idsIn(await collect(read(orders)));
		expect(ids.at(-1)).toBe("a1");
		expect(ids.indexOf("c1")).toBeLessThan(ids.indexOf("a0"));
	});

	test("when one fails the others end their page and no slice is begun; each goes on from its own", async () => {
		const begun: string[] = [];
		const orders = stream({
			concurrency: 2,
			async *read({ slice: { id } }) {
				begun.push(id);
				yield [{ id: `${id}0`, updated_at: minute(0) }];
				if (id === "a") await turn();
				if (id === "a") throw new ConnectorError("transient.down", "a is down");
				for (let turns = 10; turns > 0; turns--) await turn();
				yield [{ id: `${id}1`, updated_at: minute(1) }];
				yield [{ id: `${id}2`, updated_at: minute(2) }];
			},
		});
		const messages = await collect(read(orders));
		expect(idsIn(messages)).toEqual(["a0", "b0", "b1"]);
		expect(begun).toEqual(["a", "b"]);
		expect(statesIn(messages).at(-1)!.stream!.stream_state).toEqual({
			cursor_field: "updated_at",
			slices: { a: { cursor: minute(0) }, b: { cursor: minute(1) } },
		});
		expect(codesIn(messages)).toEqual(["transient.down"]);
	});

	test("one cause that fails all of them is told once, two causes are two", async () => {
		const failing = (message: (id: string) => string) =>
			stream({
				// biome-ignore lint/correctness/useYield: it fails
				async *read({ slice: { id } }) {
					await turn();
					throw new ConnectorError("data.refused", message(id), { where: `GET /${id}` });
				},
			});
		expect(codesIn(await collect(read(failing(() => "no"))))).toEqual(["data.refused"]);
		expect(codesIn(await collect(read(failing((id) => `no ${id === "b"}`))))).toEqual(["data.refused", "data.refused"]);
	});

	test("rows out of order fail their slice; the others end their page", async () => {
		const orders = stream({
			async *read({ slice: { id } }) {
				yield [{ id: `${id}0`, updated_at: minute(5) }];
				for (let turns = id === "b" ? 2 : 5; turns > 0; turns--) await turn();
				yield [{ id: `${id}1`, updated_at: minute(id === "b" ? 4 : 6) }];
			},
		});
		const messages = await collect(read(orders));
		expect(idsIn(messages).sort()).toEqual(["a0", "a1", "b0", "c0", "c1"]);
		expect(codesIn(messages)).toEqual(["data.not_sorted"]);
	});

	test("what any of them logs comes at once, while the others are waited for", async () => {
		const orders = stream({
			async *read({ slice: { id }, log }) {
				if (id === "b") log.waiting({ reason: "rate_limited", wait_s: 1 });
				for (let turns = 30; turns > 0; turns--) await turn();
				yield [{ id, updated_at: minute(0) }];
			},
		});
		const messages = await collect(read(orders));
		const told = messages.findIndex((message) => message.type === "LOG");
		expect(messages[told]).toMatchObject({ log: { waiting: { stream: "orders" } } });
		expect(told).toBeLessThan(messages.findIndex(({ type }) => type === "RECORD"));
	});

	test("an abort ends all of them at once, although each of them hangs", async () => {
		const stop = new AbortController();
		const orders = stream({
			async *read({ slice: { id } }) {
				yield [{ id, updated_at: minute(0) }];
				await new Promise(() => {});
			},
		});
		const messages: Message[] = [];
		for await (const message of read(orders, { signal: stop.signal })) {
			messages.push(message);
			if (idsIn(messages).length === 3) setImmediate(() => stop.abort());
		}
		expect(codesIn(messages)).toEqual(["transient.stopped"]);
		expect(Object.keys((statesIn(messages).at(-1)!.stream!.stream_state as { slices: object }).slices)).toHaveLength(3);
	});

	test("memory stays flat: no page waits but one of each slice", async () => {
		let made = 0;
		let seen = 0;
		let most = 0;
		const orders = stream({
			async *read({ slice: { id } }) {
				for (let n = 0; n < 200; n++) {
					made++;
					most = Math.max(most, made - seen);
					yield [{ id: `${id}${n}`, updated_at: minute(n) }];
				}
			},
		});
		for await (const message of read(orders)) {
			if (message.type !== "RECORD") continue;
			await turn();
			seen++;
		}
		expect([made, seen]).toEqual([600, 600]);
		expect(most).toBeLessThanOrEqual(4);
	});
});

describe("slices that the vendor refuses", () => {
	const refusal = (id: string, code: "forbidden" | "not_found" = "forbidden") =>
		new ConnectorError(`config.${code}`, "Acme does not let this key", {
			where: `GET /${id}, 403`,
			next: `ask for ${id}`,
		});
	const refusing = (refused: readonly string[], more: Partial<Stream> = {}): Stream =>
		stream({
			concurrency: 1,
			async *read({ slice: { id } }) {
				yield [{ id: `${id}0`, updated_at: minute(0) }];
				if (refused.includes(id)) throw refusal(id);
				yield [{ id: `${id}1`, updated_at: minute(1) }];
			},
			...more,
		});
	const errorsIn = (messages: Message[]) =>
		messages.flatMap((message) => (message.type === "TRACE" && message.trace.error ? [message.trace.error] : []));
	const statusesIn = (messages: Message[]) =>
		messages.flatMap((message) =>
			message.type === "TRACE" && message.trace.stream_status
				? [`${message.trace.stream_status.stream_descriptor.name} ${message.trace.stream_status.status}`]
				: [],
		);

	test("the others are read, each goes on from its own, and the error names it", async () => {
		const messages = await collect(read(refusing(["a"])));
		expect(idsIn(messages)).toEqual(["a0", "b0", "b1", "c0", "c1"]);
		expect(statesIn(messages).at(-1)!.stream!.stream_state).toEqual({
			cursor_field: "updated_at",
			slices: { a: { cursor: minute(0) }, b: { cursor: minute(1) }, c: { cursor: minute(1) } },
		});
		expect(statusesIn(messages).at(-1)).toBe("orders INCOMPLETE");
		expect(errorsIn(messages)).toMatchObject([
			{ code: "config.forbidden", where: "GET /a, 403, slice a, stream orders, after row 5", next: "ask for a" },
		]);
	});

	test("those of one cause are named in one error; what is not there concerns the other streams no more than they", async () => {
		const gone = refusing([], {
			// biome-ignore lint/correctness/useYield: two of them fail
			async *read({ slice: { id } }) {
				if (id !== "b") throw refusal(id, "not_found");
			},
		});
		const source = sampleSource({ gone, orders: refusing([]) });
		const messages = await collect(readSource(source, { config: settings }));
		expect(errorsIn(messages)).toMatchObject([
			{ code: "config.not_found", where: "GET /a, 403, slices a and c, stream gone" },
		]);
		expect(statusesIn(messages).filter((status) => status.endsWith("COMPLETE"))).toEqual([
			"gone INCOMPLETE",
			"orders COMPLETE",
		]);
	});

	test("where none can be read it is not a slice that is wrong", async () => {
		const failing = refusing([], {
			// biome-ignore lint/correctness/useYield: it fails
			async *read({ slice: { id } }) {
				throw refusal(id, "not_found");
			},
		});
		const source = sampleSource({ failing, orders: refusing([]) });
		const messages = await collect(readSource(source, { config: settings }));
		expect(codesIn(messages)).toEqual(["config.not_found"]);
		expect(statusesIn(messages)).toEqual(["failing STARTED", "failing INCOMPLETE"]);
	});

	test("the key itself, and trouble of the vendor, end the stream as before; what was refused is told too", async () => {
		for (const code of ["config.credentials", "transient.down", "data.refused"] as const) {
			const orders = refusing(["a"], {
				async *read({ slice: { id } }) {
					yield [{ id, updated_at: minute(0) }];
					if (id === "a") throw refusal(id);
					throw new ConnectorError(code, "no");
				},
			});
			const messages = await collect(read(orders));
			expect(idsIn(messages)).toEqual(["a", "b"]);
			expect(codesIn(messages)).toEqual(["config.forbidden", code]);
		}
	});

	test("of a full refresh the rows with a key are committed, those without wait for all of them", async () => {
		const { cursor: _, sorted: __, ...whole } = refusing(["a"]);
		expect(statesIn(await collect(read(whole)))).toMatchObject([{ sourceStats: { recordCount: 5 } }]);
		const { primaryKey: ___, ...keyless } = whole;
		expect(statesIn(await collect(read(keyless)))).toEqual([]);
		expect(statesIn(await collect(read({ ...whole, write: "overwrite" })))).toEqual([]);
	});

	test("whichever are refused and whatever the timing, the others are whole, and nothing is lost when they are let in again", async () => {
		await fc.assert(
			fc.asyncProperty(scene, fc.uniqueArray(fc.nat(5)), async (scene, refused) => {
				const calm = { ...scene, failing: undefined };
				const closed = streamOf(calm, {
					asked(slice, page) {
						if (refused.includes(slice) && page >= calm.slices[slice]!.length / 2) throw refusal(String(slice));
					},
				});
				const messages = await collect(read(closed));
				expect(overtaken(calm, messages)).toEqual([]);
				const seen = idsIn(messages);
				const rows = rowsOf(calm);
				for (const [id, pages] of rows.entries())
					if (!refused.includes(id)) for (const row of pages.flat()) expect(seen).toContain(row.id);
				const last = messages.findLast(({ type }) => type === "STATE");
				const rest = await collect(read(streamOf(calm, {}), { state: savedStreams((last ?? null) as never) }));
				const all = rows.flat(2).map(({ id }) => id);
				expect([...new Set([...seen, ...idsIn(rest)])].sort()).toEqual(all.toSorted());
			}),
			{ numRuns: 150 },
		);
	});
});
