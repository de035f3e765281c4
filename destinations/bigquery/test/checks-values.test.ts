/** What a record says stands in the table, exact, noted or refused: the acceptance checks 11, 12 and 13. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/sdk/destination";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import {
	catalog,
	FULL,
	fakeBigQuery,
	type Line,
	record,
	rows,
	state,
	status,
	stream,
	type Written,
	write,
} from "./support.ts";

const TEXT = { type: ["null", "string"] };
const NUMBER = { type: ["null", "number"] };
const WHOLE = { type: ["null", "integer"] };
const TIME = { type: ["null", "string"], format: "date-time" };
const DAY = { type: ["null", "string"], format: "date" };
const ORIGIN = { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "m1" } };
const AT = 1_780_000_000_000;

const end = (name: string): Line[] => [state(name, 1), status(name)];

/** Why a value is not the one that was sent, from `_gn_meta`. */
function noteOf(row: JsonObject): string | undefined {
	const meta = JSON.parse(String(row.meta)) as { changes?: { reason: string }[] } | null;
	return meta?.changes?.[0]?.reason;
}

/** Writes, and answers the lines of the spool before they were loaded: the very bytes that are sent. */
async function writeAndSee(settings: JsonObject, lines: Line[]): Promise<{ result: Written; sent: string[] }> {
	const spool = await mkdtemp(join(tmpdir(), "gn-bigquery-spool-"));
	onTestFinished(() => rm(spool, { recursive: true, force: true }));
	const sent: string[] = [];
	const crash = (point: string) => {
		if (point !== "before_load") return;
		for (const one of readdirSync(spool, { recursive: true, withFileTypes: true })) {
			if (!one.isFile()) continue;
			const lines = readFileSync(join(one.parentPath, one.name), "utf8").split("\n");
			sent.push(...lines.filter((line) => line.startsWith('{"id"')));
		}
	};
	const result = await write(settings, lines, { settings: { spool }, crash });
	return { result, sent };
}

