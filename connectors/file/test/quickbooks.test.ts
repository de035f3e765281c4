import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { addDecimals, type ConversionMapping, type ConversionOrigin, type JsonObject } from "@growthnav/sdk";
import { compileConversions } from "@growthnav/sdk/testing";
import { describe, expect, test } from "vitest";
import { folder, type ReadResult, read } from "./support.ts";

const DATA = fileURLToPath(new URL("../data/quickbooks/", import.meta.url));
const CONFIG = {
	preset: "quickbooks",
	account: "example-co",
	currency: "USD",
	dates: { date: "MM/DD/YYYY" },
	time_zone: "America/Chicago",
};

const HEADER = ",Date,Transaction Type,Num,Product/Service,Memo/Description,Qty,Sales Price,Amount,Balance";
const TITLES = "Sales by Customer Detail\nExample Co\nAll Dates\n";

async function readReport(body: string, config: JsonObject = {}) {
	const { write } = folder();
	return read({ path: await write("sales.csv", `${TITLES}\n${HEADER}\n${body}`), ...CONFIG, ...config });
}

/** The conversions of the sales, as the destination makes them. */
function conversionsOf(result: ReadResult) {
	const stream = result.catalog?.streams.find(({ name }) => name === "sales");
	const convert = compileConversions(stream?.conversions as never as ConversionMapping[], {
		customerId: "acme",
		stream: "sales",
		primaryKey: [["id"]],
		origin: stream?.conversion_origin as never as ConversionOrigin,
		connectorVersion: undefined,
	});
	const outcomes = (result.records.sales ?? []).flatMap(convert);
	return {
		outcomes,
		made: outcomes.flatMap((outcome) => (outcome.outcome === "converted" ? [outcome.conversion] : [])),
	};
}

function controlTotals({ states }: ReadResult) {
	return states.flatMap((state) => (state.controlTotals ?? []) as JsonObject[]);
}

