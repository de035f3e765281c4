/** The scripted shop behind a port: its API, its books, and trouble on demand. */
import { type ScriptedAnswer, type ScriptedServer, startServer } from "@growthnav/sdk/testing";
import { type Api, answer } from "./api.ts";
import { SHOP_HOME } from "./assortment.ts";
import type { History } from "./events.ts";
import { type Keys, keyCheck } from "./keys.ts";
import { type Books, keepBooks } from "./ledger.ts";
import { A_YEAR, type Story, tell } from "./story.ts";
import { TROUBLE, type Trouble } from "./trouble.ts";

export interface ShopOptions {
	/** Left out parts are those of the demo's year. */
	story?: Partial<Story>;
	/** A story of the test's own in its place. */
	history?: History;
	/** Of WooCommerce; a current one unless said. */
	version?: string;
	/** Without it the shop stands behind https, and takes the key as it is; with it requests must be signed. */
	plainHttp?: true;
	/** What the shop says of its own address. */
	home?: string;
	permissions?: Keys["permissions"];
	/** Lists that the key's user may not see. */
	closed?: string[];
}

export interface Shop extends ScriptedServer {
	keys: Keys;
	history: History;
	/** Sets the server's clock: what happens later has not happened. Milliseconds. */
	setNow(now: number): void;
	now(): number;
	/** Called before each answer of the API: something happens meanwhile. */
	meanwhile(happens: () => void): void;
	/** The books up to the server's clock. */
	books(): Books;
	/** So many answers are what stands before WordPress, or WordPress in trouble. */
	trouble(kind: Trouble, options?: { times?: number; after?: number; path?: string }): void;
}

export const DEMO_KEYS = { key: "ck_demo_kissa_9f3a", secret: "cs_demo_kissa_51c07b" };

/** Opens the shop on a free port of loopback. The same story gives the same data at every start. */
export async function openShop(options: ShopOptions = {}): Promise<Shop> {
	const story = { ...A_YEAR, ...options.story };
	const history = options.history ?? tell(story);
	const keys: Keys = { ...DEMO_KEYS, permissions: options.permissions ?? "read" };
	const troubles: { answer: ScriptedAnswer; times: number; after: number; path: string | undefined }[] = [];
	let now = story.until;
	let happens = () => {};
	const api: Api = {
		history,
		site: { zone: history.zone, home: options.home ?? SHOP_HOME, version: options.version ?? "10.7.0" },
		now: () => now,
		signed: keyCheck(keys, () => options.plainHttp === undefined),
		closed: new Set(options.closed),
	};
	const nextTrouble = (path: string) => {
		const next = troubles.find((one) => one.path === undefined || one.path === path);
		if (next === undefined || next.after-- > 0) return undefined;
		if (--next.times === 0) troubles.splice(troubles.indexOf(next), 1);
		return next.answer;
	};
	const server = await startServer({
		"*": (request) => {
			happens();
			return nextTrouble(request.path) ?? answer(api, request);
		},
	});
	return {
		...server,
		...{ keys, history, now: () => now, books: () => keepBooks(history, now) },
		setNow(ms) {
			now = ms;
		},
		meanwhile(what) {
			happens = what;
		},
		trouble: (kind, { times = 1, after = 0, path } = {}) =>
			void troubles.push({ answer: TROUBLE[kind], times, after, path: path === undefined ? path : `/wp-json${path}` }),
	};
}
