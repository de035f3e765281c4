/** The rate budget of one client, and so of one account: who may leave when, in the order in which they ask. */
import { ConnectorError } from "../errors.ts";
import { whenAborted } from "../when-aborted.ts";
import type { BudgetNews, Rate } from "./client.ts";
import {
	type BudgetFact,
	concurrency,
	type Flight,
	type Hold,
	silence,
	spacing,
	vendorCount,
	window,
} from "./holds.ts";

/** What time is, and how it passes; tests bring their own. Milliseconds. */
export interface Time {
	/** Since the epoch, for dates alone: it may be set, forwards and backwards. */
	now: () => number;
	/** For spans: from any beginning, and only ever forwards. */
	clock: () => number;
	/** Ends early, with the signal's reason, when the run is stopped. */
	sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Asking {
	signal: AbortSignal;
	/** Without secrets: "POST /v2/orders/search". */
	request: string;
	/** In place of those of `rate`. */
	points?: number | undefined;
	/** Hears of a wait of some length, and of a long one again and again. */
	say: (ms: number) => void;
	/** Whoever asks has told of the wait itself. */
	said?: boolean;
}

/** A request that may leave, until it has ended. */
export interface Turn {
	/** Its answer has begun: what it says of the budget, and whether it is a refusal. */
	answered(news: BudgetNews | undefined, refused: boolean): void;
	end(): void;
}

export interface RateBudget {
	/** Resolves when the request may leave; throws the signal's reason, and what `close` was given. */
	turn(asking: Asking): Promise<Turn>;
	/** The vendor asked for silence: nobody's turn comes before that, and then one goes first. */
	pause(ms: number): void;
	/** For so long everybody who asks is refused, with what this makes of the milliseconds that are left. */
	close(ms: number, refusal: Refused): void;
}

/** Where a budget stands, for people. */
export interface BudgetLevel {
	/** Of `rate.per`, the value of the header; "" for the budget of all. */
	of: string;
	facts: BudgetFact[];
	/** Seconds that requests have waited for their turns, all together. */
	waited_s: number;
}

type Refused = (request: string, ms: number) => ConnectorError;

export interface BudgetBounds {
	/** Milliseconds: a turn that is further away is none; the run ends instead, with what `tooLong` makes. */
	longestWait: number;
	tooLong: Refused;
	/** The vendor said that this was the last answer of a quota. */
	usedUp: Refused;
}

/** The budget of a request by its headers: one for all, or one for each value of the header that `rate.per` names. */
export function budgets(
	rate: Rate,
	time: Time,
	bounds: BudgetBounds,
	tell?: (level: BudgetLevel) => void,
): (headers: Record<string, string>) => RateBudget {
	const per = rate.per?.toLowerCase();
	const make = (of: string) => rateBudget(rate, time, bounds, tell && ((level) => tell({ of, ...level })));
	// made at once, so that a rate that lets nothing pass is refused before the first request
	const made = new Map([["", make("")]]);
	return (headers) => {
		const name = Object.keys(headers).find((header) => header.toLowerCase() === per);
		const value = name === undefined ? "" : headers[name]!;
		const budget = made.get(value) ?? make(value);
		made.set(value, budget);
		return budget;
	};
}

const CONCURRENT = 4;
/** Milliseconds. Shorter waits are not told. */
const WORTH_TELLING = 5_000;
/** Milliseconds. Of a long wait is told again, so that nobody takes the run for dead; also the longest sleep at once. */
const TOLD_AGAIN = 60_000;

/** Throws `internal.definition` for a rate that lets nothing pass. `tell` hears where it stands after each request. */
export function rateBudget(
	rate: Rate,
	time: Time,
	bounds: BudgetBounds,
	tell?: (level: Omit<BudgetLevel, "of">) => void,
): RateBudget {
	checkRate(rate);
	const quiet = silence();
	const vendor = vendorCount(rate.cost ?? 1, quiet.alone);
	const holds: Hold[] = [
		concurrency(rate.concurrent ?? CONCURRENT),
		...(rate.windows ?? []).map(window),
		vendor,
		quiet,
	];
	if (rate.perSecond !== undefined) holds.push(spacing(rate.perSecond));
	const underWay = new Set<Flight>();
	let waited = 0;
	let closed: { until: number; refusal: Refused } | undefined;
	let line: Promise<unknown> = Promise.resolve();
	let changed = Promise.withResolvers<void>();
	const wake = () => {
		changed.resolve();
		changed = Promise.withResolvers();
	};
	const close: RateBudget["close"] = (ms, refusal) => {
		closed = { until: time.clock() + ms, refusal };
		wake();
	};

	function leave(request: string, points: number): Turn {
		const flight: Flight = { request, points, beside: 0 };
		const others = () => [...underWay].filter((other) => other !== flight);
		let answered = false;
		let ended = false;
		underWay.add(flight);
		for (const hold of holds) hold.left?.(flight, time.clock());
		const answer = () => {
			if (answered) return;
			answered = true;
			for (const hold of holds) hold.answered?.(flight, time.clock());
		};
		return {
			answered(news, refused) {
				answer();
				const elsewhere = others().reduce((sum, other) => sum + other.points, flight.beside);
				if (news !== undefined) vendor.told(news, elsewhere, time.clock());
				if (news?.quotaUntil !== undefined) close(news.quotaUntil * 1000, bounds.usedUp);
				if (!refused) quiet.broken(flight);
				wake();
			},
			end() {
				if (ended) return;
				ended = true;
				answer();
				underWay.delete(flight);
				for (const other of underWay) other.beside += points;
				for (const hold of holds) hold.ended?.(flight);
				tell?.({ facts: holds.flatMap((hold) => hold.says?.(time.clock()) ?? []), waited_s: waited / 1000 });
				wake();
			},
		};
	}

	/** For the first in line. */
	async function firstTurn({ signal, request, points, say, said = false }: Asking): Promise<Turn> {
		let told = said ? time.clock() : Number.NEGATIVE_INFINITY;
		while (true) {
			signal.throwIfAborted();
			const now = time.clock();
			if (closed !== undefined && now < closed.until) throw closed.refusal(request, closed.until - now);
			const wanted = points ?? vendor.points();
			const wait = Math.max(...holds.map((hold) => hold.wait(now, wanted, request)));
			if (wait <= 0) return leave(request, wanted);
			// what is under way can only shorten it
			if (wait > bounds.longestWait && underWay.size === 0) throw bounds.tooLong(request, wait);
			if (wait >= WORTH_TELLING && wait !== Number.POSITIVE_INFINITY && now - told >= TOLD_AGAIN) {
				told = now;
				say(wait);
			}
			await sleepOrChange(wait, signal);
		}
	}

	async function sleepOrChange(ms: number, signal: AbortSignal): Promise<void> {
		const stopped = whenAborted(signal);
		const over = new AbortController();
		const asleep = Number.isFinite(ms)
			? [time.sleep(Math.ceil(Math.min(ms, TOLD_AGAIN)), AbortSignal.any([signal, over.signal]))]
			: [];
		try {
			await Promise.race([...asleep, changed.promise, stopped.promise]);
		} finally {
			over.abort();
			stopped.dispose();
		}
	}

	return {
		async turn(asking) {
			const before = line;
			const passed = Promise.withResolvers<void>();
			const asked = time.clock();
			line = before.then(() => passed.promise);
			const stopped = whenAborted(asking.signal);
			try {
				await Promise.race([before, stopped.promise]);
				const turn = await firstTurn(asking);
				waited += time.clock() - asked;
				return turn;
			} finally {
				stopped.dispose();
				passed.resolve();
			}
		},
		pause(ms) {
			quiet.keep(time.clock(), ms);
			wake();
		},
		close,
	};
}

function checkRate(rate: Rate): void {
	const { perSecond, windows = [], concurrent, cost } = rate;
	const isRight = (number: number | undefined) => number === undefined || (number > 0 && Number.isFinite(number));
	const numbers = [perSecond, cost, ...windows.map(({ seconds }) => seconds)];
	const counts = [concurrent, ...windows.map(({ requests }) => requests)];
	if (numbers.every(isRight) && counts.every((one) => isRight(one) && Number.isInteger(one ?? 1))) return;
	throw new ConnectorError("internal.definition", "A connector is defined wrongly: its rate lets nothing pass", {
		where: `rate ${JSON.stringify(rate)}`,
		why: "its numbers are above 0, and requests are counted whole",
		next: "correct rate in http of its definition",
	});
}
