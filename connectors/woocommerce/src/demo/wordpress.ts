/** What WordPress does for every list: times of the site, parameters and their refusals, pages and their headers. */
import type { Json, JsonObject } from "@growthnav/sdk";
import type { ScriptedAnswer } from "@growthnav/sdk/testing";

/** Thrown by whoever refuses a request, as WordPress puts it. */
export function refused(status: number, code: string, message: string, more: JsonObject = {}): Error {
	const answer: ScriptedAnswer = { status, json: { code, message, data: { status, ...more } } };
	return new Error(message, { cause: answer });
}

export function invalid(parameter: string, message: string, code: string): Error {
	const params = { [parameter]: message };
	const details = { [parameter]: { code, message, data: null } };
	return refused(400, "rest_invalid_param", `Invalid parameter(s): ${parameter}`, { params, details });
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Seconds east of UTC. */
function offsetAt(zone: string, ms: number): number {
	const clock = clocks.get(zone) ?? new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
	clocks.set(zone, clock);
	const text = clock.format(ms);
	const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
	return sign === undefined ? 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** A time as answers show it, without zone: "2026-03-29T01:30:00". */
export const gmt = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
export const local = (zone: string, ms: number): string => gmt(ms + offsetAt(zone, ms) * 1000);

/**
 * How a time in a filter is understood: with a zone it is turned to the site's; without one it is taken as the site's
 * local time, so that one that the site's clocks skip becomes an hour later. Only then it is compared, also with times
 * in GMT. (WP_Date_Query::build_mysql_datetime)
 */
export function understood(zone: string, parameter: string, text: string): string {
	if (!/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?$/.test(text))
		throw invalid(parameter, "Invalid date.", "rest_invalid_date");
	if (!/[T ][\d:.]+$/i.test(text)) return local(zone, Date.parse(text));
	const naive = Date.parse(`${text.slice(0, 19)}Z`);
	const before = offsetAt(zone, naive - 86_400_000);
	const shown = [before, offsetAt(zone, naive + 86_400_000)].map((offset) => local(zone, naive - offset * 1000));
	return shown.includes(gmt(naive)) ? gmt(naive) : shown[0]!;
}

export interface Query {
	[name: string]: string;
}

function whole(query: Query, name: string, unless: number, from: number, to = Number.POSITIVE_INFINITY): number {
	const text = query[name];
	if (text === undefined) return unless;
	const number = Number(text);
	if (!Number.isInteger(number)) throw invalid(name, `${name} is not of type integer.`, "rest_invalid_type");
	if (number >= from && number <= to) return number;
	const bounds =
		to === Number.POSITIVE_INFINITY
			? `greater than or equal to ${from}`
			: `between ${from} (inclusive) and ${to} (inclusive)`;
	throw invalid(name, `${name} must be ${bounds}`, "rest_out_of_bounds");
}

export function oneOf(query: Query, name: string, unless: string, words: string[]): string {
	const word = query[name] ?? unless;
	if (words.includes(word)) return word;
	throw invalid(
		name,
		`${name} is not one of ${words.slice(0, -1).join(", ")}, and ${words.at(-1)}.`,
		"rest_not_in_enum",
	);
}

/** A page of what was found, with the headers that tell of the others. `at`: the address of the list. */
export function page<T>(found: T[], query: Query, at: string, record: (one: T) => Json): ScriptedAnswer {
	const size = whole(query, "per_page", 10, 1, 100);
	const number = whole(query, "page", 1, 1);
	const from = query.offset === undefined ? (number - 1) * size : whole(query, "offset", 0, 0);
	const pages = Math.ceil(found.length / size);
	const link = (rel: string, page: number) =>
		`<${at}?${new URLSearchParams({ ...query, page: String(page) })}>; rel="${rel}"`;
	const links = [
		...(number > 1 ? [link("prev", Math.min(number - 1, pages))] : []),
		...(pages > number ? [link("next", number + 1)] : []),
	];
	const headers = {
		"content-type": "application/json; charset=UTF-8",
		"x-wp-total": String(found.length),
		"x-wp-totalpages": String(pages),
		...(links.length > 0 && { link: links.join(", ") }),
	};
	return { headers, json: found.slice(from, from + size).map(record) };
}

/** `include=4,8,15` */
export function included(query: Query): Set<number> | undefined {
	const ids = (query.include ?? "").split(",").filter((id) => id !== "");
	return ids.length === 0 ? undefined : new Set(ids.map(Number));
}
