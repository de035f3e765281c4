/** Orders, with all that happened to them: Shopify's books, refunds, returns, transactions. */
import { ConnectorError, type HttpClient, type ReadContext, type StreamDefinition } from "@growthnav/sdk";
import { joinedOrder } from "../books.ts";
import { changed } from "../changed.ts";
import type { Config } from "../config.ts";
import { BAG, SHOP_MONEY } from "../fields.ts";
import type { Listing } from "../listing.ts";
import { adjustment, purchase, refund } from "../mappings.ts";
import { type OrderNode, order } from "../rows/order.ts";
import { shopOf } from "../shop.ts";

const VISIT =
	"occurredAt landingPage referrerUrl source sourceType utmParameters { source medium campaign content term }";

const LINE_ITEM = `id name title variantTitle sku vendor quantity currentQuantity isGiftCard
	originalUnitPriceSet ${SHOP_MONEY} product { id legacyResourceId productType }
	variant { id legacyResourceId } sellingPlan { name }`;

const SALE = `id lineType actionType quantity totalAmount ${SHOP_MONEY} totalTaxAmount ${SHOP_MONEY}
	totalDiscountAmountBeforeTaxes ${SHOP_MONEY}
	... on ProductSale { lineItem { id } } ... on GiftCardSale { lineItem { id } }`;

const AGREEMENT = `id reason happenedAt ... on RefundAgreement { refund { id } } ... on ReturnAgreement { return { id } }`;

const RETURN = "id name status totalQuantity createdAt closedAt";

const ORDER = `id legacyResourceId name createdAt processedAt updatedAt closedAt cancelledAt cancelReason
	displayFinancialStatus displayFulfillmentStatus returnStatus confirmed edited test taxesIncluded
	currencyCode presentmentCurrencyCode sourceName sourceIdentifier poNumber email phone note tags discountCodes
	paymentGatewayNames customAttributes { key value } customerLocale
	customer { id legacyResourceId } retailLocation { id legacyResourceId name }
	originalTotalPriceSet ${BAG} currentTotalPriceSet ${BAG} totalReceivedSet ${SHOP_MONEY}
	totalRefundedSet ${SHOP_MONEY} totalOutstandingSet ${SHOP_MONEY}
	customerJourneySummary { ready customerOrderIndex firstVisit { ${VISIT} } lastVisit { ${VISIT} } }
	refunds { id legacyResourceId createdAt processedAt note totalRefundedSet ${BAG} }
	transactions { id kind status gateway createdAt processedAt test paymentId errorCode amountSet ${BAG} }`;

const PAGE = "pageInfo { hasNextPage endCursor }";
const rest = (field: string, node: string) =>
	`query ($id: ID!, $after: String) { order(id: $id) { ${field}(first: 50, after: $after) { edges { node { ${node} } } ${PAGE} } } }`;

const LISTING: Listing = {
	root: "orders",
	size: 6, // a query may cost 1,000 points: this one about 900
	node: (list) => `${ORDER}
		${list("lineItems", 4, LINE_ITEM)}
		${list("agreements", 2, `${AGREEMENT} ${list("sales", 5, SALE)}`)}
		${list("returns", 2, RETURN)}`,
	children: {
		lineItems: { type: /^LineItem$/ },
		agreements: { type: /Agreement$/, children: { sales: { type: /Sale$/ } } },
		returns: { type: /^Return$/ },
	},
	inner: (http) => ({
		lineItems: { query: rest("lineItems", LINE_ITEM), connection: (data) => data.order?.lineItems },
		returns: { query: rest("returns", RETURN), connection: (data) => data.order?.returns },
		agreements: { whole: (id) => agreementsOf(id, http) },
	}),
};

const ONE_AGREEMENT = `query ($id: ID!, $after: String, $sales: String) {
	order(id: $id) { agreements(first: 1, after: $after) {
		edges { node { ${AGREEMENT} sales(first: 50, after: $sales) { edges { node { ${SALE} } } ${PAGE} } } } ${PAGE}
	} }
}`;

/** All agreements of an order, each with all its sales: Shopify finds an agreement by its place alone, not by its id. */
async function* agreementsOf(id: string, http: HttpClient): AsyncGenerator<unknown[]> {
	for (let after: string | null = null, more = true; more; ) {
		const sales: unknown[] = [];
		for (let from: string | null = null, moreSales = true; moreSales; ) {
			const { order: found } = await http.graphql(ONE_AGREEMENT, { id, after, sales: from });
			if (found?.agreements.edges[0] === undefined) throw goneMeanwhile(id);
			const { node } = found.agreements.edges[0];
			for (const edge of node.sales.edges) sales.push(edge.node);
			({ hasNextPage: moreSales, endCursor: from } = node.sales.pageInfo);
			if (moreSales) continue;
			yield [{ ...node, sales }];
			({ hasNextPage: more, endCursor: after } = found.agreements.pageInfo);
		}
	}
}

const goneMeanwhile = (id: string) =>
	new ConnectorError("transient.changed_meanwhile", `${id} is gone before it was read whole`, {
		why: "it was deleted while its parts were read",
		next: "run again",
	});

export const orders: StreamDefinition<typeof order, Config> = {
	schema: order,
	primaryKey: "legacyResourceId",
	cursor: "updatedAt",
	start: ({ start_date }) => start_date ?? "2006-01-01", // Shopify's first year
	window: "180d",
	lookback: "1h", // the search shows changes late; sessions are attributed some time after the order
	async *read(context: ReadContext<Config>) {
		const shop = await shopOf(context);
		for await (const nodes of changed<OrderNode>(LISTING, context))
			yield nodes.map((node) => ({ ...node, joined: joinedOrder(node, shop) }));
	},
	conversions: [purchase, refund, adjustment],
	origin: { source: { const: "ecommerce" }, source_system: { const: "shopify" }, source_account: "joined.shop_id" },
};
