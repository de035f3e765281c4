/**
 * Numbers as people write them: `$1,234.56`, `(12.00)`, `3.00-`, `1.234,56 €`, `1'234.50`. Text in, exact decimal text
 * out, never through a float. What can be read in two ways is not read: `1,234` needs a style.
 */

/** Which character stands before the decimals; the others may group the digits. */
export type NumberStyle = "point" | "comma";

export interface WrittenNumber {
	/** `-1234.56`, without leading zeros, as many decimals as were written. */
	value: string;
	/** The currency sign or code that stood beside it; "" for none. */
	mark: string;
	/** Digits and perhaps a point, as programs write: no grouping, no mark, minus in front. */
	plain: boolean;
	/** `007`: rather an id than a number. */
	leadingZeros: boolean;
}

/** No number is longer: 38 digits, grouped, with a mark. */
const LONGEST = 80;
const BLANK = "\\s\\u00a0\\u202f\\u2009";
const MARK = `[^\\d.,()+\\-${BLANK}\\u2212]{1,4}`;
// brackets stand around the number, or also around its mark
const SHAPE = new RegExp(
	`^(${MARK})?[${BLANK}]?(\\()?([-+\\u2212])?(${MARK})?[${BLANK}]?([-+\\u2212])?` +
		`(\\d[\\d.,'\\u2019${BLANK}]*|[.,]\\d+)(${MARK})?([-\\u2212])?(\\))?[${BLANK}]?(${MARK})?$`,
);
const PLAIN = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const ABSENT = /^(?:-{0,2}|—|n\/a|#n\/a|na|null|none)$/i;

/** Blank, or one of the words that people write into a column for "nothing": `--`, `N/A`, `null`. */
export function isAbsent(text: string): boolean {
	return text.length <= LONGEST && ABSENT.test(text.trim());
}

/**
 * The number that a text spells; undefined for `1e3`, `Infinity`, `12%`, two signs, groups that are none, the sign of
 * another currency. Without a style the text must decide itself (`2,329.86`), or be what programs write (`1.234`).
 */
export function readNumber(text: string, style?: NumberStyle, currency?: string): WrittenNumber | undefined {
	if (style !== "comma" && text.length <= LONGEST && PLAIN.test(text)) {
		return { value: signed(text.startsWith("-"), text.replace("-", "")), mark: "", plain: true, leadingZeros: false };
	}
	const parts = text.length > LONGEST ? null : SHAPE.exec(text.trim());
	if (parts === null) return undefined;
	const [, outside = "", open, before, prefix = "", after, body = "", suffix = "", behind, close, last = ""] = parts;
	const signs = [before, after, behind].filter((sign) => sign !== undefined);
	const accounting = open !== undefined;
	if (accounting !== (close !== undefined) || signs.length + (accounting ? 1 : 0) > 1) return undefined;
	const marks = [outside, prefix, suffix, last].filter((mark) => mark !== "");
	const [mark = ""] = marks;
	if (marks.length > 1 || !markFits(mark, currency)) return undefined;
	const digits = style === undefined ? readUndeclared(body.trim()) : readDigits(body.trim(), style);
	if (digits === undefined) return undefined;
	return {
		value: signed(accounting || (signs[0] ?? "+") !== "+", digits.value),
		mark,
		plain: false,
		leadingZeros: digits.leadingZeros,
	};
}

interface Digits {
	value: string;
	leadingZeros: boolean;
}

function readUndeclared(body: string): Digits | undefined {
	const point = readDigits(body, "point");
	const comma = readDigits(body, "comma");
	if (point === undefined || comma === undefined || point.value === comma.value) return point ?? comma;
	// both are possible: only what a program would have written is believed
	return /^\d+\.\d+$/.test(body) ? point : undefined;
}

function readDigits(body: string, style: NumberStyle): Digits | undefined {
	const decimalSign = style === "point" ? "." : ",";
	const at = body.lastIndexOf(decimalSign);
	const whole = at < 0 ? body : body.slice(0, at);
	const fraction = at < 0 ? "" : body.slice(at + 1);
	if (at >= 0 && !/^\d+$/.test(fraction)) return undefined;
	const ungrouped = ungroup(whole, style);
	if (ungrouped === undefined) return undefined;
	const digits = ungrouped.replace(/^0+(?=\d)/, "");
	return {
		value: (digits === "" ? "0" : digits) + (fraction === "" ? "" : `.${fraction}`),
		leadingZeros: digits.length < ungrouped.length,
	};
}

/** Groups of three, or as in India a last one of three and others of two; one sign between all of them. */
function ungroup(whole: string, style: NumberStyle): string | undefined {
	if (/^\d*$/.test(whole)) return whole;
	const sign = /\D/.exec(whole)?.[0] ?? "";
	if (sign === (style === "point" ? "." : ",")) return undefined;
	const groups = whole.split(sign);
	const [first = "", ...rest] = groups;
	const last = rest.pop() ?? "";
	if (!/^[1-9]\d{0,2}$/.test(first) || !/^\d{3}$/.test(last)) return undefined;
	const thousands = rest.every((group) => /^\d{3}$/.test(group));
	const lakhs = sign === "," && first.length <= 2 && rest.length > 0 && rest.every((group) => /^\d{2}$/.test(group));
	return thousands || lakhs ? groups.join("") : undefined;
}

function signed(negative: boolean, value: string): string {
	return negative && /[1-9]/.test(value) ? `-${value}` : value;
}

/** The style of a locale; undefined where its decimals stand behind neither point nor comma, or where it is unknown. */
export function styleOf(locale: string): NumberStyle | undefined {
	try {
		const parts = new Intl.NumberFormat(locale, { numberingSystem: "latn" }).formatToParts(1.5);
		const sign = parts.find(({ type }) => type === "decimal")?.value;
		return sign === "." ? "point" : sign === "," ? "comma" : undefined;
	} catch {
		return undefined;
	}
}

/**
 * May a number with this mark stand in a column of this currency? None may; the code itself, and the signs that Intl knows for it
 * (`$` and `US$` for USD). Without a currency any sign of a currency will do, but no letters: `INV 1001` is no money.
 */
function markFits(mark: string, currency: string | undefined): boolean {
	if (mark === "") return true;
	if (currency === undefined) return /^\p{Lu}{0,3}\p{Sc}$/u.test(mark);
	return signsOf(currency).has(mark);
}

const signs = new Map<string, Set<string>>();

function signsOf(currency: string): Set<string> {
	let known = signs.get(currency);
	if (known === undefined) {
		known = new Set([currency]);
		for (const [locale, currencyDisplay] of SIGN_SOURCES) {
			const format = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay });
			const sign = format.formatToParts(1).find(({ type }) => type === "currency")?.value;
			if (sign !== undefined) known.add(sign);
		}
		signs.set(currency, known);
	}
	return known;
}

// en-CA writes US$ for what en-US writes $
const SIGN_SOURCES = [
	["en-US", "symbol"],
	["en-CA", "symbol"],
	["en-US", "narrowSymbol"],
] as const;
