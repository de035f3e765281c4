/** Memory for DuckDB: a limit of the settings holds and is told; without one a commit gets what it needs. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { duckdbStore } from "../src/store.ts";
import { catalog, folder, record, rows, state, status, stream, write } from "./support.ts";

const TEXT = { type: "string" };
const NOTES = catalog(stream("notes", { id: TEXT, text: TEXT }, { primary_key: [["id"]] }));
const note = (id: string, text: string, version: number) => record("notes", { id, text }, 1_790_000_000_000 + version);
const end = [state("notes", { done: true }), status("notes")];

it("a limit that is too low is told with its setting, nothing is committed, and a higher one goes on", async () => {
	const path = join(await folder(), "a.duckdb");
	const lines = [NOTES, note("a", "x".repeat(20_000_000), 1), note("b", "short", 1), ...end];
	const low = await write(path, lines, { settings: { memory_limit: "30MB" } });
	expect([low.exitCode, low.committed, low.states]).toEqual([10, 0, []]);
	expect(low.errors[0]).toMatchObject({
		code: "config.memory_limit",
		message: "DuckDB needs more memory than memory_limit, 30MB",
		next: expect.stringContaining("memory_limit"),
	});
	expect(await rows(path, "SELECT count(*) AS n FROM _gn_commits")).toEqual([{ n: 0 }]);
	const high = await write(path, lines, { settings: { memory_limit: "400MB" } });
	expect([high.exitCode, high.committed]).toEqual([0, 2]);
	expect(await rows(path, "SELECT id, length(text) AS n FROM notes ORDER BY id")).toEqual([
		{ id: "a", n: 20_000_000 },
		{ id: "b", n: 5 },
	]);
});

it("without a limit in the settings a record that needs more memory than there was at first gets it", async () => {
	const path = join(await folder(), "a.duckdb");
	const lines = [NOTES, note("a", "first", 1), note("b", "x".repeat(90_000_000), 1), note("a", "second", 2), ...end];
	const done = await write(path, lines, { settings: { record_limit: 100_000_000 } });
	expect([done.errors, done.exitCode, done.committed]).toEqual([[], 0, 3]);
	expect(await rows(path, "SELECT id, length(text) AS n FROM notes ORDER BY id")).toEqual([
		{ id: "a", n: 6 },
		{ id: "b", n: 90_000_000 },
	]);
	expect(await rows(path, 'SELECT sum("rows") AS n FROM _gn_commits')).toEqual([{ n: 3 }]);
});

it("a commit that lacks the memory is done again with more: a hundred records of a megabyte", async () => {
	const path = join(await folder(), "a.duckdb");
	const names = ["a", "b", "c", "d", "e", "f", "g"];
	const wide = catalog(
		stream("notes", Object.fromEntries(names.map((name) => [name, TEXT])), {
			primary_key: [],
			destination_sync_mode: "append",
		}),
	);
	const text = "The quick brown fox jumps over the lazy dog. ".repeat(3_200);
	const records = Array.from({ length: 100 }, (_, n) =>
		record("notes", Object.fromEntries(names.map((name) => [name, `${n} ${text.slice(n)}`])), 1_790_000_000_000 + n),
	);
	const done = await write(path, [wide, ...records, ...end]);
	expect([done.errors, done.exitCode, done.committed]).toEqual([[], 0, 100]);
	expect(await rows(path, "SELECT count(*) AS n, min(length(g)) > 140000 AS whole FROM notes")).toEqual([
		{ n: 100, whole: true },
	]);
});

it("a query has more memory than a commit begins with", async () => {
	const path = join(await folder(), "a.duckdb");
	await write(path, [NOTES, note("a", "x", 1), ...end]);
	const store = duckdbStore({ path });
	await store.open("read");
	const big = "SELECT length(string_agg(repeat(text, 1000), '')) AS n FROM notes, range(200000)";
	const { rows: found } = await store.query!(big, new AbortController().signal);
	expect(await Array.fromAsync(found)).toEqual([{ n: 200_000_000 }]);
	await store.close();
});
