/** One source's messages into DuckDB and into BigQuery (the fake): the same tables, row for row, and the same sums. */
import { join } from "node:path";
import { openMerchant } from "@growthnav/source-square/demo";
import { expect, onTestFinished, test } from "vitest";
import { collectionFile } from "../destinations/bigquery/test/analyzer/collect.ts";
import { startFake } from "../destinations/bigquery/test/fake/server.ts";
import { asBigQuery, dumpDataset, rows, settingsFor } from "../destinations/bigquery/test/support.ts";
import { dumpFile } from "../destinations/duckdb/test/dump.ts";
import {
	APPEND,
	catalog,
	complete,
	INSTANT,
	NOON,
	NUMBER,
	overwrite,
	record,
	state,
	stream,
	TEXT,
	WHOLE,
} from "./lines.ts";
import {
	DESTINATION_BIGQUERY,
	DESTINATION_DUCKDB,
	errorsIn,
	FULL,
	folder,
	type Input,
	run,
	SOURCE_SQUARE,
	writeFile,
} from "./processes.ts";

/** Of two lines that are equal, which one's number a row keeps depends on where a commit came between them. */
const LEFT_OUT = ["_gn_seq"];

interface Stores {
	settings: ReturnType<typeof settingsFor>;
	/** Writes it to both, and compares all that they hold then. */
	writeBoth(make: () => Input): Promise<void>;
}

async function openStores(more: object = {}): Promise<Stores> {
	// what is checked in detail elsewhere is left out where the input is large
	const fake = await startFake({ collect: collectionFile(), ...(FULL && { bytes: false }), ...more });
	onTestFinished(() => fake.close());
	const at = folder();
	const path = join(at, "acme.duckdb");
	const settings = { ...settingsFor(fake.url), spool: join(at, "spool") };
	const programs = [
		[DESTINATION_DUCKDB, writeFile(join(at, "duckdb.json"), { path, customer_id: "acme" })],
		[DESTINATION_BIGQUERY, writeFile(join(at, "bigquery.json"), settings)],
	] as const;
	return {
		settings,
		async writeBoth(make) {
			for (const [program, config] of programs) {
				const ended = await run(program, ["write", "--config", config], { input: make() });
				expect([errorsIn(ended), ended.code, ended.err]).toEqual([[], 0, ""]);
			}
			const [here, there] = [await dumpDataset(settings, LEFT_OUT), await dumpFile(path, LEFT_OUT, asBigQuery)];
			expect(Object.keys(here)).toEqual(Object.keys(there));
			for (const [table, lines] of Object.entries(there)) {
				expect([table, here[table]!.length]).toEqual([table, lines.length]);
				// the first that differs, and not two tables of them
				const at = lines.findIndex((line, n) => line !== here[table]![n]);
				expect([table, here[table]![at]]).toEqual([table, lines[at]]);
			}
		},
	};
}

test("a Square merchant's whole story, twice", { timeout: 600_000 }, async () => {
	const merchant = await openMerchant(FULL ? {} : { story: { visits: 2_500, customers: 400 } });
	try {
		const { settings, writeBoth } = await openStores();
		const square = writeFile(join(folder(), "square.json"), { access_token: merchant.token, base_url: merchant.url });
		const source = await run(SOURCE_SQUARE, ["read", "--config", square]);
		expect(source).toMatchObject({ code: 0, err: "" });
		for (const _ of ["first", "second"]) await writeBoth(() => source.out);
		const books = merchant.books();
		expect(
			await rows(
				settings,
				"SELECT conversion_type AS type, COUNT(*) AS n, CAST(SUM(value) * 100 AS STRING) AS value FROM conversions GROUP BY type ORDER BY type",
			),
		).toEqual([
			{ type: "purchase", n: books.purchase.rows, value: String(books.purchase.value) },
			{ type: "refund", n: books.refund.rows, value: String(books.refund.value) },
		]);
	} finally {
		await merchant.close();
	}
});

const ORDERS = FULL ? 20_000 : 2_000;
/** Some ids come twice. */
const NEWEST = 0.95 * ORDERS;
const ORDER = {
	id: TEXT,
	number: WHOLE,
	updated_at: INSTANT,
	total: NUMBER,
	state: TEXT,
	items: { type: ["null", "array"] },
};
const MAPPED = {
	conversion_origin: { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "main" } },
	conversions: [
		{
			type: "purchase",
			when: { state: "COMPLETED" },
			columns: { timestamp: "updated_at", value: "total", currency: { const: "USD" }, order_number: "id" },
		},
	],
};

/** Of the same orders: kept as they come, one row each, and the whole of them read anew. */
function* orders(round: number, from: number, to: number): Generator<string> {
	yield catalog(
		stream("kept", ORDER, APPEND),
		stream("newest", ORDER, { cursor_field: ["updated_at"], ...MAPPED }),
		stream("whole", ORDER, { ...overwrite(round), ...MAPPED }),
	);
	const names = ["kept", "newest", "whole"];
	for (let n = from; n < to; n++) {
		const at = NOON + (n * 61 + round * 7_000_000) * 1_000;
		const data = {
			// two of the same in one run, too
			id: `o${n % NEWEST}`,
			number: n,
			updated_at: new Date(at).toISOString(),
			total: n % 501 === 500 ? "unknown" : `${n % 977}.${String((n * round) % 100).padStart(2, "0")}`,
			state: n % 5 === round ? "OPEN" : "COMPLETED",
			items: n % 3 === 0 ? [{ sku: `s${n % 40}`, 名: n / 8 }] : null,
		};
		for (const name of names) yield record(name, data, NOON + n * 10 + round);
		if (n % (ORDERS / 4) === ORDERS / 4 - 1) for (const name of names.slice(0, 2)) yield state(name, { round, n });
	}
	for (const name of names) {
		yield state(name, { round });
		yield complete(name);
	}
}

test("orders appended, deduplicated and overwritten, and again when some have changed", {
	timeout: 600_000,
}, async () => {
	const { settings, writeBoth } = await openStores();
	await writeBoth(() => orders(1, 0, ORDERS));
	await writeBoth(() => orders(2, 0.6 * ORDERS, 0.9 * ORDERS));
	const count = (table: string) => `(SELECT COUNT(*) FROM ${table}) AS ${table}`;
	expect(await rows(settings, `SELECT ${["kept", "newest", "whole"].map(count).join(", ")}`)).toEqual([
		{ kept: 1.3 * ORDERS, newest: NEWEST, whole: 0.3 * ORDERS },
	]);
});
