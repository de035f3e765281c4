/** The value that a cell means, by the type of its column. */
import {
	exactNumber,
	instantOf,
	instantText,
	type Json,
	type Moment,
	parseJson,
	secondsOf,
	zoneOf,
} from "@growthnav/sdk";
import type { Column } from "./columns.ts";
import { isAbsent, readNumber } from "./money.ts";
import type { StreamSettings } from "./settings.ts";

/** The text is no value of the column's type. */
export const UNFIT = Symbol("unfit");

/** Undefined: there is no value. */
export type ReadValue = (text: string) => Json | undefined | typeof UNFIT;

/** What a column's text is read with. `onTwice` hears of local times that clocks show twice; the first one is taken. */
export function readerOf(column: Column, settings: StreamSettings, onTwice: () => void): ReadValue {
	switch (column.type) {
		case "string":
			return (text) => (text === "" ? undefined : text);
		case "integer":
			return integerReader(column, settings);
		case "decimal":
			return decimalReader(column, settings);
		case "boolean":
			return readBoolean;
		case "json":
			return readJson;
		case "date":
			return (text) => dayOf(column.readDate(text)) ?? absentOrUnfit(text);
		case "timestamp": {
			const instant = instantReader(settings, onTwice);
			return (text) => instant(column.readDate(text)) ?? absentOrUnfit(text);
		}
	}
}

/** In words, for the reason of a reject. */
export const EXPECTED: Record<Column["type"], string> = {
	string: "text",
	integer: "a whole number",
	decimal: "a number",
	boolean: "true or false",
	date: "a date",
	timestamp: "a time",
	json: "a value",
};

function absentOrUnfit(text: string): undefined | typeof UNFIT {
	return isAbsent(text) ? undefined : UNFIT;
}

const SHORT_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;
const LARGEST = 2n ** 63n;

/** A whole number of 64 bits. */
export function isInteger(literal: string): boolean {
	if (!/^-?\d{1,19}$/.test(literal)) return false;
	return literal.length < 19 || (BigInt(literal) < LARGEST && BigInt(literal) >= -LARGEST);
}

function integerReader({ style, mark }: Column, { currency }: StreamSettings): ReadValue {
	return (text) => {
		if (SHORT_INTEGER.test(text)) return Number(text);
		const number = readNumber(text, style, currency);
		if (number === undefined || !hasMark(number.mark, mark, currency)) return absentOrUnfit(text);
		const whole = number.value.replace(/\.0+$/, "");
		return isInteger(whole) ? exactNumber(whole) : UNFIT;
	};
}

function decimalReader({ style, mark }: Column, { currency }: StreamSettings): ReadValue {
	return (text) => {
		const number = readNumber(text, style, currency);
		return number !== undefined && hasMark(number.mark, mark, currency)
			? exactNumber(number.value)
			: absentOrUnfit(text);
	};
}

/** Without a declared currency a column keeps the sign that its sample has. */
function hasMark(mark: string, ofColumn: string, currency: string | undefined): boolean {
	return mark === "" || currency !== undefined || ofColumn === "" || mark === ofColumn;
}

const TRUE = new Set(["true", "t", "yes", "y", "1"]);
const FALSE = new Set(["false", "f", "no", "n", "0"]);

function readBoolean(text: string): boolean | undefined | typeof UNFIT {
	const word = text.trim().toLowerCase();
	if (TRUE.has(word)) return true;
	return FALSE.has(word) ? false : absentOrUnfit(text);
}

function readJson(text: string): Json | undefined {
	if (text.trim() === "") return undefined;
	try {
		return parseJson(text);
	} catch {
		return text;
	}
}

/** A day may have been written with midnight. */
function dayOf(moment: Moment | undefined): string | undefined {
	if (moment === undefined || moment.kind === "instant") return undefined;
	if (moment.kind === "day") return moment.text;
	return moment.text.endsWith("T00:00:00") ? moment.text.slice(0, 10) : undefined;
}

/** UTC. A local time that no clock of the zone ever showed has no instant, and neither has a day. */
function instantReader({ timeZone }: StreamSettings, onTwice: () => void): (moment?: Moment) => string | undefined {
	const zone = timeZone === undefined ? undefined : zoneOf(timeZone);
	return (moment) => {
		if (moment === undefined || moment.kind === "day") return undefined;
		if (moment.kind === "instant") return moment.text;
		const local = zone && instantOf(zone, secondsOf(moment.text));
		if (local?.second === undefined) return undefined;
		if (local.ambiguous) onTwice();
		return instantText(local.second, moment.text.slice(19));
	};
}
