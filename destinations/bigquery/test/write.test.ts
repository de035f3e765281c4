import { expect, it } from "vitest";
import { catalog, fakeBigQuery, record, rows, stream, write } from "./support.ts";

const TEXT = { type: ["null", "string"] };
const ORDERS = catalog(
	stream(
		"orders",
		{ id: TEXT, updated_at: { type: "string", format: "date-time" }, total: { type: "number" }, note: TEXT },
		{
			namespace: "shop",
			cursor_field: ["updated_at"],
			conversions: [
				{ type: "purchase", columns: { timestamp: "updated_at", value: "total", currency: { const: "USD" } } },
			],
			conversion_origin: {
				source: { const: "pos" },
				source_system: { const: "shop" },
				source_account: { const: "m1" },
			},
		},
	),
);
const NAMED = { namespace: "shop" };
const order = (id: string, day: string, total: string, at = 1_780_000_000_000) =>
	record("orders", { id, updated_at: `2026-07-${day}T10:00:00Z`, total: Number(total), note: "x" }, at, NAMED);
const shopState = (value: unknown) => ({
	type: "STATE",
	state: { type: "STREAM", stream: { stream_descriptor: { name: "orders", ...NAMED }, stream_state: value } },
});
const done = {
	type: "TRACE",
	trace: {
		type: "STREAM_STATUS",
		emitted_at: 1,
		stream_status: { stream_descriptor: { name: "orders", ...NAMED }, status: "COMPLETE" },
	},
};

it("lands typed rows and conversions, echoes the state after its commit, and supersedes all of it the second time", async () => {
	const { settings } = await fakeBigQuery();
	const lines = [ORDERS, order("a", "01", "12.5"), order("b", "03", "7"), shopState({ n: 1 }), done];
	const first = await write(settings, lines);
	expect([first.errors, first.exitCode, first.committed]).toEqual([[], 0, 2]);
	expect(first.states).toMatchObject([{ state: { stream: { stream_state: { n: 1 } } } }]);
	expect(first.commits[0]).toMatchObject({ bytes_billed: expect.any(Number), cost_usd: expect.any(Number) });
	const all = "SELECT id, CAST(total AS STRING) AS total, updated_at, _gn_key FROM shop__orders ORDER BY id";
	const landed = [
		{ id: "a", total: "12.5", updated_at: "2026-07-01T10:00:00Z", _gn_key: '["a"]' },
		{ id: "b", total: "7", updated_at: "2026-07-03T10:00:00Z", _gn_key: '["b"]' },
	];
	expect(await rows(settings, all)).toEqual(landed);
	const sums = "SELECT COUNT(*) AS n, CAST(SUM(value) AS STRING) AS value FROM conversions";
	expect(await rows(settings, sums)).toEqual([{ n: 2, value: "19.5" }]);
	const second = await write(settings, lines);
	expect([second.errors, second.commits.flatMap(({ streams }) => streams.map((one) => one.superseded))]).toEqual([
		[],
		[2],
	]);
	expect(await rows(settings, all)).toEqual(landed);
	expect(await rows(settings, sums)).toEqual([{ n: 2, value: "19.5" }]);
});

it("a newer version changes its row and its conversion, on whichever day they were", async () => {
	const { settings } = await fakeBigQuery();
	await write(settings, [ORDERS, order("a", "01", "12.5"), order("b", "01", "1"), shopState(1), done]);
	const moved = await write(settings, [ORDERS, order("a", "09", "13", 1_790_000_000_000), shopState(2), done]);
	expect(moved.errors).toEqual([]);
	expect(
		await rows(
			settings,
			"SELECT transaction_id, CAST(value AS STRING) AS value, timestamp FROM conversions ORDER BY timestamp",
		),
	).toMatchObject([
		{ value: "1", timestamp: "2026-07-01T10:00:00Z" },
		{ value: "13", timestamp: "2026-07-09T10:00:00Z" },
	]);
});
