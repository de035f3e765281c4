/** The scripted merchant behind a port: its API, its books, and faults on demand. */
import { type Fault, type ScriptedServer, startServer } from "@growthnav/sdk/testing";
import { answer, categoryOf } from "./api.ts";
import type { History } from "./events.ts";
import { type Books, keepBooks } from "./ledger.ts";
import { A_YEAR, type Story, tell } from "./story.ts";

export interface MerchantOptions {
	/** Left out parts are those of the demo's year. */
	story?: Partial<Story>;
	/** A story of the test's own in its place. */
	history?: History;
	/** USD unless said. */
	currency?: string;
}

export interface Merchant extends ScriptedServer {
	token: string;
	history: History;
	/** Sets the server's clock: what changed after it is not there yet. Milliseconds. */
	setNow(now: number): void;
	/** The books up to the server's clock. */
	books(): Books;
	/** So many answers are refused with a status, in Square's words. */
	refuse(status: number, options?: { times?: number; retryAfter?: number; path?: string; after?: number }): void;
}

export const DEMO_TOKEN = "EAAAdemo-harbour-golf-token";

/** Opens the merchant on a free port of loopback. The same story gives the same data at every start. */
export async function openMerchant(options: MerchantOptions = {}): Promise<Merchant> {
	const story = { ...A_YEAR, ...options.story };
	const history = options.history ?? tell(story);
	let now = story.until;
	const api = { history, token: DEMO_TOKEN, shown: { currency: options.currency ?? "USD" }, now: () => now };
	const server = await startServer({ "*": (request) => answer(api, request) });
	return {
		...server,
		token: DEMO_TOKEN,
		history,
		setNow: (ms) => {
			now = ms;
		},
		books: () => keepBooks(history, now),
		refuse: (status, { times = 1, retryAfter, path, after = 0 } = {}) =>
			server.fail({ ...statusFault(status, retryAfter), times, after, ...(path !== undefined && { path }) }),
	};
}

function statusFault(status: number, retryAfter: number | undefined): Fault {
	const code = CODES[status] ?? "INTERNAL_SERVER_ERROR";
	return {
		kind: "status",
		status,
		...(retryAfter !== undefined && { headers: { "retry-after": String(retryAfter) } }),
		json: { errors: [{ category: categoryOf(status), code, detail: DETAILS[code] ?? "An error occurred." }] },
	};
}

const CODES: Record<number, string> = {
	401: "UNAUTHORIZED",
	403: "FORBIDDEN",
	429: "RATE_LIMITED",
	503: "SERVICE_UNAVAILABLE",
};
const DETAILS: Record<string, string> = {
	UNAUTHORIZED: "This request could not be authorized.",
	RATE_LIMITED: "The rate limit is exceeded.",
};
