/** `exact` finds a conversion wherever it stands, through keys that are kept by day: none may ever be missing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemoryDatabase, memoryDatabase, memoryDestination } from "@growthnav/sdk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dumpMemory } from "../../duckdb/test/dump.ts";
import bigquery from "../src/index.ts";
import { collectionFile } from "./analyzer/collect.ts";
import { startFake } from "./fake/server.ts";
import { linesOf, movedRun, withoutDays } from "./moved.ts";
import {
	asBigQuery,
	catalog,
	dumpDataset,
	fakeBigQuery,
	type Line,
	record,
	rows,
	settingsFor,
	state,
	status,
	stream,
	write,
} from "./support.ts";

const RUNS = Number(process.env.GN_RUNS ?? 3);

type Settings = Parameters<typeof withoutDays>[0];

/** A fake and a memory destination, and a folder for the spools of both. */
async function beside(work: (settings: Settings, spool: string, database: MemoryDatabase) => Promise<void>) {
	const fake = await startFake({ collect: collectionFile(), quotas: false, bytes: false });
	const spool = await mkdtemp(join(tmpdir(), "gn-days-"));
	try {
		await work(settingsFor(fake.url), spool, memoryDatabase());
	} finally {
		await fake.close();
		await rm(spool, { recursive: true, force: true });
	}
}

async function* inputOf(lines: readonly Line[]) {
	for (const line of lines) yield Buffer.from(`${typeof line === "string" ? line : JSON.stringify(line)}\n`);
}
const owner = { pid: process.pid, isAlive: () => true };

/** At each STATE, which is after its commit, every conversion must have its keys. */
async function writeAndSee(settings: Settings, spool: string, lines: readonly Line[]) {
	const missing: string[] = [];
	const result = await bigquery.write({
		config: { ...settings, spool, epoch_bytes: 1 },
		input: inputOf(lines),
		async send(message) {
			if (message.type === "STATE") missing.push(...(await withoutDays(settings)));
		},
		owner,
	});
	missing.push(...(await withoutDays(settings)));
	expect(missing).toEqual([]);
	return result;
}

test(
	"after every commit each conversion has its keys, and what was written is what the memory destination holds",
	async () => {
		const runs = fc.array(movedRun, { minLength: 2, maxLength: 3 });
		await fc.assert(
			fc.asyncProperty(runs, (made) =>
				beside(async (settings, spool, database) => {
					const memory = memoryDestination({ spool, database });
					for (const [number, run] of made.entries()) {
						const lines = linesOf(run, number);
						const there = await memory.write({
							config: { customer_id: "acme", epoch_bytes: 1 },
							input: inputOf(lines),
							send: () => {},
							owner,
						});
						const here = await writeAndSee(settings, spool, lines);
						const codes = here.errors.map(({ code }) => code);
						expect(codes).toEqual(there.errors.map(({ code }) => code));
						// else nothing might have been written at all
						expect(codes.filter((code) => code !== "transient.incomplete" && code !== "data.all_refused")).toEqual([]);
					}
					expect(await dumpDataset(settings)).toEqual(dumpMemory(database, [], asBigQuery));
				}),
			),
			{ numRuns: RUNS, endOnFailure: true },
		);
	},
	RUNS * 20_000,
);

const TEXT = { type: ["null", "string"] };
const TIME = { type: ["null", "string"], format: "date-time" };
const ORIGIN = { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "m1" } };
const BOOKING = { type: "booking", when: { done: true }, columns: { timestamp: "at" } };

interface Booking {
	id: string;
	day: number;
	done?: boolean;
}

const DAY = 86_400_000;
const NOON = Date.parse("2026-07-03T12:00:00Z");
let reading = 0;

/** One run of a stream; each reading is newer than the ones before. */
function bookings(all: readonly Booking[], more: object = {}): object[] {
	return [
		catalog(
			stream(
				"bookings",
				{ id: TEXT, at: TIME, done: { type: "boolean" } },
				{ conversions: [BOOKING], conversion_origin: ORIGIN, ...more },
			),
		),
		...all.map(({ id, day, done = true }) =>
			record("bookings", { id, at: new Date(NOON + day * DAY).toISOString(), done }, 1_780_000_000_000 + ++reading),
		),
		state("bookings", { reading }),
		status("bookings"),
	];
}

