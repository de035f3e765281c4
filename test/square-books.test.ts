/** A scripted Square merchant through real pipes into DuckDB, held against the merchant's own books. */
import { join } from "node:path";
import { openMerchant } from "@growthnav/source-square/demo";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DESTINATION_DUCKDB, FULL, folder, pipe, run, SOURCE_SQUARE, writeFile } from "./processes.ts";
import { commitsOf, expectBalance, rows, value } from "./store.ts";

const at = folder();
const path = join(at, "acme.duckdb");
const config = writeFile(join(at, "duckdb.json"), { path, customer_id: "acme", epoch_bytes: 500_000 });

/** In the middle of the story; the merchant moves on from here. */
const MARCH = Date.UTC(2026, 2, 1);
const END = Date.UTC(2026, 6, 31, 3);

let merchant: Awaited<ReturnType<typeof openMerchant>>;

/** `state > state.ndjson`, then `read --state | write`. */
async function sync(): Promise<void> {
	const ledger = await run(DESTINATION_DUCKDB, ["state", "--config", config]);
	const state = writeFile(join(at, "state.ndjson"), ledger.out);
	const square = writeFile(join(at, "square.json"), { access_token: merchant.token, base_url: merchant.url });
	const joined = await pipe(
		{ program: SOURCE_SQUARE, args: ["read", "--config", square, "--state", state] },
		{ program: DESTINATION_DUCKDB, args: ["write", "--config", config] },
	);
	expect(joined).toMatchObject({ source: { code: 0, err: "" }, destination: { code: 0, err: "" } });
}

/** Rows and value per type, and value per UTC day, as the books have them: minor units. */
async function expectBooks(): Promise<void> {
	const books = merchant.books();
	const types = await rows(
		path,
		`SELECT conversion_type AS type, count(*) AS "rows", sum(value) * 100 AS value, count(DISTINCT conversion_id) AS ids
		FROM conversions WHERE currency = 'USD' GROUP BY 1 ORDER BY 1`,
	);
	const { purchase, refund } = books;
	expect(types).toEqual([
		{ type: "purchase", rows: purchase.rows, value: String(purchase.value), ids: purchase.rows },
		{ type: "refund", rows: refund.rows, value: String(refund.value), ids: refund.rows },
	]);
	expect(await value(path, "SELECT count(*) FROM conversions")).toBe(purchase.rows + refund.rows);
	const days = await rows(
		path,
		`SELECT CAST(CAST("timestamp" AS DATE) AS VARCHAR) AS day, sum(value) * 100 AS value FROM conversions GROUP BY 1 ORDER BY 1`,
	);
	const kept = [...books.days].sort().map(([day, minor]) => ({ day, value: String(minor) }));
	expect(days).toEqual(kept);
	expectBalance(await commitsOf(path));
}

beforeAll(async () => {
	merchant = await openMerchant(FULL ? {} : { story: { visits: 2_500, customers: 400 } });
	merchant.setNow(MARCH);
	await sync();
});
afterAll(() => merchant.close());

describe("until March", () => {
	test("the value of every UTC day is that of the merchant's books, to the cent", async () => {
		await expectBooks();
		const types = await rows(path, "SELECT DISTINCT conversion_type AS type FROM conversions ORDER BY 1");
		expect(types).toEqual([{ type: "purchase" }, { type: "refund" }]);
	});

	test("refunds stand on their own day, tied to their sale, and never give back more than it brought in", async () => {
		const refunds = `FROM conversions r JOIN conversions s ON s.conversion_id = r.parent_conversion_id
			WHERE r.conversion_type = 'refund' AND s.conversion_type = 'purchase'`;
		expect(await value(path, `SELECT count(*) ${refunds}`)).toBe(merchant.books().refund.rows);
		expect(await value(path, `SELECT count(*) ${refunds} AND r."timestamp" < s."timestamp"`)).toBe(0);
		expect(
			await value(path, `SELECT count(*) ${refunds} AND CAST(r."timestamp" AS DATE) > CAST(s."timestamp" AS DATE)`),
		).toBeGreaterThan(5);
		expect(
			await rows(
				path,
				`SELECT s.conversion_id ${refunds} GROUP BY s.conversion_id, s.value HAVING s.value + sum(r.value) < 0`,
			),
		).toEqual([]);
		// some give back all of it, some a part, and some of them tax and tip
		expect(await value(path, `SELECT count(*) ${refunds} AND s.value + r.value = 0`)).toBeGreaterThan(0);
		expect(await value(path, `SELECT count(*) ${refunds} AND s.value + r.value > 0`)).toBeGreaterThan(0);
		expect(await value(path, `SELECT count(*) ${refunds} AND r.tip_amount < 0 AND r.tax_amount < 0`)).toBeGreaterThan(
			0,
		);
	});

	test("the components of every row are its total", async () => {
		const differing = `SELECT conversion_id FROM conversions WHERE NOT list_contains(list_transform(line_items, i -> i.product_name), 'Gift card')
			AND coalesce(value, 0) + coalesce(tax_amount, 0) + coalesce(tip_amount, 0) + coalesce(surcharge_amount, 0) <> total_amount`;
		expect(await rows(path, differing)).toEqual([]);
	});

	test("a conversion leads to the record that it was made from", async () => {
		const orders = "FROM conversions c JOIN square__orders o USING (_gn_key) WHERE c._gn_table = 'square__orders'";
		expect(await value(path, `SELECT count(*) ${orders} AND c.transaction_id = o.id`)).toBeGreaterThan(1_000);
		expect(await value(path, `SELECT count(*) ${orders} AND c.transaction_id <> o.id`)).toBe(0);
	});
});

describe("the merchant moves on, and is read again from the ledger's state", () => {
	test("only what changed is read; the books agree again, nothing twice", async () => {
		const before = Number(await value(path, "SELECT count(*) FROM square__orders"));
		const commits = (await commitsOf(path)).length;
		merchant.setNow(END);
		await sync();
		await expectBooks();
		const orders = Number(await value(path, "SELECT count(*) FROM square__orders"));
		const read = (await commitsOf(path))
			.slice(commits)
			.flatMap(({ streams }) => streams)
			.filter(({ stream }) => stream === "orders")
			.reduce((sum, one) => sum + one.read, 0);
		expect(orders).toBeGreaterThan(before + 500);
		// new ones, those that changed, a lookback and a repeated row per page
		expect(read).toBeLessThan(orders - before + before / 4);
		expect(await value(path, "SELECT count(*) - count(DISTINCT id) FROM square__orders")).toBe(0);
	});

	test("and once more, when nothing happened: nothing new, nothing doubled", async () => {
		const commits = (await commitsOf(path)).length;
		await sync();
		await expectBooks();
		const later = (await commitsOf(path)).slice(commits).flatMap(({ streams }) => streams);
		expect(later.reduce((sum, { loaded }) => sum + loaded, 0)).toBe(0);
	});
});