describe("11: numbers", () => {
	const int64 = fc.oneof(
		fc.bigInt({ min: -(2n ** 63n) - 3n, max: -(2n ** 63n) + 3n }),
		fc.bigInt({ min: 2n ** 63n - 4n, max: 2n ** 63n + 3n }),
		fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
		fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
	);
	const decimal = fc
		.tuple(fc.bigInt({ min: -(10n ** 41n), max: 10n ** 41n }), fc.integer({ min: 0, max: 14 }), fc.boolean())
		.map(([digits, scale, exponent]) => ({ digits, scale, exponent }));

	test("int64, decimals, exponents, -0: exact, or rounded and noted, or null and noted; never silently different", async () => {
		const fake = await fakeBigQuery();
		let runs = 0;
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.record({ whole: int64, decimal }), { minLength: 20, maxLength: 60 }),
				async (numbers) => {
					const name = `v${++runs}`;
					const all = [...EDGES, ...numbers.map(({ whole, decimal }) => ({ whole: String(whole), decimal }))];
					const { result, sent } = await writeAndSee(fake.settings, [
						catalog(stream(name, { id: TEXT, n: NUMBER, i: WHOLE })),
						...all.map(({ whole, decimal }, at) =>
							literalRecord(name, `{"id":"${at}","n":${literalOf(decimal)},"i":${whole}}`),
						),
						...end(name),
					]);
					expect(result.errors).toEqual([]);
					expect(sent).toHaveLength(all.length);
					for (const line of sent) expect(line).toMatch(SENT);
					const found = await rows(
						fake.settings,
						`SELECT id, CAST(n AS STRING) AS n, CAST(i AS STRING) AS i, TO_JSON_STRING(_gn_meta) AS meta FROM ${name}`,
					);
					expect(found).toHaveLength(all.length);
					for (const row of found) expectNumbers(row, all[Number(row.id)]!);
				},
			),
			{ numRuns: FULL ? 50 : 3, endOnFailure: true },
		);
	});

	interface Decimal {
		digits: bigint;
		scale: number;
		/** Written as 123e-5 in place of 0.00123. */
		exponent: boolean;
	}

	const EDGES: { whole: string; decimal: Decimal }[] = [
		{
			whole: "9007199254740993",
			decimal: { digits: 12345678901234567890123456789123456789n, scale: 9, exponent: false },
		},
		{ whole: "-0", decimal: { digits: 0n, scale: 2, exponent: true } },
		{ whole: "1e3", decimal: { digits: 1n, scale: 10, exponent: true } },
		{ whole: "12.0", decimal: { digits: -5n, scale: 10, exponent: false } },
		{ whole: "0", decimal: { digits: 10n ** 38n - 1n, scale: 9, exponent: false } },
		{ whole: "0", decimal: { digits: -(10n ** 38n), scale: 9, exponent: true } },
	];

	/** No exponent, no more than nine decimals, in quotes; whole numbers beyond 2^53 in quotes too. */
	const SENT = /^\{"id":"\d+"(,"n":"-?(0|[1-9]\d{0,28})(\.\d{0,8}[1-9])?")?(,"i":(-?\d{1,16}|"-?\d{16,19}"))?,"_gn_/;

	const literalRecord = (name: string, data: string) =>
		`{"type":"RECORD","record":{"stream":"${name}","data":${data},"emitted_at":${AT}}}`;

	function literalOf({ digits, scale, exponent }: Decimal): string {
		if (exponent) return `${digits}e-${scale}`;
		const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
		const sign = digits < 0n ? "-" : "";
		return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
	}

	function expectNumbers(row: JsonObject, { whole, decimal }: { whole: string; decimal: Decimal }): void {
		const notes = (JSON.parse(String(row.meta)) ?? { changes: [] }) as { changes: { field: string; reason: string }[] };
		const note = (field: string) => notes.changes.find((change) => change.field === field)?.reason;
		const integer = /^-?\d+$/.test(whole) ? BigInt(whole) : BigInt(Number(whole));
		const fits = integer >= -(2n ** 63n) && integer < 2n ** 63n;
		expect([row.i, note("i")]).toEqual(fits ? [String(integer), undefined] : [null, "out_of_range"]);
		const { nano, exact } = inNano(decimal);
		if (nano <= -(10n ** 38n) || nano >= 10n ** 38n) expect([row.n, note("n")]).toEqual([null, "out_of_range"]);
		else expect([nanoOf(String(row.n)), note("n")]).toEqual([nano, exact ? undefined : "rounded"]);
	}

	/** In units of 10^-9, rounded half away from zero. */
	function inNano({ digits, scale }: Decimal): { nano: bigint; exact: boolean } {
		if (scale <= 9) return { nano: digits * 10n ** BigInt(9 - scale), exact: true };
		const unit = 10n ** BigInt(scale - 9);
		const size = digits < 0n ? -digits : digits;
		const rounded = size / unit + ((size % unit) * 2n >= unit ? 1n : 0n);
		return { nano: digits < 0n ? -rounded : rounded, exact: size % unit === 0n };
	}

	function nanoOf(text: string): bigint {
		const [whole = "", fraction = ""] = text.split(".");
		return BigInt(whole + fraction.padEnd(9, "0"));
	}
});

