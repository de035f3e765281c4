import type { Catalog, PipelineStream, Stream } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import { cursorIn, earliest, latest } from "../../src/pipeline/cursor.ts";
import { configureCatalog, pathOf } from "../../src/pipeline/file/catalog.ts";

const stream = (name: string, more: Partial<Stream> = {}): Stream => ({
	name,
	json_schema: { type: "object" },
	supported_sync_modes: ["full_refresh", "incremental"],
	source_defined_cursor: true,
	default_cursor_field: ["updated_at"],
	source_defined_primary_key: [["id"]],
	...more,
});
const configure = (streams: Catalog["streams"], wishes?: Record<string, PipelineStream>, account?: string) =>
	configureCatalog(
		{ streams },
		{
			streams: wishes,
			account,
			source: "shop",
			destination: "duckdb",
			writes: ["append", "overwrite", "append_dedup"],
			startedAt: 1_785_000_000_000,
			where: (path) => path.join("."),
		},
	);
const how = (streams: Catalog["streams"], wishes?: Record<string, PipelineStream>) =>
	configure(streams, wishes).streams.map(
		({ stream: { name }, sync_mode, destination_sync_mode, generation_id }) =>
			`${name} ${sync_mode} ${destination_sync_mode} ${generation_id}`,
	);

describe("the configured catalog", () => {
	test("without wishes: all streams, in the order of the source, as they suggest", () => {
		const offered = [
			stream("orders"),
			stream("locations", {
				supported_sync_modes: ["full_refresh"],
				source_defined_cursor: false,
				default_cursor_field: [],
			}),
			{ ...stream("log", { source_defined_primary_key: [] }) },
			{ ...stream("keyless", { supported_sync_modes: ["full_refresh"], source_defined_primary_key: [] }) },
			{ ...stream("rates"), destination_sync_mode: "overwrite" as const },
		];
		expect(how(offered)).toEqual([
			"orders incremental append_dedup 0",
			"locations full_refresh append_dedup 0",
			"log incremental append 0",
			"keyless full_refresh overwrite 1785000000000",
			"rates full_refresh overwrite 1785000000000",
		]);
	});

	test("wishes choose streams and change how they are read, keyed, named and mapped", () => {
		const conversions = [{ type: "purchase" as const, columns: { timestamp: "at" } }];
		const origin = { source: { const: "pos" }, source_system: { const: "x" }, source_account: "account" };
		const { streams, errors } = configure(
			[stream("orders"), stream("customers"), stream("rest")],
			{
				customers: { mode: "full_refresh", write: "overwrite" },
				orders: { key: ["customer.id", "a\\.b"], cursor: "meta.at", conversions, origin },
			},
			"main",
		);
		expect(errors).toEqual([]);
		expect(streams.map(({ stream: { name, namespace } }) => [name, namespace])).toEqual([
			["orders", "main"],
			["customers", "main"],
		]);
		expect(streams[0]).toMatchObject({
			primary_key: [["customer", "id"], ["a.b"]],
			cursor_field: ["meta", "at"],
			stream: { conversions, conversion_origin: origin },
		});
		expect(streams[1]).toMatchObject({
			generation_id: 1785000000000,
			minimum_generation_id: 1785000000000,
			sync_id: 1785000000000,
		});
	});

	test("what cannot be is told with its place, all at once", () => {
		const offered = [
			stream("orders"),
			stream("plain", {
				supported_sync_modes: ["full_refresh"],
				source_defined_primary_key: [],
				source_defined_cursor: false,
			}),
			stream("loose", { source_defined_cursor: false, default_cursor_field: [] }),
		];
		const { errors } = configure(offered, {
			ordrs: {},
			orders: { mode: "incremental", write: "overwrite" },
			plain: { mode: "incremental", write: "append_dedup" },
			loose: { mode: "incremental", write: "soft_delete" },
		});
		expect(errors.map(({ code, where, next }) => [code, where, next])).toEqual([
			["config.unknown_stream", "streams.ordrs", "did you mean orders?"],
			["config.write_mode", "streams.orders.write", "write mode: full_refresh, or another write"],
			["config.sync_mode", "streams.plain.mode", "write mode: full_refresh"],
			["config.key_missing", "streams.plain.write", "name its fields in key: [...], or write: append"],
			["config.write_mode", "streams.loose.write", "choose one of these for write"],
			["config.cursor_missing", "streams.loose.mode", "name the field in cursor, or write mode: full_refresh"],
		]);
	});

	test("paths are dotted", () => {
		expect(pathOf("a.b\\.c.d")).toEqual(["a", "b.c", "d"]);
	});
});

describe("the cursor in a state", () => {
	test("is ours by its name, the latest of its slices, or a foreign one by its field or its only time", () => {
		expect(cursorIn({ cursor_field: "at", cursor: "2026-01-02" })).toBe("2026-01-02");
		expect(cursorIn({ cursor: 17 })).toBe("17");
		expect(cursorIn({ slices: { a: { cursor: "2026-01-02" }, b: { cursor: "2026-03-02" } } })).toBe("2026-03-02");
		expect(cursorIn({ updated_at: "2026-01-02T00:00:00Z", other: 1 }, ["updated_at"])).toBe("2026-01-02T00:00:00Z");
		expect(cursorIn({ files: [], last: { seen: "2026-01-02T00:00:00Z" } })).toBe("2026-01-02T00:00:00Z");
		expect(cursorIn({ a: "2026-01-02", b: "2026-01-03" })).toBeNull();
		expect(cursorIn(null)).toBeNull();
	});

	test("the earliest and the latest are by time, not by text", () => {
		const cursors = [null, "2026-01-01T23:00:00-05:00", "2026-01-02T01:00:00Z", "17"];
		expect(latest(cursors)).toBe("2026-01-01T23:00:00-05:00");
		expect(earliest(cursors)).toBe("2026-01-02T01:00:00Z");
		expect(earliest([null])).toBeNull();
	});
});
