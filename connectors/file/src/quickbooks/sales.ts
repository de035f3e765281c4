/**
 * Sales by Customer Detail: one record per document (type, number, date, customer) with its lines. There is no id of a
 * transaction in the export, so these four are the key. Amounts of these reports are without tax.
 */
import {
	addDecimals,
	array,
	type ConversionMapping,
	compareDecimals,
	date,
	decimal,
	integer,
	type JsonObject,
	json,
	negateDecimal,
	object,
	optional,
	string,
} from "@growthnav/sdk";
import type { GroupedLine } from "./totals.ts";

export const PURCHASES = ["Invoice", "Sales Receipt"];
export const REFUNDS = ["Credit Memo", "Refund Receipt", "Refund"];

export const salesSchema = object({
	id: string().describe("type, number, date and customer, joined by colons"),
	type: string().describe("Invoice, Sales Receipt, Credit Memo, Payment, ..."),
	number: optional(string()).describe("May be blank"),
	date: date(),
	customer: string().describe("With its parents: Parent:Child"),
	amount: optional(decimal()).describe("Sum of its lines, without tax; negative for credits"),
	currency: string().describe("From the config"),
	basis: optional(string()).describe(
		"accrual or cash, where the report says it; cash: the date is that of the payment",
	),
	lines: array(
		object({
			line: integer().describe("From 1, in the order of the report"),
			product: optional(string()),
			description: optional(string()),
			quantity: optional(decimal()),
			unit_price: optional(decimal()),
			amount: optional(decimal()),
			other: optional(json()).describe("Columns of the report that have no field here"),
		}),
	),
	report: optional(string()).describe("Its title lines"),
	_file: string().describe("File, from the root"),
	_line: integer().describe("First line of the document in the file"),
});

/** Numbers of a line; undefined where the text is none. */
export type ReadDecimal = (text: string) => string | undefined;

export interface SalesFacts {
	currency: string;
	basis: string | undefined;
	report: string;
	file: string;
	/** `2026-07-03`; undefined where the text is no date. */
	readDate: (text: string) => string | undefined;
	read: ReadDecimal;
}

/** Why a line belongs to no document. */
export function salesFault(line: GroupedLine, { readDate }: Pick<SalesFacts, "readDate">): string | undefined {
	if (line.cells.date === undefined || readDate(line.cells.date) === undefined) return "date is missing or no date";
	if (line.cells.type === undefined) return "type is missing";
	return customerOf(line) === "" ? "customer is missing" : undefined;
}

/** The documents of lines without fault, in the order of the report. */
export function documentsOf(lines: readonly GroupedLine[], facts: SalesFacts): JsonObject[] {
	const documents = new Map<string, JsonObject & { lines: JsonObject[] }>();
	for (const line of lines) {
		const { type = "", number = "", date = "" } = line.cells;
		const day = facts.readDate(date)!;
		const customer = customerOf(line);
		const id = [type, number, day, customer].map(escapeColon).join(":");
		let document = documents.get(id);
		if (document === undefined) {
			document = { id, type, ...headOf(line, day, customer, facts), lines: [] };
			documents.set(id, document);
		}
		addLine(document, line, facts);
	}
	return [...documents.values()];
}

function headOf({ cells, line }: GroupedLine, day: string, customer: string, facts: SalesFacts): JsonObject {
	const { currency, basis, report, file } = facts;
	return {
		...(cells.number !== undefined && { number: cells.number }),
		date: day,
		customer,
		currency,
		...(basis !== undefined && { basis }),
		report,
		_file: file,
		_line: line,
	};
}

/** A customer who was removed keeps the name, else all earlier sales would count again under a new one. */
function customerOf({ path, cells }: GroupedLine): string {
	return (cells.name ?? path.join(":")).replace(/ \(deleted\)/gi, "");
}

function escapeColon(text: string): string {
	return text.replace(/[\\:]/g, "\\$&");
}

function addLine(
	document: JsonObject & { lines: JsonObject[] },
	{ cells, other }: GroupedLine,
	facts: SalesFacts,
): void {
	const amount = cells.amount === undefined ? undefined : facts.read(cells.amount);
	const counts = signsOf(document.type as string, {
		quantity: cells.quantity === undefined ? undefined : facts.read(cells.quantity),
		unit_price: cells.price === undefined ? undefined : facts.read(cells.price),
		amount,
	});
	document.lines.push({
		line: document.lines.length + 1,
		...(cells.product !== undefined && { product: cells.product }),
		...(cells.description !== undefined && { description: cells.description }),
		...(counts.quantity !== undefined && { quantity: counts.quantity }),
		...(counts.unit_price !== undefined && { unit_price: counts.unit_price }),
		...(amount !== undefined && { amount }),
		...(Object.keys(other).length > 0 && { other }),
	});
	if (amount !== undefined) document.amount = addDecimals((document.amount as string | undefined) ?? "0", amount);
}

interface Counts {
	quantity: string | undefined;
	unit_price: string | undefined;
	amount: string | undefined;
}

/**
 * Credits come as -1 x 50.00 in the modern view and as 1 x -50.00 in the classic one. Both become a negative quantity
 * at a positive price; the amount is negative in both.
 */
function signsOf(type: string, counts: Counts): Counts {
	const { quantity, unit_price, amount } = counts;
	if (!REFUNDS.includes(type) || quantity === undefined || unit_price === undefined || amount === undefined)
		return counts;
	const flipped = [quantity, unit_price, amount].map((value) => compareDecimals(value, "0"));
	if (flipped[0] !== 1 || flipped[1] !== -1 || flipped[2] !== -1) return counts;
	return { quantity: negateDecimal(quantity), unit_price: negateDecimal(unit_price), amount };
}

/**
 * Accrual: what was invoiced and sold is a purchase, what was credited or paid back a refund. Payments, deposits,
 * transfers and journal entries move money of sales that are counted already. A report of the other basis than the one
 * that counts has other dates for the same sales, so its rows make no conversions.
 */
export function salesConversions(basis: "accrual" | "cash", timeZone: string | undefined): ConversionMapping[] {
	const other = basis === "accrual" ? "cash" : "accrual";
	const mapping = (type: "purchase" | "refund", types: string[]): ConversionMapping => ({
		type,
		when: { type: types, basis: { not: other } },
		...(timeZone !== undefined && { time_zone: timeZone }),
		flags: [{ flag: "cash_basis", when: { basis: "cash" } }],
		columns: {
			timestamp: "date",
			value: "amount",
			currency: "currency",
			order_number: "number",
			user_id: "customer",
			line_items: {
				each: { item: "lines" },
				columns: {
					line_id: "item.line",
					product_name: "item.product",
					quantity: "item.quantity",
					unit_price: "item.unit_price",
					net_amount: "item.amount",
				},
			},
		},
	});
	return [mapping("purchase", PURCHASES), mapping("refund", REFUNDS)];
}