/** A statement that is not ours, as a job of its own. */
async function asSomebody(settings: Settings, query: string): Promise<void> {
	const body = {
		jobReference: { projectId: "acme-test", jobId: `somebody_${++reading}`, location: "EU" },
		configuration: {
			query: { query, useLegacySql: false, defaultDataset: { projectId: "acme-test", datasetId: "growthnav_acme" } },
		},
	};
	const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
	const jobs = `${settings.endpoint}/bigquery/v2/projects/acme-test/jobs`;
	await (await fetch(jobs, post)).json();
	const state = async () => {
		const answer = await fetch(`${jobs}/${body.jobReference.jobId}?location=EU`);
		return ((await answer.json()) as { status: { state: string; errorResult?: object } }).status;
	};
	await expect.poll(state).toMatchObject({ state: "DONE" });
	expect((await state()).errorResult).toBeUndefined();
}

const STAND = "SELECT source_record_id AS id, CAST(DATE(timestamp) AS STRING) AS day FROM conversions ORDER BY 1, 2";

test("a refresh ends, too, where its generation makes some conversions no more", async () => {
	const fake = await fakeBigQuery();
	const refresh = (generation: number, all: Booking[]) =>
		write(
			fake.settings,
			bookings(all, {
				destination_sync_mode: "overwrite",
				sync_mode: "full_refresh",
				generation_id: generation,
				minimum_generation_id: generation,
			}),
		);
	expect(
		(
			await refresh(1, [
				{ id: "a", day: 0 },
				{ id: "b", day: 1 },
				{ id: "c", day: 2 },
			])
		).errors,
	).toEqual([]);
	const second = await refresh(2, [
		{ id: "a", day: 9 },
		{ id: "b", day: 1, done: false },
	]);
	expect(second.errors).toEqual([]);
	expect(await rows(fake.settings, STAND)).toEqual([{ id: "a", day: "2026-07-12" }]);
	expect(await withoutDays(fake.settings)).toEqual([]);
});

const path = (fake: { url: string }, rest: string) => `${fake.url}/bigquery/v2/projects/acme-test/datasets/${rest}`;

async function forgetDays(fake: { url: string }): Promise<void> {
	expect((await fetch(path(fake, "growthnav_acme/tables/_gn_days"), { method: "DELETE" })).ok).toBe(true);
}

test("a dataset without the table has it filled when it is opened, and no conversion is missed", async () => {
	const fake = await fakeBigQuery();
	expect(
		(
			await write(
				fake.settings,
				bookings([
					{ id: "a", day: 0 },
					{ id: "b:1", day: 1 },
				]),
			)
		).errors,
	).toEqual([]);
	await forgetDays(fake);
	expect((await write(fake.settings, bookings([{ id: "a", day: 300 }]))).errors).toEqual([]);
	expect(await withoutDays(fake.settings)).toEqual([]);
	expect(await rows(fake.settings, STAND)).toEqual([
		{ id: "a", day: "2027-04-29" },
		{ id: "b:1", day: "2026-07-04" },
	]);
});

test("exact never reads conversions whole, and the keys one time a commit", async () => {
	const fake = await fakeBigQuery();
	const all = Array.from({ length: 40 }, (_, n) => ({ id: `d${n}`, day: n * 5 }));
	await write(fake.settings, bookings(all));
	const before = fake.scans().length;
	const moved = [
		{ id: "d3", day: 16 },
		{ id: "d4", day: 0, done: false },
		{ id: "new", day: 1 },
	];
	expect((await write(fake.settings, bookings(moved))).errors).toEqual([]);
	const scans = fake
		.scans()
		.slice(before)
		.filter(({ job }) => /_(probe|judge|commit)_/.test(job));
	const of = (table: string) => scans.filter((scan) => scan.table.split(".").at(-1) === table);
	// d3 and d4 stood on two days; three were staged
	const touched = ["20260703", "20260704", "20260718", "20260719", "20260723"];
	expect(of("conversions").length).toBeGreaterThan(2);
	for (const { pruned, partitions } of of("conversions")) {
		expect(pruned).toBe(true);
		for (const one of partitions!) expect(touched).toContain(one);
	}
	expect(of("_gn_days").map(({ job, columns, rows }) => [job.split("_")[2], columns, rows])).toEqual([
		["probe", ["day_key"], 40],
	]);
	expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM conversions")).toEqual([{ n: 40 }]);
});

