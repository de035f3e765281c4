/** Orders and restaurants as Toast's API tells them, at a moment: what comes later is not there yet. */
import type { JsonObject } from "@growthnav/sdk";
import {
	type Charge,
	type ChargeKind,
	type Check,
	chargesOf,
	kept,
	type Line,
	modifiedAt,
	netOf,
	type Order,
	type Payment,
	sum,
	taxOf,
	totalOf,
} from "./events.ts";
import { type Dish, GROUP, type Guest, guidOf, type House } from "./house.ts";
import { businessDate } from "./story.ts";

/** What a reader may see, and when it looks. */
export interface View {
	now: number;
	/** Has the scope guest.pi:read. */
	guests: boolean;
}

const EPOCH = "1970-01-01T00:00:00.000+0000";
const timeOf = (at: number): string => new Date(at).toISOString().replace("Z", "+0000");
const by = (at: number | undefined, now: number): at is number => at !== undefined && at <= now;
const timeBy = (at: number | undefined, now: number) => (by(at, now) ? timeOf(at) : null);
const money = (cents: number): number => cents / 100;
const reference = (entityType: string, guid: string) => ({ guid, entityType, externalId: null });

export function orderRecord(order: Order, view: View): JsonObject {
	const { house, promised, source } = order;
	const { now } = view;
	const checks = order.checks.map((check) => checkRecord(check, order, view));
	const voided = by(order.voided, now);
	const paid = order.checks.map(({ paid }) => paid).filter((at) => by(at, now));
	const closed = order.checks.map(({ closed }) => closed);
	return {
		...reference("Order", order.guid),
		...{ displayNumber: order.number, source, numberOfGuests: order.guests, duration: 3600 },
		diningOption: reference("DiningOption", guidOf("dining", source === "In Store" ? "in" : "out")),
		revenueCenter: source === "In Store" ? reference("RevenueCenter", guidOf("revenue center", house.code)) : null,
		server: reference("RestaurantUser", guidOf("server", house.code)),
		...{ table: null, serviceArea: null, restaurantService: null, deliveryInfo: null, curbsidePickupInfo: null },
		...{ createdDevice: { id: "175785aa78a7c4dc" }, lastModifiedDevice: { id: "175785aa78a7c4dc" } },
		openedDate: timeOf(promised ?? order.opened),
		createdDate: timeOf(order.opened),
		modifiedDate: timeOf(modifiedAt(order, now)!),
		promisedDate: promised === undefined ? null : timeOf(promised),
		estimatedFulfillmentDate: null,
		requiredPrepTime: "PT0S",
		paidDate: paid.length > 0 ? timeOf(Math.max(...(paid as number[]))) : null,
		closedDate: closed.every((at) => by(at, now)) ? timeOf(Math.max(...(closed as number[]))) : null,
		businessDate: businessDate(promised ?? order.opened, house),
		...{ voided, voidDate: timeBy(order.voided, now) },
		voidBusinessDate: voided ? businessDate(order.voided!, house) : null,
		...{ deleted: by(order.deleted, now), deletedDate: timeBy(order.deleted, now) ?? EPOCH },
		approvalStatus: order.approval === "FUTURE" && by(promised, now) ? "APPROVED" : (order.approval ?? null),
		...{ createdInTestMode: order.test, excessFood: order.excessFood, pricingFeatures: ["TAXESV2"], checks },
	};
}

function checkRecord(check: Check, order: Order, view: View): JsonObject {
	const { now } = view;
	const paid = by(check.paid ?? check.closed, now);
	const voided = by(check.voided, now);
	const lines = check.lines.map((line) => lineRecord(line, check, order, now));
	const status = by(check.closed, now) ? "CLOSED" : paid ? "PAID" : "OPEN";
	return {
		...reference("Check", check.guid),
		...{ displayNumber: check.number, tabName: null, taxExempt: false, selections: lines, paymentStatus: status },
		...{ createdDate: timeOf(order.opened), openedDate: timeOf(order.opened), duration: 3600 },
		modifiedDate: timeOf(modifiedAt(order, now)!),
		...{ paidDate: timeBy(check.paid, now), closedDate: timeBy(check.closed, now) },
		...{ voided, voidDate: timeBy(check.voided, now) },
		voidBusinessDate: voided ? businessDate(check.voided!, order.house) : null,
		...{ deleted: by(check.deleted, now), deletedDate: timeBy(check.deleted, now) ?? EPOCH },
		// discounts and service charges are in it, gratuity and tax are not
		amount: money(sum(kept(check).map(netOf)) + chargesOf(check, "service", "delivery", "fundraising")),
		...{ taxAmount: money(taxOf(check)), totalAmount: money(totalOf(check)) },
		appliedDiscounts: check.discountPercent === 0 ? [] : [checkDiscount(check)],
		appliedServiceCharges: check.charges.map((charge) => chargeRecord(charge, check, now)),
		payments: check.payments.filter(({ at }) => at <= now).map((payment) => paymentRecord(payment, check, order, now)),
		appliedLoyaltyInfo: check.guest?.loyalty === undefined ? null : loyaltyOf(check.guest.loyalty),
		...(view.guests && { customer: check.guest === undefined ? null : customerOf(check.guest) }),
		...{ createdDevice: { id: null }, lastModifiedDevice: { id: null } },
	};
}

