/** What the vendor says is deleted: marked with the time that was given, found by its key, gone from conversions. */
import type { Message } from "@growthnav/spec";
import { expect, test } from "vitest";
import { boolean, decimal, object, optional, string, timestamp } from "../../src/index.ts";
import type { RecordSchema, StreamDefinition } from "../../src/source/definition.ts";
import { discoverSource, readSource } from "../../src/source/index.ts";
import { runsIntoMemory } from "./into-memory.ts";
import { collect, minute, sampleSource, settings } from "./sample.ts";

type Stream = StreamDefinition<RecordSchema, { page_size: number }>;

const deal = object({
	id: string(),
	updated_at: timestamp(),
	total: decimal(),
	archived: optional(boolean()),
	archived_at: optional(timestamp()),
});

const streamOf = (rows: object[], deleted: string): Stream => ({
	...{ schema: deal, primaryKey: "id", cursor: "updated_at", deleted: deleted as never },
	async *read() {
		yield rows as never;
	},
});
const read = (rows: object[], deleted: string) =>
	collect(readSource(sampleSource({ deals: streamOf(rows, deleted) }), { config: settings }));
const dataOf = (messages: Message[]) =>
	messages.flatMap((message) => (message.type === "RECORD" ? [message.record.data] : []));
const toldOf = (messages: Message[]) => messages.flatMap((message) => (message.type === "LOG" ? [message.log] : []));

test("a time of deletion is passed on as it was given; rows without one live", async () => {
	const alive = { id: "a", updated_at: minute(1), total: 5, archived_at: null };
	const gone = { ...alive, id: "b", archived_at: "2026-01-03T01:00:00+02:00" };
	const empty = { ...alive, id: "c", archived_at: "" };
	const data = dataOf(await read([alive, gone, empty], "archived_at"));
	expect(data).toEqual([alive, { ...gone, _ab_cdc_deleted_at: "2026-01-03T01:00:00+02:00" }, empty]);
});

test("a boolean takes the cursor's time, and the given row is not changed", async () => {
	const gone = { id: "b", updated_at: minute(7), total: "1.50", archived: true };
	const [data] = dataOf(await read([gone], "archived"));
	expect(data).toMatchObject({ id: "b", _ab_cdc_deleted_at: minute(7) });
	expect(JSON.stringify(data)).toContain('"total":1.50');
	expect(Object.keys(gone)).not.toContain("_ab_cdc_deleted_at");
	expect(dataOf(await read([{ ...gone, archived: false }], "archived"))[0]).not.toHaveProperty("_ab_cdc_deleted_at");
});

test("a deleted row may have nothing but its key; a wrong value in it is told as ever", async () => {
	const messages = await read([{ id: "b", updated_at: minute(1), archived: true }], "archived");
	expect(dataOf(messages)).toHaveLength(1);
	expect(toldOf(messages)).toEqual([]);
	const wrong = await read([{ id: "b", updated_at: minute(1), total: "many", archived: true }], "archived");
	expect(toldOf(wrong)).toMatchObject([{ message: 'deals "b": total: "xxxx" is not a number' }]);
});

test("without a time nothing is made up: it is a reject, kept and counted", async () => {
	const messages = await read([{ id: "b", total: 1, archived: true }], "archived");
	expect(dataOf(messages)).toEqual([]);
	expect(toldOf(messages).find(({ reject }) => reject !== undefined)?.reject).toMatchObject({
		code: "deleted_without_time",
		reason: "archived says that it is deleted, and updated_at does not say when",
		path: "updated_at",
	});
	expect(messages.find((message) => message.type === "STATE")?.state.sourceStats).toEqual({
		...{ recordCount: 0, rejectedRecordCount: 1 },
	});
	const odd = await read([{ id: "b", total: 1, updated_at: minute(1), archived_at: "yesterday" }], "archived_at");
	expect(toldOf(odd).find(({ reject }) => reject !== undefined)?.reject).toMatchObject({
		reason: "archived_at says that it is deleted, and archived_at does not say when",
	});
});

test("the catalog has the field, as destinations know it", async () => {
	const { streams } = await discoverSource(sampleSource({ deals: streamOf([], "archived") }), { config: settings });
	expect(streams[0]!.json_schema.properties).toHaveProperty("_ab_cdc_deleted_at", {
		type: ["null", "string"],
		format: "date-time",
		airbyte_type: "timestamp_with_timezone",
	});
});

test("in a destination the row is marked, and lives again when the vendor says so", async () => {
	const row = { id: "b", updated_at: minute(7), total: 1, archived: true };
	const store = runsIntoMemory();
	await store.run(sampleSource({ deals: streamOf([row], "archived") }));
	expect(store.rows("sample__deals")).toMatchObject([{ id: "b", _gn_deleted_at: "2026-01-01T00:07:00Z" }]);
	const back = { ...row, updated_at: minute(8), archived: false };
	await store.run(sampleSource({ deals: streamOf([back], "archived") }));
	expect(store.rows("sample__deals")).toMatchObject([{ id: "b", archived: false }]);
	expect(store.rows("sample__deals")[0]!._gn_deleted_at ?? null).toBe(null);
});
