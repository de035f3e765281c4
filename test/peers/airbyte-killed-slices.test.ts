/** `kill -9` of source-declarative-manifest between two slices of days, and on from the ledger's state. */
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventsIn, FULL } from "../processes.ts";
import { rows, statesOf } from "../store.ts";
import { missing, peer } from "./airbyte.ts";
import { expectWhole, killed, pipelineOf, runAgain } from "./killing.ts";
import { openShop, TOKEN } from "./shop.ts";

// airbyte-killed.test.ts kills between pages
describe.skipIf(missing || !FULL)("killed in mid-run and run again", { timeout: 180_000 }, () => {
	test("a manifest's slices: what a STATE vouched for is not asked for again", async () => {
		const shop = await openShop(14);
		onTestFinished(() => shop.close());
		// the fourth week never answers
		shop.fail({ kind: "hang", path: "/orders", after: 7 });
		const manifest = fileURLToPath(new URL("manifests/shop.yaml", import.meta.url));
		const { at, path } = pipelineOf({
			command: [peer("source-declarative-manifest"), "{args}", "--manifest-path", manifest],
			config: {
				base_url: shop.url,
				access_token: TOKEN,
				start_date: "2026-06-01T00:00:00Z",
				end_date: "2026-06-30T00:00:00Z",
			},
			streams: { orders: {} },
		});
		await killed(at, () => shop.times("/orders").length > 7);
		const [state] = await statesOf(path, "acme");
		const { updated_at } = state!.stream!.stream_state as { updated_at: string };
		shop.requests.length = 0;
		const again = await runAgain(at);
		expect([again.code, eventsIn(again, "error")]).toEqual([0, []]);
		const since = shop.requests.map(({ query }) => query.since!).sort();
		expect(since[0]).toBe(updated_at);
		expect((await rows(path, "SELECT id FROM orders ORDER BY updated_at")).map(({ id }) => id)).toEqual(
			shop.orders.map(({ id }) => id),
		);
		await expectWhole(path);
	});
});
