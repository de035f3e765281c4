/** The rate limits of the account, in real time: 10 seconds, a day, and a smaller one for searches. */
import type { ScriptedAnswer } from "@growthnav/sdk/testing";
import { limited } from "./refusal.ts";

export interface Limits {
	/** Requests in any ten seconds. */
	perTenSeconds: number;
	searchesPerSecond: number;
	perDay: number;
}

/** Those of a professional account. */
export const DOCUMENTED: Limits = { perTenSeconds: 190, searchesPerSecond: 5, perDay: 650_000 };

const SPAN = 10_000;

/** Counts a request; answers the refusal, or the headers that its answer carries. */
export function counting({ perTenSeconds, searchesPerSecond, perDay }: Limits) {
	let recent: number[] = [];
	let searches: number[] = [];
	let today = 0;
	return (isSearch: boolean): { refused: ScriptedAnswer } | { headers: Record<string, string> } => {
		const now = performance.now();
		recent = recent.filter((at) => at > now - SPAN);
		searches = searches.filter((at) => at > now - 1000);
		if (today >= perDay) return { refused: limited("DAILY") };
		if (recent.length >= perTenSeconds) return { refused: limited("TEN_SECONDLY_ROLLING") };
		if (isSearch && searches.length >= searchesPerSecond) return { refused: limited("SECONDLY") };
		today++;
		recent.push(now);
		// the answers of searches say nothing of limits
		if (isSearch) {
			searches.push(now);
			return { headers: {} };
		}
		return {
			headers: {
				"x-hubspot-ratelimit-max": String(perTenSeconds),
				"x-hubspot-ratelimit-remaining": String(perTenSeconds - recent.length),
				"x-hubspot-ratelimit-interval-milliseconds": String(SPAN),
				"x-hubspot-ratelimit-daily": String(perDay),
				"x-hubspot-ratelimit-daily-remaining": String(perDay - today),
			},
		};
	};
}
