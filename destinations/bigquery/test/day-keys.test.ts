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
