/** Nothing stands twice: what would double a row is seen before it does, or told at once. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { byHand, catalog, docsSql, fakeBigQuery, record, rows, stream, write } from "./support.ts";

const TEXT = { type: ["null", "string"] };
const TIME = { type: ["null", "string"], format: "date-time" };
const ORIGIN = { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "m1" } };
const PURCHASE = { type: "purchase", columns: { timestamp: "at", value: "total", currency: { const: "USD" } } };
const ORDERS = stream(
	"orders",
	{ id: TEXT, at: TIME, total: { type: ["null", "number"] } },
	{ conversions: [PURCHASE], conversion_origin: ORIGIN },
);
const NOON = Date.parse("2026-07-03T12:00:00Z");

interface Order {
	id: string;
	total?: number;
	day?: number;
	version?: number;
}

function session(orders: Order[], namespace?: string): object[] {
	const space = namespace === undefined ? {} : { namespace };
	const lines = orders.map(({ id, total = 1, day = 0, version = 1 }) => {
		const data = { id, at: new Date(NOON + day * 86_400_000).toISOString(), total };
		const line = record("orders", data, 1_780_000_000_000 + version) as { record: object };
		return { ...line, record: { ...line.record, ...space } };
	});
	const described = { stream_descriptor: { name: "orders", ...space } };
	return [
		catalog({ ...ORDERS, ...space }),
		...lines,
		{ type: "STATE", state: { type: "STREAM", stream: { ...described, stream_state: { n: 1 } } } },
		{
			type: "TRACE",
			trace: { type: "STREAM_STATUS", emitted_at: 1, stream_status: { ...described, status: "COMPLETE" } },
		},
	];
}

const told = ({
	errors,
}: {
	errors: {
		code: string;
		message: string;
		where?: string | undefined;
		why?: string | undefined;
		next?: string | undefined;
	}[];
}) => errors.map(({ code, message, where, why, next }) => ({ code, what: message, where, why, next }));
const IDS = "SELECT conversion_id AS id, CAST(value AS STRING) AS value FROM conversions ORDER BY value";

test("a conversion that stands twice: the run that meets it ends, names it, and goes on when it was mended as the docs say", async () => {
	const fake = await fakeBigQuery();
	await write(fake.settings, session([{ id: "a" }, { id: "b" }]));
	await byHand(
		fake,
		"INSERT INTO conversions (conversion_id, timestamp, value, extracted_at, loaded_at, _gn_table, _gn_key) SELECT conversion_id, timestamp, value, extracted_at, TIMESTAMP '2020-01-01T00:00:00Z', _gn_table, _gn_key FROM conversions AS c WHERE c._gn_key = '[\"a\"]'",
	);
	const [id] = await rows(
		fake.settings,
		"SELECT conversion_id FROM conversions WHERE loaded_at < TIMESTAMP '2021-01-01T00:00:00Z'",
	);
	const result = await write(fake.settings, session([{ id: "a", total: 9, version: 2 }]));
	expect(told(result)).toEqual([
		{
			code: "data.doubled",
			what: "A row stands twice in conversions",
			where: `dataset growthnav_acme, table conversions, conversion_id ${id!.conversion_id}`,
			why: "rows were inserted by hand, or two connections brought the same",
			next: "delete all copies but one (docs/bigquery.md, Doubled rows, has the statement), then run again",
		},
	]);
	expect([result.committed, result.states]).toEqual([0, []]);
	const found = docsSql("HAVING copies > 1");
	expect(await rows(fake.settings, found)).toHaveLength(1);
	await byHand(fake, docsSql("DELETE FROM growthnav_acme.conversions"));
	expect(await rows(fake.settings, found)).toEqual([]);
	expect((await write(fake.settings, session([{ id: "a", total: 9, version: 2 }]))).errors).toEqual([]);
	expect((await rows(fake.settings, IDS)).map(({ value }) => value)).toEqual(["1", "9"]);
});

test("a row of a stream that stands twice is named by its key", async () => {
	const fake = await fakeBigQuery();
	await write(fake.settings, session([{ id: "a" }]));
	await byHand(
		fake,
		"INSERT INTO orders (id, _gn_key, _gn_emitted_at) SELECT id, _gn_key, _gn_emitted_at FROM orders AS o",
	);
	const result = await write(fake.settings, session([{ id: "a", version: 2 }]));
	expect(told(result)).toMatchObject([
		{
			code: "data.doubled",
			what: "A row stands twice in orders",
			where: 'dataset growthnav_acme, table orders, _gn_key ["a"]',
		},
	]);
});

test.for([
	["immutable", "set moved_rows: exact, then run again"],
	["lookback:30", "set moved_rows: exact, or lookback with more days, then run again"],
])(
	"a conversion that moved although moved_rows is %s: nothing is committed, and the setting is named",
	async ([moved_rows, next], { expect }) => {
		const fake = await fakeBigQuery();
		const settings = { ...fake.settings, moved_rows: moved_rows! };
		await write(settings, session([{ id: "a" }, { id: "b" }]));
		const [{ id } = {}] = await rows(settings, "SELECT conversion_id AS id FROM conversions WHERE _gn_key = '[\"a\"]'");
		const moved = session([
			{ id: "a", total: 5, day: 300, version: 2 },
			{ id: "c", total: 3, day: 300 },
		]);
		const result = await write(settings, moved);
		expect(told(result)).toEqual([
			{
				code: "config.moved_rows",
				what: `A conversion moved to another day, which moved_rows: ${moved_rows!.split(":")[0]} rules out`,
				where: `dataset growthnav_acme, table conversions, conversion_id ${id}`,
				why: "it stands on 2026-07-03, where it is not looked for, and would stand twice; nothing was committed",
				next,
			},
		]);
		expect((await rows(settings, IDS)).map(({ value }) => value)).toEqual(["1", "1"]);
		expect((await write(fake.settings, moved)).errors).toEqual([]);
		expect((await rows(settings, IDS)).map(({ value }) => value)).toEqual(["1", "3", "5"]);
		// what stands where it is looked for is none that moved
		expect((await write(settings, session([{ id: "c", total: 4, day: 300, version: 3 }]))).errors).toEqual([]);
	},
);

const shortOf = (connection: string) => createHash("sha256").update(connection).digest("hex").slice(0, 8);

/** Two connections whose streams of one name make the same conversions; the other one commits whole before a statement of the first. */
async function race(before: string) {
	let done: Awaited<ReturnType<typeof write>> | undefined;
	let begun = false;
	const fake = await fakeBigQuery({
		async beforeStatement({ job, type }) {
			if (begun || type !== before || !job.startsWith(`gn_${shortOf("one")}_commit_`)) return;
			begun = true;
			done = await write({ ...fake.settings, connection: "two" }, session([{ id: "a", total: 2, version: 2 }], "eu"));
		},
	});
	const first = await write({ ...fake.settings, connection: "one" }, session([{ id: "a" }, { id: "b" }], "us"));
	return { fake, first, other: done! };
}

