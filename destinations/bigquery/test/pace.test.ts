/** Rate limits per table are kept beforehand. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Clock } from "../src/api/clock.ts";
import { openPace } from "../src/api/pace.ts";
import { quickClock } from "./rest.ts";

/** Sleepers wake in the order of their times, as with real timers. */
function steppedClock(): Clock & { run(): Promise<void> } {
	let now = 1_000_000;
	const sleepers: { at: number; wake: () => void }[] = [];
	return {
		now: () => now,
		random: () => 0,
		sleep: (milliseconds) => new Promise((wake) => sleepers.push({ at: now + milliseconds, wake })),
		async run() {
			for (;;) {
				for (let turn = 0; turn < 5; turn++) await Promise.resolve();
				const next = sleepers.sort((a, b) => a.at - b.at).shift();
				if (next === undefined) return;
				now = Math.max(now, next.at);
				next.wake();
			}
		},
	};
}

function mostWithin(times: number[], within: number): number {
	return Math.max(0, ...times.map((from) => times.filter((time) => time >= from && time < from + within).length));
}

test("never more than 5 metadata operations in 10 s, and one load in 2 s, per table", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(
				fc.record({
					kind: fc.constantFrom("metadata" as const, "load" as const),
					table: fc.constantFrom("orders", "conversions"),
					pause: fc.constantFrom(0, 0, 1, 700, 3_000),
				}),
				{ maxLength: 80 },
			),
			async (asked) => {
				const clock = steppedClock();
				const pace = openPace(clock);
				const done: { kind: string; table: string; at: number }[] = [];
				const all = (async () => {
					const turns: Promise<unknown>[] = [];
					for (const { kind, table, pause } of asked) {
						if (pause > 0) await clock.sleep(pause);
						turns.push(pace[kind](table).then(() => done.push({ kind, table, at: clock.now() })));
					}
					await Promise.all(turns);
				})();
				await clock.run();
				await all;
				expect(done).toHaveLength(asked.length);
				for (const table of ["orders", "conversions"]) {
					const at = (...kinds: string[]) =>
						done.filter((one) => one.table === table && kinds.includes(one.kind)).map((one) => one.at);
					expect(mostWithin(at("metadata", "load"), 10_000)).toBeLessThanOrEqual(5);
					expect(mostWithin(at("load"), 2_000)).toBeLessThanOrEqual(1);
				}
			},
		),
		{ numRuns: 60 },
	);
});

test("whoever is within the limits never waits, and tables do not wait for each other", async () => {
	const clock = quickClock();
	const pace = openPace(clock);
	for (let one = 0; one < 5; one++) await pace.metadata("orders");
	for (let one = 0; one < 50; one++) await pace.load(`_gn_stg_${one}`);
	expect(clock.waits).toEqual([]);
	await pace.metadata("orders");
	expect(clock.waits).toEqual([10_000]);
});

test("1,500 loads of one table a day are not passed: the next one is told, and does not wait for tomorrow", async () => {
	const clock = quickClock();
	const pace = openPace(clock);
	for (let one = 0; one < 1_500; one++) await pace.load("conversions");
	await expect(pace.load("conversions")).rejects.toMatchObject({
		code: "transient.quota",
		message: "The table conversions was loaded 1,500 times within a day",
		next: "run again tomorrow, with longer epochs (epoch_seconds)",
	});
	await pace.load("orders");
	await clock.sleep(86_400_000);
	await pace.load("conversions");
});

test("a timer that fires early is not believed", async () => {
	const clock = quickClock();
	const early: Clock = { ...clock, sleep: (milliseconds) => clock.sleep(Math.max(1, Math.floor(milliseconds / 2))) };
	const pace = openPace(early);
	const began = clock.now();
	await pace.load("orders");
	await pace.load("orders");
	expect(clock.now() - began).toBeGreaterThanOrEqual(2_000);
});
