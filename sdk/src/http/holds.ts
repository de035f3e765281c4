/** What can hold a request back. Each rule is a closure that hears of every request that leaves and is answered. */
import type { BudgetNews, Rate } from "./client.ts";

/** A request under way. */
export interface Flight {
	/** Without secrets: "POST /v2/orders/search". */
	request: string;
	points: number;
	/** Points of requests that left or ended meanwhile: the answer may not know of them yet. */
	beside: number;
}

/** Milliseconds of a clock that only grows. */
export interface Hold {
	/** How long a request of so many points has to wait: 0 or less for not at all, Infinity until something else happens. */
	wait(now: number, points: number, request: string): number;
	left?(flight: Flight, now: number): void;
	/** Once per request: with its answer, else with its end. */
	answered?(flight: Flight, now: number): void;
	ended?(flight: Flight): void;
	/** Where it stands, for people; nothing where it holds nobody back. */
	says?(now: number): BudgetFact | undefined;
}

/** Where one rule of a budget stands. `wait_s`, `resets_in_s`, `seconds` are seconds. */
export type BudgetFact =
	| { rule: "at_once"; most: number }
	| { rule: "evenly"; per_second: number }
	| { rule: "window"; used: number; most: number; seconds: number }
	/** What the vendor says is left, refilled little by little, or at a moment. */
	| { rule: "points"; left: number; most: number; per_second: number }
	| { rule: "left"; left: number; resets_in_s: number }
	/** The vendor asked for silence. */
	| { rule: "pause"; wait_s: number };

/** So many per second, evenly: a turn that nobody took is lost. */
export function spacing(perSecond: number): Hold {
	let next = Number.NEGATIVE_INFINITY;
	return {
		wait: (now) => next - now,
		left: (_, now) => {
			next = now + 1000 / perSecond;
		},
		says: () => ({ rule: "evenly", per_second: perSecond }),
	};
}

export function concurrency(most: number): Hold {
	let underWay = 0;
	return {
		wait: () => (underWay < most ? 0 : Number.POSITIVE_INFINITY),
		left: () => void underWay++,
		ended: () => void underWay--,
		says: () => ({ rule: "at_once", most }),
	};
}

/**
 * At most so many in any span of time. The vendor counts a request at some moment between its leaving and its answer;
 * so it takes its place from the one until a whole span after the other, and no delay on the way can crowd a window.
 * Windows that stand fixed at the vendor are spans too.
 */
export function window({ requests, seconds, of }: NonNullable<Rate["windows"]>[number]): Hold {
	const span = seconds * 1000;
	const counted: number[] = [];
	let underWay = 0;
	const isMeant = (request: string) => of === undefined || of.test(request);
	return {
		wait(now, _, request) {
			if (!isMeant(request)) return 0;
			while (counted.length > 0 && counted[0]! + span <= now) counted.shift();
			if (underWay + counted.length < requests) return 0;
			return counted.length === 0 ? Number.POSITIVE_INFINITY : counted[0]! + span - now;
		},
		left({ request }) {
			if (isMeant(request)) underWay++;
		},
		answered({ request }, now) {
			if (!isMeant(request)) return;
			underWay--;
			counted.push(now);
		},
		says(now) {
			const used = underWay + counted.filter((at) => at + span > now).length;
			return { rule: "window", used, most: requests, seconds };
		},
	};
}

export interface Silence extends Hold {
	/** The vendor asked for it; everybody keeps it. */
	keep(now: number, ms: number): void;
	/** The next request goes alone, and the others when it was answered well: after a pause nobody rushes in. */
	alone(): void;
	/** That answer came. */
	broken(flight: Flight): void;
}

export function silence(): Silence {
	let until = Number.NEGATIVE_INFINITY;
	let first: Flight | "next" | undefined;
	/** It was asked for again while the first one was under way: behind that one another goes alone. */
	let again = false;
	const over = (flight: Flight) => {
		if (first !== flight) return;
		first = again ? "next" : undefined;
		again = false;
	};
	return {
		wait: (now) => (typeof first === "object" ? Number.POSITIVE_INFINITY : until - now),
		left(flight) {
			if (first === "next") first = flight;
		},
		ended: over,
		broken: over,
		keep(now, ms) {
			until = Math.max(until, now + ms);
			if (typeof first === "object") again = true;
			else first = "next";
		},
		says: (now) => (until > now ? { rule: "pause", wait_s: (until - now) / 1000 } : undefined),
		alone() {
			first ??= "next";
		},
	};
}

export interface VendorCount extends Hold {
	/** Points of a request that names none: the highest that an answer told, once one did. */
	points(): number;
	/** Corrects what is left by what an answer says. `elsewhere`: points that the answer may not know of. */
	told(news: BudgetNews, elsewhere: number, now: number): void;
}

/**
 * What the vendor counts itself: a bucket that refills, or what is left until a moment. Points are held back when a
 * request leaves, taken when its answer comes, and corrected by what it says. In between nobody knows whether they were
 * counted: a bucket that is full does not refill before. `renewed` hears that nothing is known any more.
 */
export function vendorCount(cost: number, renewed: () => void): VendorCount {
	let bucket: { level: number; at: number; perMs: number; most: number } | undefined;
	let left: { points: number; until: number } | undefined;
	let highest = 0;
	/** Points of requests without an answer. */
	let heldBack = 0;
	const points = () => (highest > 0 ? highest : cost);
	const levelAt = (now: number, { level, at, perMs, most }: NonNullable<typeof bucket>) =>
		Math.min(most, level + (now - at) * perMs);

	const bucketWait = (now: number, wanted: number) => {
		if (bucket === undefined) return 0;
		const { perMs, most } = bucket;
		// more than it ever holds is asked for when it is full: the vendor then says what it makes of that
		const needed = Math.min(wanted, most) + heldBack;
		// a point that rounding has lost is no reason to wait
		const missing = needed - levelAt(now, bucket);
		if (missing <= 1e-9 * most) return 0;
		return needed > most ? Number.POSITIVE_INFINITY : missing / perMs;
	};
	return {
		points,
		wait(now, wanted) {
			if (left !== undefined && left.until <= now) {
				left = undefined;
				renewed();
			}
			const untilRenewed = left !== undefined && left.points < wanted ? left.until - now : 0;
			return Math.max(untilRenewed, bucketWait(now, wanted));
		},
		left(flight) {
			if (left !== undefined) left.points -= flight.points;
			heldBack += flight.points;
		},
		answered(flight, now) {
			heldBack -= flight.points;
			if (bucket !== undefined) bucket = { ...bucket, at: now, level: levelAt(now, bucket) - flight.points };
		},
		says(now) {
			if (bucket !== undefined) {
				const free = Math.max(0, Math.floor(levelAt(now, bucket) - heldBack));
				return { rule: "points", left: free, most: bucket.most, per_second: bucket.perMs * 1000 };
			}
			if (left === undefined || left.until <= now) return undefined;
			return { rule: "left", left: Math.max(0, left.points), resets_in_s: (left.until - now) / 1000 };
		},
		told(news, elsewhere, now) {
			const { remaining, resetsIn, restores, most, cost: charged } = news;
			if (charged !== undefined && charged > highest) highest = charged;
			if (remaining === undefined) return;
			if (restores !== undefined && restores > 0) {
				const full = most ?? Math.max(remaining, points());
				// what is held back is not taken twice
				const level = Math.min(full, remaining) - (elsewhere - heldBack);
				bucket = { level, at: now, perMs: restores / 1000, most: full };
			} else if (resetsIn !== undefined) left = { points: remaining - elsewhere, until: now + resetsIn * 1000 };
		},
	};
}
