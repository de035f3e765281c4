/** What the head and the body of an answer say of the budget. */
import { isRawNumber } from "../protocol/numbers.ts";
import type { AnswerHead, BudgetNews, HttpAnswer, Rate } from "./client.ts";

/** Seconds, 30 years: with more a time would have no date. */
const LONGEST_WISH = 1_000_000_000;

/** Seconds of a Retry-After head: a number, or an HTTP date against the clock. Nothing when it is neither. */
export function retryAfterSeconds(head: string | undefined, nowMs: number): number | undefined {
	if (head === undefined) return undefined;
	if (/^\d+(\.\d+)?$/.test(head.trim())) return Math.min(LONGEST_WISH, Number(head));
	const at = Date.parse(head);
	return Number.isNaN(at) ? undefined : Math.min(LONGEST_WISH, Math.max(0, Math.ceil((at - nowMs) / 1000)));
}

/** What `told` reads, as far as it is numbers; a `told` that stumbles over an answer says nothing. */
export function newsOf({ told }: Rate, answer: AnswerHead & { body: HttpAnswer["body"] }): BudgetNews | undefined {
	try {
		const news = told?.(answer);
		return news == null ? undefined : numbersOf(news);
	} catch {
		return undefined;
	}
}

const NAMES = ["remaining", "resetsIn", "restores", "most", "cost", "quotaUntil"] as const;

function numbersOf(news: BudgetNews): BudgetNews {
	const right: BudgetNews = {};
	for (const name of NAMES) {
		const value: unknown = news[name];
		// a body has numbers that a float may not hold to the digit; a budget does not mind
		const number = isRawNumber(value) ? Number(value.rawJSON) : value;
		if (typeof number !== "number" || Number.isNaN(number)) continue;
		right[name] = Math.min(LONGEST_WISH, Math.max(0, number));
	}
	return right;
}
