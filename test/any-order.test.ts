/** What decides is the record, not its place: the same input twice, in another order, doubled, cut into any pieces. */
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { chanceOf } from "./chance.ts";
import { catalog, complete, INSTANT, NOON, NUMBER, record, state, stream, TEXT, WHOLE } from "./lines.ts";
import { commitsIn, DESTINATION_DUCKDB, type Ended, FULL, folder, type Input, run, writeFile } from "./processes.ts";
import { read } from "./shop.ts";
import { type Contents, contentsOf, expectBalance, rows } from "./store.ts";

function newStore(): string {
	return join(folder(), "acme.duckdb");
}

/** Several commits even of a short input. */
async function write(path: string, input: Input): Promise<Ended> {
	const config = writeFile(`${path}.json`, { path, customer_id: "acme", epoch_bytes: 5_000 });
	const ended = await run(DESTINATION_DUCKDB, ["write", "--config", config], { input });
	expect([ended.code, ended.err]).toEqual([0, ""]);
	expectBalance(commitsIn(ended));
	return ended;
}

/** Of all streams together. */
function sumOf(ended: Ended, field: "read" | "loaded" | "superseded" | "rejected"): number {
	return commitsIn(ended)
		.flatMap(({ streams }) => streams)
		.reduce((sum, one) => sum + one[field], 0);
}

test("the same input a second time: every row superseded, not a byte changed", async () => {
	const path = newStore();
	// rows of `events` have no key: nothing tells a copy of them from another visit
	const session = [...read({ rows: 30, generation: 5, prices: 5 })].filter(
		(line) => !line.includes('"stream":"events"'),
	);
	await write(path, session);
	const once = await contentsOf(path, []);
	const second = await write(path, session);
	expect(sumOf(second, "loaded")).toBe(0);
	expect(sumOf(second, "superseded")).toBe(sumOf(second, "read") - sumOf(second, "rejected"));
	expect(commitsIn(second).reduce((sum, { conversions }) => sum + conversions.loaded, 0)).toBe(0);
	expect(await contentsOf(path, [])).toEqual(once);
});

const ORDERS = 12;
const VERSIONS = 8;

/** Versions of a few orders: sales of changing value, refused, left open, given up, deleted and back again. */
const versions: string[] = Array.from({ length: ORDERS * VERSIONS }, (_, i) => {
	const data = {
		id: i % 7 === 3 ? null : i % ORDERS,
		updated_at: new Date(NOON + i * 1_000).toISOString(),
		total: i % 10 === 8 ? "much" : i / 8,
		state: i % 5 === 4 ? "OPEN" : "DONE",
		closed_at: i % 6 === 5 ? null : new Date(NOON - i * 1_000).toISOString(),
		...(i % 11 === 10 && { _ab_cdc_deleted_at: new Date(NOON + i * 1_000).toISOString() }),
		note: `version ${i}`,
	};
	// the last version is not the last that was read
	return record("orders", data, NOON + ((i * 37) % 101));
});

const CATALOG = catalog(
	stream(
		"orders",
		{ id: WHOLE, updated_at: INSTANT, total: NUMBER, state: TEXT, closed_at: INSTANT },
		{
			cursor_field: ["updated_at"],
			conversion_origin: {
				source: { const: "pos" },
				source_system: { const: "shop" },
				source_account: { const: "main" },
			},
			conversions: [
				{
					type: "purchase",
					when: { state: "DONE" },
					columns: { timestamp: "closed_at", value: "total", currency: { const: "EUR" } },
				},
			],
		},
	),
);

/** States may stand anywhere between the records. */
function* session(records: readonly string[], every: number): Generator<string> {
	yield CATALOG;
	for (const [at, line] of records.entries()) {
		yield line;
		if (at % every === every - 1) yield state("orders", { page: at });
	}
	yield state("orders", { page: records.length });
	yield complete("orders");
}

function inPieces(text: string, size: number): Buffer[] {
	const bytes = Buffer.from(text);
	return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

let inOrder: Contents;

beforeAll(async () => {
	const path = newStore();
	await write(path, session(versions, 20));
	inOrder = await contentsOf(path);
	expect(inOrder.orders!.rows).toHaveLength(ORDERS);
	expect(await rows(path, "SELECT count(*) AS n, count(DISTINCT code) AS codes FROM _gn_dead_letters")).toEqual([
		{ n: inOrder._gn_dead_letters!.rows.length, codes: 3 },
	]);
});

const SIZES = [1, 100, 4_095, 65_536, 1_000_000];

test.concurrent.for(Array.from({ length: FULL ? 50 : SIZES.length }, (_, at) => at + 1))(
	"versions in an order of their own, some of them twice, in pieces of any size: the same tables (%i)",
	async (seed) => {
		const chance = chanceOf(seed * 7919);
		const doubled = versions.flatMap((line) => Array.from({ length: chance.pick([1, 1, 2, 3]) }, () => line));
		const text = [...session(chance.shuffled(doubled), chance.pick([3, 25, 1_000]))].join("");
		const path = newStore();
		const ended = await write(path, inPieces(text, SIZES[seed % SIZES.length]!));
		expect(sumOf(ended, "read")).toBe(doubled.length);
		expect(await contentsOf(path)).toEqual(inOrder);
		// and once more over it, as a source does that reads again from an older state
		await write(path, session(chance.shuffled(versions), 10));
		expect(await contentsOf(path)).toEqual(inOrder);
	},
);
