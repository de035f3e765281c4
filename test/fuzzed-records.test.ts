/** 100,000 lines of a source gone wild: every one of them is counted, and what is refused is kept with its reason. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { CommitReport } from "@growthnav/spec";
import { beforeAll, describe, expect, test } from "vitest";
import { EMAIL, FUZZ_CATALOG, type Fuzzed, fuzzed, longRecord } from "./fuzz.ts";
import { complete, state } from "./lines.ts";
import { commitsIn, DESTINATION_DUCKDB, type Ended, errorsIn, folder, run, writeFile } from "./processes.ts";
import { contentsOf, expectBalance, rows, value } from "./store.ts";

const LINES = 100_000;
const LONG = 40_000_000;
const at = folder();
const path = join(at, "acme.duckdb");
const config = writeFile(join(at, "duckdb.json"), { path, customer_id: "acme", epoch_bytes: 4_000_000 });

/** What the generator says must become of it, per stream: lines, and of these refused by code. */
const expected = new Map<string, { read: number; refused: Map<string, number> }>();
/** The first letter of each line of the input that is refused, with that line's number. */
const letters: { line: number; fuzzed: Fuzzed }[] = [];

function count({ stream, code, nothing }: Fuzzed): void {
	if (nothing) return;
	const one = expected.get(stream) ?? { read: 0, refused: new Map() };
	one.read++;
	if (code !== undefined) one.refused.set(code, (one.refused.get(code) ?? 0) + 1);
	expected.set(stream, one);
}

/** The session; the first time it is made, it is counted. */
function* session(counting: boolean): Generator<string | Buffer> {
	yield FUZZ_CATALOG;
	let number = 1;
	for (const one of fuzzed(LINES, 11)) {
		number++;
		if (counting) count(one);
		if (counting && one.code !== undefined) letters.push({ line: number, fuzzed: one });
		yield one.line;
	}
	for (const stream of ["orders", "ghosts"]) {
		if (counting) count({ line: "", stream: stream === "orders" ? stream : "", code: "record_too_long" });
		yield* longRecord(stream, LONG);
	}
	for (const stream of ["orders", "events", "quiet"]) {
		yield state(stream, { done: true });
		yield complete(stream);
	}
}

let first: Ended;
let commits: CommitReport[];

beforeAll(async () => {
	first = await run(DESTINATION_DUCKDB, ["write", "--config", config], { input: session(true) });
	commits = commitsIn(first);
});

/** All commits together, per stream; those of the catalog by their table. */
function totals(of: readonly CommitReport[]) {
	const sums = new Map<
		string,
		{ read: number; loaded: number; superseded: number; rejected: number; nulled: number }
	>();
	for (const one of of.flatMap(({ streams }) => streams)) {
		const sum = sums.get(one.stream) ?? { read: 0, loaded: 0, superseded: 0, rejected: 0, nulled: 0 };
		sum.read += one.read;
		sum.loaded += one.loaded;
		sum.superseded += one.superseded;
		sum.rejected += one.rejected;
		sum.nulled += one.values_nulled;
		sums.set(one.stream, sum);
	}
	return sums;
}

