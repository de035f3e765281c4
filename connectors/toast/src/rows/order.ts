/** An order as Toast tells it, with what the connector adds. */
import {
	array,
	boolean,
	date,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	type RowOf,
	string,
	timestamp,
} from "@growthnav/sdk";

const reference = () => optional(object({ guid: optional(string()) }));
const transaction = () => optional(object({ guid: optional(string()) }));

const discount = () =>
	object({
		guid: optional(string()),
		name: optional(string()),
		discountType: optional(string()),
		discountAmount: optional(decimal()),
		nonTaxDiscountAmount: optional(decimal()),
	});

const refundDetails = () =>
	optional(
		object({
			refundAmount: optional(decimal()).describe("Without tax"),
			taxRefundAmount: optional(decimal()),
			refundTransaction: transaction(),
		}),
	);

const selection = object({
	guid: optional(string()),
	item: reference(),
	itemGroup: reference(),
	salesCategory: reference(),
	displayName: optional(string()),
	plu: optional(string()),
	quantity: optional(decimal()),
	unitOfMeasure: optional(string()),
	selectionType: optional(string()),
	deferred: optional(boolean()).describe("Money owed, such as a gift card"),
	receiptLinePrice: optional(decimal()).describe("Of one, before discounts and modifiers"),
	preDiscountPrice: optional(decimal()),
	price: optional(decimal()).describe("After all discounts, for the quantity, with its modifiers"),
	tax: optional(decimal()),
	voided: optional(boolean()),
	voidDate: optional(timestamp()),
	appliedDiscounts: optional(array(discount())),
	modifiers: optional(json()).describe("Selections within the selection"),
	refundDetails: refundDetails(),
});
export type Selection = RowOf<typeof selection>;

const serviceCharge = object({
	guid: optional(string()),
	name: optional(string()),
	chargeAmount: optional(decimal()).describe("Without tax"),
	gratuity: optional(boolean()),
	delivery: optional(boolean()),
	serviceChargeCategory: optional(string()),
	refundDetails: refundDetails(),
});

const payment = object({
	guid: optional(string()),
	type: optional(string()),
	amount: optional(decimal()).describe("Without tip"),
	tipAmount: optional(decimal()),
	paidDate: optional(timestamp()),
	paidBusinessDate: optional(integer()).describe("yyyymmdd"),
	paymentStatus: optional(string()),
	cardType: optional(string()),
	last4Digits: optional(string()),
	cardPaymentId: optional(string()).describe("The same card within the management group"),
	refundStatus: optional(string()).describe("NONE, PARTIAL or FULL"),
	refund: optional(
		object({
			refundAmount: optional(decimal()).describe("With tax, without tip"),
			tipRefundAmount: optional(decimal()),
			refundDate: optional(timestamp()),
			refundBusinessDate: optional(integer()).describe("yyyymmdd"),
			refundTransaction: transaction(),
		}),
	),
});
export type Payment = RowOf<typeof payment>;

const line = object({
	guid: optional(string()),
	product_id: optional(string()),
	name: optional(string()),
	plu: optional(string()),
	quantity: optional(decimal()),
	unit_price: optional(decimal()),
	gross: optional(decimal()),
	net: optional(decimal()),
	tax: optional(decimal()),
});

/** Of a check; the README tells each. */
const ofCheck = object({
	sells: boolean().describe("Something else than gift cards and payments of house accounts"),
	value: optional(decimal()).describe("Net sales"),
	discount: decimal(),
	surcharge: decimal().describe("Gratuities and donations"),
	tip: decimal(),
	total: optional(decimal()),
	quantity: optional(decimal()),
	lines: array(line).describe("Selections that were not voided"),
});

const check = object({
	guid: optional(string()),
	displayNumber: optional(string()),
	paymentStatus: optional(string()).describe("OPEN, PAID or CLOSED"),
	openedDate: optional(timestamp()),
	paidDate: optional(timestamp()),
	closedDate: optional(timestamp()),
	voided: optional(boolean()),
	voidDate: optional(timestamp()),
	deleted: optional(boolean()),
	amount: optional(decimal()),
	taxAmount: optional(decimal()),
	totalAmount: optional(decimal()).describe("With tax, without tips; refunds do not change it"),
	selections: optional(array(selection)),
	appliedServiceCharges: optional(array(serviceCharge)),
	appliedDiscounts: optional(array(discount())),
	payments: optional(array(payment)),
	customer: optional(
		object({
			guid: optional(string()),
			firstName: optional(string()),
			lastName: optional(string()),
			email: optional(string()),
			phone: optional(string()),
			phoneCountryCode: optional(string()),
		}),
	),
	appliedLoyaltyInfo: optional(
		object({
			vendor: optional(string()),
			loyaltyIdentifier: optional(string()),
			maskedLoyaltyIdentifier: optional(string()),
		}),
	),
	joined: optional(ofCheck),
});
export type Check = RowOf<typeof check>;

const refund = object({
	payment_guid: string(),
	check: object({
		guid: optional(string()),
		number: optional(string()),
		status: optional(string()),
		voided: optional(boolean()),
		deleted: optional(boolean()),
		sells: boolean(),
	}),
	at: optional(timestamp()),
	business_date: optional(date()),
	split: oneOf("items", "shared", "unknown").describe("How the parts are known"),
	value: optional(decimal()),
	tax: optional(decimal()),
	surcharge: optional(decimal()),
	tip: decimal(),
	total: decimal(),
});
export type RefundFacts = RowOf<typeof refund>;

/** Facts from the restaurant, and facts that take arithmetic; the README tells each. */
const joined = object({
	restaurant_guid: string(),
	restaurant_name: optional(string()),
	currency: optional(string()),
	business_date: optional(date()),
	refunds: array(refund).describe("One per payment that money was given back of"),
});

export const order = object({
	guid: string(),
	displayNumber: optional(string()),
	source: optional(string()),
	businessDate: optional(integer()).describe("yyyymmdd"),
	openedDate: optional(timestamp()),
	createdDate: optional(timestamp()),
	modifiedDate: timestamp(),
	promisedDate: optional(timestamp()),
	paidDate: optional(timestamp()),
	closedDate: optional(timestamp()),
	voided: optional(boolean()),
	voidDate: optional(timestamp()),
	voidBusinessDate: optional(integer()),
	deleted: optional(boolean()),
	deletedDate: optional(timestamp()).describe("1970-01-01 of orders that are not deleted"),
	approvalStatus: optional(string()),
	createdInTestMode: optional(boolean()),
	excessFood: optional(boolean()),
	numberOfGuests: optional(integer()),
	diningOption: reference(),
	revenueCenter: reference(),
	server: reference(),
	checks: optional(array(check)),
	joined,
});
export type OrderRow = RowOf<typeof order>;