test("what comes again as it was adds no key", async () => {
	const fake = await fakeBigQuery();
	const count = async () => (await rows(fake.settings, "SELECT COUNT(*) AS n FROM _gn_days"))[0]!.n;
	const same = [
		{ id: "a", day: 0 },
		{ id: "b", day: 1 },
	];
	for (const [all, keys] of [
		[same, 2],
		[same, 2],
		[[{ id: "a", day: 1 }], 3],
		// the key of its first day is still there
		[[{ id: "a", day: 0 }], 3],
	] as const) {
		expect((await write(fake.settings, bookings(all))).errors).toEqual([]);
		expect(await count()).toBe(keys);
	}
});

test("every way of writing adds the keys: whoever looks for all days later finds them", async () => {
	const fake = await fakeBigQuery();
	const ways = [{ moved_rows: "immutable" }, { moved_rows: "lookback:5" }, { commit_mode: "ordered" }];
	for (const [n, way] of ways.entries()) {
		expect((await write({ ...fake.settings, ...way }, bookings([{ id: `w${n}`, day: n }]))).errors).toEqual([]);
		expect(await withoutDays(fake.settings)).toEqual([]);
	}
	expect((await write(fake.settings, bookings(ways.map((_, n) => ({ id: `w${n}`, day: 200 }))))).errors).toEqual([]);
	expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM conversions")).toEqual([{ n: 3 }]);
	expect(await withoutDays(fake.settings)).toEqual([]);
});

test("while one fills the table another one commits: neither's conversions are missing", async () => {
	let held: (() => void) | undefined;
	let isHolding = false;
	const fake = await fakeBigQuery({
		beforeStatement({ text }) {
			if (!isHolding || held !== undefined || !/^CREATE TABLE IF NOT EXISTS `_gn_days`/.test(text)) return;
			return new Promise((go) => {
				held = () => go();
			});
		},
	});
	const more = (connection: string) => ({ ...fake.settings, connection });
	expect((await write(more("one"), bookings([{ id: "a", day: 0 }]))).errors).toEqual([]);
	await forgetDays(fake);
	isHolding = true;
	const slow = write(more("one"), bookings([{ id: "a", day: 100 }]));
	await expect.poll(() => held !== undefined, { timeout: 20_000 }).toBe(true);
	expect((await write(more("two"), bookings([{ id: "b", day: 50 }], { namespace: undefined }))).errors).toEqual([]);
	held!();
	expect((await slow).errors).toEqual([]);
	expect(await withoutDays(fake.settings)).toEqual([]);
	expect(await rows(fake.settings, STAND)).toEqual([
		{ id: "a", day: "2026-10-11" },
		{ id: "b", day: "2026-08-22" },
	]);
});

