/** Rows that BigQuery refuses: found one by one, kept as dead letters, and everything else is loaded. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/sdk/destination";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { inWords, MOST_ROW_BYTES, tooLong } from "../src/commit/refused.ts";
import { catalog, fakeBigQuery, type Line, record, rows, state, status, stream, write } from "./support.ts";

const TEXT = { type: ["null", "string"] };
const FIELDS = {
	id: TEXT,
	note: TEXT,
	paid: { type: "string", format: "date-time" },
	total: { type: ["null", "number"] },
};
const ORDERS = catalog(
	stream("orders", FIELDS, {
		conversions: [{ type: "purchase", columns: { timestamp: "paid", value: "total", currency: { const: "USD" } } }],
		conversion_origin: { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "m1" } },
	}),
);
const order = (id: string, total = 1) =>
	record("orders", { id, note: `of ${id}`, paid: "2026-07-03T10:00:00Z", total }, 1_780_000_000_000);
const orders = (ids: readonly string[]): Line[] => [
	ORDERS,
	...ids.map((id) => order(id)),
	state("orders", { at: ids.length }),
	status("orders"),
];

const ROW = '^\\{"id":';
const message = "Could not convert value to string. Field: note; Value: maria@example.com";

let fake: Awaited<ReturnType<typeof fakeBigQuery>>;
let settings: JsonObject;
beforeEach(async () => {
	fake = await fakeBigQuery();
	fake.bucket("acme-staging");
	settings = fake.settings;
});

const bucket = () => ({ storage_endpoint: fake.url, staging_bucket: "acme-staging", staging_bytes: 1 });
const refuse = (line: string) => fake.fault({ match: "_load_", times: 1_000, job: { refuse: { line, message } } });
const loads = () => fake.events.filter(({ event, job }) => event === "job inserted" && job?.includes("_load_")).length;
const count = async (table: string) => (await rows(settings, `SELECT COUNT(*) AS n FROM ${table}`))[0]!.n;
const letters = () =>
	rows(settings, "SELECT stream, kind, code, reason, path, raw, resolved_at FROM _gn_dead_letters ORDER BY raw, kind");

it("one row among 500 is found by halves, kept with its reason, and settled when it is tried again", async () => {
	refuse(`${ROW}"o321"`);
	const ids = Array.from({ length: 500 }, (_, at) => `o${at}`);
	const written = await write(settings, orders(ids));
	expect(written.errors).toEqual([]);
	expect(written.commits.flatMap(({ streams }) => streams)).toMatchObject([
		{ read: 500, loaded: 499, superseded: 0, rejected: 1, reasons: [{ code: "refused_by_store", rows: 1 }] },
	]);
	expect(written.commits[0]?.conversions).toMatchObject({ mapped: 499, loaded: 499, rejected: 0 });
	expect(written.states).toMatchObject([{ state: { destinationStats: { recordCount: 499, rejectedRecordCount: 1 } } }]);
	expect([await count("orders"), await count("conversions")]).toEqual([499, 499]);
	const [letter, ...others] = await letters();
	expect(letter).toMatchObject({
		...{ stream: "orders", kind: "record", code: "refused_by_store", path: "note", resolved_at: null },
		reason: "BigQuery refuses the row: Could not convert value to string. Field: note",
	});
	expect(others).toEqual([]);
	// the file, its halves (9 or twice that), both files without the row, the letter
	expect(loads()).toBeLessThanOrEqual(24);
	const left = await rows(settings, "SELECT table_name FROM `growthnav_acme.INFORMATION_SCHEMA.TABLES` AS t");
	expect(left.filter(({ table_name }) => String(table_name).startsWith("_gn_stg_"))).toEqual([]);

	fake.clearFaults();
	const [{ _gn_id: id } = {}] = await rows(settings, "SELECT _gn_id FROM _gn_dead_letters");
	const again = record("orders", JSON.parse(String(letter!.raw)) as object, 1_780_000_000_000, { dead_letter: id });
	expect((await write(settings, [ORDERS, again, status("orders")])).errors).toEqual([]);
	expect([await count("orders"), await count("conversions")]).toEqual([500, 500]);
	expect(await letters()).toMatchObject([{ resolved_at: expect.any(String) }]);
});

it("whatever rows and conversions are refused, directly or through the bucket: counts balance, the rest is there", {
	timeout: 120_000,
}, async () => {
	let run = 0;
	const few = fc.uniqueArray(fc.integer({ min: 0, max: 19 }), { maxLength: 3 });
	await fc.assert(
		fc.asyncProperty(few, few, fc.boolean(), async (bad, unmapped, isStaged) => {
			const ids = Array.from({ length: 20 }, (_, at) => `r${run}-${at}-`);
			const named = (some: number[]) => some.map((at) => ids[at]).join("|");
			run++;
			const ofRows = bad.length > 0 ? [`${ROW}"(${named(bad)})"`] : [];
			const ofConversions = unmapped.length > 0 ? [`"source_record_id":"(${named(unmapped)})"`] : [];
			// of several faults a job has the first
			if (bad.length + unmapped.length > 0) refuse([...ofRows, ...ofConversions].join("|"));
			const written = await write({ ...settings, ...(isStaged && bucket()) }, orders(ids));
			fake.clearFaults();
			expect(written.errors).toEqual([]);
			const single = unmapped.filter((at) => !bad.includes(at)).length;
			expect(written.commits[0]?.streams).toMatchObject([{ read: 20, loaded: 20 - bad.length, rejected: bad.length }]);
			expect(written.commits[0]?.conversions).toMatchObject({
				mapped: 20 - bad.length,
				loaded: 20 - bad.length - single,
				rejected: single,
			});
			const own = `LIKE '%r${run - 1}-%'`;
			expect(await count(`orders WHERE id ${own}`)).toBe(20 - bad.length);
			expect(await count(`conversions WHERE source_record_id ${own}`)).toBe(20 - bad.length - single);
			expect(await count(`_gn_dead_letters WHERE raw ${own}`)).toBe(bad.length + single);
			expect(fake.objects()).toEqual([]);
		}),
		{ numRuns: 5 },
	);
});

it("where all rows are refused the run ends after so many loads, says so, and commits nothing", async () => {
	refuse(ROW);
	const written = await write(settings, orders(Array.from({ length: 400 }, (_, at) => `o${at}`)));
	expect(written.errors).toMatchObject([
		{
			code: "data.rows_refused",
			message: "BigQuery refuses more rows than can be told one by one",
			why: expect.stringMatching(/^\d+ were found in 128 loads, and others are left; /),
		},
	]);
	expect(written.states).toEqual([]);
	expect(await count("orders")).toBe(0);
	expect(loads()).toBeLessThanOrEqual(131);
});

it("a load that is refused as a whole, and none of its rows, fails as it is told", async () => {
	const invalid = { reason: "invalid", message: "Something is wrong with this job" };
	fake.fault({ match: "_load_", job: { fail: invalid } });
	const written = await write(settings, orders(["a", "b", "c"]));
	expect(written.errors).toMatchObject([{ why: expect.stringContaining("Something is wrong with this job") }]);
	expect(await count("orders")).toBe(0);
});

it("a refused dead letter ends the run: it could become no letter itself", async () => {
	refuse('"raw":');
	const none = record("orders", { note: "without a key" });
	const written = await write(settings, [ORDERS, order("a"), none, state("orders", 1), status("orders")]);
	expect(written.errors).toHaveLength(1);
	expect(written.states).toEqual([]);
});

describe("what is too large", () => {
	it("a record of 101 MB is a reject that says why, and the run goes on", { timeout: 60_000 }, async () => {
		const long = `{"type":"RECORD","record":{"stream":"orders","emitted_at":1,"data":{"id":"big","note":"${"x".repeat(101e6)}"}}}`;
		const written = await write(settings, [ORDERS, order("a"), long, state("orders", 1), status("orders")]);
		expect(written.errors).toEqual([]);
		expect(written.commits[0]?.streams).toMatchObject([{ read: 2, loaded: 1, rejected: 1 }]);
		const [letter] = await rows(settings, "SELECT code, reason, raw_bytes, LENGTH(raw) AS kept FROM _gn_dead_letters");
		expect(letter).toEqual({
			code: "record_too_long",
			reason: `line 3 of the input has ${long.length} bytes, more than record_limit`,
			raw_bytes: long.length,
			kept: 1_000,
		});
	});

	it("a letter longer than BigQuery's rows keeps the beginning of its record", { timeout: 60_000 }, async () => {
		// a quote has two bytes in the record, and four where the record is a text itself
		const none = record("orders", { note: '"'.repeat(27e6) });
		const written = await write({ ...settings, record_limit: 100_000_000 }, [
			ORDERS,
			order("a"),
			none,
			state("orders", 1),
			status("orders"),
		]);
		expect(written.errors).toEqual([]);
		const [letter] = await rows(settings, "SELECT code, raw_bytes, LENGTH(raw) AS kept FROM _gn_dead_letters");
		expect(letter).toEqual({ code: "missing_key", raw_bytes: 54_000_011, kept: 1_000 });
	});

	it("a row above the limit is found before anything is uploaded", async () => {
		const folder = await mkdtemp(join(tmpdir(), "gn-refused-"));
		try {
			const file = join(folder, "1.ndjson");
			await writeFile(file, [`{"a":1}\n`, `${"x".repeat(MOST_ROW_BYTES + 1)}\n`, `${"x".repeat(MOST_ROW_BYTES)}\n`]);
			const part = { file, rows: 3, bytes: 3 * MOST_ROW_BYTES, longestLine: MOST_ROW_BYTES + 1 };
			expect(await tooLong([part, { ...part, longestLine: MOST_ROW_BYTES }])).toEqual([
				{
					...{ file, line: 2, code: "row_too_large" },
					reason: "the row has 104,857,601 bytes, more than the 104,857,600 that BigQuery takes",
				},
			]);
		} finally {
			await rm(folder, { recursive: true });
		}
	});
});

describe("what BigQuery says of a row, without the value and the place in a file that nobody sees", () => {
	const many =
		"Error while reading data, error message: JSON table encountered too many errors, giving up. Rows: 1; errors: 1. " +
		"Please look into the errors[] collection for more details.";
	const said: [details: string[], reason: string, column: string | undefined, code: string][] = [
		[
			[
				many,
				"Error while reading data, error message: JSON parsing error in row starting at position 48: " +
					"Could not convert value to integer. Field: location_id; Value: secret\nFile: gs://b/f",
			],
			"Could not convert value to integer. Field: location_id",
			"location_id",
			"refused_by_store",
		],
		[
			["Error while reading data, error message: JSON parsing error in row starting at position 0: No such field: x."],
			"No such field: x.",
			"x",
			"refused_by_store",
		],
		[
			["Error while reading data, error message: Row size is larger than: 104857600."],
			"Row size is larger than: 104857600.",
			undefined,
			"row_too_large",
		],
		[[], many.replace("Error while reading data, error message: ", ""), undefined, "refused_by_store"],
	];
	it.each(said)("%j", (details, reason, column, code) => {
		expect(inWords({ status: 200, reason: "invalid", message: many, step: "load", details })).toEqual({
			code,
			reason: `BigQuery refuses the row: ${reason}`,
			column,
		});
	});
});
