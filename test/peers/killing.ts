/** A source of Airbyte's under growthnav, its `kill -9` in mid-run, and what must stand in the store after the next run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { expect, vi } from "vitest";
import { eventsIn, folder, GROWTHNAV, run, start, writeFile } from "../processes.ts";
import { commitsOf, expectBalance, expectTidy, rows } from "../store.ts";
import { PEER_ENV } from "./airbyte.ts";

export interface Pipeline {
	command: string[];
	config: JsonObject;
	streams: JsonObject;
}

/** The source tells its process, of which a wrapper is no part: `exec` keeps the number. */
export function pipelineOf({ command, config, streams }: Pipeline): { at: string; path: string } {
	const at = folder();
	writeFile(join(at, "acme.yaml"), {
		customer: "acme",
		source: { command: ["sh", "-c", 'echo $$ >pid; exec "$0" "$@"', ...command], config },
		destination: { connector: "duckdb", config: { path: "acme.duckdb", epoch_bytes: 50_000 } },
		streams,
	});
	return { at, path: join(at, "acme.duckdb") };
}

const options = (at: string) => ({ cwd: at, env: { TMPDIR: at, ...PEER_ENV } });

/** Kills the source once something of it is committed and `hangs` says that it goes no further; the run tells it, and ends as one that may be tried again. */
export async function killed(at: string, hangs = () => true): Promise<void> {
	const begun = start(GROWTHNAV, ["run", "acme.yaml", "--json"], options(at));
	await begun.said('"event":"committed"');
	await vi.waitUntil(hangs, { timeout: 60_000 });
	process.kill(Number(readFileSync(join(at, "pid"), "utf8")), "SIGKILL");
	const ended = await begun.ended;
	expect(ended.code).toBe(20);
	expect(eventsIn(ended, "error")).toMatchObject([
		{ code: "transient.source_died", message: expect.stringContaining("was killed (SIGKILL)") },
	]);
}

/** Again, by hand or by cron. */
export const runAgain = (at: string) => run(GROWTHNAV, ["run", "acme.yaml", "--json"], options(at));

export async function expectWhole(path: string): Promise<void> {
	expectBalance(await commitsOf(path));
	expectTidy(path);
	expect(await rows(path, "SELECT count(*) AS n FROM _gn_dead_letters WHERE kind <> 'value'")).toEqual([{ n: 0 }]);
}