const checkDiscount = (check: Check) => ({
	...reference("AppliedCustomDiscount", guidOf("check discount", check.guid)),
	...{ name: `${check.discountPercent} % off`, discountType: "PERCENT", discountPercent: check.discountPercent },
	discountAmount: money(sum(check.lines.map(({ share }) => share))),
	nonTaxDiscountAmount: money(sum(kept(check).map(({ share }) => share))),
	...{ processingState: null, appliedPromoCode: null, loyaltyDetails: null, triggers: [], comboItems: [] },
});

const itemReference = ({ guid, giftCard, houseAccount }: Dish) =>
	giftCard || houseAccount ? null : { guid, entityType: "MenuItem", multiLocationId: guid, externalId: null };

function lineRecord(line: Line, check: Check, { opened }: Order, now: number): JsonObject {
	const { dish, quantity, discount } = line;
	const given = refundOf(check, now, ({ lines }) => lines.includes(line));
	const common = { unitOfMeasure: dish.byWeight ? "LB" : "NONE", taxInclusion: "NOT_INCLUDED" };
	return {
		...reference("MenuItemSelection", line.guid),
		...{ item: itemReference(dish), displayName: dish.name, plu: dish.plu ?? null, quantity, ...common },
		itemGroup: { guid: guidOf("dishes", dish.group), entityType: "MenuGroup", externalId: null },
		...{ optionGroup: null, preModifier: null, seatNumber: -1, fulfillmentStatus: "SENT", fulfillment: null },
		selectionType: dish.giftCard ? "TOAST_CARD_SELL" : dish.houseAccount ? "HOUSE_ACCOUNT_PAY_BALANCE" : "NONE",
		salesCategory: { guid: guidOf("sales", dish.group), entityType: "SalesCategory", externalId: null },
		...{ deferred: dish.giftCard === true, receiptLinePrice: money(dish.price), preDiscountPrice: money(line.gross) },
		...{ price: money(netOf(line)), tax: money(line.tax), voided: line.voided, voidReason: null },
		...{ voidDate: line.voided ? timeOf(opened) : null, voidBusinessDate: null },
		refundDetails: given === undefined ? null : details(netOf(line), line.tax, given.transaction),
		...{ createdDate: timeOf(opened), modifiedDate: timeOf(opened), appliedTaxes: [], diningOption: null },
		appliedDiscounts:
			discount === 0
				? []
				: [
						{
							...reference("AppliedCustomDiscount", guidOf("discount", line.guid)),
							...{ name: "Happy hour", discountType: "OPEN_FIXED", discountPercent: null, processingState: null },
							...{ discountAmount: money(discount), nonTaxDiscountAmount: money(discount) },
						},
					],
		modifiers: line.extras.map((extra) => ({
			...reference("MenuItemSelection", extra.guid),
			...{
				item: itemReference(extra.dish),
				displayName: extra.dish.name,
				quantity,
				modifiers: [],
				voided: line.voided,
			},
			...{ deferred: false, selectionType: "NONE", price: money(Math.round(extra.dish.price * quantity)), tax: 0 },
			...{ receiptLinePrice: money(extra.dish.price), appliedDiscounts: [], appliedTaxes: [], refundDetails: null },
		})),
	};
}

const CHARGES: { [kind in ChargeKind]: JsonObject } = {
	service: { name: "Kitchen fee", gratuity: false, delivery: false, serviceChargeCategory: "SERVICE_CHARGE" },
	delivery: { name: "Delivery", gratuity: false, delivery: true, serviceChargeCategory: "SERVICE_CHARGE" },
	gratuity: { name: "Large party", gratuity: true, delivery: false, serviceChargeCategory: "SERVICE_CHARGE" },
	fundraising: { name: "Round up", gratuity: false, delivery: false, serviceChargeCategory: "FUNDRAISING_CAMPAIGN" },
};

function chargeRecord(charge: Charge, check: Check, now: number): JsonObject {
	const given = refundOf(check, now, ({ charges }) => charges.includes(charge));
	return {
		...reference("AppliedServiceCharge", charge.guid),
		...CHARGES[charge.kind],
		...{ chargeAmount: money(charge.amount), chargeType: "FIXED", serviceChargeCalculation: null, taxable: false },
		...{ takeout: false, dineIn: false, appliedTaxes: [], paymentGuid: null },
		serviceCharge: reference("ServiceCharge", guidOf("service charge", charge.kind)),
		refundDetails: given === undefined ? null : details(charge.amount, 0, given.transaction),
	};
}

