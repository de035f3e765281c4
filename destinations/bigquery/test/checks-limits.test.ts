/** What the service allows, and when it does not answer: the acceptance checks 16 and 17, and many small tables. */
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Fake } from "./fake/server.ts";
import { catalog, FULL, fakeBigQuery, type Line, record, rows, state, status, stream, write } from "./support.ts";

/** The destination's time: it never waits, and where somebody makes it so, its time limits are reached sooner. */
const time = vi.hoisted(() => {
	let [passed, last, skipped] = [0, performance.now(), 0];
	const limits = new Set<{ at: number; end: () => void }>();
	const made = {
		/** How much faster than the machine's. */
		speed: 1,
		/** Milliseconds. */
		waited: () => skipped,
		now() {
			const here = performance.now();
			passed += (here - last) * made.speed;
			last = here;
			return 1_790_000_000_000 + Math.floor(passed + skipped);
		},
		skip(milliseconds: number) {
			skipped += milliseconds;
		},
		/** What was waited does not count: others may be at work meanwhile. */
		limit(milliseconds: number): AbortSignal {
			made.now();
			const controller = new AbortController();
			const end = () => controller.abort(new DOMException("too late", "TimeoutError"));
			limits.add({ at: passed + milliseconds, end });
			return controller.signal;
		},
	};
	setInterval(() => {
		made.now();
		for (const limit of limits) {
			if (limit.at > passed) continue;
			limits.delete(limit);
			limit.end();
		}
	}, 5).unref();
	return made;
});
AbortSignal.timeout = time.limit;
vi.mock("../src/api/clock.ts", async (original) => {
	const { systemClock } = await original<typeof import("../src/api/clock.ts")>();
	const sleep = async (milliseconds: number, signal?: AbortSignal) => {
		time.skip(milliseconds);
		await systemClock.sleep(0, signal);
	};
	return { systemClock: { ...systemClock, now: time.now, sleep } };
});
afterEach(() => {
	time.speed = 1;
});

const TEXT = { type: ["null", "string"] };
const AT = 1_780_000_000_000;
const ids = (name: string, version: number, more: object = {}) =>
	["a", "b", "c"].map((id) => record(name, { id: `${id}${version}`, ...more }, AT + version));
const ORDERS = catalog(stream("orders", { id: TEXT }));
const THREE: Line[] = [ORDERS, ...ids("orders", 1), state("orders", 1), status("orders")];

describe("16: rate limits", () => {
	test("40 commits one after the other: no request is refused, and no table is loaded twice", async () => {
		const fake = await fakeBigQuery({ bytes: false });
		const lines = [ORDERS];
		for (let page = 0; page < 40; page++) lines.push(...ids("orders", page), state("orders", page));
		const result = await write({ ...fake.settings, epoch_bytes: 1 }, [...lines, status("orders")]);
		expect(result.errors).toEqual([]);
		expect(result.commits.length).toBeGreaterThanOrEqual(40);
		expect(fake.requests.filter(({ status = 0 }) => status === 403 || status === 429)).toEqual([]);
		expect(fake.events.filter(({ event }) => event === "job failed")).toEqual([]);
		// so that no count of a day is ever near: the 1,500 loads are for one table
		const targets = loadTargets(fake);
		expect(targets).toHaveLength(40);
		expect(new Set(targets).size).toBe(40);
		for (const table of targets) expect(table).toMatch(/^_gn_stg_/);
	});

	function loadTargets({ requests }: Fake): string[] {
		return requests.flatMap(({ body }) => {
			const { load } =
				(body as { configuration?: { load?: { destinationTable: { tableId: string } } } } | undefined)?.configuration ??
				{};
			return load === undefined ? [] : [load.destinationTable.tableId];
		});
	}

	test("a storm of rateLimitExceeded passes: calls and jobs are repeated ever later, and nothing is doubled", async () => {
		const fake = await fakeBigQuery();
		const message = "Exceeded rate limits: too many table update operations for this table";
		const answer = { status: 403, reason: "rateLimitExceeded", message };
		for (const skip of [0, 3, 9, 14, 20, 26]) fake.fault({ answer, match: "^(POST|PUT) ", skip, times: 2 });
		fake.fault({ job: { fail: { reason: "rateLimitExceeded", message } }, match: "_load_", times: 2 });
		fake.fault({ job: { fail: { reason: "jobRateLimitExceeded", message } }, match: "_commit_", times: 2 });
		const before = time.waited();
		const result = await write(fake.settings, THREE);
		expect([result.errors, result.exitCode]).toEqual([[], 0]);
		expect(fake.events.filter(({ event }) => event === "fault").length).toBeGreaterThanOrEqual(12);
		expect(time.waited() - before).toBeGreaterThan(60_000);
		expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM orders")).toEqual([{ n: 3 }]);
		expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM _gn_commits WHERE `rows` > 0")).toEqual([{ n: 1 }]);
	});
});

