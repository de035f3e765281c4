/** A tap's catalog as ours, and what is wanted of it back in the tap's words. Pure. */
import type { Json, JsonObject } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/protocol/index.ts";
import type { SingerCatalog, SingerEntry } from "../../src/singer/messages.ts";
import { isSecretName } from "../../src/singer/settings.ts";
import { catalogIn, ourCatalog, tapStreams } from "../../src/singer/tap/catalog.ts";
import { parseTapCommand } from "../../src/singer/tap/command.ts";
import { readLog } from "../../src/singer/tap/log.ts";
import { wantedStreams } from "../../src/singer/tap/read.ts";
import { selectedCatalog } from "../../src/singer/tap/selection.ts";

function entry(metadata: JsonObject, more: JsonObject = {}, fields: { [name: string]: JsonObject } = {}): SingerEntry {
	return {
		tap_stream_id: "orders",
		schema: { type: "object", properties: { id: { type: "integer" }, at: { type: "string" }, note: {} } },
		metadata: [
			{ breadcrumb: [], metadata },
			...Object.entries(fields).map(([name, one]) => ({ breadcrumb: ["properties", name], metadata: one })),
		],
		...more,
	} as SingerEntry;
}

const offered = (...entries: SingerEntry[]) => ourCatalog(tapStreams({ streams: entries })).streams;

/** The first entry as it goes back, of a stream that is configured like this. */
function back(given: SingerEntry, how: JsonObject = {}): SingerEntry {
	const catalog: SingerCatalog = { streams: [given] };
	const [stream] = offered(given);
	const configured = { stream, sync_mode: "incremental", destination_sync_mode: "append", ...how };
	const wanted = wantedStreams([configured as never], tapStreams(catalog), parseTapCommand("tap-x"));
	return selectedCatalog(catalog, wanted).streams[0]!;
}
const metadataAt = ({ metadata = [] }: SingerEntry, ...breadcrumb: string[]) =>
	metadata.find((one) => one.breadcrumb.join() === breadcrumb.join())?.metadata;

describe("what a tap offers", () => {
	test("methods: forced ones, chosen ones, and those that somebody has to choose", () => {
		const modes = (metadata: JsonObject, more: JsonObject = {}) => {
			const [one] = offered(entry(metadata, more));
			return [one!.supported_sync_modes.join(), one!.source_defined_cursor ?? false, one!.default_cursor_field?.join()];
		};
		const both = "full_refresh,incremental";
		expect(modes({ "forced-replication-method": "FULL_TABLE" })).toEqual(["full_refresh", false, undefined]);
		expect(modes({ "forced-replication-method": "LOG_BASED" })).toEqual([both, true, undefined]);
		expect(
			modes({ "forced-replication-method": { "replication-method": "INCREMENTAL" }, "valid-replication-keys": ["at"] }),
		).toEqual([both, true, "at"]);
		expect(modes({ "valid-replication-keys": ["at", "id"] })).toEqual([both, false, "at"]);
		expect(modes({}, { replication_key: "id", replication_method: "INCREMENTAL" })).toEqual([both, true, "id"]);
		expect(modes({})).toEqual([both, false, undefined]);
	});

	test("keys: of the table, of the view, of the entry; all their fields", () => {
		const key = (metadata: JsonObject, more: JsonObject = {}) =>
			offered(entry(metadata, more))[0]!.source_defined_primary_key;
		expect(key({ "table-key-properties": ["a", "b"] }, { key_properties: ["c"] })).toEqual([["a"], ["b"]]);
		expect(key({ "table-key-properties": [], "view-key-properties": ["v"] })).toEqual([["v"]]);
		expect(key({}, { key_properties: ["a", "b"] })).toEqual([["a"], ["b"]]);
		expect(key({})).toBeUndefined();
	});

	test("fields that the tap cannot read, or reads only if asked for, are left out; those of the key stay", () => {
		const [one] = offered(
			entry(
				{},
				{},
				{
					id: { inclusion: "automatic", selected: false },
					at: { inclusion: "unsupported" },
					note: { "selected-by-default": false },
				},
			),
		);
		expect(Object.keys(one!.json_schema.properties!)).toEqual(["id"]);
		const ancient = entry({});
		ancient.schema.properties = {
			id: { inclusion: "automatic" },
			x: { inclusion: "unsupported" },
			y: { selected: true },
		};
		expect(offered(ancient)[0]!.json_schema).toEqual({ type: "object", properties: { id: {}, y: {} } });
	});

	test("namespaces from schema-name; tables of one name in two schemas are called by their ids", () => {
		const tables = ["one", "two"].map((schema) =>
			entry({ "schema-name": schema }, { tap_stream_id: `${schema}-users`, stream: "users" }),
		);
		expect(offered(tables[0]!)[0]).toMatchObject({ name: "users", namespace: "one" });
		expect(offered(...tables).map(({ name, namespace }) => [name, namespace])).toEqual([
			["one-users", "one"],
			["two-users", "two"],
		]);
		const configured = offered(...tables).map((stream) => ({
			stream,
			sync_mode: "full_refresh" as const,
			destination_sync_mode: "append" as const,
		}));
		const known = tapStreams({ streams: tables });
		expect(wantedStreams(configured.slice(0, 1), known, parseTapCommand("tap-x"))).toHaveLength(1);
		expect(() => wantedStreams(configured, known, parseTapCommand("tap-x"))).toThrow(
			expect.objectContaining({ code: "config.tap_names" }),
		);
	});

	test("a catalog that has no id, or names its stream alone", () => {
		expect(catalogIn('{"streams":[{"stream":"a","schema":{}}]}')?.catalog.streams[0]).toMatchObject({
			tap_stream_id: "a",
		});
		expect(catalogIn("no catalog")).toBeUndefined();
	});
});

