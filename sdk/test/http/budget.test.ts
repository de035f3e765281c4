import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { type RateBudget, rateBudget, type Turn } from "../../src/http/budget.ts";
import type { BudgetNews, Rate } from "../../src/http/client.ts";
import { newsOf } from "../../src/http/news.ts";
import { type FakeTime, fakeTime } from "./fake-time.ts";

const LONGEST = 900_000;
const refused = (code: string) => (request: string, ms: number) =>
	new ConnectorError("transient.quota", `${code} ${request} ${Math.round(ms)}`);
const BOUNDS = { longestWait: LONGEST, tooLong: refused("too long"), usedUp: refused("used up") };

interface Asked {
	/** Milliseconds: when it asks, how long its answer takes, where between the vendor counts it (0 to 1). */
	at: number;
	takes: number;
	counted: number;
	/** What its answer asks for: a silence in milliseconds. */
	silence?: number | undefined;
	/** Gives up so long after it asked, if it still waits. */
	givesUp?: number | undefined;
	points?: number;
}

interface Told {
	number: number;
	askedAt: number;
	left: number;
	countedAt: number;
	answered: number;
	silence: number | undefined;
}

interface Outcome {
	left: Told[];
	gaveUp: { number: number; askedAt: number; at: number }[];
	said: number[];
}

/** Plays requests against a budget; `answer` makes what the vendor says, at the moment at which it counts. */
async function play(
	budget: RateBudget,
	time: FakeTime,
	requests: Asked[],
	answer: (number: number, points: number) => (() => BudgetNews | undefined) | undefined = () => undefined,
): Promise<Outcome> {
	const outcome: Outcome = { left: [], gaveUp: [], said: [] };
	const done: Promise<void>[] = [];
	const begin = time.clock();
	requests.forEach((asked, number) => {
		const once = Promise.withResolvers<void>();
		done.push(once.promise);
		time.at(begin + asked.at, () => void one(asked, number).then(once.resolve, once.reject));
	});

	async function one(asked: Asked, number: number): Promise<void> {
		const patience = new AbortController();
		const askedAt = time.clock();
		const give = () => patience.abort(new Error("gave up"));
		if (asked.givesUp !== undefined) time.at(time.clock() + asked.givesUp, give);
		let turn: Turn;
		try {
			turn = await budget.turn({
				...{ signal: patience.signal, request: `GET /${number}`, points: asked.points },
				say: (ms) => void outcome.said.push(ms),
			});
		} catch (error) {
			if (!patience.signal.aborted) throw error;
			outcome.gaveUp.push({ number, askedAt, at: time.clock() });
			return;
		}
		const left = time.clock();
		const countedAt = left + asked.takes * asked.counted;
		const answered = left + asked.takes;
		outcome.left.push({ number, askedAt, left, countedAt, answered, silence: asked.silence });
		let news: (() => BudgetNews | undefined) | undefined;
		time.at(countedAt, () => {
			news = answer(number, asked.points ?? 1);
		});
		const { promise, resolve } = Promise.withResolvers<void>();
		time.at(answered, resolve);
		await promise;
		turn.answered(news?.(), asked.silence !== undefined);
		if (asked.silence !== undefined) budget.pause(asked.silence);
		turn.end();
	}

	await time.passAll();
	await Promise.all(done);
	return outcome;
}

const span = (most: number) => fc.integer({ min: 0, max: most });
const requestsOf = (most: number) =>
	fc.array(
		fc.record({
			at: fc.oneof(span(3_000), span(60_000)),
			takes: fc.oneof(span(50), span(8_000)),
			counted: fc.double({ min: 0, max: 1, noNaN: true }),
			// who leaves at the very moment of an answer may have left before it
			silence: fc.option(fc.integer({ min: 1, max: 30_000 }), { nil: undefined, freq: 8 }),
			givesUp: fc.option(span(20_000), { nil: undefined, freq: 6 }),
		}),
		{ minLength: 1, maxLength: most },
	);
const rates: fc.Arbitrary<Rate> = fc.record(
	{
		perSecond: fc.constantFrom(0.5, 3, 10, 200),
		windows: fc.array(fc.record({ requests: fc.integer({ min: 1, max: 6 }), seconds: fc.constantFrom(0.25, 1, 10) }), {
			maxLength: 2,
		}),
		concurrent: fc.integer({ min: 1, max: 6 }),
	},
	{ requiredKeys: [] },
);

