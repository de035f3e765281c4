/**
 * Values of records as errors, rejects and logs show them: what reads as a number, a date or a declared word, up to
 * 40 characters; anything else by its shape (letters x, digits 0). Rejects themselves keep the value.
 */

const LONGEST = 40;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?$/;
const GROUPED = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const DATE = /^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?$/;
const DAY_OF_THREE_NUMBERS = /^\d{1,2}([/.-])\d{1,2}\1\d{2,4}$/;

export interface MaskOptions {
	/** A key is shown as it is. */
	key?: boolean;
	/** Declared words that are shown as they are. */
	words?: readonly string[];
}

/** A value as one short text without anything personal in it: `"xxx"`, `12.50`, `a list of 3`. */
export function maskValue(value: unknown, options: MaskOptions = {}): string {
	if (value === undefined) return "nothing";
	if (value === null || typeof value === "boolean") return String(value);
	if (typeof value === "string") return JSON.stringify(cut(shown(value, options) ? value : shapeOf(value)));
	if (typeof value === "number" || typeof value === "bigint") return maskNumber(String(value), options);
	if (JSON.isRawJSON(value)) return maskNumber(String(value.rawJSON), options);
	return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}

/** Somebody's sentence without what may be personal in it: addresses of mail, numbers of phones and cards by their shape. */
export function maskText(text: string): string {
	return text
		.replace(/[^\s"'<>()[\]{},;:=@]{1,64}@[\p{L}\d.-]{1,255}/gu, shapeOf)
		.replace(/\+?\d[\d -]{5,30}\d/g, (found) => {
			const number = found.replace(/[ -]/g, "");
			return isCardNumber(number) || isPhoneNumber(number) ? shapeOf(found) : found;
		});
}

function shown(text: string, options: MaskOptions): boolean {
	if (options.key === true || options.words?.includes(text)) return true;
	if (DATE.test(text) || DAY_OF_THREE_NUMBERS.test(text) || GROUPED.test(text)) return true;
	return NUMBER.test(text) && !isCardNumber(text) && !isPhoneNumber(text);
}

function maskNumber(text: string, options: MaskOptions): string {
	return cut(options.key !== true && isCardNumber(text) ? shapeOf(text) : text);
}

/** Letters as x, digits as 0, signs and spaces as they are; letters of other scripts are letters. */
function shapeOf(text: string): string {
	// a shape of more than the limit is cut anyway: no work for a value of a megabyte
	return text
		.slice(0, 4 * LONGEST)
		.replace(/\p{Nd}/gu, "0")
		.replace(/[^ -~]|[a-zA-Z]/gu, "x");
}

function cut(text: string): string {
	const letters = [...text.slice(0, 4 * LONGEST)];
	return letters.length <= LONGEST ? text : `${letters.slice(0, LONGEST).join("")}…`;
}

/** 13 to 19 digits whose Luhn sum fits. */
function isCardNumber(text: string): boolean {
	if (!/^\d{13,19}$/.test(text)) return false;
	let sum = 0;
	for (let i = 0; i < text.length; i++) {
		const digit = text.charCodeAt(text.length - 1 - i) - 48;
		const doubled = i % 2 === 1 ? digit * 2 : digit;
		sum += doubled > 9 ? doubled - 9 : doubled;
	}
	return sum % 10 === 0;
}

/** Text of 10 to 15 bare digits, or any with a plus before 7 or more: rather a phone than an amount. */
function isPhoneNumber(text: string): boolean {
	return /^(\d{10,15}|\+\d{7,15})$/.test(text);
}
