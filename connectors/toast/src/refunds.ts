/**
 * What was given back of a check, one per payment. A refund has an amount with tax, and its tip. Where selections and
 * charges name its transaction, their amounts are its parts; else it is shared over the parts of the check. Pure.
 */
import { addDecimals, compareDecimals, currencyExponent, decimalOf, shareDecimal } from "@growthnav/sdk";
import {
	amountOf,
	dayOf,
	isAlive,
	isSetAside,
	less,
	owedOf,
	type Parts,
	partsOf,
	sells,
	sumOf,
	totalOf,
} from "./parts.ts";
import type { Check, Payment, RefundFacts, Selection } from "./rows/order.ts";

export function refundsOf(check: Check, currency: string | null | undefined): RefundFacts[] {
	const decimals = currencyExponent(currency ?? "") ?? 2;
	const refunded = (check.payments ?? []).filter((one) => isAlive(one) && isRefunded(one));
	/** What is still to be given back, of the check and of each transaction that names its pieces. */
	const left = new Map<string, Parts>(itemized(check, refunded));
	const whole = partsOf(check);
	if (whole !== undefined) left.set(WHOLE, [...left.values()].reduce(without, whole));
	return refunded.map((payment): RefundFacts => {
		const { refund } = payment;
		const [amount, tip] = [amountOf(refund?.refundAmount), amountOf(refund?.tipRefundAmount)];
		const from = left.has(transactionOf(refund)) ? transactionOf(refund) : WHOLE;
		const parts = shared(amount, left.get(from), decimals) ?? shared(amount, whole, decimals);
		if (parts !== undefined) left.set(from, without(left.get(from)!, parts));
		const day = dayOf(refund?.refundBusinessDate);
		return {
			payment_guid: payment.guid ?? "",
			check: {
				...{ guid: check.guid, number: check.displayNumber, status: check.paymentStatus },
				...{ voided: check.voided, deleted: check.deleted, sells: sells(check) },
			},
			at: refund?.refundDate,
			...(day !== undefined && { business_date: day }),
			split: parts === undefined ? "unknown" : from === WHOLE ? "shared" : "items",
			...(parts !== undefined && { value: parts.goods, tax: parts.tax, surcharge: parts.setAside }),
			...{ tip, total: addDecimals(amount, tip) },
		};
	});
}

const WHOLE = "";
const transactionOf = (one: Pick<Details, "refundTransaction"> | null | undefined): string =>
	one?.refundTransaction?.guid ?? WHOLE;
type Details = NonNullable<Selection["refundDetails"]>;

const isRefunded = ({ refund }: Payment): boolean =>
	refund != null && (amountOf(refund.refundAmount) !== "0" || amountOf(refund.tipRefundAmount) !== "0");

/** By transaction, what its pieces come to; only where that is what its payments gave back. */
function itemized({ selections, appliedServiceCharges: charges }: Check, refunded: Payment[]): [string, Parts][] {
	const pieces = [...(selections ?? []).flatMap(piecesOf), ...(charges ?? []).flatMap(pieceOfCharge)];
	return [...new Set(refunded.map(({ refund }) => transactionOf(refund)))].flatMap((transaction) => {
		const own = transaction === WHOLE ? [] : pieces.filter((piece) => piece.transaction === transaction);
		const of = (kind: Kind) =>
			sumOf(
				own.filter((piece) => piece.kind === kind),
				({ amount }) => amount,
			);
		const tax = sumOf(own, (piece) => piece.tax);
		const parts: Parts = { goods: of("goods"), tax, setAside: of("setAside"), owed: of("owed") };
		const paid = refunded.filter(({ refund }) => transactionOf(refund) === transaction);
		const given = sumOf(paid, ({ refund }) => refund?.refundAmount);
		return own.length > 0 && compareDecimals(totalOf(parts), given) === 0 ? [[transaction, parts]] : [];
	});
}

type Kind = "goods" | "setAside" | "owed";
interface Piece {
	transaction: string;
	kind: Kind;
	amount: string | undefined;
	tax: string | undefined;
}

/** A selection's refund has that of its modifiers in it. */
function piecesOf(selection: Selection): Piece[] {
	const { refundDetails: details, modifiers } = selection;
	if (details == null)
		return ((modifiers ?? []) as Selection[]).flatMap((inner) => (inner == null ? [] : piecesOf(inner)));
	const kind = owedOf(selection) === "0" ? "goods" : "owed";
	return [pieceOf(details, kind)];
}

const pieceOfCharge = (charge: NonNullable<Check["appliedServiceCharges"]>[number]): Piece[] =>
	charge.refundDetails == null ? [] : [pieceOf(charge.refundDetails, isSetAside(charge) ? "setAside" : "goods")];

const pieceOf = (details: Details, kind: Kind): Piece => ({
	...{ transaction: transactionOf(details), kind },
	...{ amount: decimalOf(details.refundAmount), tax: decimalOf(details.taxRefundAmount) },
});

/** Nothing where there is less to share by than is given back. */
function shared(amount: string, by: Parts | undefined, decimals: number): Parts | undefined {
	if (by === undefined) return undefined;
	if (amountOf(amount) === "0") return { goods: "0", tax: "0", setAside: "0", owed: "0" };
	if (compareDecimals(totalOf(by), amount) < 0) return undefined;
	const [goods, tax, setAside, owed] = shareDecimal(amount, [by.goods, by.tax, by.setAside, by.owed], decimals) ?? [];
	return goods === undefined ? undefined : { goods, tax: tax!, setAside: setAside!, owed: owed! };
}

function without(from: Parts, taken: Parts): Parts {
	return {
		...{ goods: less(from.goods, taken.goods), tax: less(from.tax, taken.tax) },
		...{ setAside: less(from.setAside, taken.setAside), owed: less(from.owed, taken.owed) },
	};
}