describe("12: times", () => {
	/** As written, what the column holds, and the note where it is not the same. */
	const TIMES: [written: string, held: string | null, note?: string][] = [
		["2026-07-03T10:00:00Z", "2026-07-03T10:00:00Z"],
		["2026-07-03T10:00:00+02:00", "2026-07-03T08:00:00Z"],
		["2026-07-03T10:00:00-23:59", "2026-07-04T09:59:00Z"],
		["2026-07-03 10:00Z", "2026-07-03T10:00:00Z"],
		["2026-07-03T10:00:00.123456Z", "2026-07-03T10:00:00.123456Z"],
		["2026-07-03T10:00:00.123456789Z", "2026-07-03T10:00:00.123456Z", "truncated"],
		["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
		["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"],
		["2016-12-31T23:59:60Z", null, "wrong_type"],
		["0000-01-01T00:00:00Z", null, "wrong_type"],
		["10000-01-01T00:00:00Z", null, "wrong_type"],
		["9999-12-31T23:59:59-01:00", null, "wrong_type"],
		["0001-01-01T00:00:00+01:00", null, "wrong_type"],
		["2026-02-30T00:00:00Z", null, "wrong_type"],
		["2026-07-03T24:00:00Z", null, "wrong_type"],
		["2026-07-03", null, "wrong_type"],
		["2026-07-03T10:00:00", null, "no_zone"],
		["now", null, "wrong_type"],
		["", null, "wrong_type"],
		["1751536800", null, "wrong_type"],
	];
	const DAYS: typeof TIMES = [
		["2024-02-29", "2024-02-29"],
		["0001-01-01", "0001-01-01"],
		["9999-12-31", "9999-12-31"],
		["2026-02-29", null, "wrong_type"],
		["0000-01-01", null, "wrong_type"],
		["10000-01-01", null, "wrong_type"],
		["2026-07-03T23:30:00+02:00", null, "wrong_type"],
	];

	test("a column holds the instant that was meant, or nothing and why; never the time of today", async () => {
		const fake = await fakeBigQuery();
		const cases = [...TIMES.map((one) => ["t", ...one] as const), ...DAYS.map((one) => ["d", ...one] as const)];
		const lines = [
			catalog(stream("v", { id: WHOLE, t: TIME, d: DAY })),
			...cases.map(([column, written], id) => record("v", { id, [column]: written }, AT)),
			...end("v"),
		];
		expect((await write(fake.settings, lines)).errors).toEqual([]);
		const found = await rows(fake.settings, "SELECT id, t, d, TO_JSON_STRING(_gn_meta) AS meta FROM v ORDER BY id");
		expect(found.map((row) => [cases[Number(row.id)]![1], row.t ?? row.d, noteOf(row)])).toEqual(
			cases.map(([, written, held, note]) => [written, held, note]),
		);
	});

	/** Of a conversion: a time that is none is a reject, kept with its reason. */
	const EVENTS: [written: string | null, timestamp: string | undefined, code?: string][] = [
		["2026-07-03T10:00:00+02:00", "2026-07-03T08:00:00Z"],
		["2026-07-03T10:00:00", "2026-07-03T14:00:00Z"],
		["2026-03-08T02:30:00", undefined, "no_such_local_time"],
		["2026-11-01T01:30:00", "2026-11-01T05:30:00Z"],
		["2026-12-31T23:59:60Z", undefined, "wrong_value"],
		["0000-01-01T00:00:00Z", undefined, "wrong_value"],
		["10000-01-01T00:00:00Z", undefined, "wrong_value"],
		["now", undefined, "wrong_value"],
		["", undefined, "no_event_time"],
		[null, undefined, "no_event_time"],
	];

	test("a conversion happened when its record says, in the zone that is declared, or it is refused", async () => {
		const fake = await fakeBigQuery();
		const mapping = { type: "lead", time_zone: "America/New_York", columns: { timestamp: "at" } };
		const lines = [
			catalog(stream("v", { id: WHOLE, at: TEXT }, { conversions: [mapping], conversion_origin: ORIGIN })),
			...EVENTS.map(([at], id) => record("v", { id, at }, AT)),
			...end("v"),
		];
		expect((await write(fake.settings, lines)).errors).toEqual([]);
		const made = await rows(fake.settings, "SELECT CAST(source_record_id AS INT64) AS id, timestamp FROM conversions");
		const letters = await rows(fake.settings, "SELECT raw, code FROM _gn_dead_letters");
		const ids = new Map(letters.map(({ raw, code }) => [(JSON.parse(String(raw)) as { id: number }).id, code]));
		expect(EVENTS.map(([at], id) => [at, made.find((row) => Number(row.id) === id)?.timestamp, ids.get(id)])).toEqual(
			EVENTS.map(([at, timestamp, code]) => [at, timestamp, code]),
		);
	});
});

describe("13: texts and names", () => {
	/** Not first a byte order mark: DuckDB's client, which the fake reads with, would drop it (BigQuery holds it). */
	const text = fc
		.oneof(
			fc.string({ unit: "binary", maxLength: 40 }),
			fc.string({
				unit: fc.constantFrom(
					"\u2028",
					"\u2029",
					"\0",
					"\ud800",
					"\udfff",
					"😀",
					"\ufeff",
					"\u0085",
					'"',
					"\\",
					"\n",
					"\r",
					"é",
				),
				maxLength: 12,
			}),
		)
		.map((text) => text.replace(/^\ufeff/, ".\ufeff"));

	test("any text comes through, whatever stdin is cut into; half a character alone becomes U+FFFD, and is noted", async () => {
		const fake = await fakeBigQuery();
		let runs = 0;
		await fc.assert(
			fc.asyncProperty(
				fc.array(text, { minLength: 30, maxLength: 60 }),
				fc.integer({ min: 7, max: 300 }),
				async (texts, chunk) => {
					const name = `t${++runs}`;
					const lines = [
						catalog(stream(name, { id: WHOLE, text: TEXT, doc: { type: ["null", "object"] } })),
						...texts.map((text, id) => record(name, { id, text, doc: { text } }, AT)),
						...end(name),
					];
					expect((await write(fake.settings, lines, { chunk })).errors).toEqual([]);
					const found = await rows(
						fake.settings,
						`SELECT id, text, TO_JSON_STRING(doc) AS doc, TO_JSON_STRING(_gn_meta) AS meta FROM ${name} ORDER BY id`,
					);
					expect(found.map(({ text }) => text)).toEqual(texts.map((text) => text.toWellFormed()));
					for (const [at, row] of found.entries()) {
						expect(JSON.parse(String(row.doc))).toEqual({ text: texts[at]!.toWellFormed() });
						expect(noteOf(row)).toBe(texts[at]!.isWellFormed() ? undefined : "lone_surrogate");
					}
				},
			),
			{ numRuns: FULL ? 30 : 3, endOnFailure: true },
		);
	});

	const property = fc.oneof(
		fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
		fc.string({
			unit: fc.constantFrom("a", "A", "é", "e\u0301", "_", " ", "\ud800", "0", "İ", "K"),
			minLength: 1,
			maxLength: 6,
		}),
		fc.string({ minLength: 200, maxLength: 400 }),
		fc.constantFrom(
			"_TABLE_",
			"_gn_key",
			"ID",
			"Id",
			"__proto__",
			"constructor",
			"__ROOT__",
			"_Partition",
			"select",
			"名前",
		),
	);

	test("any names become columns that BigQuery takes, each its own, and the same again in another order", async () => {
		const fake = await fakeBigQuery();
		let runs = 0;
		const names = fc.uniqueArray(property, { minLength: 5, maxLength: 25 });
		await fc.assert(
			fc.asyncProperty(names, fc.nat({ max: 20 }), async (names, turn) => {
				const table = `n${++runs}`;
				const run = async (properties: string[], version: number) => {
					const columns = properties.map((name): [string, object] => [name, TEXT]);
					const values = properties.map((name): [string, unknown] => [name, `of ${names.indexOf(name)}`]);
					const lines = [
						catalog(stream(table, Object.fromEntries([...columns, ["id", WHOLE]]))),
						record(table, Object.fromEntries([...values, ["id", version]]), AT + version),
						...end(table),
					];
					expect((await write(fake.settings, lines)).errors).toEqual([]);
				};
				const named = () =>
					rows(fake.settings, `SELECT column_name AS name FROM _gn_columns WHERE table_name = '${table}' ORDER BY 1`);
				await run(names, 1);
				const first = await named();
				const cut = turn % names.length;
				await run([...names.slice(cut), ...names.slice(0, cut)].reverse(), 2);
				expect(await named()).toEqual(first);
				const [one, two, ...more] = await rows(fake.settings, `SELECT * FROM ${table}`);
				const held = (row: JsonObject) =>
					Object.entries(row).filter(([column, value]) => !column.startsWith("_gn_") && typeof value === "string");
				expect(more).toEqual([]);
				expect(held(one!)).toEqual(held(two!));
				// a name with half a character is none: what it held stays in _gn_extra, with a note
				const wanted = names.flatMap((name, at) => (name.isWellFormed() ? [`of ${at}`] : []));
				expect(
					held(one!)
						.map(([, value]) => value)
						.sort(),
				).toEqual(wanted.sort());
			}),
			{ numRuns: FULL ? 30 : 3, endOnFailure: true },
		);
	});
});
