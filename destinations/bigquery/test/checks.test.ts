/**
 * What must hold against every failure: the acceptance checks 2 to 10, by their numbers; the fake fails on demand. Others
 * are in checks-*.test.ts; docs/bigquery.md has the list.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import bigquery from "../src/index.ts";
import { DAY, NOON, ORDERS, order, session, TWO } from "./orders.ts";
import { dumpDataset, FULL, fakeBigQuery, rows, state, status, write } from "./support.ts";

const COUNTS = "SELECT (SELECT COUNT(*) FROM orders) AS `rows`, (SELECT COUNT(*) FROM conversions) AS made";
const jobIds = (fake: { events: { event: string; job?: string }[] }) =>
	fake.events.flatMap(({ event, job }) => (event === "job inserted" && job !== undefined ? [job] : []));

/** A thousand random inputs take a while. */
const LONGEST = FULL ? 3_600_000 : 60_000;

test(
	"2: a STATE goes out only after the transaction with its ledger row",
	async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }), async (pages) => {
				const fake = await fakeBigQuery();
				const lines = pages.flatMap((size, page) => [
					...Array.from({ length: size }, (_, n) => order(`${page}-${n}`, n)),
					state("orders", { page }),
				]);
				const seen: unknown[] = [];
				const result = await bigquery.write({
					config: { ...fake.settings, epoch_bytes: 1 },
					input: (async function* () {
						for (const line of [ORDERS, ...lines, status("orders")]) yield Buffer.from(`${JSON.stringify(line)}\n`);
					})(),
					async send(message) {
						if (message.type !== "STATE") return;
						const [ledger] = await rows(fake.settings, "SELECT states FROM _gn_commits ORDER BY epoch DESC LIMIT 1");
						const [entry] = JSON.parse(String(ledger!.states));
						const sent = message.state.stream!.stream_state as { page: number };
						// one ledger row may vouch for several states of its epoch
						expect(entry.state.stream.stream_state.page).toBeGreaterThanOrEqual(sent.page);
						seen.push(sent);
					},
					owner: { pid: process.pid, isAlive: () => true },
				});
				expect(result.errors).toEqual([]);
				expect(seen.at(-1)).toEqual({ page: pages.length - 1 });
			}),
			{ numRuns: FULL ? 1_000 : 3, endOnFailure: true },
		);
	},
	LONGEST,
);

describe("3: a response that is lost", () => {
	/** Requests of a first run: the dataset, tables, the lease, uploads, the judgement, the commit. */
	const LOST = FULL ? Array.from({ length: 28 }, (_, n) => n) : [1, 9, 17, 25];
	test.for(LOST)("number %i of those that change something: nothing is done twice", async (skip, { expect }) => {
		const fake = await fakeBigQuery();
		fake.fault({ drop: "done", match: "^(POST|PUT|PATCH|DELETE) ", skip });
		const result = await write(fake.settings, TWO);
		expect([result.errors, result.exitCode]).toEqual([[], 0]);
		expect(fake.events.filter(({ event }) => event === "fault")).toHaveLength(1);
		expect(await rows(fake.settings, COUNTS)).toEqual([{ rows: 2, made: 2 }]);
		expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM _gn_commits")).toEqual([{ n: 1 }]);
	});

	test("of a commit that was made: adopted, one attempt", async () => {
		const fake = await fakeBigQuery();
		fake.fault({ job: { fail: { reason: "backendError", message: "lost", after: "commit" } }, match: "_commit_" });
		const result = await write(fake.settings, TWO);
		expect([result.errors, result.exitCode]).toEqual([[], 0]);
		expect(await rows(fake.settings, COUNTS)).toEqual([{ rows: 2, made: 2 }]);
		expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM _gn_commits WHERE `rows` > 0")).toEqual([{ n: 1 }]);
	});
});

