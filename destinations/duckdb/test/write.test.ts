import { join } from "node:path";
import { expect, it } from "vitest";
import { catalog, folder, record, rows, state, status, stream, write } from "./support.ts";

const ORDERS = {
	id: { type: ["null", "string"] },
	total: { type: ["null", "number"] },
	closed_at: { type: ["null", "string"], format: "date-time" },
	status: { type: ["null", "string"] },
};

it("lands typed rows, echoes the state after its commit, and supersedes all of it the second time", async () => {
	const path = join(await folder(), "acme.duckdb");
	const session = [
		catalog(stream("orders", ORDERS)),
		record("orders", { id: "a", total: 12.5, closed_at: "2026-07-03T21:22:10+02:00", status: "PAID" }),
		record("orders", { id: "b", total: "0.1", closed_at: null, status: null, extra: { x: 1 } }),
		state("orders", { cursor: "1" }, { id: 7 }),
		status("orders"),
	];
	const first = await write(path, session);
	expect(first.errors).toEqual([]);
	expect(first.exitCode).toBe(0);
	expect(first.states).toMatchObject([{ state: { id: 7, destinationStats: { recordCount: 2 } } }]);
	expect(await rows(path, "SELECT id, total, closed_at, status, _gn_key, _gn_extra FROM orders ORDER BY id")).toEqual([
		{ id: "a", total: "12.5", closed_at: "2026-07-03T19:22:10Z", status: "PAID", _gn_key: '["a"]', _gn_extra: null },
		{ id: "b", total: "0.1", closed_at: null, status: null, _gn_key: '["b"]', _gn_extra: { extra: { x: 1 } } },
	]);
	const second = await write(path, session);
	expect(second.exitCode).toBe(0);
	expect(second.commits).toMatchObject([{ streams: [{ read: 2, loaded: 0, superseded: 2, rejected: 0 }] }]);
	expect(await rows(path, "SELECT count(*) AS n FROM orders")).toEqual([{ n: 2 }]);
	// the ledger says what the report says
	const lags = [...first.commits, ...second.commits].map(({ lag_s }) => lag_s);
	for (const lag of lags) expect(lag).toBeGreaterThan(0);
	const ledger = await rows(path, "SELECT lag_s FROM _gn_commits ORDER BY epoch");
	expect(ledger.map(({ lag_s }) => lag_s)).toEqual(lags);
});