/** A floating sum of milliseconds may miss the last bit. */
const EPSILON = 1e-6;

test("a window of some requests holds back these alone", async () => {
	const time = fakeTime();
	const budget = rateBudget({ windows: [{ requests: 2, seconds: 1, of: /\/search$/ }] }, time, BOUNDS);
	const left: [string, number][] = [];
	const ask = async (request: string) => {
		const turn = await budget.turn({ signal: new AbortController().signal, request, say: () => {} });
		left.push([request, time.clock() - 1_000]);
		turn.answered(undefined, false);
		turn.end();
	};
	const asked = ["POST /a/search", "GET /a", "GET /b", "POST /b/search", "GET /search/c", "POST /a/search", "GET /d"];
	const done = asked.map(ask);
	await time.passAll();
	await Promise.all(done);
	// in the order in which they asked: the last one waits behind the third search
	expect(left).toEqual(asked.map((request, n) => [request, n < 5 ? 0 : 1_000]));
});

describe("whatever is asked, answered, and set at the clock", () => {
	const played = fc.record({
		rate: rates,
		requests: requestsOf(40),
		jumps: fc.array(fc.record({ at: span(90_000), by: fc.integer({ min: -1e10, max: 1e10 }) }), { maxLength: 5 }),
		early: fc.constantFrom(0, 0.9),
	});
	const run = async ({ rate, requests, jumps, early }: typeof played extends fc.Arbitrary<infer T> ? T : never) => {
		const time = fakeTime(() => early);
		for (const { at, by } of jumps) time.at(time.clock() + at, () => time.jump(by));
		const outcome = await play(rateBudget(rate, time, BOUNDS), time, requests);
		return { rate, requests, ...outcome, concurrent: rate.concurrent ?? 4 };
	};

	test("no window ever holds more than its limit, by the time at which the vendor counts", async () => {
		await fc.assert(
			fc.asyncProperty(played, async (how) => {
				const { rate, left } = await run(how);
				const counted = left.map(({ countedAt }) => countedAt).sort((a, b) => a - b);
				for (const { requests, seconds } of rate.windows ?? [])
					for (let i = requests; i < counted.length; i++)
						expect(counted[i]! - counted[i - requests]!).toBeGreaterThanOrEqual(seconds * 1000 - EPSILON);
			}),
		);
	});

	test("requests leave evenly, and no more are under way than may be", async () => {
		await fc.assert(
			fc.asyncProperty(played, async (how) => {
				const { rate, left, concurrent } = await run(how);
				const gap = rate.perSecond === undefined ? 0 : 1000 / rate.perSecond;
				for (let i = 1; i < left.length; i++)
					expect(left[i]!.left - left[i - 1]!.left).toBeGreaterThanOrEqual(gap - EPSILON);
				for (const one of left)
					expect(
						left.filter((other) => other.left <= one.left && one.left < other.answered).length,
					).toBeLessThanOrEqual(concurrent);
			}),
		);
	});

	test("while the vendor wants silence nobody leaves, and then one goes alone until its answer", async () => {
		await fc.assert(
			fc.asyncProperty(played, async (how) => {
				const { left } = await run(how);
				for (const { answered, silence } of left) {
					if (silence === undefined) continue;
					const until = answered + silence;
					expect(left.filter((one) => one.left > answered && one.left < until - EPSILON)).toEqual([]);
					const [first, ...others] = left.filter((one) => one.left >= until);
					const rushed = others.filter((one) => one.left < first!.answered);
					expect(rushed).toEqual([]);
				}
			}),
		);
	});

	test("nobody waits for ever, the order is that of asking, and who gives up frees the turn at once", async () => {
		await fc.assert(
			fc.asyncProperty(played, async (how) => {
				const { left, gaveUp, requests } = await run(how);
				expect(left.length + gaveUp.length).toBe(requests.length);
				const order = left.map(({ askedAt, number }) => [askedAt, number]);
				expect(order).toEqual([...order].sort(([a, b], [c, d]) => a! - c! || b! - d!));
				for (const { number, askedAt, at } of gaveUp) expect(at - askedAt).toBe(requests[number]!.givesUp);
			}),
		);
	});
});

