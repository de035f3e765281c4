/** Trying again: what is `transient` comes again after a wait, the vendor's own or a growing one with jitter. */
import type { Waiting } from "@growthnav/spec";
import { type ConnectorError, isConnectorError } from "../errors.ts";
import type { Asking, RateBudget, Time, Turn } from "./budget.ts";
import type { HttpLimits } from "./client.ts";
import { afterAllTries, quotaUsedUp, waitTooLong } from "./failure.ts";

export interface Retrying {
	/** Without secrets: "POST /v2/orders/search". */
	request: string;
	vendor: string;
	/** Points of the request, where they are not those of the rate. */
	points?: number | undefined;
	limits: HttpLimits;
	time: Time;
	random: () => number;
	budget: RateBudget;
	signal: AbortSignal;
	waiting: (waiting: Waiting) => void;
}

/** Waits for a turn and works in it. What went wrong holds back the others before the turn is given up. */
export type InTurn = <T>(work: (turn: Turn) => Promise<T>) => Promise<T>;

const FIRST_WAIT = 1_000;
const LONGEST_BACKOFF = 120_000;

/** They end the run, or its part that needs the vendor: another try is for another run. */
const isForAnotherRun = ({ code }: ConnectorError) => code === "transient.quota" || code === "transient.wait_too_long";

/** What a request within this one (a login) ended with, after tries of its own. */
const spent = new WeakSet<ConnectorError>();

const isPassing = (error: unknown): error is ConnectorError =>
	isConnectorError(error) && error.kind === "transient" && !isForAnotherRun(error) && !spent.has(error);

/** Milliseconds; `shared` by all who ask for a turn. */
type Wait = { ms: number; shared: boolean };
const NO_WAIT: Wait = { ms: 0, shared: false };

/** Runs `attempt` until it answers, fails for good, or `limits.tries` are used up. */
export async function withRetries<T>(attempt: (inTurn: InTurn) => Promise<T>, how: Retrying): Promise<T> {
	const { default: pRetry } = await import("p-retry");
	const started = how.time.clock();
	let made = 0;
	let wait = NO_WAIT;
	const inTurn: InTurn = async (work) => {
		const turn = await how.budget.turn({ ...asking(how), said: wait.shared });
		try {
			return await work(turn);
		} catch (error) {
			if (isConnectorError(error) && error.kind === "transient") wait = holdBack(error, made, how);
			throw error;
		} finally {
			turn.end();
		}
	};
	const counted = () => {
		made++;
		return attempt(inTurn);
	};
	try {
		return await pRetry(counted, {
			retries: how.limits.tries - 1,
			minTimeout: 0, // the waiting is ours, so that a test's clock can pass
			signal: how.signal,
			shouldRetry: async ({ error, attemptNumber }) => {
				if (!isPassing(error)) return false;
				how.waiting({
					reason: error.code === "transient.rate_limited" ? "rate_limited" : "retry",
					wait_s: inTenths(wait.ms),
					try: attemptNumber + 1,
					of: how.limits.tries,
					request: how.request,
				});
				if (!wait.shared) await how.time.sleep(wait.ms, how.signal);
				return true;
			},
		});
	} catch (error) {
		if (!isPassing(error)) throw error;
		const last = afterAllTries(error, made, how.time.clock() - started, how.time.now());
		spent.add(last);
		throw last;
	}
}

const inTenths = (ms: number) => Math.ceil(ms / 100) / 10;

function asking({ signal, request, points, waiting }: Retrying): Asking {
	const say = (ms: number) => waiting({ reason: "rate_limited", wait_s: inTenths(ms), request });
	return { signal, request, points, say };
}

/** How long to wait after a failed try; all wait where the vendor asks for it. Throws when it asks for too long. */
function holdBack(error: ConnectorError, tried: number, how: Retrying): Wait {
	const { budget, limits, time, vendor } = how;
	if (error.code === "transient.quota") {
		budget.close((error.retryAfter ?? Number.POSITIVE_INFINITY) * 1000, (request, left) =>
			quotaUsedUp(vendor, request, left / 1000, time.now()),
		);
	}
	if (isForAnotherRun(error)) return NO_WAIT;
	const ms = waitOf(tried, error.retryAfter, how.random);
	if (ms > limits.longestWait) {
		const tooLong = (where: string, left: number) => waitTooLong(vendor, where, left, limits.longestWait, time.now());
		budget.close(ms, tooLong);
		throw tooLong(error.where ?? how.request, ms);
	}
	const shared = error.code === "transient.rate_limited" || error.retryAfter !== undefined;
	if (shared) budget.pause(ms);
	return { ms, shared };
}

/** Milliseconds after the given failed try: the vendor's wish, else 1, 2, 4, … s, of which up to a half is left to chance. */
function waitOf(failed: number, retryAfter: number | undefined, random: () => number): number {
	if (retryAfter !== undefined && retryAfter > 0) return retryAfter * 1000;
	const full = Math.min(LONGEST_BACKOFF, FIRST_WAIT * 2 ** (failed - 1));
	return Math.round(full / 2 + (full / 2) * random());
}
