/** The scripted shop behind two ports, its API and its files; its books, and faults on demand. */
import { type ScriptedServer, startServer } from "@growthnav/sdk/testing";
import { answer, deniedType, ENDPOINT, rootOf } from "./api.ts";
import { type BucketOptions, bucketOf } from "./bucket.ts";
import { type BulkOperations, bulkOperations } from "./bulk.ts";
import type { History } from "./events.ts";
import { type Books, keepBooks } from "./ledger.ts";
import { recordsOf } from "./records.ts";
import { A_YEAR, type Story, tell } from "./story.ts";

export interface ShopOptions {
	/** Left out parts are those of the demo's year. */
	story?: Partial<Story>;
	/** A story of the test's own in its place. */
	history?: History;
	/** USD unless said. */
	currency?: string;
	/** All that the connector uses, unless said. */
	scopes?: string[];
	/** True unless said: the app is approved for protected customer data. */
	protectedData?: boolean;
	/** That of the standard plan unless said. */
	bucket?: BucketOptions;
	/** What the bucket goes by, in milliseconds; the machine's clock unless said. */
	clock?: () => number;
}

export interface Shop extends ScriptedServer {
	token: string;
	client: { id: string; secret: string };
	history: History;
	/** Another origin, where the files of bulk operations are. */
	files: ScriptedServer;
	bulk: BulkOperations;
	/** Sets the server's clock: what changed after it is not there yet. Milliseconds. */
	setNow(now: number): void;
	/** The books up to the server's clock. */
	books(): Books;
	/** Ends both servers. */
	close(): Promise<void>;
}

export const DEMO_TOKEN = "shpat_demo_juniper_ceramics";
const CLIENT = { id: "4f1d-demo-client", secret: "shpss_demo_juniper_secret" };
export const SCOPES = [
	...["read_orders", "read_all_orders", "read_returns", "read_customers", "read_products", "read_locations"],
];

/** The standard plan: 100 points per second. (shopify.dev: GraphQL Admin API rate limits) */
const STANDARD: BucketOptions = { most: 2000, restores: 100 };

const NO_DECIMALS = ["JPY", "KRW"];
const decimals = (currency: string) => (NO_DECIMALS.includes(currency) ? 0 : 2);

/** Opens the shop on free ports of loopback. The same story gives the same data at every start. */
export async function openShop(options: ShopOptions = {}): Promise<Shop> {
	const story = { ...A_YEAR, ...options.story };
	const history = options.history ?? tell(story);
	const { currency = "USD", scopes = SCOPES, protectedData = true, bucket = STANDARD } = options;
	let now = story.until;
	const files: ScriptedServer = await startServer({ "*": ({ path }) => fileAnswer(bulk, path) });
	const bulk: BulkOperations = bulkOperations(
		() => rootOf(api, []),
		() => files.url,
		(type) => deniedType(type, scopes),
	);
	const api = {
		...{ history, currency, scopes, protectedData, token: DEMO_TOKEN, client: CLIENT, bulk },
		...{
			records: recordsOf({ currency, decimals }),
			bucket: bucketOf(bucket, options.clock ?? Date.now),
			now: () => now,
		},
	};
	const server = await startServer({ "*": (request) => answer(api, request) });
	return {
		...{ ...server, token: DEMO_TOKEN, client: CLIENT, history, files, bulk },
		setNow: (ms) => {
			now = ms;
		},
		books: () => keepBooks(history, now),
		close: async () => {
			await Promise.all([server.close(), files.close()]);
		},
	};
}

/** Signed addresses stop working after a week, in the words of the store that keeps the files. */
function fileAnswer(bulk: BulkOperations, path: string) {
	const found = bulk.file(path.slice(path.lastIndexOf("/") + 1));
	if (found === undefined || found.expired) {
		const body =
			"<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code><Message>Invalid argument.</Message></Error>";
		return { status: 400, headers: { "content-type": "application/xml; charset=UTF-8" }, body };
	}
	return { headers: { "content-type": "application/jsonl" }, body: found.lines };
}

export { ENDPOINT };