describe("what the vendor counts", () => {
	test("of a bucket never more is spent than it holds, whatever the order of the answers", async () => {
		const cases = fc.record({
			most: fc.integer({ min: 100, max: 4_000 }),
			restores: fc.constantFrom(10, 50, 200),
			concurrent: fc.integer({ min: 1, max: 5 }),
			requests: fc.array(
				fc.record({
					at: span(20_000),
					takes: span(5_000),
					counted: fc.double({ min: 0, max: 1, noNaN: true }),
					points: fc.integer({ min: 1, max: 100 }),
				}),
				{ minLength: 1, maxLength: 40 },
			),
		});
		await fc.assert(
			fc.asyncProperty(cases, async ({ most, restores, concurrent, requests }) => {
				const time = fakeTime();
				const begin = time.clock();
				let level = most;
				let at = begin;
				const spend = (_: number, points: number) => {
					level = Math.min(most, level + ((time.clock() - at) * restores) / 1000) - points;
					at = time.clock();
					expect(level).toBeGreaterThanOrEqual(-0.001);
					const remaining = level;
					return () => ({ remaining, restores, most });
				};
				// the first answer tells of the bucket: until then nobody knows of it
				const first = { at: 0, takes: 0, counted: 0, points: 1 };
				const later = requests.map((one) => ({ ...one, at: one.at + 10 }));
				const budget = rateBudget({ concurrent }, time, { ...BOUNDS, longestWait: 1e9 });
				const { left } = await play(budget, time, [first, ...later], spend);
				expect(left).toHaveLength(requests.length + 1);
			}),
		);
	});

	test("of what is left until a moment never more is asked", async () => {
		const cases = fc.record({
			quota: fc.integer({ min: 1, max: 10 }),
			seconds: fc.integer({ min: 1, max: 60 }),
			requests: requestsOf(30),
		});
		await fc.assert(
			fc.asyncProperty(cases, async ({ quota, seconds, requests }) => {
				const time = fakeTime();
				let window = -1;
				let used = 0;
				const count = () => {
					const now = Math.floor(time.clock() / (seconds * 1000));
					if (now !== window) used = 0;
					window = now;
					used++;
					expect(used).toBeLessThanOrEqual(quota);
					const news = { remaining: quota - used, end: (now + 1) * seconds * 1000 };
					return () => ({ remaining: news.remaining, resetsIn: Math.max(0, (news.end - time.clock()) / 1000) });
				};
				// one at a time: several that begin a window together know nothing of it yet
				const plain = requests.map((one) => ({ ...one, takes: one.takes % 500, silence: undefined, counted: 1 }));
				await play(rateBudget({ concurrent: 1 }, time, BOUNDS), time, plain, count);
			}),
		);
	});

	test("an answer that comes late does not give back what others have spent since", async () => {
		const time = fakeTime();
		// the vendor counts the first, then the second; the answer of the second overtakes
		const requests = [
			{ at: 0, takes: 900, counted: 0.1, points: 40 },
			{ at: 10, takes: 200, counted: 1, points: 40 },
			{ at: 1_000, takes: 0, counted: 0, points: 40 },
		];
		let level = 100;
		const { left } = await play(rateBudget({}, time, BOUNDS), time, requests, (_, points) => {
			level -= points;
			const remaining = level;
			return () => ({ remaining, restores: 1, most: 100 });
		});
		expect(left[2]!.left - left[0]!.left).toBeGreaterThanOrEqual(20_000);
	});

	test("what is left goes down with every request that leaves, before its answer", async () => {
		const time = fakeTime();
		const one = { takes: 500, counted: 1 };
		const requests = [0, 600, 600, 600, 600].map((at) => ({ at, ...one }));
		const until = time.clock() + 60_000;
		const { left } = await play(rateBudget({}, time, BOUNDS), time, requests, (number) => () => ({
			remaining: number === 0 ? 2 : 0,
			resetsIn: (until - time.clock()) / 1000,
		}));
		expect(left.map((each) => each.left - left[0]!.left)).toEqual([0, 600, 600, 60_000, 60_500]);
	});

	test("points are reserved with the highest cost that was told", async () => {
		const time = fakeTime();
		const budget = rateBudget({ concurrent: 1 }, time, BOUNDS);
		const asked = { at: 0, takes: 0, counted: 0 };
		const news = [
			{ remaining: 500, restores: 50, most: 1000, cost: 600 },
			{ remaining: 300, restores: 50, most: 1000, cost: 2 },
		];
		const requests = [0, 1, 2, 3].map(() => ({ ...asked }));
		const { left } = await play(budget, time, requests.slice(0, 3), (number) => () => news[number]);
		// the second waits for 100 points, the third for 300, though the second cost only 2
		expect(left.map((one) => one.left - left[0]!.left)).toEqual([0, 2_000, 8_000]);
	});

	test("a request of more points than the bucket holds goes when it is full", async () => {
		const time = fakeTime();
		const budget = rateBudget({}, time, BOUNDS);
		const requests = [0, 1].map((number) => ({ at: number * 10, takes: 0, counted: 0, points: 5_000 }));
		const { left } = await play(budget, time, requests, () => () => ({ remaining: 0, restores: 100, most: 1_000 }));
		expect(left[1]!.left - left[0]!.left).toBe(10_000);
	});

	test.each<unknown>([
		undefined,
		null,
		7,
		"all",
		{ remaining: 0 },
		{ remaining: Number.NaN, resetsIn: 5 },
		{ remaining: "0", resetsIn: "60" },
		{ remaining: 0, restores: 0 },
		{ remaining: 0, restores: -1, most: 5 },
		{ remaining: 0, resetsIn: Number.NaN },
	])("news that say nothing hold nobody back: %j", async (told) => {
		const time = fakeTime();
		const news = newsOf({ told: () => told as BudgetNews }, { status: 200, headers: {}, body: null });
		const requests = Array.from({ length: 5 }, () => ({ at: 0, takes: 1, counted: 0 }));
		const { left } = await play(rateBudget({}, time, BOUNDS), time, requests, () => () => news);
		expect(left.at(-1)!.left - left[0]!.left).toBeLessThan(10);
	});

	test("a told that stumbles says nothing; exact numbers of a body are numbers", () => {
		const answer = { status: 200, headers: {}, body: { left: JSON.rawJSON("4000.0") } };
		expect(newsOf({ told: ({ body }) => body.extensions.cost.left }, answer)).toBeUndefined();
		expect(newsOf({ told: ({ body }) => ({ remaining: body.left, resetsIn: -3 }) }, answer)).toEqual({
			...{ remaining: 4000, resetsIn: 0 },
		});
	});
});

