/** `kill -9` of the destination, at every point that it names and at some that it does not, and run again. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { CRASH_POINTS, type CrashPoint } from "@growthnav/sdk/destination";
import type { StatePayload } from "@growthnav/spec";
import { beforeAll, expect, test } from "vitest";
import { chanceOf } from "./chance.ts";
import { DESTINATION_DUCKDB, type Ended, FULL, folder, run, start, writeFile } from "./processes.ts";
import { type Reading, read } from "./shop.ts";
import {
	type Contents,
	commitsOf,
	contentsOf,
	expectBalance,
	expectTidy,
	OF_THE_COMMIT,
	rows,
	statesOf,
	value,
} from "./store.ts";

const ROWS = 30;
/** A run that begins anew reads `stock` in a generation of its own. */
const OTHERWISE = [...OF_THE_COMMIT, "_gn_generation_id"];

let before: string;
let statesBefore: StatePayload[];
let undisturbed: Contents;

/** What an earlier, shorter run left, so that there is something to overwrite, to go on from and to lose. */
beforeAll(async () => {
	before = join(folder(), "shop.duckdb");
	expect(await write(before, { rows: 10, generation: 1, prices: 1 })).toMatchObject({ code: 0 });
	statesBefore = await statesOf(before);
	const path = copyOfBefore();
	expect(await write(path, { ...readOn, states: statesBefore, generation: 2 })).toMatchObject({ code: 0 });
	undisturbed = await contentsOf(path, OTHERWISE);
	// of 17 orders one is not closed in its newest version
	expect(
		await rows(path, "SELECT conversion_type AS type, count(*) AS n FROM conversions GROUP BY 1 ORDER BY 1"),
	).toEqual([
		{ type: "lead", n: ROWS },
		{ type: "purchase", n: 16 },
	]);
});

const readOn = { rows: ROWS, prices: 2 };

function copyOfBefore(): string {
	const path = join(folder(), "shop.duckdb");
	copyFileSync(before, path);
	return path;
}

/** Commits come after two or three states. */
function configOf(path: string): string {
	return writeFile(`${path}.json`, { path, customer_id: "acme", epoch_bytes: 5_000 });
}

function write(path: string, reading: Reading, env: Record<string, string> = {}): Promise<Ended> {
	return run(DESTINATION_DUCKDB, ["write", "--config", configOf(path)], { input: read(reading), env });
}

/** Runs to the end from what the ledger says, and looks at what is there. */
async function expectRecovery(path: string, generation: number): Promise<void> {
	const ended = await write(path, { ...readOn, states: await statesOf(path), generation });
	expect([ended.code, ended.err]).toEqual([0, ""]);
	expect(await contentsOf(path, OTHERWISE)).toEqual(undisturbed);
	expectBalance(await commitsOf(path));
	expectTidy(path);
	expect(await value(path, "SELECT count(*) FROM events WHERE _gn_generation_id <> 0")).toBe(0);
	expect(await value(path, "SELECT DISTINCT _gn_generation_id FROM prices")).toBe(2);
}

/** The how many-th time of a point that comes by more than once. */
const TIMES: Partial<Record<CrashPoint, number[]>> = {
	record: [1, 55],
	mid_spool: [30],
	state: [8],
	log: [2],
	trace: [5],
	before_seal: [2],
	after_seal: [2],
	before_load: [2],
	after_load: [2, 5],
	before_commit: [1, 2],
	after_commit: [1, 2],
	before_states: [2],
	between_states: [1, 4],
	after_states: [2],
};
const POINTS = CRASH_POINTS.flatMap((point) => (TIMES[point] ?? [1]).map((times) => `${point}:${times}`));

test.concurrent.for(POINTS)("killed at %s, and run again: the tables of an undisturbed run", async (point) => {
	const path = copyOfBefore();
	const ended = await write(path, { ...readOn, states: statesBefore, generation: 2 }, { GN_CRASH_AT: point });
	expect(ended.signal).toBe("SIGKILL");
	await expectRecovery(path, 3);
});

test("killed from outside in the middle of a line, whatever it is doing", { timeout: 600_000 }, async () => {
	const session = [...read({ ...readOn, states: statesBefore, generation: 2 })].join("");
	const cuts = FULL ? 20 : 2;
	for (let cut = 1; cut <= cuts; cut++) {
		const path = copyOfBefore();
		const half = session.slice(0, Math.floor((session.length * cut) / (cuts + 1)));
		const program = start(DESTINATION_DUCKDB, ["write", "--config", configOf(path)]);
		program.stdin.write(half.slice(0, half.lastIndexOf("\n") + 30));
		// at once, or after its first commit
		if (cut % 2 === 0 && half.includes('"type":"STATE"')) await program.said('"type":"STATE"');
		program.kill();
		await program.ended;
		await expectRecovery(path, 3);
	}
});

test("killed again and again, at other points each time", { timeout: 600_000 }, async () => {
	const chance = chanceOf(7);
	for (let history = 0; history < (FULL ? 30 : 1); history++) {
		const path = copyOfBefore();
		const kills: string[] = [];
		for (let generation = 2; generation < 7; generation++) {
			const point = chance.pick(CRASH_POINTS);
			kills.push(`${point}:${1 + chance.below(point === "record" ? 60 : 3)}`);
			const reading = { ...readOn, states: await statesOf(path), generation };
			await write(path, reading, { GN_CRASH_AT: kills.at(-1)! });
		}
		await expectRecovery(path, 7).catch((thrown) => {
			throw new Error(`after ${kills.join(", ")}`, { cause: thrown });
		});
	}
});
