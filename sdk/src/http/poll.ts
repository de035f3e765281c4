/** Waiting for a job of the vendor: an export, a report. */
import type { Waiting } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { redact } from "../redact.ts";
import type { Time } from "./budget.ts";
import type { PollOptions } from "./client.ts";
import { duration } from "./failure.ts";

/** What it is waited for with. */
export interface Patience {
	time: Time;
	signal: AbortSignal;
	vendor: string;
	/** "GET /exports/17", where it is one request. */
	request: string | undefined;
	waiting: (waiting: Waiting) => void;
}

const GROWTH = 1.5;

/** Looks at once, then after growing waits, at the end once more. Throws `transient.job_failed` and `transient.job_too_slow`. */
export async function poll<Answer, Result>(
	ask: () => Promise<Answer>,
	options: PollOptions<Answer, Result>,
	patience: Patience,
): Promise<Result> {
	const { time, signal, waiting, request } = patience;
	const { every = 2, longest = 60, atMost = 3600 } = options;
	const deadline = time.clock() + atMost * 1_000;
	for (let wait = every; ; wait = Math.min(Math.max(longest, every), wait * GROWTH)) {
		const answer = await ask();
		const reason = options.failed?.(answer);
		if (reason) throw failed(reason, patience);
		const result = options.until(answer);
		if (result) return result;
		const left = (deadline - time.clock()) / 1_000;
		if (left <= 0) throw tooSlow(atMost, patience);
		const seconds = Math.min(wait, left);
		waiting({ reason: "job", wait_s: Math.ceil(seconds * 10) / 10, ...(request !== undefined && { request }) });
		await time.sleep(seconds * 1_000, signal);
	}
}

function failed(reason: string | true, { vendor, request }: Patience): ConnectorError {
	return new ConnectorError("transient.job_failed", `${vendor} could not finish what it was asked for`, {
		...(request !== undefined && { where: request }),
		why: reason === true ? "it gives no reason" : JSON.stringify(redact(String(reason)).slice(0, 300)),
		next: "run again; if it stays, report it to the vendor",
	});
}

function tooSlow(atMost: number, { vendor, request }: Patience): ConnectorError {
	return new ConnectorError("transient.job_too_slow", `${vendor} has not finished what it was asked for`, {
		...(request !== undefined && { where: request }),
		why: `it was waited for ${duration(atMost * 1_000)}`,
		next: "run again later; what is committed stays",
	});
}
