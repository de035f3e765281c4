/** `kill -9` of a source, after each kind of message and in the middle of a line, and read on from the ledger's state. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openMerchant } from "@growthnav/source-square/demo";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	DESTINATION_DUCKDB,
	errorsIn,
	FULL,
	folder,
	pipe,
	run,
	SOURCE_FILE,
	SOURCE_SQUARE,
	writeFile,
} from "./processes.ts";
import {
	type Contents,
	commitsOf,
	contentsOf,
	expectBalance,
	expectTidy,
	OF_THE_COMMIT,
	OF_THE_READING,
	rows,
	statesOf,
} from "./store.ts";

const KILLED = 137;

/** A source with its settings, and a folder for its store. */
interface Case {
	program: string;
	config: string;
	/** Left out: the source describes itself. */
	catalog?: string;
	path: string;
}

/** `read | write`, going on from the ledger as a user does it by hand. */
async function readInto({ program, config: settings, catalog, path }: Case, crash?: string) {
	const config = writeFile(`${path}.json`, { path, customer_id: "acme", epoch_bytes: 20_000 });
	const state = writeFile(`${path}.state`, existsSync(path) ? await statesOf(path) : []);
	const by = catalog === undefined ? [] : ["--catalog", catalog];
	return pipe(
		{
			program,
			args: ["read", "--config", settings, ...by, "--state", state],
			...(crash !== undefined && { env: { GN_CRASH_SOURCE_AT: crash } }),
		},
		{ program: DESTINATION_DUCKDB, args: ["write", "--config", config, ...by] },
	);
}

/** Kills the source, sees that the destination says so, and reads on. */
async function expectRecovery(one: Case, point: string, undisturbed: Contents, without: string[]): Promise<void> {
	const killed = await readInto(one, point);
	expect([killed.source.code, killed.destination.code]).toEqual([KILLED, 20]);
	expect(errorsIn(killed.destination)).toMatchObject([{ code: "transient.incomplete", next: expect.any(String) }]);
	const again = await readInto(one);
	expect([again.source.code, again.destination.code]).toEqual([0, 0]);
	expect(await contentsOf(one.path, without)).toEqual(undisturbed);
	expectBalance(await commitsOf(one.path));
	expectTidy(one.path);
}

describe("Square, one row per key", () => {
	const WITHOUT = [...OF_THE_COMMIT, ...OF_THE_READING];
	let merchant: Awaited<ReturnType<typeof openMerchant>>;
	let config: string;
	let undisturbed: Contents;

	beforeAll(async () => {
		merchant = await openMerchant({ story: { visits: 200, customers: 40 } });
		config = writeFile(join(folder(), "square.json"), { access_token: merchant.token, base_url: merchant.url });
		const one = square();
		await readInto(one);
		undisturbed = await contentsOf(one.path, WITHOUT);
		const named = merchant.history.orders.filter((order) => !("withoutId" in order && order.withoutId));
		expect(undisturbed.square__orders!.rows).toHaveLength(named.length);
		expect(await rows(one.path, "SELECT count(*) AS n FROM conversions WHERE conversion_type = 'purchase'")).toEqual([
			{ n: merchant.books().purchase.rows },
		]);
	});
	afterAll(() => merchant.close());

	const square = (): Case => ({ program: SOURCE_SQUARE, config, path: join(folder(), "acme.duckdb") });

	const points = ["catalog", "record:200", "state:3", "log:1", "trace:7", "mid_line:150"];
	const more = [
		"record:1",
		"record:44",
		"record:400",
		"state:1",
		"state:6",
		"log:2",
		"trace:1",
		"trace:14",
		"mid_line:1",
	];
	test.concurrent.for(FULL ? [...points, ...more] : points)("killed after %s", async (point) => {
		await expectRecovery(square(), point, undisturbed, WITHOUT);
	});
});

describe("files, every row kept", () => {
	const WITHOUT = [...OF_THE_COMMIT, ...OF_THE_READING];
	const at = folder();
	/** A state comes after 10,000 rows. */
	const PER_FILE = 9_000;
	const line = (row: number) => `${JSON.stringify({ row, text: `row ${row}`, at: "2026-07-03T12:00:00Z" })}\n`;
	for (const file of [0, 1, 2]) {
		const lines = Array.from({ length: PER_FILE }, (_, i) => line(file * PER_FILE + i));
		writeFile(join(at, `visits-${file}.jsonl`), lines.join(""));
	}
	const config = writeFile(join(at, "file.json"), { path: join(at, "visits-*.jsonl"), stream: "visits" });
	let catalog: string;
	let undisturbed: Contents;

	beforeAll(async () => {
		const { out } = await run(SOURCE_FILE, ["discover", "--config", config]);
		const [stream] = JSON.parse(out).catalog.streams;
		const configured = { stream, sync_mode: "incremental", destination_sync_mode: "append" };
		catalog = writeFile(join(at, "catalog.json"), { streams: [configured] });
		const one = files();
		await readInto(one);
		undisturbed = await contentsOf(one.path, WITHOUT);
		expect(undisturbed.file__visits!.rows).toHaveLength(3 * PER_FILE);
	});

	const files = (): Case => ({ program: SOURCE_FILE, config, catalog, path: join(folder(), "acme.duckdb") });

	const points = ["state:1", "record:15000", "mid_line:26000"];
	test.concurrent.for(FULL ? [...points, "trace:1", "record:1", "state:2", "record:26999"] : points)(
		"killed after %s",
		async (point) => {
			await expectRecovery(files(), point, undisturbed, WITHOUT);
		},
	);
});