describe("100,000 lines", () => {
	test("end with the code of data, and with what to do about it", () => {
		expect([first.code, first.err]).toEqual([30, ""]);
		const unknown = [...expected].filter(([, { refused }]) => refused.has("unknown_stream"));
		const rows = unknown.reduce((sum, [, { refused }]) => sum + refused.get("unknown_stream")!, 0);
		expect(errorsIn(first)).toMatchObject([
			{
				code: "data.unknown_stream",
				message: `${rows} messages are of streams that the catalog does not have`,
				where: expect.stringContaining("ghosts"),
				next: expect.any(String),
			},
		]);
	});

	test("are all counted, each once: in = loaded + superseded + rejected", () => {
		expectBalance(commits);
		const sums = totals(commits);
		expect([...sums.keys()].sort()).toEqual([...expected.keys(), "quiet"].sort());
		for (const [stream, { read, refused }] of expected) {
			const rejected = [...refused.values()].reduce((sum, rows) => sum + rows, 0);
			expect({ stream, ...sums.get(stream) }).toMatchObject({ stream, read, rejected });
		}
	});

	test("are told by reason: as many of each as there are", () => {
		const told = new Map<string, number>();
		for (const { stream, reasons = [] } of commits.flatMap(({ streams }) => streams)) {
			for (const { kind, code, rows } of reasons) {
				if (kind === "record") told.set(`${stream} ${code}`, (told.get(`${stream} ${code}`) ?? 0) + rows);
			}
		}
		const refused = [...expected].flatMap(([stream, one]) =>
			[...one.refused].map(([code, n]) => [`${stream} ${code}`, n]),
		);
		expect(Object.fromEntries(told)).toEqual(Object.fromEntries(refused));
	});

	test("stand in the tables as they are counted", async () => {
		const sums = totals(commits);
		expect(await value(path, "SELECT count(*) FROM events")).toBe(sums.get("events")!.loaded);
		expect(sums.get("events")!.superseded).toBe(0);
		expect(await value(path, "SELECT count(*) FROM orders")).toBe(5_000);
		const nulled = "SELECT count(*) FROM events WHERE _gn_meta IS NOT NULL AND n IS NULL";
		expect(await value(path, nulled)).toBe(sums.get("events")!.nulled);
		expect(sums.get("events")!.nulled).toBeGreaterThan(1_000);
	});

	test("that are refused are kept: stream, line, path, reason, and the raw line or record", async () => {
		const kept = new Map(
			(
				await rows(
					path,
					"SELECT stream, code, path, reason, line, raw, raw_bytes FROM _gn_dead_letters WHERE kind <> 'conversion'",
				)
			).map((letter) => [JSON.stringify([letter.stream, letter.code, letter.raw]), letter]),
		);
		const seen = new Set<string>();
		for (const { line, fuzzed } of letters) {
			const key = JSON.stringify([fuzzed.stream, fuzzed.code, fuzzed.raw]);
			if (seen.has(key)) continue;
			seen.add(key);
			const letter = kept.get(key);
			expect(letter, `line ${line}: ${key}`).toBeDefined();
			expect(letter!.reason).not.toBe("");
			expect(letter!.line).toBe(line);
			if (fuzzed.path) expect(letter!.path).toBe(fuzzed.path);
		}
		// and nothing else
		expect(kept.size).toBe(seen.size + 2);
		expect(seen.size).toBeGreaterThan(15_000);
	});

	test("of 40 MB are kept by their start, their length and their hash", async () => {
		const long = await rows(path, "SELECT * FROM _gn_dead_letters WHERE code = 'record_too_long' ORDER BY stream");
		expect(long).toMatchObject([
			{ stream: "", kind: "line", raw_bytes: LONG },
			{ stream: "orders", raw_bytes: LONG },
		]);
		const hash = createHash("sha256");
		for (const piece of longRecord("orders", LONG)) hash.update(piece.replace("\n", ""));
		expect(long[1]!.raw_sha256).toBe(hash.digest("hex"));
		expect(String(long[1]!.raw)).toMatch(/^\{"type":"RECORD","record":\{"stream":"orders"/);
		expect(String(long[1]!.reason)).toContain("record_limit");
	});

	test("show no person's data outside the tables", async () => {
		expect(first.out).not.toContain(EMAIL);
		expect(await value(path, `SELECT count(*) FROM _gn_dead_letters WHERE reason LIKE '%${EMAIL}%'`)).toBe(0);
		expect(await value(path, `SELECT count(*) FROM _gn_dead_letters WHERE raw LIKE '%${EMAIL}%'`)).toBeGreaterThan(
			1_000,
		);
	});

	test("a second time change nothing that has a key, and are refused as they were", async () => {
		const without = ["_gn_loaded_at", "_gn_batch_id"];
		const before = await contentsOf(path, without);
		const second = await run(DESTINATION_DUCKDB, ["write", "--config", config], { input: session(false) });
		expect(second.code).toBe(30);
		const [sums, again] = [totals(commits), totals(commitsIn(second))];
		for (const [stream, { read, rejected }] of sums) expect(again.get(stream)).toMatchObject({ read, rejected });
		expect(again.get("orders")!.loaded).toBe(0);
		const after = await contentsOf(path, without);
		for (const table of ["orders", "conversions", "_gn_dead_letters", "_gn_columns"]) {
			expect(JSON.stringify(after[table]) === JSON.stringify(before[table]), table).toBe(true);
		}
	});
});
