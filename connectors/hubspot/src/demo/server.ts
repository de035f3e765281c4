/** The scripted account behind a port: its API, its books, and faults on demand. */
import { type ScriptedServer, startServer } from "@growthnav/sdk/testing";
import { answer } from "./api.ts";
import type { History } from "./events.ts";
import { type Books, keepBooks } from "./ledger.ts";
import { counting, type Limits } from "./limits.ts";
import { KINDS } from "./portal.ts";
import { limited } from "./refusal.ts";
import { A_YEAR, type Story, tell } from "./story.ts";

export interface PortalOptions {
	/** Left out parts are those of the demo's year. */
	story?: Partial<Story>;
	/** A story of the test's own in its place. */
	history?: History;
	/** Left out: there are none, so that nobody waits. */
	limits?: Limits;
	/** Scopes that the key does not have: "crm.objects.deals.read". */
	without?: string[];
	/** Milliseconds that the search is behind; 0 unless set. */
	indexLag?: number;
	associationsPage?: number;
}

export interface Portal extends ScriptedServer {
	token: string;
	history: History;
	/** Sets the server's clock, in milliseconds: what happened after it is not there yet. */
	setNow(now: number): void;
	/** The books at the server's clock. */
	books(): Books;
	/** So many answers are refused by a limit: TEN_SECONDLY_ROLLING, SECONDLY, DAILY. */
	limit(policy: string, options?: { times?: number; path?: string; after?: number }): void;
}

export const DEMO_TOKEN = "pat-na1-demo-northwind-robotics";
const SCOPES = [...KINDS, "owners"].map((name) => `crm.objects.${name}.read`);
const NO_LIMITS: Limits = { perTenSeconds: 1e9, searchesPerSecond: 1e9, perDay: 1e9 };

/** Opens the account on a free port of loopback. The same story gives the same data at every start. */
export async function openPortal(options: PortalOptions = {}): Promise<Portal> {
	const story = { ...A_YEAR, ...options.story };
	const history = options.history ?? tell(story);
	const { without = [], indexLag = 0, associationsPage = 500, limits = NO_LIMITS } = options;
	// what happened in the last minutes is not searched for yet
	let now = story.until + 600_000;
	const date = () => new Date(now).toUTCString();
	const scopes = new Set(SCOPES.filter((scope) => !without.includes(scope)));
	const api = { history, token: DEMO_TOKEN, scopes, now: () => now, indexLag, associationsPage };
	const count = counting(limits);
	const server = await startServer({
		"*": (request) => {
			const counted = count(request.path.endsWith("/search"));
			if ("refused" in counted) return { ...counted.refused, headers: { date: date() } };
			return { ...answer(api, request), headers: { ...counted.headers, date: date() } };
		},
	});
	return {
		...server,
		token: DEMO_TOKEN,
		history,
		setNow: (ms) => {
			now = ms;
		},
		books: () => keepBooks(history, now),
		limit: (policy, { times = 1, path, after = 0 } = {}) =>
			server.fail({
				...{ kind: "status", status: 429, json: limited(policy).json!, headers: { date: date() } },
				...{ times, after, ...(path && { path }) },
			}),
	};
}
