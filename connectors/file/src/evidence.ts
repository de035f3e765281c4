/** What the values of a sample say about their column. Nothing is decided here. */
import type { Json } from "@growthnav/sdk";
import { type DayOrder, writtenDate } from "./dates.ts";
import { isAbsent, readNumber } from "./money.ts";

/** A value and where it stands: what an error shows. */
export interface Example {
	text: string;
	/** "sales/2026-07.csv:2" */
	where: string;
}

export interface NumberEvidence {
	/** All values are numbers if the decimals stand behind a point, or behind a comma. */
	point: boolean;
	comma: boolean;
	/** Values that are a number in one of the two styles only. */
	onlyPoint: boolean;
	onlyComma: boolean;
	/** The two styles give different numbers for a value: `1.234` as programs write, and `1,234`. */
	plainEither: boolean;
	either: Example | undefined;
	/** Leading zeros or a plus, more than 15 digits: an id, whatever else it looks like. */
	id: boolean;
	/** Decimals, a sign of money or brackets. */
	decimals: boolean;
	marks: Set<string>;
}

export interface DateEvidence {
	/** All values are dates of one shape and kind. */
	possible: boolean;
	shape: string | undefined;
	kind: "instant" | "local" | "day" | undefined;
	orders: readonly DayOrder[];
	/** The first value that is two days in two orders. */
	either: Example | undefined;
	first: Example | undefined;
}

export interface Evidence {
	/** Values that are there: not blank, not `N/A`. */
	values: number;
	/** Values of JSON by kind: text, integer, decimal, boolean, json. CSV has only text. */
	kinds: Set<string>;
	booleans: boolean;
	numbers: NumberEvidence;
	dates: DateEvidence;
}

export function newEvidence(): Evidence {
	const numbers: NumberEvidence = {
		point: true,
		comma: true,
		onlyPoint: false,
		onlyComma: false,
		plainEither: false,
		either: undefined,
		id: false,
		decimals: false,
		marks: new Set(),
	};
	const dates: DateEvidence = {
		possible: true,
		shape: undefined,
		kind: undefined,
		orders: ["MDY", "DMY"],
		either: undefined,
		first: undefined,
	};
	return { values: 0, kinds: new Set(), booleans: true, numbers, dates };
}

/** Takes in one value of CSV. `where` is asked only for a value that an error may show. */
export function addText(evidence: Evidence, text: string, currency: string | undefined, where: () => string): void {
	if (isAbsent(text)) return;
	evidence.values++;
	evidence.kinds.add("text");
	if (evidence.booleans && !/^\s*(true|false)\s*$/i.test(text)) evidence.booleans = false;
	const { numbers, dates } = evidence;
	if (numbers.point || numbers.comma) addNumber(numbers, text, currency, where);
	if (dates.possible) addDate(dates, text, where);
}

/** Takes in one value of JSON Lines; numbers in text stay text there. */
export function addJson(evidence: Evidence, value: Json | undefined, where: () => string): void {
	if (value === undefined || value === null || value === "") return;
	if (typeof value === "string") {
		const { numbers, dates } = evidence;
		evidence.values++;
		evidence.kinds.add("text");
		numbers.point = numbers.comma = evidence.booleans = false;
		if (dates.possible) addDate(dates, value, where);
		return;
	}
	evidence.values++;
	evidence.kinds.add(kindOfJson(value));
}

function kindOfJson(value: Json): string {
	if (typeof value === "boolean") return "boolean";
	const literal = typeof value === "number" ? String(value) : JSON.isRawJSON(value) ? value.rawJSON : undefined;
	if (literal === undefined) return "json";
	return /^-?\d{1,18}$/.test(literal) ? "integer" : "decimal";
}

function addNumber(numbers: NumberEvidence, text: string, currency: string | undefined, where: () => string): void {
	const point = readNumber(text, "point", currency);
	const comma = readNumber(text, "comma", currency);
	numbers.point &&= point !== undefined;
	numbers.comma &&= comma !== undefined;
	const number = point ?? comma;
	if (number === undefined) return;
	if (point === undefined) numbers.onlyComma = true;
	if (comma === undefined) numbers.onlyPoint = true;
	if (point !== undefined && comma !== undefined && point.value !== comma.value) {
		if (point.plain) numbers.plainEither = true;
		else numbers.either ??= { text: text.trim(), where: where() };
	}
	const digits = number.value.replace(/^-/, "");
	if (number.leadingZeros || text.includes("+") || (digits.length > 15 && !digits.includes("."))) numbers.id = true;
	if (number.value.includes(".") || number.mark !== "" || text.includes("(")) numbers.decimals = true;
	if (number.mark !== "") numbers.marks.add(number.mark);
}

function addDate(dates: DateEvidence, text: string, where: () => string): void {
	const date = writtenDate(text);
	const fits =
		date !== undefined && (dates.shape === undefined || (dates.shape === date.shape && dates.kind === date.kind));
	if (!fits) {
		dates.possible = false;
		return;
	}
	dates.shape = date.shape;
	dates.kind = date.kind;
	dates.first ??= { text: text.trim(), where: where() };
	if (!date.certain) dates.either ??= { text: text.trim(), where: where() };
	dates.orders = dates.orders.filter((order) => date.orders.includes(order));
	if (dates.orders.length === 0) dates.possible = false;
}
