/** An order as Square tells it, with what the connector adds. */
import {
	array,
	boolean,
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
import { givenBack, lineItem, money, moneyAmounts, returns, serviceCharge } from "../fields.ts";

const card = object({
	card_brand: optional(string()),
	last_4: optional(string()),
	fingerprint: optional(string()).describe("The same card within the seller's application"),
});

const tender = object({
	id: optional(string()),
	payment_id: optional(string()),
	type: optional(string()),
	amount_money: optional(money()),
	tip_money: optional(money()),
	customer_id: optional(string()),
	card_details: optional(object({ status: optional(string()), card: optional(card) })),
});

const recipient = object({
	customer_id: optional(string()),
	email_address: optional(string()),
	phone_number: optional(string()),
});
const fulfillment = object({
	type: optional(string()),
	state: optional(string()),
	pickup_details: optional(object({ recipient: optional(recipient) })),
	shipment_details: optional(object({ recipient: optional(recipient) })),
});

const refundOfOrder = object({
	id: optional(string()),
	tender_id: optional(string()),
	amount_money: optional(money()),
	status: optional(string()),
});

/** Facts from elsewhere, and facts that take arithmetic; the README tells each. */
const joined = object({
	merchant_id: string(),
	location_name: optional(string()),
	time_zone: optional(string()),
	is_test: optional(boolean()),
	kind: oneOf("sale", "exchange", "return", "gift_card"),
	quantity: optional(decimal()),
	gift_cards: integer().describe("What gift cards were sold for, in minor units"),
	tax_in_service_charge: integer().describe("Inclusive tax, which Square counts as tax and as charge"),
	taken_back: optional(
		array(
			object({
				uid: string(),
				sale_id: optional(string()),
				given_back: givenBack(),
				quantity: optional(decimal()),
				lines: array(lineItem()),
			}),
		),
	).describe("What an exchange takes back, by the sale that it comes from"),
});

export const order = object({
	id: string(),
	location_id: string(),
	customer_id: optional(string()),
	reference_id: optional(string()),
	ticket_name: optional(string()),
	source: optional(object({ name: optional(string()) })),
	state: optional(string()).describe("OPEN, COMPLETED, CANCELED or DRAFT"),
	version: optional(integer()),
	created_at: optional(timestamp()),
	updated_at: timestamp(),
	closed_at: optional(timestamp()),
	total_money: optional(money()),
	total_tax_money: optional(money()),
	total_discount_money: optional(money()),
	total_tip_money: optional(money()),
	total_service_charge_money: optional(money()),
	net_amount_due_money: optional(money()),
	net_amounts: optional(moneyAmounts()).describe("Sale less returns"),
	return_amounts: optional(moneyAmounts()),
	rounding_adjustment: optional(json()),
	line_items: optional(array(lineItem())),
	returns: optional(array(returns())),
	refunds: optional(array(refundOfOrder)),
	tenders: optional(array(tender)),
	taxes: optional(array(json())),
	discounts: optional(array(json())),
	service_charges: optional(array(serviceCharge())),
	fulfillments: optional(array(fulfillment)),
	rewards: optional(array(json())),
	metadata: optional(json()),
	joined,
});
export type OrderRow = RowOf<typeof order>;