describe("the layouts", () => {
	test("classic: one document per type, number, date and customer, with its lines", async () => {
		const result = await read({ path: `${DATA}sales_by_customer_detail_classic.csv`, ...CONFIG });
		expect(result).toMatchObject({ errors: [], rejects: [], complete: ["sales", "journal"] });
		expect(result.records.sales).toEqual([
			{
				id: "Invoice:2001:2026-03-02:Mike Sample",
				type: "Invoice",
				number: "2001",
				date: "2026-03-02",
				customer: "Mike Sample",
				amount: 2400,
				currency: "USD",
				lines: [
					{ line: 1, product: "Tree removal", description: "Oak removal", quantity: 1, unit_price: 2000, amount: 2000 },
					{ line: 2, product: "Stump grinding", description: "Stump", quantity: 1, unit_price: 400, amount: 400 },
				],
				report: "Sales by Customer Detail | Example Tree Co | All Dates",
				_file: "sales_by_customer_detail_classic.csv",
				_line: 7,
			},
			expect.objectContaining({ id: "Sales Receipt:2002:2026-04-10:Jane Sample", amount: 650 }),
			expect.objectContaining({ id: "Credit Memo:2003:2026-05-01:Jane Sample", amount: -50 }),
		]);
	});

	test("modern: blank numbers, quoted commas, a footer with the basis", async () => {
		const result = await read({ path: `${DATA}sales_by_customer_detail_2025plus.csv`, ...CONFIG });
		expect(result).toMatchObject({ errors: [], rejects: [] });
		expect(result.records.sales?.map(({ id, amount, basis }) => [id, amount, basis])).toEqual([
			["Invoice:2166:2026-07-06:Ada Sample", 1448, "accrual"],
			["Sales Receipt::2026-07-10:Test Shop", 650, "accrual"],
			["Credit Memo:2203:2026-08-01:Test Shop", -50, "accrual"],
		]);
		expect(result.records.sales?.[0]?.lines).toHaveLength(3);
	});

	test("both reports become conversions that add up to their TOTAL; refunds are negative and alike", async () => {
		const result = await read({ path: `${DATA}*.csv`, ...CONFIG });
		const { made } = conversionsOf(result);
		expect(made.map(({ conversion_type, value, order_number }) => [conversion_type, value, order_number])).toEqual([
			["purchase", "1448", "2166"],
			["purchase", "650", null],
			["refund", "-50", "2203"],
			["purchase", "2400", "2001"],
			["purchase", "650", "2002"],
			["refund", "-50", "2003"],
		]);
		expect(made.reduce((sum, { value }) => addDecimals(sum, String(value)), "0")).toBe("5048");
		// the two views write signs of a credit differently
		const [modern, classic] = made.filter(({ conversion_type }) => conversion_type === "refund");
		expect(modern?.line_items).toMatchObject([{ quantity: "-1", unit_price: "50", net_amount: "-50" }]);
		expect(classic?.line_items).toMatchObject([{ quantity: "-1", unit_price: "50", net_amount: "-50" }]);
		expect(made[0]).toMatchObject({
			source: "accounting",
			source_system: "quickbooks",
			source_account: "example-co",
			source_stream: "sales",
			currency: "USD",
			timestamp: "2026-07-06T05:00:00Z",
			timestamp_precision: "day",
			business_date: "2026-07-06",
			user_id: "Ada Sample",
		});
		expect(controlTotals(result)).toEqual([
			{ conversion_type: "purchase", currency: "USD", value: "5148.00", rows: 4 },
			{ conversion_type: "refund", currency: "USD", value: "-100.00", rows: 2 },
		]);
	});

	test("the journal lands as a stream of its own and makes no conversions", async () => {
		const result = await read({ path: `${DATA}journal.csv`, preset: "quickbooks" });
		expect(result).toMatchObject({ errors: [], rejects: [] });
		expect(result.records.journal).toHaveLength(5);
		expect(result.records.journal?.[0]).toEqual({
			entry: "25",
			entry_line: 1,
			date: "2024-12-31",
			type: "Deposit",
			description: "Opening deposit",
			account: "Old Checking (deleted)",
			debit: 1000,
			report: "Example Co, LLC | Journal | All Dates",
			_file: "journal.csv",
			_line: 7,
		});
		expect(result.records.journal?.[4]).toMatchObject({ entry: "28", type: "Payment" });
		const journal = result.catalog?.streams.find(({ name }) => name === "journal");
		expect(journal).toMatchObject({ source_defined_primary_key: [["entry"], ["entry_line"]] });
		expect(journal?.conversions).toBeUndefined();
		expect(result.records.sales).toBeUndefined();
	});

	test.each(["utf16le", "latin1"] as const)("in %s, with a mark or without, padded or not", async (encoding) => {
		const { write } = folder();
		const text = (await readFile(`${DATA}sales_by_customer_detail_2025plus.csv`, "utf8")).replaceAll("Ada", "Ädä");
		const path = await write("x.csv", Buffer.from(encoding === "latin1" ? text : `\ufeff${text}`, encoding));
		const result = await read({ path, ...CONFIG });
		expect(result.records.sales?.[0]?.customer).toBe("Ädä Sample");
	});
});