/** A table of conversions as somebody else made it, with rows of theirs. */
async function adopted(column: string, types: Record<string, string> = {}) {
	const fake = await fakeBigQuery();
	const post = async (rest: string, body: object) => {
		const answer = await fetch(path(fake, rest).replace(/\/$/, ""), {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		expect(await answer.json()).not.toHaveProperty("error");
	};
	const datasetReference = { projectId: "acme-test", datasetId: "growthnav_acme" };
	await post("", { datasetReference, location: "EU" });
	const fields = { conversion_id: "STRING", conversion_type: "STRING", timestamp: "TIMESTAMP", ...types };
	await post("growthnav_acme/tables", {
		tableReference: { ...datasetReference, tableId: "conversions" },
		schema: { fields: Object.entries(fields).map(([name, type]) => ({ name, type })) },
		timePartitioning: { type: "DAY", field: column },
	});
	return fake;
}

const DAYS_TABLE =
	"SELECT table_name FROM `growthnav_acme.INFORMATION_SCHEMA.TABLES` AS t WHERE table_name = '_gn_days'";

test("conversions that others made are found by their id, with and without a time", async () => {
	const fake = await adopted("timestamp");
	// ours once, so that their ids are known; then as if somebody else had written them
	expect(
		(
			await write(
				fake.settings,
				bookings([
					{ id: "a", day: 0 },
					{ id: "b", day: 1 },
				]),
			)
		).errors,
	).toEqual([]);
	await asSomebody(
		fake.settings,
		"UPDATE conversions SET _gn_key = NULL, _gn_table = NULL, source_record_id = 'other', timestamp = IF(source_record_id = 'a', TIMESTAMP '2020-02-02T00:00:00Z', NULL) WHERE TRUE",
	);
	await forgetDays(fake);
	expect(
		(
			await write(
				fake.settings,
				bookings([
					{ id: "a", day: 5 },
					{ id: "b", day: 6 },
				]),
			)
		).errors,
	).toEqual([]);
	expect(await rows(fake.settings, STAND)).toEqual([
		{ id: "a", day: "2026-07-08" },
		{ id: "b", day: "2026-07-09" },
	]);
	expect(await withoutDays(fake.settings)).toEqual([]);
});

test.for([
	["by the day of another column", "created_at", { created_at: "TIMESTAMP" }],
	["with ids that are no text", "timestamp", { source_record_id: "INT64" }],
] as const)("a table %s has no keys, and its days are looked up in it", async ([_, column, types], { expect }) => {
	const fake = await adopted(column, types);
	expect((await write(fake.settings, bookings([{ id: "1", day: 0 }]))).errors).toEqual([]);
	expect((await write(fake.settings, bookings([{ id: "1", day: 300 }]))).errors).toEqual([]);
	expect(await rows(fake.settings, DAYS_TABLE)).toEqual([]);
	expect(await rows(fake.settings, "SELECT CAST(DATE(timestamp) AS STRING) AS day FROM conversions")).toEqual([
		{ day: "2027-04-29" },
	]);
});

test.for(["exact", "immutable", "lookback:3"])(
	"rows without a day are found again: %s",
	async (moved_rows, { expect }) => {
		const fake = await fakeBigQuery();
		const settings = { ...fake.settings, moved_rows, stream_tables: { visits: { partition: "at" } } };
		for (const n of [1, 2]) {
			const lines = [
				catalog(stream("visits", { id: TEXT, at: TIME, n: { type: "integer" } })),
				record("visits", { id: "a", at: null, n }, 1_780_000_000_000 + n),
				record("visits", { id: "b", at: "2026-07-03T12:00:00Z", n }, 1_780_000_000_000 + n),
				state("visits", n),
				status("visits"),
			];
			expect((await write(settings, lines)).errors).toEqual([]);
		}
		expect(await rows(settings, "SELECT id, n FROM visits ORDER BY id")).toEqual([
			{ id: "a", n: 2 },
			{ id: "b", n: 2 },
		]);
	},
);

test("a commit in order that stops at any statement leaves keys without conversions, never the reverse", async () => {
	let stopped: RegExp | undefined;
	const fake = await fakeBigQuery({
		beforeStatement({ text }) {
			if (stopped?.test(text) === true) throw new Error("stopped here");
		},
	});
	const settings = { ...fake.settings, commit_mode: "ordered" };
	expect((await write(settings, bookings([{ id: "a", day: 0 }]))).errors).toEqual([]);
	for (const [n, at] of [
		/^INSERT INTO `_gn_days`/,
		/^INSERT INTO `conversions`/,
		/^UPDATE `conversions`/,
		/^INSERT INTO `_gn_commits`/,
	].entries()) {
		const moved = bookings([
			{ id: "a", day: 300 + n * 10 },
			{ id: `b${n}`, day: 301 },
		]);
		stopped = at;
		expect((await write(settings, moved)).errors).not.toEqual([]);
		expect(await withoutDays(fake.settings)).toEqual([]);
		stopped = undefined;
		expect((await write(settings, moved)).errors).toEqual([]);
		expect(await withoutDays(fake.settings)).toEqual([]);
	}
	expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM conversions")).toEqual([{ n: 5 }]);
});
