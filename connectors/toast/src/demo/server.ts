/** The scripted restaurants behind a port: their API, their books, and faults on demand. */
import { type Fault, type ScriptedRequest, type ScriptedServer, startServer } from "@growthnav/sdk/testing";
import { type Api, answer } from "./api.ts";
import type { Order } from "./events.ts";
import { guidOf } from "./house.ts";
import { type Books, keepBooks } from "./ledger.ts";
import { counting } from "./limits.ts";
import { openLogins } from "./login.ts";
import { refusedAnswer } from "./refusal.ts";
import { A_SUMMER, endOf, type Story, tell } from "./story.ts";

export interface ChainOptions {
	/** Left out parts are those of the demo's summer. */
	story?: Partial<Story>;
	/** A story of the test's own in its place. */
	orders?: Order[];
	/** Milliseconds: what rate limits, logins and the life of tokens go by. */
	clock?: () => number;
	/** Scopes that the key does not have: "guest.pi:read". */
	without?: string[];
	isPartner?: boolean;
	/** Logins an hour; left out: Toast asks for two at most, and does not enforce it. */
	logins?: number;
	/** Seconds that a token lives; a day unless set. */
	lifetime?: number;
	/** GUIDs of restaurants that took the access back. */
	closed?: string[];
	/** Pages tell of the next one; true unless set. */
	links?: boolean;
	/** Before each answer: what happens in the restaurants meanwhile. */
	meanwhile?: (request: ScriptedRequest) => void;
}

export interface Chain extends ScriptedServer {
	clientId: string;
	clientSecret: string;
	orders: Order[];
	/** Sets the server's clock, in milliseconds: what happens after it is not there yet. */
	setNow(now: number): void;
	now(): number;
	/** The books at the server's clock. */
	books(): Books;
	/** Tokens given so far are good no more. */
	revoke(): void;
	/** So many answers are refused with a status, in Toast's words. */
	refuse(status: number, message: string, fault?: Partial<Fault>): void;
}

const SCOPES = ["orders:read", "restaurants:read", "guest.pi:read"];
const KEYS = { clientId: "demo-lantern-street", clientSecret: `demo-${guidOf("secret")}` };

/** Opens the restaurants on a free port of loopback. The same story gives the same data at every start. */
export async function openChain(options: ChainOptions = {}): Promise<Chain> {
	const {
		lifetime = 86_400,
		logins: perHour = Number.POSITIVE_INFINITY,
		isPartner = true,
		links = true,
		meanwhile,
	} = options;
	const story = { ...A_SUMMER, ...options.story };
	const orders = options.orders ?? tell(story);
	const clock = options.clock ?? (() => performance.now());
	// the calendar stands still, so that two reads see the same; limits and tokens go by the clock
	let now = endOf(story);
	const api: Api = {
		...{ orders, isPartner, links, now: () => now, logins: openLogins({ ...KEYS, lifetime, perHour, clock }) },
		closed: new Set(options.closed),
		scopes: new Set(SCOPES.filter((scope) => !options.without?.includes(scope))),
		count: counting(clock, () => now),
	};
	const date = () => ({ date: new Date(now).toUTCString() });
	const server = await startServer({
		"*": (request) => {
			meanwhile?.(request);
			const given = answer(api, request);
			return { ...given, headers: { ...given.headers, ...date() } };
		},
	});
	return {
		...server,
		...KEYS,
		orders,
		setNow: (ms) => {
			now = ms;
		},
		now: () => now,
		books: () => keepBooks(orders, now),
		revoke: () => api.logins.revoke(),
		refuse(status, message, { headers, ...fault } = {}) {
			const { json, headers: own } = refusedAnswer({
				status,
				code: 10000,
				message,
				headers: { ...date(), ...headers },
			});
			server.fail({ kind: "status", status, json: json!, headers: own!, ...fault });
		},
	};
}