describe("what counts", () => {
	test("payments, deposits, transfers and journal entries are rows and no sales", async () => {
		const result = await readReport(
			[
				"Ada,,,,,,,,,",
				",03/02/2026,Invoice,1,A,,1,10.00,10.00,10.00",
				",03/13/2026,Payment,2,,,,,-10.00,0.00",
				",03/14/2026,Deposit,,,,,,5.00,",
				",03/15/2026,Transfer,,,,,,1.00,",
				",03/16/2026,Journal Entry,,,,,,-6.00,",
				",03/17/2026,Refund Receipt,3,A,,1,-2.00,(2.00),",
				'Total for Ada,,,,,,,,"$(2.00)",',
				"TOTAL,,,,,,,,$-2.00,",
			].join("\n"),
		);
		expect(result.errors).toEqual([]);
		expect(result.records.sales).toHaveLength(6);
		const { made, outcomes } = conversionsOf(result);
		expect(made.map(({ conversion_type, value }) => [conversion_type, value])).toEqual([
			["purchase", "10"],
			["refund", "-2"],
		]);
		expect(outcomes.filter(({ outcome }) => outcome === "rejected")).toEqual([]);
		expect(controlTotals(result)).toEqual([
			{ conversion_type: "purchase", currency: "USD", value: "10.00", rows: 1 },
			{ conversion_type: "refund", currency: "USD", value: "-2.00", rows: 1 },
		]);
	});

	test("groups nest, the same name may stand under two parents, a removed customer keeps the name", async () => {
		const result = await readReport(
			[
				"East,,,,,,,,,",
				",03/13/2026,Invoice,1,A,,1,1.00,1.00,",
				"Total for East,,,,,,,,$1.00,",
				"Shop,,,,,,,,,",
				",03/13/2026,Invoice,2,A,,1,2.00,2.00,",
				"Total for Shop,,,,,,,,$2.00,",
				"Total for East with sub-customers,,,,,,,,$3.00,",
				"West (deleted),,,,,,,,,",
				"Shop,,,,,,,,,",
				",03/13/2026,Invoice,3,A,,1,4.00,4.00,",
				"Total for Shop,,,,,,,,$4.00,",
				"Total for West (deleted) with sub-customers,,,,,,,,$4.00,",
				"North,,,,,,,,,",
				",03/13/2026,Invoice,4,A,,1,8.00,8.00,",
				"Total for North,,,,,,,,$8.00,",
				"TOTAL,,,,,,,,$15.00,",
			].join("\n"),
		);
		expect(result.errors).toEqual([]);
		expect(result.records.sales?.map(({ customer, amount }) => [customer, amount])).toEqual([
			["East", 1],
			["East:Shop", 2],
			["West:Shop", 4],
			["North", 8],
		]);
		expect(result.records.sales?.[1]?.id).toBe("Invoice:2:2026-03-13:East\\:Shop");
	});

	test("a report on cash basis is told, read, and makes no conversions unless that basis is the one that counts", async () => {
		const body = [
			"Ada,,,,,,,,,",
			",03/13/2026,Invoice,1,A,,1,10.00,10.00,10.00",
			"Total for Ada,,,,,,,,$10.00,",
			"TOTAL,,,,,,,,$10.00,",
			'"Cash Basis Wednesday, September 02, 2026 01:27 AM GMT-05:00",,,,,,,,,',
		].join("\n");
		const cash = await readReport(body);
		expect(cash.logs.join()).toContain("is on cash basis");
		expect(cash.records.sales).toMatchObject([{ basis: "cash" }]);
		expect(conversionsOf(cash).made).toEqual([]);
		expect(controlTotals(cash)).toEqual([]);
		const counted = await readReport(body, { basis: "cash" });
		expect(conversionsOf(counted).made).toMatchObject([
			{ value: "10", dq_flags: expect.arrayContaining(["cash_basis"]) },
		]);
		expect(controlTotals(counted)).toHaveLength(1);
	});

	test("columns that are not known are kept, and a footer may be cut by its commas", async () => {
		const { write } = folder();
		const path = await write(
			"x.csv",
			[
				TITLES,
				`${HEADER},Class,Location`,
				"Ada,,,,,,,,,,,",
				",03/13/2026,Invoice,1,A,,1,10.00,10.00,10.00,Retail,",
				"Total for Ada,,,,,,,,$10.00,,,",
				"TOTAL,,,,,,,,$10.00,,,",
				"Accrual Basis Wednesday, September 02, 2026 01:27 AM GMT-05:00,,,,,,,,,",
			].join("\n"),
		);
		const result = await read({ path, ...CONFIG });
		expect(result.records.sales).toMatchObject([{ basis: "accrual", lines: [{ other: { Class: "Retail" } }] }]);
	});
});