test("4: a job that failed on Google's side gets another id, and nothing of it stays", async () => {
	const fake = await fakeBigQuery();
	fake.fault({ job: { fail: { reason: "jobInternalError", message: "try again" } }, match: "_load_" });
	fake.fault({ job: { fail: { reason: "jobBackendError", message: "try again" } }, match: "_commit_" });
	const result = await write(fake.settings, TWO);
	expect([result.errors, result.exitCode]).toEqual([[], 0]);
	expect(await rows(fake.settings, COUNTS)).toEqual([{ rows: 2, made: 2 }]);
	const again = jobIds(fake).filter((id) => id.endsWith("_a2"));
	expect(again.some((id) => id.includes("_load_"))).toBe(true);
	expect(again.some((id) => id.includes("_commit_"))).toBe(true);
});

describe("5: DONE is not success", () => {
	test("with warnings alone it is", async () => {
		const fake = await fakeBigQuery();
		fake.fault({ job: { warnings: [{ reason: "invalid", message: "a warning" }] }, match: "_load_" });
		expect((await write(fake.settings, TWO)).exitCode).toBe(0);
	});

	test("with an errorResult, or another number of rows than were sent, nothing is committed", async () => {
		for (const job of [{ fail: { reason: "invalid", message: "Error while reading data" } }, { outputRows: 1 }]) {
			const fake = await fakeBigQuery();
			fake.fault({ job, match: "_load_", times: 9 });
			const result = await write(fake.settings, TWO);
			expect(result.exitCode).toBeGreaterThan(0);
			expect([result.committed, result.states]).toEqual([0, []]);
			expect(await rows(fake.settings, COUNTS)).toEqual([{ rows: 0, made: 0 }]);
		}
	});
});

test("6: the same input twice: the same tables, all of it superseded", async () => {
	const fake = await fakeBigQuery();
	await write(fake.settings, TWO);
	const first = await dumpDataset(fake.settings);
	const second = await write(fake.settings, TWO);
	expect(await dumpDataset(fake.settings)).toEqual(first);
	expect(second.commits.flatMap(({ streams }) => streams.map(({ read, superseded }) => read - superseded))).toEqual([
		0,
	]);
});

test("7: any order and repetition of versions ends in the same tables", async () => {
	const versions = [order("a", 1), order("a", 2, { version: 2, day: 3 }), order("a", 3, { version: 3 }), order("b", 4)];
	const wanted = fakeBigQuery().then(async (fake) => {
		await write(fake.settings, session(...versions));
		return dumpDataset(fake.settings, ["_gn_seq"]);
	});
	const shuffled = fc.shuffledSubarray([...versions, ...versions], { minLength: 8 });
	await fc.assert(
		fc.asyncProperty(shuffled, fc.integer({ min: 1, max: 7 }), async (all, cut) => {
			const fake = await fakeBigQuery();
			for (const part of [all.slice(0, cut), all.slice(cut)]) await write(fake.settings, session(...part));
			expect(await dumpDataset(fake.settings, ["_gn_seq"])).toEqual(await wanted);
		}),
		{ numRuns: 3 },
	);
});

test("8: many versions of few keys in one epoch: one row each, the newest", async () => {
	const fake = await fakeBigQuery();
	const versions = Array.from({ length: 5_000 }, (_, n) => order(`k${n % 50}`, n, { version: n }));
	const result = await write(fake.settings, session(...versions));
	expect(result.errors).toEqual([]);
	const sums = "SELECT COUNT(*) AS n, CAST(SUM(total) AS STRING) AS total FROM orders";
	expect(await rows(fake.settings, sums)).toEqual([{ n: 50, total: String((4_950 + 4_999) * 25) }]);
});

