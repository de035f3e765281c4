/** `kill -9` of destination-bigquery at the points of a commit, against the fake, and run again from the ledger. */

import bigquery from "@growthnav/destination-bigquery";
import type { StatePayload } from "@growthnav/spec";
import { beforeAll, expect, type TestContext, test } from "vitest";
import { collectionFile } from "../destinations/bigquery/test/analyzer/collect.ts";
import { type Fake, startFake } from "../destinations/bigquery/test/fake/server.ts";
import { dumpDataset, settingsFor } from "../destinations/bigquery/test/support.ts";
import { DESTINATION_BIGQUERY, type Ended, folder, run, writeFile } from "./processes.ts";
import { type Reading, read } from "./shop.ts";

const ROWS = 30;
const readOn = { rows: ROWS, prices: 2 };
/** A run that begins anew reads `stock` in a generation of its own. */
const OTHERWISE = ["_gn_generation_id", "_gn_seq", "line"];

interface Warehouse {
	fake: Fake;
	config: string;
	settings: ReturnType<typeof settingsFor>;
}

async function warehouse(): Promise<Warehouse> {
	const fake = await startFake({ collect: collectionFile() });
	const settings = settingsFor(fake.url);
	const config = writeFile(`${folder()}/bigquery.json`, { ...settings, epoch_bytes: 5_000, spool: folder() });
	return { fake, settings, config };
}

function write({ config }: Warehouse, reading: Reading, env: Record<string, string> = {}): Promise<Ended> {
	return run(DESTINATION_BIGQUERY, ["write", "--config", config], { input: read(reading), env });
}

async function statesOf({ settings }: Warehouse): Promise<StatePayload[]> {
	return (await bigquery.state({ config: settings })).map(({ state }) => state);
}

/** What an earlier, shorter run left, so that there is something to overwrite, to go on from and to lose. */
async function warehouseOfBefore(
	onTestFinished: TestContext["onTestFinished"],
): Promise<Warehouse & { states: StatePayload[] }> {
	const made = await warehouse();
	onTestFinished(() => made.fake.close());
	expect(await write(made, { rows: 10, generation: 1, prices: 1 })).toMatchObject({ code: 0, err: "" });
	return { ...made, states: await statesOf(made) };
}

let undisturbed: Awaited<ReturnType<typeof dumpDataset>>;

beforeAll(async () => {
	const made = await warehouse();
	try {
		expect(await write(made, { rows: 10, generation: 1, prices: 1 })).toMatchObject({ code: 0, err: "" });
		const states = await statesOf(made);
		expect(await write(made, { ...readOn, states, generation: 2 })).toMatchObject({ code: 0, err: "" });
		undisturbed = await dumpDataset(made.settings, OTHERWISE);
		expect(undisturbed.conversions).toHaveLength(ROWS + 16);
	} finally {
		await made.fake.close();
	}
}, 180_000);

const POINTS = [
	"before_evolve",
	"after_evolve",
	"before_load",
	"after_load",
	"after_load:4",
	"before_commit",
	"before_commit:2",
	"after_commit",
	"after_commit:2",
	"before_states",
	"between_states:2",
	"after_states",
	"before_close",
];

test.concurrent.for(POINTS)(
	"killed at %s, and run again: the tables of an undisturbed run",
	{ timeout: 180_000 },
	async (point, { expect, onTestFinished }) => {
		// of several tests at a time, only the context's knows which one ends
		const made = await warehouseOfBefore(onTestFinished);
		const reading = { ...readOn, states: made.states, generation: 2 };
		expect((await write(made, reading, { GN_CRASH_AT: point })).signal).toBe("SIGKILL");
		const ended = await write(made, { ...readOn, states: await statesOf(made), generation: 3 });
		expect([ended.code, ended.err]).toEqual([0, ""]);
		expect(await dumpDataset(made.settings, OTHERWISE)).toEqual(undisturbed);
	},
);
