/**
 * Acceptance check 1, for BigQuery (killed-destination.test.ts has it for DuckDB): `kill -9` at the points of a commit,
 * and in the midst of its requests, against the fake; and run again from the ledger. Streams are written in every way.
 */
import { setTimeout as sleep } from "node:timers/promises";
import bigquery from "@growthnav/destination-bigquery";
import type { StatePayload } from "@growthnav/spec";
import { beforeAll, expect, type TestContext, test } from "vitest";
import { collectionFile } from "../destinations/bigquery/test/analyzer/collect.ts";
import { type Fake, startFake } from "../destinations/bigquery/test/fake/server.ts";
import { dumpDataset, settingsFor, write as writeHere } from "../destinations/bigquery/test/support.ts";
import { DESTINATION_BIGQUERY, type Ended, FULL, feed, folder, run, start, writeFile } from "./processes.ts";
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

/** `staged`: every commit goes through a bucket. */
async function warehouse(staged = false): Promise<Warehouse> {
	const fake = await startFake({ collect: collectionFile() });
	fake.bucket("acme-staging");
	const bucket = { staging_bucket: "acme-staging", staging_bytes: 1, storage_endpoint: fake.url };
	const settings = { ...settingsFor(fake.url), ...(staged && bucket) };
	const config = writeFile(`${folder()}/bigquery.json`, { ...settings, epoch_bytes: 5_000, spool: folder() });
	return { fake, settings, config };
}

function write({ config }: Warehouse, reading: Reading, env: Record<string, string> = {}): Promise<Ended> {
	return run(DESTINATION_BIGQUERY, ["write", "--config", config], { input: read(reading), env });
}

async function statesOf({ settings }: Warehouse): Promise<StatePayload[]> {
	return (await bigquery.state({ config: settings })).map(({ state }) => state);
}

/** An earlier, shorter run, so that there is something to overwrite, to go on from and to lose. */
async function runBefore({ settings }: Warehouse): Promise<void> {
	const input = async function* () {
		for (const line of read({ rows: 10, generation: 1, prices: 1 })) yield Buffer.from(line);
	};
	expect((await writeHere({ ...settings, epoch_bytes: 5_000 }, [], { input: input() })).errors).toEqual([]);
}

async function warehouseOfBefore(
	onTestFinished: TestContext["onTestFinished"],
	staged = false,
): Promise<Warehouse & { states: StatePayload[] }> {
	const made = await warehouse(staged);
	onTestFinished(() => made.fake.close());
	await runBefore(made);
	return { ...made, states: await statesOf(made) };
}

/** Tables of commits, files in the bucket. */
async function leftIn({ fake }: Warehouse): Promise<string[]> {
	const tables = Object.keys(await fake.contents("growthnav_acme"));
	return [...tables.filter((table) => table.startsWith("_gn_stg_")), ...fake.objects()];
}

let undisturbed: Awaited<ReturnType<typeof dumpDataset>>;

/** A refresh shows its old generation whole, or its new one: never a row of each, nor a part of one. */
async function expectWholeRefresh({ fake }: Warehouse): Promise<void> {
	const contents = await fake.contents("growthnav_acme");
	const standing = (table: string, generation: string) => [contents[table]!.length, contents[table]![0]![generation]];
	const OLD = [10, "1"];
	const NEW = [ROWS, "2"];
	const stock = standing("stock", "_gn_generation_id");
	expect([OLD, NEW]).toContainEqual(stock);
	for (const row of contents.stock!) expect(row._gn_generation_id).toBe(stock[1]);
	// its conversions change in the same moment
	const leads = contents.conversions!.filter((row) => row.conversion_type === "lead");
	expect(leads).toHaveLength(Number(stock[0]));
	const prices = contents.prices!.map((row) => row._gn_generation_id);
	expect([...new Set(prices)]).toHaveLength(1);
	expect(prices).toHaveLength(prices[0] === "1" ? 10 : 25);
}

beforeAll(async () => {
	const made = await warehouse();
	try {
		await runBefore(made);
		const states = await statesOf(made);
		expect(await write(made, { ...readOn, states, generation: 2 })).toMatchObject({ code: 0, err: "" });
		undisturbed = await dumpDataset(made.settings, OTHERWISE);
		expect(undisturbed.conversions).toHaveLength(ROWS + 16);
	} finally {
		await made.fake.close();
	}
}, 180_000);

/** One for each of a commit's parts; DuckDB's are killed at all of them (killed-destination.test.ts). */
const SOME = ["after_evolve", "after_load:4", "before_commit:2", "after_commit", "between_states:2"];
const ALL = [
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

async function expectRecovery(made: Warehouse): Promise<void> {
	await made.fake.idle();
	await expectWholeRefresh(made);
	const ended = await write(made, { ...readOn, states: await statesOf(made), generation: 3 });
	expect([ended.code, ended.err]).toEqual([0, ""]);
	expect(await dumpDataset(made.settings, OTHERWISE)).toEqual(undisturbed);
	expect(await leftIn(made)).toEqual([]);
}

test.concurrent.for(FULL ? ALL : SOME)(
	"1: killed at %s, and run again: the tables of an undisturbed run; a refresh is old or new",
	{ timeout: 180_000 },
	async (point, { expect, onTestFinished }) => {
		// of several tests at a time, only the context's knows which one ends
		const made = await warehouseOfBefore(onTestFinished);
		const reading = { ...readOn, states: made.states, generation: 2 };
		expect((await write(made, reading, { GN_CRASH_AT: point })).signal).toBe("SIGKILL");
		await expectRecovery(made);
	},
);

/** Around the commit that its files are for. */
const STAGED_POINTS = FULL ? ["after_load:4", "after_commit", "before_close"] : ["after_load:4"];

test.concurrent.for(STAGED_POINTS)(
	"1: killed at %s with its files in a bucket, and run again: the same, and an empty bucket",
	{ timeout: 180_000 },
	async (point, { expect, onTestFinished }) => {
		const made = await warehouseOfBefore(onTestFinished, true);
		const reading = { ...readOn, states: made.states, generation: 2 };
		expect((await write(made, reading, { GN_CRASH_AT: point })).signal).toBe("SIGKILL");
		if (point.startsWith("after_load")) expect(made.fake.objects()).not.toEqual([]);
		await expectRecovery(made);
	},
);

/** Of about 110 requests that change something in such a run. */
const REQUESTS = FULL ? Array.from({ length: 100 }, (_, n) => n) : [37, 93];

test.concurrent.for(REQUESTS)(
	"1: killed while request %i is under way, which the service may have done: the same",
	{ timeout: 180_000 },
	async (skip, { expect, onTestFinished }) => {
		const made = await warehouseOfBefore(onTestFinished);
		const when = (["before", "made", "done"] as const)[skip % 3]!;
		made.fake.fault({ hang: when, match: "^(POST|PUT|PATCH|DELETE) ", skip });
		const faults = () => made.fake.events.filter(({ event }) => event === "fault").length;
		const program = start(DESTINATION_BIGQUERY, ["write", "--config", made.config]);
		void feed(program.stdin, read({ ...readOn, states: made.states, generation: 2 }));
		let isOver = false;
		void program.ended.then(() => {
			isOver = true;
		});
		while (faults() === 0 && !isOver) await sleep(10);
		// what was done by then is done; the program hears nothing of it
		await sleep(50);
		program.kill();
		await program.ended;
		expect(faults()).toBe(1);
		made.fake.clearFaults();
		await expectRecovery(made);
	},
);
