/** Payments, refunds, customers, locations and the merchant as the API shows them. */
import type { JsonObject } from "@growthnav/sdk";
import { type Refund, sum, type Tender } from "./events.ts";
import { BUSINESS, MERCHANT_ID, type Person, PLACES, type Place } from "./merchant.ts";
import { card, iso, type Shown } from "./order-record.ts";

export function paymentRecord(tender: Tender, { currency }: Shown): JsonObject {
	const money = (amount: number) => ({ amount, currency });
	const { id, sale, amount, tip, type } = tender;
	const at = sale.closed ?? sale.opened;
	const given = tender.refunds.filter(({ status }) => status === "COMPLETED");
	return {
		id,
		created_at: iso(at - 4000),
		updated_at: iso(tender.updated),
		amount_money: money(amount - tip),
		...(tip > 0 && { tip_money: money(tip) }),
		total_money: money(amount),
		approved_money: money(amount),
		...(given.length > 0 && { refunded_money: money(sum(given.map((refund) => refund.amount))) }),
		status: "COMPLETED",
		source_type: type === "SQUARE_GIFT_CARD" ? "CARD" : type,
		...(type === "CARD" && {
			card_details: {
				status: "CAPTURED",
				card: { ...card(tender), card_type: "CREDIT", prepaid_type: "NOT_PREPAID" },
				entry_method: "EMV",
				cvv_status: "CVV_ACCEPTED",
				avs_status: "AVS_ACCEPTED",
				statement_description: "SQ *HARBOUR GOLF",
				card_payment_timeline: { authorized_at: iso(at - 3000), captured_at: iso(at) },
			},
		}),
		...(type === "SQUARE_GIFT_CARD" && {
			card_details: { status: "CAPTURED", card: { card_brand: "SQUARE_GIFT_CARD", last_4: "0000" } },
		}),
		...(type === "CASH" && { cash_details: { buyer_supplied_money: money(amount), change_back_money: money(0) } }),
		...(type === "EXTERNAL" && { external_details: { type: "OTHER", source: "Course voucher" } }),
		location_id: sale.place.id,
		order_id: sale.id,
		...(sale.person !== undefined && { customer_id: sale.person.id }),
		...(sale.person?.email !== undefined && { buyer_email_address: sale.person.email }),
		...(tender.refunds.length > 0 && { refund_ids: tender.refunds.map((refund) => refund.id) }),
		receipt_number: id.slice(0, 4),
		receipt_url: `https://squareup.com/receipt/preview/${id}`,
		version_token: `${id.slice(-8)}6o`,
	};
}

export function refundRecord(refund: Refund, { currency }: Shown): JsonObject {
	const { order, tender } = refund;
	const orderId = order?.kind === "return" ? order.order.id : order?.sale.id;
	return {
		id: refund.id,
		status: refund.status,
		location_id: tender.sale.place.id,
		amount_money: { amount: refund.amount, currency },
		payment_id: tender.id,
		...(orderId !== undefined && { order_id: orderId }),
		reason: refund.reason,
		created_at: iso(refund.at),
		updated_at: iso(refund.updated),
	};
}

export function customerRecord(person: Person): JsonObject {
	return {
		id: person.id,
		created_at: iso(person.created),
		updated_at: iso(person.updated),
		given_name: person.given,
		family_name: person.family,
		...(person.email !== undefined && { email_address: person.email }),
		...(person.phone !== undefined && { phone_number: person.phone }),
		preferences: { email_unsubscribed: person.id.charCodeAt(0) % 5 === 0 },
		creation_source: "DIRECTORY",
		version: person.updated > person.created + 600 ? 2 : 1,
	};
}

export function locationRecord(place: Place, { currency }: Shown): JsonObject {
	return {
		id: place.id,
		name: place.name,
		address: { locality: place.town, administrative_district_level_1: place.state, country: "US" },
		timezone: place.timezone,
		capabilities: ["CREDIT_CARD_PROCESSING"],
		status: "ACTIVE",
		created_at: iso(place.created),
		merchant_id: MERCHANT_ID,
		country: "US",
		language_code: "en-US",
		currency,
		business_name: BUSINESS,
		type: "PHYSICAL",
	};
}

export function merchantRecord({ currency }: Shown): JsonObject {
	return {
		id: MERCHANT_ID,
		business_name: BUSINESS,
		country: "US",
		language_code: "en-US",
		currency,
		status: "ACTIVE",
		main_location_id: PLACES[0]!.id,
	};
}
