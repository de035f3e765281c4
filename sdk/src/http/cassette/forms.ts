/** What the form of a text says: a time, a number, a card, an address on the internet. */

export const isTime = (text: string): boolean =>
	/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d:?\d\d))?)?$|^\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ||
	/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} [\d:]{8} GMT$/.test(text);

export const isNumber = (text: string): boolean => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);

/** How cards of the world begin, and how long they are: an id of 13 digits is rarely one. */
const CARD = /^(4(\d{12}|\d{15}|\d{18})|5\d{15,18}|2[2-7]\d{14}|3[47]\d{13}|35\d{14}|3[0689]\d{12,17}|6\d{15,18})$/;

/** 13 to 19 digits, also in groups, whose Luhn sum fits. */
export function isCard(text: string): boolean {
	if (!/^\d([ -]?\d){12,18}$/.test(text) || !CARD.test(text.replace(/\D/g, ""))) return false;
	const digits = [...text.replace(/\D/g, "")].reverse().map(Number);
	const sum = digits.reduce(
		(total, digit, at) => total + (at % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2),
		0,
	);
	return sum % 10 === 0;
}

export const isEmail = (text: string): boolean => /^\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*$/.test(text);

/** Digits alone are rather an id; a phone has a plus, or is written in groups. */
export const isPhone = (text: string): boolean =>
	/^\+\d[\d ().-]{6,}$/.test(text) || /^\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}$/.test(text);

export const isIp = (text: string): boolean =>
	/^(\d{1,3}\.){3}\d{1,3}$/.test(text) || (/^[\da-f:]+$/i.test(text) && text.split(":").length > 3 && text.length > 6);

export const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/[^\s/]/i.test(text);

export const isJwt = (text: string): boolean => /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(text);

/** A word of a program: "COMPLETED_LATE", "EUR". A name in capitals has no underline and more letters. */
export const isConstant = (text: string): boolean => /^[A-Z]{1,3}$|^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(text);

/** What a status or a type looks like. */
export const isWord = (text: string): boolean =>
	text.length <= 40 && /^[A-Za-z][A-Za-z0-9]*([_.:/-][A-Za-z0-9]+)*$/.test(text);

/** "9cXkQ7f", "gid://shopify/Order/51", "A-1029", "17;18", and no text that was only encoded. */
export const isId = (text: string): boolean => text.split(/[;,|]/).every(isOneId);

function isOneId(text: string): boolean {
	// no name has so many letters and nothing else
	if (/^([A-Z]{16,160}|[A-Za-z]{24,160})$/.test(text)) return !isEncodedText(text);
	return text.length <= 160 && /\d/.test(text) && /^[\w.:#/+=-]+$/.test(text) && !isEncodedText(text);
}

/** Base64 of something that people can read. */
export function isEncodedText(text: string): boolean {
	if (text.length < 12 || !/^[\w+/-]+=*$/.test(text)) return false;
	return /^[ -~]{6,}$/.test(Buffer.from(text, "base64").toString("latin1"));
}

/** Of a program or an API: "wc/v3", "2026-07", "v2", "10.4.1". */
export const isVersion = (text: string): boolean => /^([a-z-]{1,20}\/)?v?\d{1,4}([.-]\d{1,4}){0,3}$/.test(text);
