/** A report that is restated: whatever the vendor changes in it, a day that was read again holds what it holds now. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { date, defineSource, integer, object, string } from "../../src/index.ts";
import type { Slice } from "../../src/source/definition.ts";
import { createReplacedDays, MOST_KEYS } from "../../src/source/replaced-days.ts";
import { checkSession } from "../../src/testing/session.ts";
import { runsIntoMemory } from "./into-memory.ts";

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);
const dayOf = (n: number) => new Date(BEGIN + n * DAY).toISOString().slice(0, 10);

interface Spend {
	day: string;
	account: string;
	campaign: string;
	clicks: number;
}

/** The report as the vendor has it now, in pages of two rows; the `failsAt`-th page fails. */
function ads(report: () => Spend[], { lookback = "3d", sliced = false, failsAt = -1 } = {}) {
	let page = 0;
	return defineSource({
		...{ name: "ads", version: "1", title: "Ads", config: object({}), check: async () => "" },
		streams: {
			spend: {
				schema: object({ day: date(), account: string(), campaign: string(), clicks: integer() }),
				...{ primaryKey: ["day", "account", "campaign"], cursor: "day", window: "2d", start: () => dayOf(0) },
				...{ lookback: lookback as "3d", replaces: true as const },
				...(sliced && { slices: (): Slice[] => [{ id: "x" }, { id: "y" }], concurrency: 2 }),
				async *read({ since, until, slice }: { since: string | undefined; until: string; slice: Slice }) {
					const rows = report().filter(
						({ day, account }) => day >= since! && day < until && (slice.id === "" || account === slice.id),
					);
					for (let at = 0; at === 0 || at < rows.length; at += 2) {
						if (page++ === failsAt) throw new ConnectorError("transient.down", "down");
						yield rows.slice(at, at + 2);
					}
				},
			},
		} as never,
	});
}

const live = (store: ReturnType<typeof runsIntoMemory>) =>
	store
		.rows("ads__spend")
		.filter(({ _gn_deleted_at }) => (_gn_deleted_at ?? null) === null)
		.map(({ day, account, campaign, clicks }) => [day, account, campaign, Number(clicks)].join(" "))
		.sort();
const lines = (report: Spend[]) =>
	report.map(({ day, account, campaign, clicks }) => [day, account, campaign, clicks].join(" ")).sort();
const at = (day: number) => ({ config: {}, now: () => BEGIN + day * DAY + DAY / 2 });

describe("rows of a day", () => {
	const row = (day: number, campaign: string, clicks = 1): Spend => ({
		day: dayOf(day),
		account: "x",
		campaign,
		clicks,
	});

	test("that a later read no longer brings are marked as deleted; days that are not read again stay", async () => {
		const store = runsIntoMemory();
		await store.run(
			ads(() => [row(0, "old"), row(8, "a"), row(8, "b")]),
			at(10),
		);
		expect(live(store)).toEqual(lines([row(0, "old"), row(8, "a"), row(8, "b")]));
		const { messages } = await store.run(
			ads(() => [row(8, "b", 5), row(8, "c")]),
			at(11),
		);
		expect(live(store)).toEqual(lines([row(0, "old"), row(8, "b", 5), row(8, "c")]));
		const gone = messages.flatMap((message) =>
			message.type === "RECORD" && message.record.data._ab_cdc_deleted_at ? [message.record.data] : [],
		);
		expect(gone).toEqual([
			{ day: dayOf(8), account: "x", campaign: "a", _ab_cdc_deleted_at: "2026-01-12T12:00:00.000Z" },
		]);
		await store.run(
			ads(() => [row(8, "a", 9)]),
			at(11),
		);
		expect(live(store)).toEqual(lines([row(0, "old"), row(8, "a", 9)]));
	});

	test("keys of days that come no more are let go of: the state does not grow", async () => {
		const store = runsIntoMemory();
		const report = Array.from({ length: 40 }, (_, day) => row(day, "a"));
		for (const day of [10, 20, 30])
			await store.run(
				ads(() => report.slice(0, day)),
				at(day),
			);
		const [state] = await store.states();
		expect(Object.keys((state!.stream as { stream_state: { days: object } }).stream_state.days)).toEqual(
			[26, 27, 28, 29].map(dayOf),
		);
	});
});

test("whatever changes between runs, wherever they fail, in slices or not: what was read again is as the vendor has it", async () => {
	const spend = fc.record({
		day: fc.integer({ min: 0, max: 11 }).map(dayOf),
		account: fc.constantFrom("x", "y"),
		campaign: fc.constantFrom("a", "b", "c"),
		clicks: fc.integer({ min: 0, max: 3 }),
	});
	const report = fc.uniqueArray(spend, {
		maxLength: 25,
		selector: ({ day, account, campaign }) => `${day} ${account} ${campaign}`,
	});
	const runs = fc.array(fc.record({ report, failsAt: fc.integer({ min: -8, max: 12 }) }), {
		minLength: 1,
		maxLength: 5,
	});
	await fc.assert(
		fc.asyncProperty(runs, fc.boolean(), async (runs, sliced) => {
			const store = runsIntoMemory();
			const options = { lookback: "20d", sliced };
			for (const { report, failsAt } of runs) {
				const { written, messages } = await store.run(
					ads(() => report, { ...options, failsAt }),
					at(12),
				);
				expect(checkSession(messages.map((message) => JSON.stringify(message)))).toEqual(
					written.exitCode === 0 ? [] : expect.anything(),
				);
				if (written.exitCode === 0) expect(live(store)).toEqual(lines(report));
			}
			const last = runs.at(-1)!.report;
			await store.run(
				ads(() => last, options),
				at(12),
			);
			expect(live(store)).toEqual(lines(last));
		}),
		{ numRuns: 40 },
	);
});

test("a slice that fails within a window, beside another that goes on: what it sent is known, and goes when it is gone", async () => {
	const store = runsIntoMemory();
	const row = (day: number, campaign: string): Spend => ({ day: dayOf(day), account: "x", campaign, clicks: 0 });
	const before = [row(2, "a"), row(2, "b"), row(3, "a")];
	const options = { lookback: "20d", sliced: true };
	await store.run(
		ads(() => before, { ...options, failsAt: 3 }),
		at(12),
	);
	await store.run(
		ads(() => [], { ...options, failsAt: 0 }),
		at(12),
	);
	await store.run(
		ads(() => [], options),
		at(12),
	);
	expect(live(store)).toEqual([]);
});

test("more keys than a state can hold end the stream with what to do", () => {
	const plan = { name: "spend", key: ["day", "campaign"], cursor: { field: "day" } };
	const days = createReplacedDays(plan as never, undefined);
	const rows = Array.from({ length: MOST_KEYS + 1 }, (_, n) => ({ day: dayOf(n % 3), campaign: `c${n}` }));
	days.observe(rows);
	days.replace({ since: dayOf(0), until: dayOf(3) });
	expect(() => days.forget(dayOf(0))).toThrow(expect.objectContaining({ code: "data.too_many_to_replace" }));
	expect(() => days.forget(dayOf(1))).not.toThrow();
});