describe("control totals", () => {
	const LINES = [
		"Ada,,,,,,,,,",
		",03/13/2026,Invoice,1,A,,1,10.00,10.00,10.00",
		",03/13/2026,Invoice,1,B,,1,5.00,5.00,15.00",
	];

	test("a report that does not add up is refused with file and line; the other files are read", async () => {
		const { path, write } = folder();
		const good = `${TITLES}\n${HEADER}\n${[...LINES, "Total for Ada,,,,,,,,$15.00,", "TOTAL,,,,,,,,$15.00,"].join("\n")}`;
		await write("in/a.csv", good.replace("$15.00,\nTOTAL", "$16.00,\nTOTAL"));
		await write("in/b.csv", good.replace("TOTAL,,,,,,,,$15.00", 'TOTAL,,,,,,,,"$1,500.00"'));
		await write("in/c.csv", good);
		const result = await read({ path: `${path}/in/*.csv`, ...CONFIG });
		expect(result.records.sales?.map(({ _file }) => _file)).toEqual(["c.csv"]);
		expect(result.errors).toMatchObject([
			{
				code: "data.control_total",
				message: "The total of a group does not agree with the lines above it",
				where: expect.stringMatching(/a\.csv:9, stream sales/),
				why: "the lines add up to 15.00, the report says $16.00; nothing of the file is read",
			},
			{ message: "TOTAL does not agree with the lines above it", where: expect.stringMatching(/b\.csv:10/) },
		]);
		expect(result.complete).toEqual(["journal"]);
		const again = await read({ path: `${path}/in/*.csv`, ...CONFIG }, result);
		expect(again.records.sales).toBeUndefined();
		const forced = await read({ path: `${path}/in/*.csv`, ...CONFIG, check_totals: false });
		expect(forced.errors).toEqual([]);
		expect(forced.records.sales).toHaveLength(3);
		expect(controlTotals(forced)).toEqual([]);
	});

	test("an error names no customer, and groups do not nest without end", async () => {
		const wrong = await readReport([...LINES, "Total for Ada,,,,,,,,$16.00,"].join("\n"));
		expect(wrong.errors).toHaveLength(1);
		expect(JSON.stringify(wrong.errors)).not.toContain("Ada");
		const groups = Array.from({ length: 20_000 }, (_, index) => `Group ${index},,,,,,,,,`);
		const totals = groups.map((_, index) => `Total for Group ${groups.length - 1 - index},,,,,,,,$0.00,`);
		const { rejects } = await readReport([...groups, ...totals].join("\n"), { check_totals: false });
		expect(rejects[0]).toMatchObject({ line: 56, reason: "groups nest deeper than 50 levels" });
	});

	test("a line that cannot be read is missing in its total, so the report is refused and the line named", async () => {
		const body = [
			...LINES.slice(0, 2),
			",03/13/2026,Invoice,1,B,,1,5.00,five,15.00",
			"Total for Ada,,,,,,,,$15.00,",
		].join("\n");
		const { errors, records } = await readReport(body);
		expect(records.sales).toBeUndefined();
		expect(errors[0]).toMatchObject({
			code: "data.control_total",
			why: "the lines add up to 10.00, the report says $15.00; not read: line 8: amount is no amount; nothing of the file is read",
		});
		const forced = await readReport(body, { check_totals: false });
		expect(forced.rejects).toMatchObject([{ code: "csv_row", line: 8, reason: "amount is no amount" }]);
	});

	test("a ragged line is refused with file and line where totals do not tell of it", async () => {
		const result = await readReport([...LINES, ",03/14/2026,Invoice,2,C"].join("\n"));
		expect(result.records.sales).toHaveLength(1);
		expect(result.rejects).toMatchObject([{ line: 9, reason: expect.stringContaining("5 fields, the header has 10") }]);
		expect(controlTotals(result)).toEqual([]);
	});

	test("a date that is none refuses its line, and then the totals of what is left are not confirmed", async () => {
		const result = await readReport(
			[...LINES, ",soon,Invoice,2,C,,1,1.00,1.00,", "Total for Ada,,,,,,,,$16.00,", "TOTAL,,,,,,,,$16.00,"].join("\n"),
		);
		expect(result.errors[0]).toMatchObject({ code: "data.control_total" });
	});
});

describe("settings", () => {
	test("account and currency must be declared for sales, and dates where they can be read in two ways", async () => {
		const path = `${DATA}sales_by_customer_detail_classic.csv`;
		const { account, currency, dates, ...rest } = CONFIG;
		const code = async (config: object) => (await read({ path, ...rest, ...config })).errors[0];
		expect(await code({ currency, dates })).toMatchObject({ code: "config.missing", where: "account" });
		expect(await code({ account, dates })).toMatchObject({ code: "config.missing", where: "currency" });
		expect(await code({ account, currency })).toMatchObject({
			code: "config.date_ambiguous",
			where: expect.stringContaining('classic.csv:7, "03/02/2026" is 3 February or 2 March'),
		});
		expect((await read({ path, account, currency, ...rest, locale: "en-US" })).records.sales).toHaveLength(3);
		expect(await code({ account, currency, key: "row" })).toMatchObject({ code: "config.wrong_value", where: "key" });
	});

	test("a file that is no known report is an error that says so", async () => {
		const { write } = folder();
		const { errors } = await read({ path: await write("x.csv", "id,v\n1,2\n"), ...CONFIG });
		expect(errors[0]).toMatchObject({ code: "config.quickbooks_layout" });
	});

	test("a report over the bound is an error that names the setting; an unchanged one is not read again", async () => {
		const path = `${DATA}sales_by_customer_detail_classic.csv`;
		expect((await read({ path, ...CONFIG, report_rows: 3 })).errors[0]).toMatchObject({ code: "config.report_rows" });
		const first = await read({ path, ...CONFIG });
		expect((await read({ path, ...CONFIG }, first)).records).toEqual({});
	});
});
