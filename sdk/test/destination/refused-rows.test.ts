/** Rows that only the store refuses: dead letters as any others, and every count balances. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { catalog, type Line, memory, record, state, status, stream } from "./memory-run.ts";

const TEXT = { type: ["null", "string"] };
const FIELDS = {
	id: TEXT,
	orderNo: TEXT,
	total: { type: ["null", "number"] },
	paid: { type: "string", format: "date-time" },
};
const MAPPED = {
	cursor_field: ["paid"],
	conversions: [{ type: "purchase", columns: { timestamp: "paid", value: "total", currency: { const: "USD" } } }],
	conversion_origin: { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "m1" } },
};
const ORDERS = catalog(stream("orders", FIELDS, MAPPED));
const order = (id: string, total: number | null = 1, more: object = {}) =>
	record("orders", { id, orderNo: `no-${id}`, total, paid: "2026-07-03T10:00:00Z", more: { a: [id] }, ...more });
const BAD = { code: "refused_by_store", reason: "the store refuses it: could not convert", column: "order_no" };

/** Refuses rows by their key, conversions by their value. */
function refusing(keys: readonly string[], values: readonly string[] = []) {
	const wanted = new Set(keys);
	return memory((line) => {
		const isRow = "id" in line && !("conversion_id" in line);
		if (isRow && wanted.has(String(line.id))) return BAD;
		return values.includes(String(line.value)) ? { ...BAD, column: "value" } : undefined;
	});
}

it("the row and its conversion stay out, the letter has the record, the state's numbers and the ledger say so", async () => {
	const store = refusing(["b"]);
	const written = await store.write([
		ORDERS,
		order("a"),
		order("b", 2.5),
		state("orders", 1),
		order("c"),
		status("orders"),
	]);
	expect(written.errors).toEqual([]);
	expect(store.rows("orders").map(({ id }) => id)).toEqual(["a", "c"]);
	expect(store.rows("conversions").map(({ value }) => value)).toEqual(["1", "1"]);
	const [letter, ...others] = store.rows("_gn_dead_letters");
	expect([letter, others]).toMatchObject([
		{ ...{ kind: "record", stream: "orders", code: "refused_by_store", path: "orderNo" }, reason: BAD.reason },
		[],
	]);
	expect(JSON.parse(String(letter!.raw))).toEqual({
		...{ id: "b", orderNo: "no-b", total: "2.5", paid: "2026-07-03T10:00:00Z", more: { a: ["b"] } },
	});
	expect(written.states).toMatchObject([{ state: { destinationStats: { recordCount: 1, rejectedRecordCount: 1 } } }]);
	expect(written.rejects).toMatchObject([{ stream: "orders", code: "refused_by_store", path: "orderNo", line: 3 }]);
	expect(written.commits.flatMap(({ streams }) => streams)).toMatchObject([
		{ read: 3, loaded: 2, superseded: 0, rejected: 1, reasons: [{ code: "refused_by_store", rows: 1 }] },
	]);
	expect(written.commits[0]?.conversions).toMatchObject({ mapped: 2, loaded: 2, rejected: 0 });
	expect(store.rows("_gn_commits")).toMatchObject([{ rows: 2 }]);
});

it("a conversion alone may be refused: its row lands, its letter has the record", async () => {
	const store = refusing([], ["2.5"]);
	const written = await store.write([ORDERS, order("a"), order("b", 2.5), state("orders", 1), status("orders")]);
	expect(written.errors).toEqual([]);
	expect(store.rows("orders")).toHaveLength(2);
	expect(store.rows("conversions")).toHaveLength(1);
	expect(store.rows("_gn_dead_letters")).toMatchObject([
		{ kind: "conversion", path: "value", record_id: "b", raw: expect.stringContaining('"no-b"') },
	]);
	expect(written.commits[0]?.conversions).toMatchObject({ mapped: 2, loaded: 1, superseded: 0, rejected: 1 });
	expect(written.commits[0]?.streams).toMatchObject([{ read: 2, loaded: 2, rejected: 0 }]);
});

it("the letter, tried again where nothing is refused any more, is loaded and settled", async () => {
	let isOpen = false;
	const store = memory((line) => (!isOpen && line.id === "b" && !("conversion_id" in line) ? BAD : undefined));
	await store.write([ORDERS, order("a"), order("b", 2.5), state("orders", 1), status("orders")]);
	const [letter] = store.rows("_gn_dead_letters");
	const again = () =>
		store.write([
			ORDERS,
			record("orders", JSON.parse(String(letter!.raw)) as object, 1_780_000_000_000, { dead_letter: letter!._gn_id }),
			status("orders"),
		]);
	const still = await again();
	expect(still.commits[0]?.streams).toMatchObject([{ read: 1, loaded: 0, rejected: 1 }]);
	expect(store.rows("_gn_dead_letters")).toMatchObject([{ resolved_at: null }]);
	isOpen = true;
	expect((await again()).errors).toEqual([]);
	expect(store.rows("_gn_dead_letters")).toMatchObject([{ resolved_at: expect.any(String) }]);
	const row = store.rows("orders").find(({ id }) => id === "b");
	expect(row).toMatchObject({
		order_no: "no-b",
		total: "2.5",
		paid: "2026-07-03T10:00:00Z",
		_gn_extra: { more: { a: ["b"] } },
	});
	expect(store.rows("conversions").map(({ value }) => value)).toEqual(["1", "2.5"]);
});