describe("what goes back", () => {
	test("selection and method, with numbers as they were and unknown fields", () => {
		const given = parseJson(
			JSON.stringify(entry({ "valid-replication-keys": ["at"] }, { table_name: "t", is_view: false })).replace(
				'"integer"',
				'"integer","maximum":9223372036854775807',
			),
		) as unknown as SingerEntry;
		const one = back(given);
		expect(JSON.stringify(one)).toContain('"maximum":9223372036854775807');
		expect(one).toMatchObject({
			table_name: "t",
			is_view: false,
			replication_method: "INCREMENTAL",
			replication_key: "at",
		});
		expect(metadataAt(one)).toMatchObject({
			selected: true,
			"replication-method": "INCREMENTAL",
			"replication-key": "at",
		});
		expect(one.schema.selected).toBe(true);
		expect(metadataAt(back(given, { sync_mode: "full_refresh" }))).toMatchObject({
			"replication-method": "FULL_TABLE",
		});
		expect(metadataAt(back(given, { cursor_field: ["id"] }))).toMatchObject({ "replication-key": "id" });
		expect(() => back(given, { cursor_field: ["a", "b"] })).toThrow(
			expect.objectContaining({ code: "config.cursor_nested" }),
		);
	});

	test("a forced method stays; LOG_BASED that was chosen stays where nobody asks for a field", () => {
		const forced = entry({ "forced-replication-method": "INCREMENTAL", "valid-replication-keys": ["at"] });
		expect(metadataAt(back(forced, { sync_mode: "full_refresh" }))).toMatchObject({
			"replication-method": "INCREMENTAL",
		});
		expect(metadataAt(back(entry({ "replication-method": "LOG_BASED" })))).toMatchObject({
			"replication-method": "LOG_BASED",
		});
	});

	test("fields that are missing are turned off, automatic ones and those of key and cursor are not", () => {
		const given = entry(
			{ "table-key-properties": ["id"], "valid-replication-keys": ["at"] },
			{},
			{ note: { inclusion: "available" } },
		);
		const [stream] = offered(given);
		const one = back(given, { stream: { ...stream!, json_schema: { properties: { other: {} } } } as unknown as Json });
		expect(["id", "at", "note"].map((name) => metadataAt(one, "properties", name)?.selected)).toEqual([
			true,
			true,
			false,
		]);
		expect(one.schema.properties!.note!.selected).toBe(false);
	});

	test("the key of a view is told to the tap", () => {
		const view = back(entry({ "is-view": true }), { primary_key: [["id"]] });
		expect(metadataAt(view)).toMatchObject({ "view-key-properties": ["id"] });
	});

	test("streams that nobody wants are turned off, not left out", () => {
		const catalog = { streams: [entry({ selected: true })] };
		const [one] = selectedCatalog(catalog, []).streams;
		expect(metadataAt(one!)).toMatchObject({ selected: false });
		expect(metadataAt(catalog.streams[0]!)).toEqual({ selected: true });
	});
});

describe("the command", () => {
	test("files are taken out, short options only before a file of JSON; the rest is the tap's", () => {
		expect(
			parseTapCommand("env A=b python -c 'import x' tap_x -c one.json --config=two.json --config ENV -p cat.json -v"),
		).toEqual({
			program: "tap_x",
			words: ["env", "A=b", "python", "-c", "import x", "tap_x", "--config=ENV", "-v"],
			configs: ["one.json", "two.json"],
			catalog: { file: "cat.json", option: "--properties" },
		});
		for (const line of ["", "tap-x --state s.json", "tap-x --discover", "tap-x --config", "tap-x 'open"]) {
			expect(() => parseTapCommand(line)).toThrow(expect.objectContaining({ code: "config.command" }));
		}
	});
});

test("levels of logs in the forms that taps use", () => {
	const cases: [string, string, string][] = [
		["CRITICAL it broke", "FATAL", "it broke"],
		["2026-01-01 00:00:00,123 | CRITICAL | tap-x | it broke", "FATAL", "it broke"],
		["time=2026 name=tap-x level=CRITICAL message=it broke", "FATAL", "it broke"],
		['{"level": "critical", "event": "it \\"broke\\""}', "FATAL", 'it "broke"'],
		["2026-01-01 [ERROR] it broke", "ERROR", "it broke"],
		["WARNING: hm", "WARN", "hm"],
		['INFO METRIC: {"type": "counter"}', "DEBUG", 'METRIC: {"type": "counter"}'],
		["an error in a sentence", "INFO", "an error in a sentence"],
		["plain", "INFO", "plain"],
	];
	for (const [line, level, text] of cases) expect([line, readLog(line)]).toEqual([line, { level, text }]);
});

test("names of secrets", () => {
	const secret = [
		"token",
		"accessToken",
		"api_key",
		"apiKey",
		"client_secret",
		"Authorization",
		"X-API-KEY",
		"aws_secret_access_key",
		"password",
		"refresh_token",
		"credentials_json".replace("_json", ""),
	];
	const open = [
		"next_page_token_path",
		"access_token_url",
		"start_date",
		"username",
		"author",
		"keyspace",
		"primary_keys",
		"auth_method",
		"table",
	];
	expect(secret.filter((name) => !isSecretName(name))).toEqual([]);
	expect(open.filter(isSecretName)).toEqual([]);
});
