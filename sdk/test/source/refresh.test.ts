/** A full refresh that was interrupted goes on where it was, in the generation that it began; nothing else does. */
import type { ConfiguredCatalog, Message } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { configureCatalog } from "../../src/pipeline/file/catalog.ts";
import type { RecordSchema, StreamDefinition } from "../../src/source/definition.ts";
import { discoverSource, readSource, savedStreams } from "../../src/source/index.ts";
import { runsIntoMemory } from "./into-memory.ts";
import { collect, minute, order, sampleSource, settings } from "./sample.ts";

type Stream = StreamDefinition<RecordSchema, { page_size: number }>;

/** Pages 1 to `pages`, of one row each; `state` is the number of the last one. */
function streamOf(
	pages: number,
	{ failsAt, version = "", more = {} }: Options = {},
): { stream: Stream; asked: number[] } {
	const asked: number[] = [];
	const stream: Stream = {
		...{ schema: order, primaryKey: "id", write: "overwrite", resumable: true },
		async *read({ state }) {
			for (let page = ((state as { page: number } | undefined)?.page ?? 0) + 1; page <= pages; page++) {
				asked.push(page);
				if (page === failsAt) throw new ConnectorError("transient.down", "down");
				yield { rows: [{ id: `${version}${page}`, updated_at: minute(page) }], state: { page } };
			}
		},
		...more,
	};
	return { stream, asked };
}
interface Options {
	failsAt?: number;
	version?: string;
	more?: Partial<Stream>;
}

const sourceOf = (stream: Stream) => sampleSource({ places: stream });
const catalogOf = (messages: Message[]) =>
	messages.flatMap((message) => (message.type === "CATALOG" ? message.catalog.streams : []))[0]!;
const statesOf = (messages: Message[]) =>
	messages.flatMap((message) => (message.type === "STATE" ? [message.state.stream!.stream_state] : []));

describe("a resumable full refresh", () => {
	test("keeps its generation and where it is in the state, and nothing at its end", async () => {
		const { stream } = streamOf(2);
		const messages = await collect(readSource(sourceOf(stream), { config: settings, now: () => 7 }));
		expect(catalogOf(messages)).toMatchObject({ is_resumable: true, generation_id: 7, minimum_generation_id: 7 });
		expect(statesOf(messages)).toEqual([
			{ generation_id: 7, resume: { page: 1 } },
			{ generation_id: 7, resume: { page: 2 } },
			{},
		]);
	});

	test("goes on after a failure: the table holds all of both runs, and is replaced as a whole", async () => {
		const store = runsIntoMemory();
		await store.run(sourceOf(streamOf(2, { version: "old " }).stream), { now: () => 100 });
		const first = await store.run(sourceOf(streamOf(4, { failsAt: 3 }).stream), { now: () => 200 });
		expect(first.written.exitCode).not.toBe(0);
		expect(store.rows("sample__places").map(({ id }) => id)).toEqual(["old 1", "old 2"]);
		const { stream, asked } = streamOf(4);
		const second = await store.run(sourceOf(stream), { now: () => 300 });
		expect(catalogOf(second.messages)).toMatchObject({ generation_id: 200, minimum_generation_id: 200, sync_id: 300 });
		expect(asked).toEqual([3, 4]);
		expect(store.rows("sample__places").map(({ id }) => id)).toEqual(["1", "2", "3", "4"]);
		const third = streamOf(4);
		const last = await store.run(sourceOf(third.stream), { now: () => 400 });
		expect(catalogOf(last.messages)).toMatchObject({ generation_id: 400 });
		expect(third.asked).toEqual([1, 2, 3, 4]);
	});

	test("killed at any message, any number of times, the table is whole at the end", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.nat(14), { maxLength: 4 }), async (kills) => {
				const store = runsIntoMemory();
				let now = 100;
				for (const upTo of kills) await store.run(sourceOf(streamOf(4).stream), { now: () => now++, upTo });
				await store.run(sourceOf(streamOf(4).stream), { now: () => now++ });
				expect(
					store
						.rows("sample__places")
						.map(({ id }) => id)
						.sort(),
				).toEqual(["1", "2", "3", "4"]);
			}),
			{ numRuns: 25 },
		);
	});

	const catalog = (generation: number | null): ConfiguredCatalog => ({
		streams: [
			{
				stream: { name: "places", namespace: "sample", json_schema: {}, supported_sync_modes: [] },
				sync_mode: "full_refresh",
				destination_sync_mode: "overwrite",
				generation_id: generation,
				minimum_generation_id: generation,
			},
		],
	});
	const saved = (stream_state: object) =>
		savedStreams({
			stream: { stream_descriptor: { name: "places", namespace: "sample" }, stream_state: stream_state as never },
		});

	test.each([
		["the same generation", 7, { generation_id: 7, resume: { page: 1 } }, [2]],
		["a newer generation", 8, { generation_id: 7, resume: { page: 1 } }, [1, 2]],
		["a platform without generations", null, { generation_id: 7, resume: { page: 1 } }, [1, 2]],
		["neither side with one", null, { generation_id: null, resume: { page: 1 } }, [1, 2]],
		["a state of something else", 7, { cursor: "x" }, [1, 2]],
	])("%s", async (_, generation, state, pages) => {
		const { stream, asked } = streamOf(2);
		await collect(
			readSource(sourceOf(stream), { config: settings, catalog: catalog(generation), state: saved(state) }),
		);
		expect(asked).toEqual(pages);
	});

	test("a stream that is not resumable begins anew, and its pages may carry no state", async () => {
		const { stream, asked } = streamOf(2);
		const { resumable: _, ...plain } = stream;
		const state = saved({ generation_id: 7, resume: { page: 1 } });
		const messages = await collect(readSource(sourceOf(plain), { config: settings, catalog: catalog(7), state }));
		expect(asked).toEqual([1]);
		expect(messages.find((message) => message.type === "TRACE" && message.trace.error)).toMatchObject({
			trace: { error: { code: "internal.definition" } },
		});
	});

	test("a pipeline gives the interrupted generation on, and a new one where there was none", async () => {
		const offered = await discoverSource(sourceOf(streamOf(1).stream), { config: settings, namespace: "sample" });
		const wishes = {
			...{ streams: { places: { write: "overwrite" as const } }, account: undefined, source: "sample" },
			...{ destination: "memory", writes: undefined, startedAt: 9, where: () => "" },
		};
		const generation = (state: object) =>
			configureCatalog(offered, { ...wishes, saved: saved(state) }).streams[0]!.generation_id;
		expect(generation({ generation_id: 7, resume: { page: 1 } })).toBe(7);
		expect(generation({})).toBe(9);
		expect(configureCatalog(offered, wishes).streams[0]!.generation_id).toBe(9);
	});
});
