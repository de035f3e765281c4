/** An order as Shopify tells it, with what the connector adds. */
import { array, boolean, integer, json, object, oneOf, optional, type RowOf, string, timestamp } from "@growthnav/sdk";
import { bag, change, parts, shopBag } from "../fields.ts";

const reference = () => object({ id: string(), legacyResourceId: optional(string()) });

const lineItem = object({
	id: string(),
	name: optional(string()),
	title: optional(string()),
	variantTitle: optional(string()),
	sku: optional(string()),
	vendor: optional(string()),
	quantity: integer().describe("As it was ordered"),
	currentQuantity: integer().describe("Without what was removed or came back"),
	isGiftCard: boolean(),
	originalUnitPriceSet: shopBag(),
	product: optional(object({ id: string(), legacyResourceId: string(), productType: optional(string()) })),
	variant: optional(reference()),
	sellingPlan: optional(object({ name: string() })),
});

const sale = object({
	id: string(),
	lineType: string().describe("PRODUCT, GIFT_CARD, SHIPPING, TIP, DUTY, FEE, ADDITIONAL_FEE, ADJUSTMENT, UNKNOWN"),
	actionType: string().describe("ORDER, RETURN, UPDATE or UNKNOWN"),
	quantity: optional(integer()),
	totalAmount: shopBag().describe("After discounts, with tax"),
	totalTaxAmount: shopBag(),
	totalDiscountAmountBeforeTaxes: shopBag(),
	lineItem: optional(object({ id: string() })),
});

const agreement = object({
	id: string(),
	reason: string().describe("ORDER, ORDER_EDIT, REFUND, RETURN or UNKNOWN"),
	happenedAt: timestamp(),
	refund: optional(object({ id: string() })),
	return: optional(object({ id: string() })),
	sales: array(sale),
});

const visit = object({
	occurredAt: timestamp(),
	landingPage: optional(string()),
	referrerUrl: optional(string()),
	source: optional(string()),
	sourceType: optional(string()),
	utmParameters: optional(
		object({
			source: optional(string()),
			medium: optional(string()),
			campaign: optional(string()),
			content: optional(string()),
			term: optional(string()),
		}),
	),
});

const refund = object({
	id: string(),
	legacyResourceId: string(),
	createdAt: optional(timestamp()),
	processedAt: timestamp(),
	note: optional(string()),
	totalRefundedSet: bag(),
});

const returned = object({
	id: string(),
	name: string(),
	status: string(),
	totalQuantity: integer(),
	createdAt: timestamp(),
	closedAt: optional(timestamp()),
});

const transaction = object({
	id: string(),
	kind: string().describe("SALE, AUTHORIZATION, CAPTURE, REFUND, VOID, …"),
	status: string().describe("SUCCESS, PENDING, FAILURE, …"),
	gateway: optional(string()),
	createdAt: timestamp(),
	processedAt: optional(timestamp()),
	test: boolean(),
	paymentId: optional(string()),
	errorCode: optional(string()),
	amountSet: bag(),
});

/** As Shopify tells it. */
export const node = {
	id: string(),
	legacyResourceId: string(),
	name: string(),
	createdAt: timestamp(),
	processedAt: timestamp().describe("When it was sold; imported orders are created later"),
	updatedAt: timestamp(),
	closedAt: optional(timestamp()),
	cancelledAt: optional(timestamp()),
	cancelReason: optional(string()),
	displayFinancialStatus: optional(string()),
	displayFulfillmentStatus: optional(string()),
	returnStatus: optional(string()),
	confirmed: boolean(),
	edited: boolean(),
	test: boolean(),
	taxesIncluded: boolean(),
	currencyCode: string().describe("Of the shop"),
	presentmentCurrencyCode: string().describe("That the customer saw"),
	sourceName: optional(string()),
	sourceIdentifier: optional(string()),
	poNumber: optional(string()),
	email: optional(string()),
	phone: optional(string()),
	note: optional(string()),
	tags: array(string()),
	discountCodes: array(string()),
	paymentGatewayNames: array(string()),
	customAttributes: array(json()),
	customerLocale: optional(string()),
	customer: optional(reference()),
	retailLocation: optional(object({ id: string(), legacyResourceId: string(), name: string() })),
	originalTotalPriceSet: bag(),
	currentTotalPriceSet: bag(),
	totalReceivedSet: shopBag(),
	totalRefundedSet: shopBag(),
	totalOutstandingSet: shopBag(),
	customerJourneySummary: optional(
		object({
			ready: boolean(),
			customerOrderIndex: optional(integer()),
			firstVisit: optional(visit),
			lastVisit: optional(visit),
		}),
	),
	lineItems: array(lineItem),
	agreements: array(agreement).describe("Shopify's books of the order"),
	refunds: array(refund),
	returns: array(returned),
	transactions: array(transaction),
};

/** Facts from the shop, and what the books come to; the README tells each. */
const joined = object({
	shop_id: string(),
	time_zone: string(),
	sells: oneOf("goods", "gift_cards"),
	sold: optional(object(parts())),
	refunds: array(change).describe("What refunds and returns took back"),
	adjustments: array(change).describe("What edits changed, and exchanges that brought more than they took"),
	balances: boolean().describe("The books add up to currentTotalPriceSet"),
	landing_page: optional(string()),
	referrer: optional(string()),
});

const shopifyOrder = object(node);
export type OrderNode = RowOf<typeof shopifyOrder>;
export const order = object({ ...node, joined });
export type OrderRow = RowOf<typeof order>;
