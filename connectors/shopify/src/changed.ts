/** What changed within a window: many records by a bulk operation, a few page by page. Both give the same rows. */
import { type GraphqlError, isConnectorError, type ReadContext } from "@growthnav/sdk";
import { CHEAP, exported } from "./bulk.ts";
import type { Config } from "./config.ts";
import type { List, Listing } from "./listing.ts";

type Context = ReadContext<Config>;

export async function* changed<Row extends { updatedAt: string }>(
	listing: Listing,
	context: Context,
): AsyncGenerator<Row[]> {
	const { http, config, log } = context;
	const field = `${listing.root}Count`;
	const count = `query ($search: String) { ${field}(query: $search, limit: ${config.bulk_from}) { count } }`;
	const search = searchOf(context);
	const { [field]: found } = await http.graphql(count, { search }, CHEAP);
	if (found.count === 0) return;
	if (found.count >= config.bulk_from) {
		try {
			return yield* exported<Row>(listing, search, http);
		} catch (error) {
			if (!isConnectorError(error) || error.code !== "transient.job_failed") throw error;
			log.warn(`Shopify could not export ${listing.root} (${error.why}): they are read page by page`);
		}
	}
	yield* paged<Row>(listing, context);
}

/** `since` is inclusive: several records may have changed in that second. */
const searchOf = ({ since, until }: Context, from = since) => `updated_at:>='${from}' AND updated_at:<'${until}'`;

/** Shopify pages through 25,000 records of a search; then a new one begins where it stands. */
const MOST_PAGED = 20_000;

const page: List = (field, first, node) =>
	`${field}(first: ${first}) { edges { node { ${node} } } pageInfo { hasNextPage endCursor } }`;

async function* paged<Row extends { updatedAt: string }>(listing: Listing, context: Context): AsyncGenerator<Row[]> {
	const { http } = context;
	const query = `query ($search: String, $after: String) {
		${listing.root}(first: ${listing.size}, after: $after, query: $search, sortKey: UPDATED_AT) {
			edges { node { ${listing.node(page)} } }
			pageInfo { hasNextPage endCursor }
		}
	}`;
	for (let from = context.since, at = from; from !== undefined; from = at === from ? undefined : at) {
		let rows = 0;
		const pages = http.connection<Row>(query, {
			variables: { search: searchOf(context, from) },
			connection: (data) => data[listing.root],
			inner: listing.inner?.(http) ?? {},
			tolerates: (error) => isHidden(error, context),
		});
		at = from;
		for await (const nodes of pages) {
			yield nodes;
			rows += nodes.length;
			const last: string = nodes.at(-1)?.updatedAt ?? from;
			if (rows < MOST_PAGED || last === from) continue;
			at = last;
			break;
		}
	}
}

/** References that an order is worth reading without; Shopify answers null for them. */
const REFERENCES = /^orders?\..*\.(customer|email|phone|retailLocation|product|variant)$/;

/** Whether an error is about a reference that the app may not see; told once for each. */
function isHidden({ code, path }: GraphqlError, { once, log }: Context): boolean {
	const [, field] = REFERENCES.exec(path) ?? [];
	if (code !== "ACCESS_DENIED" || field === undefined) return false;
	void once(`hidden ${field}`, async () => log.warn(`Orders are read without ${field}: the app may not see it`));
	return true;
}
