import { describe, expect, test } from "vitest";
import { runCase } from "./bench.ts";

const GOOD = [
	{ status: "STARTED", stream: "orders" },
	{ status: "RUNNING", stream: "orders" },
	{ records: 500, stream: "orders" },
	{ state: { cursor_field: "at", cursor: "2026-07-01T00:00:00Z" }, stream: "orders" },
	{ records: 20, stream: "orders" },
	{ state: { cursor_field: "at", cursor: "2026-07-02T00:00:00Z" }, stream: "orders", id: 7 },
	{ status: "COMPLETE", stream: "orders" },
];

describe("a run that goes well", () => {
	test("tells its start, its commits, its streams and its end, and the numbers balance", async () => {
		const { result, events, of, ledger } = await runCase({ source: { namespace: "shop", steps: GOOD } });
		expect(result).toMatchObject({ status: "done", exit_code: 0, read: 520, loaded: 520, rejected: 0, errors: [] });
		expect(result.committed_through).toBe("2026-07-02T00:00:00Z");
		expect(ledger().rows).toEqual({ "shop.orders": 520 });
		expect(events.map(({ event }) => event)).toEqual([
			"run_started",
			"stream_started",
			"committed",
			"committed",
			"committed",
			"stream_finished",
			"balance",
			"run_finished",
		]);
		expect(of("run_started")[0]).toMatchObject({
			streams: ["orders"],
			continues_at: null,
			previous_run_finished: true,
		});
		expect(of("stream_finished")[0]).toMatchObject({
			stream: "orders",
			namespace: "shop",
			table: "shop__orders",
			status: "complete",
			read: 520,
			loaded: 520,
			cursor_to: "2026-07-02T00:00:00Z",
		});
	});
});