describe("9: a row whose day changes", () => {
	test.for([1, 300])("by %i days is one row, on its new day", async (day, { expect }) => {
		const fake = await fakeBigQuery();
		await write(fake.settings, session(order("a", 1), order("b", 2)));
		const moved = await write(fake.settings, session(order("a", 5, { day, version: 2 })));
		expect(moved.errors).toEqual([]);
		const found = await rows(
			fake.settings,
			"SELECT CAST(value AS STRING) AS value, timestamp FROM conversions ORDER BY value",
		);
		expect(found).toEqual([
			{ value: "2", timestamp: "2026-07-03T12:00:00Z" },
			{ value: "5", timestamp: new Date(NOON + day * DAY).toISOString().replace(".000", "") },
		]);
	});

	test("where its time was said never to change, the run ends before it stands twice", async () => {
		const fake = await fakeBigQuery();
		const settings = { ...fake.settings, moved_rows: "immutable" };
		await write(settings, session(order("a", 1)));
		const moved = await write(settings, session(order("a", 5, { day: 300, version: 2 })));
		expect(moved.errors.map(({ code }) => code)).toEqual(["config.moved_rows"]);
		expect(await rows(settings, COUNTS)).toEqual([{ rows: 1, made: 1 }]);
	});
});

test("10: statements on partitioned tables read the days that they touch, and no others", async () => {
	const fake = await fakeBigQuery();
	const days = Array.from({ length: 40 }, (_, day) => order(`d${day}`, day, { day: day * 5 }));
	await write(fake.settings, session(...days));
	for (const moved_rows of ["exact", "immutable"]) {
		const before = fake.scans().length;
		await write(
			{ ...fake.settings, moved_rows },
			session(order("d3", 90 + moved_rows.length, { day: 15, version: moved_rows.length })),
		);
		const scans = fake
			.scans()
			.slice(before)
			.filter(({ table }) => /(^|\.)conversions$/.test(table));
		const whole = scans.filter(({ job, partitions }) => !job.includes("_probe_") && (partitions?.length ?? 99) > 1);
		expect(whole.map(({ job, type, partitions }) => [job, type, partitions])).toEqual([]);
		expect(scans.some(({ type }) => type === "UPDATE")).toBe(true);
	}
});

test("10: where all rows are new, id and time are all that is read of conversions", async () => {
	const fake = await fakeBigQuery();
	const settings = { ...fake.settings, moved_rows: "immutable" };
	await write(settings, session(order("a", 1), order("b", 2)));
	for (const [id, version, columns] of [
		["c", 1, ["conversion_id", "timestamp"]],
		["a", 2, JUDGED],
	] as const) {
		const before = fake.scans().length;
		expect((await write(settings, session(order(id, 7, { version })))).errors).toEqual([]);
		const read = fake
			.scans()
			.slice(before)
			.filter(({ table, changes, bytes }) => /(^|\.)conversions$/.test(table) && !changes && bytes > 0);
		expect(read.map((scan) => scan.columns.toSorted())).toEqual([columns]);
	}
});

const JUDGED = ["_gn_generation_id", "_gn_hash", "_gn_key", "_gn_table", "conversion_id", "timestamp"];

test("10: more than 4,000 days go in several statements, and are counted together", async () => {
	const fake = await fakeBigQuery();
	const all = Array.from({ length: 4_100 }, (_, day) => order(`d${day}`, 1, { day: -day }));
	expect((await write(fake.settings, session(...all))).errors).toEqual([]);
	expect(await rows(fake.settings, COUNTS)).toEqual([{ rows: 4_100, made: 4_100 }]);
	const inserts = fake.scans().filter(({ type, job }) => type === "INSERT" && job.includes("_commit_"));
	expect(inserts.filter(({ table }) => /_s0_conversions$/.test(table)).length).toBeGreaterThanOrEqual(3);
	const changed = Array.from({ length: 4_100 }, (_, day) => order(`d${day}`, 2, { day: -day, version: 2 }));
	expect((await write(fake.settings, session(...changed))).errors).toEqual([]);
	expect(await rows(fake.settings, "SELECT COUNT(*) AS n, CAST(SUM(value) AS STRING) AS v FROM conversions")).toEqual([
		{ n: 4_100, v: "8200" },
	]);
});
