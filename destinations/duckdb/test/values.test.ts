/** What a query answers: exact, as JSON. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { catalog, folder, record, rows, state, status, stream, write } from "./support.ts";

async function store(): Promise<string> {
	const path = join(await folder(), "acme.duckdb");
	await write(path, [catalog(stream("t", { id: { type: "string" } })), status("t")]);
	return path;
}

const VALUES: [string, unknown][] = [
	["12345678901234567890.123456789::DECIMAL(38,9)", "12345678901234567890.123456789"],
	["12.500000000::DECIMAL(38,9)", "12.5"],
	["0::DECIMAL(38,9)", "0"],
	["9007199254740993::BIGINT", "9007199254740993"],
	["7::BIGINT", 7],
	["170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727"],
	["TIMESTAMPTZ '2026-07-03 21:22:10.5+02'", "2026-07-03T19:22:10.5Z"],
	["TIMESTAMPTZ '1969-12-31 23:59:59.000001Z'", "1969-12-31T23:59:59.000001Z"],
	["'infinity'::TIMESTAMPTZ", "infinity"],
	["TIMESTAMP '2026-07-03 21:22:10'", "2026-07-03T21:22:10"],
	["DATE '0001-01-01'", "0001-01-01"],
	["TIME '10:11:12.5'", "10:11:12.5"],
	["'NaN'::DOUBLE", "NaN"],
	["1.5::DOUBLE", 1.5],
	["true", true],
	["NULL", null],
	["'\u2028 é'", "\u2028 é"],
	["'abc'::BLOB", "YWJj"],
	["[1, NULL]", [1, null]],
	["{'a': 1.50::DECIMAL(9,2), 'b': [true]}", { a: "1.5", b: [true] }],
	["MAP {'k': 1}", [{ key: "k", value: 1 }]],
	["union_value(num := 2)", 2],
	["'{\"x\":[1,9007199254740993]}'::JSON", { x: [1, "9007199254740993"] }],
	["'6f8a5c0e-0000-4000-8000-000000000000'::UUID", "6f8a5c0e-0000-4000-8000-000000000000"],
];

it("values keep every digit, times are RFC 3339, what is nested stays so", async () => {
	const path = await store();
	const columns = VALUES.map(([sql], at) => `${sql} AS v${at}`).join(", ");
	const [row] = await rows(path, `SELECT ${columns}`);
	const answered = JSON.parse(JSON.stringify(row), (_key, value, context?: { source?: string }) =>
		typeof value === "number" && !Number.isSafeInteger(value) && Number.isInteger(value) ? context!.source : value,
	);
	expect(Object.values(answered)).toEqual(VALUES.map(([, value]) => value));
});

it("streams results of any size, and names columns that have one name apart", async () => {
	const path = await store();
	const all = await rows(path, "SELECT i AS n, i AS n FROM range(10000) t(i)");
	expect(all).toHaveLength(10_000);
	expect(Object.keys(all[0]!)).toHaveLength(2);
});

it("writes, reads again and compares values at the edge of every type", async () => {
	const path = join(await folder(), "acme.duckdb");
	const columns = {
		id: { type: "string" },
		small: { type: "number" },
		big: { type: "integer" },
		local: { type: "string", format: "date-time", airbyte_type: "timestamp_without_timezone" },
		day: { type: "string", format: "date" },
		clock: { type: "string", format: "time", airbyte_type: "time_without_timezone" },
		any: {},
	};
	const line = (emitted: number) =>
		`{"type":"RECORD","record":{"stream":"edges","emitted_at":${emitted},"data":{"id":"a","small":-0.000000001,` +
		'"big":-9223372036854775808,"local":"0001-01-01T00:00:00.000001","day":"9999-12-31","clock":"23:59:59.999999",' +
		'"any":{"e":1e400,"s":"\\u0000\\ud83d\\ude00","n":[1.10,9007199254740993]}}}}';
	const session = (emitted: number) => [
		catalog(stream("edges", columns)),
		line(emitted),
		state("edges", 1),
		status("edges"),
	];
	await write(path, session(-62_135_596_800_000));
	const again = await write(path, session(253_402_300_799_999));
	expect(again.commits[0]!.streams).toMatchObject([{ loaded: 0, superseded: 1 }]);
	const [row] = await rows(path, "SELECT * EXCLUDE (_gn_hash, _gn_batch_id, _gn_loaded_at, _gn_seq) FROM edges");
	expect(row).toMatchObject({
		small: "-0.000000001",
		big: "-9223372036854775808",
		local: "0001-01-01T00:00:00.000001",
		day: "9999-12-31",
		clock: "23:59:59.999999",
		_gn_emitted_at: "9999-12-31T23:59:59.999Z",
	});
	expect(JSON.stringify(row!.any)).toBe('{"e":"1e400","s":"\\u0000😀","n":[1.1,9007199254740993]}');
	expect(row!._gn_meta).toEqual({
		changes: [{ field: "any", change: "CHANGED", reason: "unsafe_number", text: expect.any(String) }],
	});
});

it("a cursor inside an object decides which row is newer", async () => {
	const path = join(await folder(), "acme.duckdb");
	const meta = { type: "object", properties: { at: { type: "string", format: "date-time" } } };
	const described = catalog(
		stream("nested", { id: { type: "string" }, meta, word: { type: "string" } }, { cursor_field: ["meta", "at"] }),
	);
	const row = (at: string, word: string, emitted: number) => record("nested", { id: "a", meta: { at }, word }, emitted);
	await write(path, [described, row("2026-07-03T12:00:00+02:00", "newer", 1_000), status("nested")]);
	const late = await write(path, [described, row("2026-07-03T09:59:59.9Z", "older", 2_000), status("nested")]);
	expect(late.commits[0]!.streams).toMatchObject([{ loaded: 0, superseded: 1 }]);
	expect(await rows(path, "SELECT word, _gn_cursor FROM nested")).toEqual([
		{ word: "newer", _gn_cursor: "2026-07-03T10:00:00Z" },
	]);
});
