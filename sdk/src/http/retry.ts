/** Trying again: what is `transient` comes again after a wait, the vendor's own or a growing one with jitter. */
import type { Waiting } from "@growthnav/spec";
import { type ConnectorError, ConnectorError as Failure, isConnectorError } from "../errors.ts";
import type { RateBudget, Time } from "./budget.ts";
import type { HttpLimits } from "./client.ts";
import { afterAllTries, duration } from "./failure.ts";
import { limitSetting } from "./limits.ts";

export interface Retrying {
	/** Without secrets: "POST /v2/orders/search". */
	request: string;
	vendor: string;
	limits: HttpLimits;
	time: Time;
	random: () => number;
	budget: RateBudget;
	signal: AbortSignal;
	waiting: (waiting: Waiting) => void;
}

const FIRST_WAIT = 1_000;
const LONGEST_BACKOFF = 120_000;

/** Runs `attempt` until it answers, fails for good, or `limits.tries` are used up. */
export async function withRetries<T>(attempt: () => Promise<T>, how: Retrying): Promise<T> {
	const { default: pRetry } = await import("p-retry");
	const started = how.time.now();
	let made = 0;
	const counted = () => {
		made++;
		return attempt();
	};
	try {
		return await pRetry(counted, {
			retries: how.limits.tries - 1,
			minTimeout: 0, // the waiting is ours, so that a test's clock can pass
			signal: how.signal,
			shouldRetry: async ({ error, attemptNumber }) => {
				if (!isConnectorError(error) || error.kind !== "transient") return false;
				await waitBefore(attemptNumber + 1, error, how);
				return true;
			},
		});
	} catch (error) {
		if (!isConnectorError(error) || error.kind !== "transient" || error.code === "transient.wait_too_long") throw error;
		throw afterAllTries(error, made, how.time.now() - started, how.time.now());
	}
}

async function waitBefore(next: number, error: ConnectorError, how: Retrying): Promise<void> {
	const limited = error.code === "transient.rate_limited";
	const wait = waitOf(next - 1, error.retryAfter, how.random);
	if (wait > how.limits.longestWait) throw waitTooLong(error, wait, how);
	if (limited || error.retryAfter !== undefined) how.budget.pause(wait);
	how.waiting({
		reason: limited ? "rate_limited" : "retry",
		wait_s: Math.ceil(wait / 100) / 10,
		try: next,
		of: how.limits.tries,
		request: how.request,
	});
	await how.time.sleep(wait, how.signal);
}

/** Milliseconds after the given failed try: the vendor's wish, else 1, 2, 4, … s, of which up to a half is left to chance. */
function waitOf(failed: number, retryAfter: number | undefined, random: () => number): number {
	if (retryAfter !== undefined && retryAfter > 0) return retryAfter * 1000;
	const full = Math.min(LONGEST_BACKOFF, FIRST_WAIT * 2 ** (failed - 1));
	return Math.round(full / 2 + (full / 2) * random());
}

function waitTooLong(error: ConnectorError, wait: number, how: Retrying): ConnectorError {
	const until = new Date(how.time.now() + wait).toISOString().slice(0, 19);
	return new Failure("transient.wait_too_long", `${how.vendor} asks for a wait of ${duration(wait)}`, {
		where: error.where ?? how.request,
		why: `longer than ${limitSetting("longestWait")}, ${duration(how.limits.longestWait)}`,
		next: `run again after ${until}Z; what is committed stays`,
		retryAfter: Math.ceil(wait / 1000),
	});
}

/** Seconds, 30 years: with more a time would have no date. */
const LONGEST_WISH = 1_000_000_000;

/** Seconds of a Retry-After head: a number, or an HTTP date against the clock. Nothing when it is neither. */
export function retryAfterSeconds(head: string | undefined, nowMs: number): number | undefined {
	if (head === undefined) return undefined;
	if (/^\d+(\.\d+)?$/.test(head.trim())) return Math.min(LONGEST_WISH, Number(head));
	const at = Date.parse(head);
	return Number.isNaN(at) ? undefined : Math.min(LONGEST_WISH, Math.max(0, Math.ceil((at - nowMs) / 1000)));
}