it("rows that wait for a later commit are refused there, once, and what was refused does not come again", async () => {
	const store = refusing(["x1", "x2"]);
	const plain = (id: string): Line => record("orders", { id });
	const append = catalog(stream("orders", FIELDS, { destination_sync_mode: "append", primary_key: [] }));
	// without a key only a state vouches for rows: those behind it wait in the same file
	const lines = [append, plain("x1"), plain("a"), state("orders", 1), plain("b"), plain("x2"), state("orders", 2)];
	const written = await store.write([...lines, plain("c"), status("orders")], { settings: { epoch_bytes: 1 } });
	expect(written.errors).toEqual([]);
	expect(store.rows("orders").map(({ id }) => id)).toEqual(["a", "b", "c"]);
	expect(store.rows("_gn_dead_letters").map(({ raw }) => raw)).toEqual(['{"id":"x1"}', '{"id":"x2"}']);
});

it("whatever is refused: in = loaded + superseded + rejected, for rows and conversions, and nothing is lost", async () => {
	const id = fc.integer({ min: 0, max: 9 }).map((at) => `o${at}`);
	const items = fc.array(fc.oneof({ weight: 5, arbitrary: id }, fc.constant("state")), { maxLength: 40 });
	const bytes = fc.constantFrom(1, 400, 1_000_000);
	await fc.assert(
		fc.asyncProperty(items, fc.subarray(["o0", "o1", "o2", "o3"]), bytes, async (all, refused, epoch_bytes) => {
			const store = refusing(refused, ["7"]);
			const lines = all.map((one, at) =>
				one === "state" ? state("orders", at) : order(one, at % 10 === 7 ? 7 : 1, { note: `n${at}` }),
			);
			const written = await store.write([ORDERS, ...lines, status("orders")], { settings: { epoch_bytes } });
			const read = all.filter((one) => one !== "state").length;
			const rejected = all.filter((one) => refused.includes(one)).length;
			if (read > rejected || read === 0) expect(written.errors).toEqual([]);
			const sums = { read: 0, loaded: 0, superseded: 0, rejected: 0 };
			for (const { streams, conversions } of written.commits) {
				for (const one of streams)
					for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += one[name];
				expect(conversions.mapped).toBe(
					conversions.loaded + conversions.superseded + conversions.rejected + conversions.left_out,
				);
			}
			expect(sums.read).toBe(sums.loaded + sums.superseded + sums.rejected);
			expect(sums).toMatchObject({ read, rejected });
			const told = written.states.map(
				({ state: one }) => (one as { destinationStats: Record<string, number> }).destinationStats,
			);
			const vouched = all.slice(0, all.lastIndexOf("state") + 1).filter((one) => one !== "state");
			expect(told.reduce((sum, one) => sum + one.rejectedRecordCount!, 0)).toBe(
				vouched.filter((one) => refused.includes(one)).length,
			);
			expect(told.reduce((sum, one) => sum + one.recordCount! + one.rejectedRecordCount!, 0)).toBe(vouched.length);
			const letters = store.rows("_gn_dead_letters").filter(({ kind }) => kind === "record");
			expect(letters).toHaveLength(rejected);
			expect(store.rows("orders").some((row) => refused.includes(String(row.id)))).toBe(false);
		}),
		{ numRuns: 60 },
	);
});

it("a letter that is too long for the store itself is shortened", async () => {
	const store = memory((line) =>
		typeof line.raw === "string" && line.raw.length > 5_000
			? { code: "row_too_large", reason: "too large" }
			: undefined,
	);
	const long = record("orders", { id: null, note: "x".repeat(20_000) });
	const written = await store.write([ORDERS, order("a"), long, state("orders", 1), status("orders")]);
	expect(written.errors).toEqual([]);
	expect(store.rows("_gn_dead_letters")).toMatchObject([
		{ raw_bytes: 20_021, raw: expect.stringMatching(/^.{1000}$/) },
	]);
	expect(written.commits[0]?.streams).toMatchObject([{ read: 2, loaded: 1, rejected: 1 }]);
});
