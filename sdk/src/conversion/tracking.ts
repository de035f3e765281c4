/** How they came: click ids and UTM values from the URL of the landing page. */
import { CLICK_ID_COLUMNS, type ConversionColumn, UTM_COLUMNS } from "@growthnav/spec";
import { TRACKING_NAMES } from "./click-ids.ts";
import { type Draft, flag, flagWrong, mapped, type Part, type PartSource } from "./draft.ts";

/** A person's address in a UTM value is a mistake of whoever made the link; it is not kept. */
export interface Tracking {
	/** By canonical name; the case of values is kept. */
	values: Map<string, string>;
	/** UTM names whose value looked like an e-mail address. */
	emails: string[];
}

const NOTHING: Tracking = { values: new Map(), emails: [] };

/**
 * Reads absolute, relative and scheme-less URLs. The query comes before the fragment, and of several values of one name
 * the first that says something counts; `{gclid}`, `(not set)`, `null` and `undefined` say nothing. A URL inside a
 * parameter is not looked into.
 */
export function readTracking(url: string): Tracking {
	if (!url.includes("=")) return NOTHING;
	const tracking: Tracking = { values: new Map(), emails: [] };
	const hash = url.indexOf("#");
	const beforeHash = hash < 0 ? url : url.slice(0, hash);
	const question = beforeHash.indexOf("?");
	if (question >= 0) readParameters(beforeHash.slice(question + 1), tracking);
	// single page applications keep a query of their own behind the #
	if (hash >= 0) readParameters(url.slice(url.indexOf("?", hash) + 1 || hash + 1), tracking);
	return tracking;
}

function readParameters(query: string, tracking: Tracking): void {
	let start = 0;
	while (start < query.length) {
		const ampersand = query.indexOf("&", start);
		const end = ampersand < 0 ? query.length : ampersand;
		const equals = query.indexOf("=", start);
		if (equals > start && equals < end) readParameter(query, start, equals, end, tracking);
		start = end + 1;
		// a link that was escaped as HTML once too often
		if (query.startsWith("amp;", start)) start += 4;
	}
}

const LONGEST_NAME = Math.max(...[...TRACKING_NAMES.keys()].map(({ length }) => length));

function readParameter(query: string, start: number, equals: number, end: number, tracking: Tracking): void {
	if (equals - start > LONGEST_NAME || equals + 1 === end) return;
	const parameter = TRACKING_NAMES.get(query.slice(start, equals).toLowerCase());
	if (parameter === undefined || tracking.values.has(parameter.name)) return;
	const raw = query.slice(equals + 1, end);
	const value = parameter.kind === "utm" ? utmValue(raw) : decoded(raw).trim();
	if (saysNothing(value)) return;
	if (parameter.kind === "utm" && isEmail(value)) tracking.emails.push(parameter.name);
	else tracking.values.set(parameter.name, value);
}

/** Percent signs are undone once; in a click id a plus stays a plus, since no platform's id has spaces. */
function decoded(raw: string): string {
	if (!raw.includes("%")) return raw;
	try {
		return decodeURIComponent(raw);
	} catch {
		return raw;
	}
}

function utmValue(raw: string): string {
	if (!/[+%\s]/.test(raw)) return raw;
	return decoded(raw.replaceAll("+", " ")).replace(/\s+/g, " ").trim();
}

function saysNothing(value: string): boolean {
	if (value === "" || (value.startsWith("{") && value.endsWith("}"))) return true;
	return value.length <= 9 && /^(?:\(not set\)|null|undefined)$/i.test(value);
}

function isEmail(value: string): boolean {
	const at = value.indexOf("@");
	return at > 0 && !value.includes(" ") && value.indexOf(".", at) > at + 1;
}

/** Fills the click ids and UTM columns that the mapping's columns do not name; ids without a column go to `click_ids`. */
export function trackingPart({ mapping, names }: PartSource): Part | undefined {
	if (mapping.tracking === undefined) return undefined;
	const { read } = mapped(mapping.tracking.url, names);
	const own = new Set<string>([...CLICK_ID_COLUMNS, ...UTM_COLUMNS]);
	const free = new Set([...own].filter((name) => !Object.hasOwn(mapping.columns, name)));
	return (draft, scope) => {
		const url = read(scope);
		if (url === undefined) return undefined;
		if (typeof url !== "string") flagWrong(draft, "tracking");
		else fill(draft, readTracking(url), own, free);
		return undefined;
	};
}

function fill(draft: Draft, tracking: Tracking, own: Set<string>, free: Set<string>): void {
	const others: { type: string; value: string }[] = [];
	for (const [name, value] of tracking.values) {
		if (free.has(name)) draft.row[name as ConversionColumn] = value;
		else if (!own.has(name)) others.push({ type: name, value });
	}
	if (others.length > 0) draft.row.click_ids = others;
	for (const name of tracking.emails) if (free.has(name)) flag(draft, `email_removed:${name}`);
}