describe("long waits", () => {
	const asking = (signal = new AbortController().signal, say: (ms: number) => void = () => {}) => ({
		...{ signal, say, request: "GET /orders" },
	});

	test("are told at once and then every minute, short ones never", async () => {
		const time = fakeTime();
		const budget = rateBudget({ windows: [{ requests: 1, seconds: 150 }] }, time, BOUNDS);
		const requests = [0, 1].map(() => ({ at: 0, takes: 0, counted: 0 }));
		const { said } = await play(budget, time, requests);
		expect(said).toEqual([150_000, 90_000, 30_000]);
		const short = rateBudget({ perSecond: 0.25 }, time, BOUNDS);
		expect((await play(short, time, requests)).said).toEqual([]);
	});

	test("beyond the longest one are refused, at once and to everybody, without a request", async () => {
		const time = fakeTime();
		const budget = rateBudget({}, time, BOUNDS);
		const turn = await budget.turn(asking());
		turn.answered({ remaining: 0, resetsIn: 5_000 }, false);
		turn.end();
		await expect(budget.turn(asking())).rejects.toThrow("too long GET /orders 5000000");
		await expect(budget.turn(asking())).rejects.toThrow("too long");
	});

	test("a quota that is used up refuses whoever waits and whoever comes, until it is renewed", async () => {
		const time = fakeTime();
		const budget = rateBudget({ concurrent: 1 }, time, BOUNDS);
		const turn = await budget.turn(asking());
		const waiting = expect(budget.turn(asking())).rejects.toThrow("used up GET /orders 3600000");
		turn.answered({ quotaUntil: 3_600 }, false);
		turn.end();
		await waiting;
		await expect(budget.turn(asking())).rejects.toThrow("used up");
		time.at(time.clock() + 3_600_000, () => {});
		await time.passAll();
		(await budget.turn(asking())).end();
	});
});

test.each<Rate>([
	{ perSecond: 0 },
	{ perSecond: Number.POSITIVE_INFINITY },
	{ concurrent: 0.5 },
	{ windows: [{ requests: 0, seconds: 1 }] },
	{ windows: [{ requests: 5, seconds: Number.NaN }] },
	{ cost: -1 },
])("a rate that lets nothing pass is refused: %j", (rate) => {
	expect(() => rateBudget(rate, fakeTime(), BOUNDS)).toThrow(expect.objectContaining({ code: "internal.definition" }));
});