describe("17: a service that accepts and never answers", () => {
	/** What hangs from then on, and what names it to the operator. */
	const HANGS: [what: string, match: string, named: RegExp][] = [
		["the dataset", "^GET .*/datasets/growthnav_acme\\?", /dataset/],
		["the making of a table", "^POST .*/tables", /table/],
		["the begin of an upload", "^POST /upload/", /load/],
		["a chunk of an upload", "^PUT /upload/", /load/],
		["the insert of a job", "^POST .*/jobs\\?", /read|evolve|judge|commit/],
		["a question after a job", "^GET .*/jobs/", /read|evolve|judge|commit|load/],
		["the rows of an answer", "^GET .*/queries/", /read|rows|results/],
	];

	test.for(HANGS)(
		"%s: an error at its time limit, which names the step; the spool is tidy, and nothing is lost",
		{
			timeout: 60_000,
		},
		async ([, match, named], { expect }) => {
			const fake = await fakeBigQuery({ settle: 0 });
			const spool = await mkdtemp(join(tmpdir(), "gn-bigquery-spool-"));
			onTestFinished(() => rm(spool, { recursive: true, force: true }));
			fake.fault({ hang: "before", match, times: 1_000 });
			const faults = () => fake.events.filter(({ event }) => event === "fault").length;
			const hurry = setInterval(() => {
				if (faults() > 0) time.speed = 300;
			}, 10);
			onTestFinished(() => clearInterval(hurry));
			const began = time.now();
			const result = await write(fake.settings, THREE, { settings: { spool } });
			expect(faults()).toBeGreaterThan(0);
			expect((time.now() - began) / 60_000).toBeLessThan(65);
			expect([result.exitCode, result.states, result.committed]).toEqual([20, [], 0]);
			expect(result.errors.map(({ code }) => code)).toEqual(["transient.deadline"]);
			const [{ message, where, why, next }] = result.errors as [(typeof result.errors)[0]];
			expect(`${message} ${where}`).toMatch(named);
			expect([why, next]).toEqual([expect.stringMatching(/\S/), expect.stringContaining("run again")]);
			expect(readdirSync(spool)).toEqual([]);
			clearInterval(hurry);
			time.speed = 1;
			fake.clearFaults();
			expect((await write(fake.settings, THREE)).errors).toEqual([]);
			expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM orders")).toEqual([{ n: 3 }]);
		},
	);
});

describe("many small tables", () => {
	const NAMES = Array.from({ length: FULL ? 200 : 72 }, (_, n) => `s${n}`);
	const COMMITS = Math.ceil(NAMES.length / 32);
	const KINDS: Record<string, RegExp> = {
		uploaded: /^(POST|PUT) \/upload\//,
		made: /^POST .*\/tables$/,
		dropped: /^DELETE .*\/tables\//,
		jobs: /^POST .*\/jobs$/,
		asked: /^GET .*\/(datasets|queries)\//,
		polled: /^GET .*\/jobs\//,
	};

	function countsOf({ requests }: Fake, from: number): Record<string, number> {
		const kindOf = (text: string) => Object.keys(KINDS).find((kind) => KINDS[kind]!.test(text)) ?? text;
		const kinds = requests.slice(from).map(({ method, path }) => kindOf(`${method} ${path}`));
		return Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, kinds.filter((one) => one === kind).length]));
	}

	test("one load for each, and for 32 of them one judgement and one script; a change of columns is one statement a table", {
		timeout: 240_000,
	}, async () => {
		const fake = await fakeBigQuery({ bytes: false, checkRows: false, settle: 60_000 });
		const run = async (version: number, properties: Record<string, object>) => {
			const [from, events] = [fake.requests.length, fake.events.length];
			const lines = [
				catalog(...NAMES.map((name) => stream(name, { id: TEXT, ...properties }))),
				...NAMES.flatMap((name) => [...ids(name, version, { n: version }), state(name, version), status(name)]),
			];
			const result = await write(fake.settings, lines);
			expect([result.errors, result.commits.length]).toEqual([[], COMMITS]);
			const changes = fake.events.slice(events).filter(({ type }) => type?.startsWith("ALTER"));
			return { ...countsOf(fake, from), changes: changes.length };
		};
		const expectFew = (found: Record<string, number>, { made, changes }: { made: number; changes: number }) => {
			expect(found).toMatchObject({ uploaded: NAMES.length * 2, made: NAMES.length + made, changes });
			// of each commit: judgement, script, its cost; of each run: what is there, the ledger, names, the lease
			expect(found.jobs).toBeLessThanOrEqual(changes + COMMITS * 3 + 8);
			expect(found.asked).toBeLessThanOrEqual(COMMITS * 3 + 12);
			expect(found.dropped).toBeLessThanOrEqual(NAMES.length * 3);
		};
		const ours = 4;
		expectFew(await run(1, { n: { type: "integer" } }), { made: NAMES.length + ours, changes: 0 });
		expectFew(await run(2, { n: { type: "integer" }, more: TEXT, late: TEXT }), { made: 0, changes: NAMES.length });
		expectFew(await run(3, { n: { type: "number" }, more: TEXT }), { made: 0, changes: NAMES.length });
	});
});
