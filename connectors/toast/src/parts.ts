/** What a check is made of, exactly, in decimal text. Pure; whether a row keeps its schema is checked later. */
import { addDecimals, decimalOf, negateDecimal } from "@growthnav/sdk";
import type { Check, Payment, Selection } from "./rows/order.ts";

/** Together they are what is due for a check, without tips. In the order in which equal remainders are served. */
export interface Parts {
	/** Toast's net sales: after discounts, with service charges; the `value` of a conversion. */
	goods: string;
	tax: string;
	/** Gratuities and donations: the guest pays them, the restaurant does not keep them. */
	setAside: string;
	/** Gift cards and payments of house accounts: money owed, and money that was owed. */
	owed: string;
}

/** An amount that is absent, or none, is nothing. */
export const amountOf = (amount: unknown): string => decimalOf(amount) ?? "0";

export const sumOf = <T>(list: readonly T[], amount: (one: T) => unknown): string =>
	list.reduce((sum, one) => addDecimals(sum, amountOf(amount(one))), "0");

export const less = (from: string, taken: string): string => addDecimals(from, negateDecimal(taken));

export const totalOf = ({ goods, tax, setAside, owed }: Parts): string =>
	[goods, tax, setAside, owed].reduce(addDecimals);

/**
 * From the total, not from `amount`: whether that has gratuities in it differs between Toast's own pages, and all of them
 * say that the total is what the guest owes. Nothing where there is no total.
 */
export function partsOf({
	totalAmount,
	taxAmount,
	selections,
	appliedServiceCharges: charges,
}: Check): Parts | undefined {
	const total = decimalOf(totalAmount);
	if (total === undefined) return undefined;
	const tax = amountOf(taxAmount);
	const setAside = sumOf((charges ?? []).filter(isSetAside), ({ chargeAmount }) => chargeAmount);
	const owed = sumOf(selections ?? [], owedOf);
	return { goods: [tax, setAside, owed].reduce(less, total), tax, setAside, owed };
}

/** A service charge that is no sale. */
export const isSetAside = ({ gratuity, serviceChargeCategory }: Charge): boolean =>
	gratuity === true || serviceChargeCategory === "FUNDRAISING_CAMPAIGN";
type Charge = NonNullable<Check["appliedServiceCharges"]>[number];

/** A selection's price has its modifiers in it; one of them alone may be deferred. */
export function owedOf({ voided, deferred, selectionType, price, modifiers }: Selection): string {
	if (voided === true) return "0";
	if (isOwed({ deferred, selectionType })) return amountOf(price);
	return sumOf((modifiers ?? []) as Selection[], (inner) => (inner == null ? "0" : owedOf(inner)));
}

/** Of payments that were refused or taken back nothing is counted. */
const DEAD = ["DENIED", "VOIDED", "PROCESSING_VOID", "CANCELLED", "ERROR", "ERROR_NETWORK"];
export const isAlive = ({ paymentStatus }: Payment): boolean => !DEAD.includes(paymentStatus ?? "");

/** Not a sale: it is paid for now and given later, or the other way round. */
export const isOwed = ({ deferred, selectionType }: Pick<Selection, "deferred" | "selectionType">) =>
	deferred === true || selectionType === "HOUSE_ACCOUNT_PAY_BALANCE";

export function sells({ selections, appliedServiceCharges: charges }: Check): boolean {
	const sold = (selections ?? []).some((one) => one.voided !== true && !isOwed(one));
	return (
		sold || (charges ?? []).some((charge) => !isSetAside(charge) && !/^0*\.?0*$/.test(amountOf(charge.chargeAmount)))
	);
}

/** 20190224 → 2019-02-24, which ended at the restaurant's closeout hour; undefined for what is no day. */
export function dayOf(businessDate: unknown): string | undefined {
	const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(String(businessDate ?? "")) ?? [];
	return year === undefined ? undefined : `${year}-${month}-${day}`;
}
