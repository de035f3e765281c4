/** `kill -9` of growthnav at every point of a run, alone or with what it started, and the same command again. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openMerchant } from "@growthnav/source-square/demo";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RUN_POINTS, type RunPoint } from "../sdk/src/pipeline/run/run-state.ts";
import { eventsIn, FULL, folder, GROWTHNAV, run, writeFile } from "./processes.ts";
import {
	type Contents,
	commitsOf,
	contentsOf,
	expectBalance,
	expectTidy,
	OF_THE_COMMIT,
	OF_THE_READING,
} from "./store.ts";

const WITHOUT = [...OF_THE_COMMIT, ...OF_THE_READING];
let merchant: Awaited<ReturnType<typeof openMerchant>>;
let undisturbed: Contents;

beforeAll(async () => {
	merchant = await openMerchant({ story: { visits: 150, customers: 30 } });
	const at = pipeline();
	expect(await runIn(at)).toMatchObject({ code: 0 });
	undisturbed = await contentsOf(join(at, "acme.duckdb"), WITHOUT);
	const { purchase, refund } = merchant.books();
	expect(undisturbed.conversions!.rows).toHaveLength(purchase.rows + refund.rows);
});
afterAll(() => merchant.close());

/** A folder with a pipeline file; its store, its logs and its scratch come into it. */
function pipeline(): string {
	const at = folder();
	writeFile(join(at, "acme.yaml"), {
		customer: "acme",
		source: { connector: "square", config: { access_token: "env:SQUARE_TOKEN", base_url: merchant.url } },
		destination: { connector: "duckdb", config: { path: "acme.duckdb", epoch_bytes: 100_000 } },
	});
	return at;
}

/** A store that what is left of a killed run still holds is waited for, as a person would. */
function runIn(at: string, more: Record<string, string> = {}) {
	const env = { SQUARE_TOKEN: merchant.token, TMPDIR: at, ...more };
	return run(GROWTHNAV, ["run", "acme.yaml", "--wait", "60s", "--json"], { cwd: at, env });
}

async function expectRecovery(at: string): Promise<void> {
	const again = await runIn(at);
	expect([again.code, again.err]).toEqual([0, ""]);
	const path = join(at, "acme.duckdb");
	expect(await contentsOf(path, WITHOUT)).toEqual(undisturbed);
	expectBalance(await commitsOf(path));
	expectTidy(path);
	// configs with secrets, on their way to connectors
	expect(readdirSync(at).filter((name) => name.startsWith("growthnav-"))).toEqual([]);
}

const TIMES: Partial<Record<RunPoint, number[]>> = FULL ? { passed: [1, 2, 5], state_back: [1, 3, 5] } : {};
const POINTS = RUN_POINTS.flatMap((point) => (TIMES[point] ?? [1]).map((times) => `${point}:${times}`));

test.concurrent.for(POINTS)("growthnav killed at %s, run again: the tables of an undisturbed run", async (point) => {
	const at = pipeline();
	expect(await runIn(at, { GN_CRASH_RUN_AT: point })).toMatchObject({ signal: "SIGKILL" });
	await expectRecovery(at);
});

test("what a killed growthnav had started ends by itself", async ({ skip }) => {
	if (!existsSync("/proc/self/cmdline")) skip("/proc tells what runs, and this system has none");
	const at = pipeline();
	await runIn(at, { GN_CRASH_RUN_AT: "joined" });
	await expect.poll(() => programsWith(at), { timeout: 30_000, interval: 100 }).toEqual([]);
});

test("a source or a destination that is killed under growthnav is told, and the same command goes on", async () => {
	for (const [crash, code] of [
		[{ GN_CRASH_SOURCE_AT: "mid_line:150" }, "transient.source_died"],
		[{ GN_CRASH_AT: "after_commit" }, "transient.destination_died"],
	] as const) {
		const at = pipeline();
		const killed = await runIn(at, crash);
		expect(killed.code).toBe(20);
		expect(eventsIn(killed, "error")).toMatchObject([
			{
				code,
				where: expect.any(String),
				why: expect.stringContaining("killed"),
				next: expect.stringContaining("acme.yaml"),
			},
		]);
		expect(eventsIn(killed, "run_finished")).toMatchObject([{ status: "failed", exit_code: 20 }]);
		await expectRecovery(at);
	}
});

/** Command lines of living programs that name the folder. */
function programsWith(at: string): string[] {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.map((pid) => {
			try {
				return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
			} catch {
				return "";
			}
		})
		.filter((line) => line.includes(at));
}
