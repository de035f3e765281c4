/** A conversion without time, money or identity is refused with that reason, and no default takes its place. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { APPEND, catalog, complete, INSTANT, NUMBER, record, state, stream, TEXT } from "./lines.ts";
import { DESTINATION_DUCKDB, folder, run, writeFile } from "./processes.ts";
import { rows, value } from "./store.ts";

const PROPERTIES = { id: TEXT, at: INSTANT, local: TEXT, total: NUMBER, currency: TEXT, account: TEXT };
const COLUMNS = { timestamp: "at", value: "total", currency: "currency" };

function mapped(name: string, mapping: object, more: object = {}) {
	return stream(name, PROPERTIES, {
		conversion_origin: { source: { const: "pos" }, source_system: { const: "shop" }, source_account: "account" },
		conversions: [{ type: "purchase", columns: COLUMNS, ...mapping }],
		...more,
	});
}

const GOOD = {
	id: "1",
	at: "2026-07-03T12:00:00Z",
	local: "2026-07-03 12:00",
	total: "12.50",
	currency: "USD",
	account: "main",
};

/** A stream, what its record lacks, and why it is no conversion. */
const CASES: [name: string, mapping: object, record: object, code: string, path: string, more?: object][] = [
	["no_time", {}, { at: null }, "no_event_time", "at"],
	["blank_time", {}, { at: "" }, "no_event_time", "at"],
	["no_zone", { columns: { ...COLUMNS, timestamp: "local" } }, {}, "no_time_zone", "local"],
	["no_amount", {}, { total: null }, "no_money", "total"],
	["no_number", { columns: { ...COLUMNS, value: "local" } }, {}, "wrong_value", "local"],
	["no_currency", {}, { currency: null }, "no_currency", "currency"],
	["odd_currency", {}, { currency: "Dollars" }, "wrong_value", "currency"],
	["no_minor", { columns: { ...COLUMNS, value: { minor: "total" } } }, { currency: " " }, "no_currency", "currency"],
	["a_part_missing", { columns: { ...COLUMNS, value: { sum: ["total", "tip"] } } }, {}, "no_money", "tip"],
	["no_account", {}, { account: null }, "no_identity", "account"],
	["positive_refund", { type: "refund" }, {}, "reversal_positive", "total"],
];

let path: string;

beforeAll(async () => {
	path = join(folder(), "acme.duckdb");
	const config = writeFile(`${path}.json`, { path, customer_id: "acme" });
	const names = CASES.map(([name]) => name);
	const input = [
		catalog(
			...CASES.map(([name, mapping, , , , more]) => mapped(name, mapping, more)),
			mapped("good", {}),
			mapped("keyless", {}, APPEND),
		),
		...CASES.map(([name, , less]) => record(name, { ...GOOD, ...less })),
		record("good", GOOD),
		record("good", { ...GOOD, id: null }),
		...["good", ...names].flatMap((name) => [state(name, 1), complete(name)]),
		record("keyless", GOOD),
		state("keyless", 1),
		complete("keyless"),
	];
	const ended = await run(DESTINATION_DUCKDB, ["write", "--config", config], { input });
	expect([ended.code, ended.err]).toEqual([0, ""]);
});

test.for(CASES)("%s", async ([name, , , code, path_]) => {
	expect(await value(path, `SELECT count(*) FROM "${name}"`)).toBe(1);
	expect(await value(path, `SELECT count(*) FROM conversions WHERE source_stream = '${name}'`)).toBe(0);
	expect(await rows(path, `SELECT kind, code, path, reason FROM _gn_dead_letters WHERE stream = '${name}'`)).toEqual([
		{ kind: "conversion", code, path: path_, reason: expect.stringMatching(`${path_}|above zero`) },
	]);
});

test("a record without its key is refused before it could be a conversion", async () => {
	expect(await rows(path, "SELECT kind, code FROM _gn_dead_letters WHERE stream = 'good'")).toEqual([
		{ kind: "record", code: "missing_key" },
	]);
});

test("rows without a key are loaded, and make no conversions: nothing would tell two of them apart", async () => {
	expect(await value(path, "SELECT count(*) FROM keyless")).toBe(1);
	expect(await rows(path, "SELECT kind, code FROM _gn_dead_letters WHERE stream = 'keyless'")).toEqual([
		{ kind: "conversion", code: "no_identity" },
	]);
});

test("what a mapping does not fill is null, and stays so", async () => {
	const [row] = await rows(path, "SELECT * FROM conversions WHERE source_stream = 'good'");
	const filled = Object.entries(row!).flatMap(([column, one]) => (one === null ? [] : [column]));
	expect(filled.sort()).toEqual(
		[
			...[
				"_gn_generation_id",
				"_gn_hash",
				"_gn_key",
				"_gn_table",
				"conversion_id",
				"conversion_type",
				"currency",
				"customer_id",
			],
			...["extracted_at", "loaded_at", "mapping", "source", "source_account", "source_record_id", "source_stream"],
			...["source_system", "sync_id", "timestamp", "timestamp_precision", "value", "value_basis"],
		].sort(),
	);
});

test("conversion_id is that of the vectors", async () => {
	const file = new URL("../sdk/test/conversion/vectors/conversion_id_vectors.json", import.meta.url);
	const { vectors } = JSON.parse(readFileSync(file, "utf8")) as {
		vectors: { parts: string[]; conversion_id: string }[];
	};
	for (const { parts, conversion_id } of vectors) {
		const [customer, system, account, name, id, type, discriminator] = parts as [string, ...string[]];
		const store = join(folder(), "vector.duckdb");
		const config = writeFile(`${store}.json`, { path: store, customer_id: customer });
		const data = { ...GOOD, id, account, total: type === "purchase" ? "1" : "-1", local: discriminator };
		const mapping = {
			type,
			...(discriminator !== "" && { discriminator: "local" }),
			columns: { ...COLUMNS, source_system: { const: system } },
		};
		const input = [catalog(mapped(name!, mapping)), record(name!, data), state(name!, 1), complete(name!)];
		expect((await run(DESTINATION_DUCKDB, ["write", "--config", config], { input })).code).toBe(0);
		expect(await value(store, "SELECT conversion_id FROM conversions")).toBe(conversion_id);
	}
});