test("another connection brings the same conversion after it was judged: undone, judged anew, one row", async () => {
	const { fake, first, other } = await race("BEGIN_TRANSACTION");
	expect([first.errors, other.errors]).toEqual([[], []]);
	expect(
		await rows(fake.settings, "SELECT COUNT(*) AS n, COUNT(DISTINCT conversion_id) AS ids FROM conversions"),
	).toEqual([{ n: 2, ids: 2 }]);
	const commits = fake.events.filter(
		({ event, job }) => event === "job inserted" && job?.startsWith(`gn_${shortOf("one")}_commit_`),
	);
	expect(commits).toHaveLength(2);
});

test("two transactions that overlap see nothing of each other: whoever commits last finds the double and says so", async () => {
	const { fake, first, other } = await race("COMMIT_TRANSACTION");
	expect(other.errors).toEqual([]);
	const [{ id } = {}] = await rows(
		fake.settings,
		"SELECT conversion_id AS id FROM conversions GROUP BY id HAVING COUNT(*) > 1",
	);
	expect(told(first)).toMatchObject([
		{
			code: "data.doubled",
			where: `dataset growthnav_acme, table conversions, conversion_id ${id}`,
			why: "two connections brought the same conversion at the same moment",
		},
	]);
});

test("where nobody else has committed, no day of conversions is read for it", async () => {
	const fake = await fakeBigQuery();
	await write(fake.settings, session([{ id: "a" }, { id: "b" }]));
	const asked = fake
		.scans()
		.filter(({ job, table, type }) => /_commit_/.test(job) && /conversions$/.test(table) && /ASSERT|SELECT/.test(type));
	expect(asked.filter(({ table }) => !/_s0_conversions$/.test(table))).toEqual([]);
});

test("two streams of one name, one account and one record make one conversion: neither lands", async () => {
	const fake = await fakeBigQuery();
	const [us, eu] = ["us", "eu"].map((namespace) => session([{ id: "a" }], namespace));
	const both = {
		type: "CATALOG",
		catalog: {
			streams: [us, eu].flatMap((lines) => (lines![0] as { catalog: { streams: object[] } }).catalog.streams),
		},
	};
	const result = await write(fake.settings, [both, ...us!.slice(1), ...eu!.slice(1)]);
	expect(told(result)).toMatchObject([
		{
			code: "data.same_conversion",
			what: "Two streams make the same conversion",
			where: expect.stringMatching(/^tables us__orders and eu__orders, conversion_id [0-9a-f-]{36}$/),
			why: "source_system, source_account, name of the stream and id of the record are the same; nothing was committed",
			next: "give the streams different source_account in their conversion_origin, then run again",
		},
	]);
	expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM conversions")).toEqual([{ n: 0 }]);
});