const transactionOf = (guid: string) => ({ guid, entityType: "RefundTransaction" });
const details = (amount: number, tax: number, transaction: string) => ({
	...{ refundAmount: money(amount), taxRefundAmount: money(tax), refundTransaction: transactionOf(transaction) },
});

type Refund = NonNullable<Payment["refund"]>;

function refundOf(check: Check, now: number, is: (refund: Refund) => boolean): Refund | undefined {
	return check.payments.map(({ refund }) => refund).find((one) => one !== undefined && one.at <= now && is(one));
}

function paymentRecord(payment: Payment, check: Check, order: Order, now: number): JsonObject {
	const { type, at, failed } = payment;
	const refund = payment.refund !== undefined && payment.refund.at <= now ? payment.refund : undefined;
	const isAll = refund !== undefined && refund.amount === payment.amount && refund.tip === payment.tip;
	const card = type === "CREDIT";
	return {
		...reference("OrderPayment", payment.guid),
		...{ type, amount: money(payment.amount), tipAmount: money(payment.tip), amountTendered: null },
		...{ orderGuid: order.guid, checkGuid: check.guid, paidDate: timeOf(at) },
		...{ paidBusinessDate: businessDate(at, order.house), originalProcessingFee: null, mcaRepaymentAmount: null },
		...{
			cardType: card ? "VISA" : null,
			last4Digits: card ? "1111" : null,
			cardEntryMode: card ? "EMV_CHIP_SIGN" : null,
		},
		cardPaymentId: card && check.guest !== undefined ? check.guest.card : null,
		...{ cashDrawer: null, houseAccount: null, otherPayment: null, server: null },
		paymentStatus: failed ?? (by(check.closed, now) ? "CAPTURED" : "AUTHORIZED"),
		voidInfo: failed === "VOIDED" ? { voidDate: timeOf(at), voidBusinessDate: businessDate(at, order.house) } : null,
		refundStatus: refund === undefined ? "NONE" : isAll ? "FULL" : "PARTIAL",
		refund:
			refund === undefined
				? null
				: {
						...{
							refundAmount: money(refund.amount),
							tipRefundAmount: money(refund.tip),
							refundDate: timeOf(refund.at),
						},
						refundBusinessDate: businessDate(refund.at, order.house),
						refundTransaction: refund.itemized ? transactionOf(refund.transaction) : null,
					},
	};
}

const loyaltyOf = (identifier: string) => ({
	...{ guid: guidOf("loyalty", identifier), entityType: "AppliedLoyaltyInfo", vendor: "TOAST", accrualText: null },
	...{ loyaltyIdentifier: identifier, maskedLoyaltyIdentifier: `****${identifier.slice(-2)}` },
});

const customerOf = ({ guid, first, last, email, phone }: Guest) => ({
	...{ guid, entityType: "Customer", firstName: first, lastName: last, email: email ?? null },
	...{ phone: phone ?? null, phoneCountryCode: phone === undefined ? null : "1" },
});

/** From the restaurants API. */
export function restaurantRecord(house: House): JsonObject {
	const { guid, name, location, code, timeZone, closeoutHour, currency, town, state, country } = house;
	return {
		guid,
		general: {
			...{ name, locationName: location, locationCode: code, description: "Noodles by lantern light", timeZone },
			...{ closeoutHour, managementGroupGuid: GROUP, currencyCode: currency, firstBusinessDate: 20260504 },
			archived: false,
		},
		urls: { website: "https://lanternstreet.example", orderOnline: null },
		location: {
			...{ address1: "8 Lantern Street", address2: null, city: town, administrativeArea: state, stateCode: state },
			...{ zipCode: "01234", country, phone: "5550100", phoneCountryCode: "1", latitude: 40.72, longitude: -73.99 },
		},
		...{ schedules: { daySchedules: {}, weekSchedule: {} }, delivery: { enabled: true, minimum: 15, area: null } },
	};
}

/** From the partners API. */
export const accessRecord = ({ guid, name, location }: House): JsonObject => ({
	...{ restaurantGuid: guid, managementGroupGuid: GROUP, deleted: false, restaurantName: name, locationName: location },
	...{ createdByEmailAddress: "owner@example.com", externalGroupRef: "", externalRestaurantRef: "" },
	...{ modifiedDate: 1678846869551, createdDate: 1643858534451 },
	...{ isoModifiedDate: "2023-03-15T02:21:09.551000Z", isoCreatedDate: "2022-02-03T03:22:14.451000Z" },
});
