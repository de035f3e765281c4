/** Declared formats of dates and times: `MM/DD/YYYY`, `DD.MM.YY HH:mm`, `MMM D, YYYY h:mm A`, `unix`. */
import { ConnectorError, instantText, type Moment, parseMoment } from "@growthnav/sdk";
import { clock, LONGEST_DATE, monthOf, type ReadMoment, two } from "./dates.ts";

const TOKENS = /\[[^\]]*\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|HH|H|hh|h|mm|ss|S+|A|a|Z|[\s\S]/g;
const SOURCES: Record<string, [part: string, source: string]> = {
	YYYY: ["year", "\\d{4}"],
	YY: ["shortYear", "\\d{2}"],
	MMMM: ["monthName", "[A-Za-z]{3,9}"],
	MMM: ["monthName", "[A-Za-z]{3,9}"],
	MM: ["month", "\\d{1,2}"],
	M: ["month", "\\d{1,2}"],
	DD: ["day", "\\d{1,2}"],
	D: ["day", "\\d{1,2}"],
	HH: ["hour", "\\d{1,2}"],
	H: ["hour", "\\d{1,2}"],
	hh: ["hour", "\\d{1,2}"],
	h: ["hour", "\\d{1,2}"],
	mm: ["minute", "\\d{2}"],
	ss: ["second", "\\d{2}"],
	A: ["half", "[AaPp](?=\\.?[Mm])\\.?[Mm]\\.?"],
	a: ["half", "[AaPp](?=\\.?[Mm])\\.?[Mm]\\.?"],
	Z: ["zone", "Z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?"],
};

/**
 * A declared format: `MM/DD/YYYY`, `DD.MM.YY HH:mm`, `MMM D, YYYY h:mm A`, `YYYYMMDD`, `[as it stands]`, or `unix` and
 * `unix_ms` for seconds and milliseconds since 1970. Years of two digits: 70 to 99 are 1970 to 1999, others 2000 to
 * 2069 (POSIX). Throws `config.date_format`.
 */
export function compileFormat(format: string, where: string): ReadMoment {
	if (format === "unix") return (text) => sinceEpoch(text.trim(), 0);
	if (format === "unix_ms") return (text) => sinceEpoch(text.trim(), 3);
	const tokens = format.match(TOKENS) ?? [];
	const parts: string[] = [];
	const source = tokens.map((token, i) => sourceOf(token, tokens[i + 1], tokens[i - 1], parts)).join("");
	const has = (part: string) => parts.includes(part);
	const complete = (has("year") || has("shortYear")) && (has("month") || has("monthName")) && has("day");
	if (
		!complete ||
		new Set(parts).size < parts.length ||
		has("minute") !== has("hour") ||
		/[a-z]{2}/i.test(rest(tokens))
	) {
		throw new ConnectorError("config.date_format", `${format} is no format of dates`, {
			where,
			why: "a format needs YYYY, MM and DD, may have HH:mm:ss, A and Z, and says nothing else in letters",
			next: "for example MM/DD/YYYY, DD.MM.YYYY HH:mm, MMM D, YYYY, unix or unix_ms; letters stand in [ ]",
		});
	}
	const pattern = new RegExp(`^${source}$`);
	return (text) => (text.length > LONGEST_DATE ? undefined : readFormatted(pattern.exec(text.trim()), parts));
}

function sourceOf(token: string, next: string | undefined, last: string | undefined, parts: string[]): string {
	if (/^S+$/.test(token)) {
		parts.push("fraction");
		return "(\\d{1,9})";
	}
	const known = SOURCES[token];
	if (known === undefined) return escaped(token.length > 1 ? token.slice(1, -1) : token);
	parts.push(known[0]);
	const tight = [next, last].some((other) => other !== undefined && /^\\d/.test(SOURCES[other]?.[1] ?? ""));
	return `(${tight && token.length === 2 ? "\\d{2}" : known[1]})`;
}

/** What is neither a token nor in brackets. */
function rest(tokens: readonly string[]): string {
	return tokens
		.map((token) => (token.length === 1 && SOURCES[token] === undefined && token !== "T" ? token : " "))
		.join("");
}

function escaped(text: string): string {
	return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

function readFormatted(found: RegExpExecArray | null, parts: readonly string[]): Moment | undefined {
	if (found === null) return undefined;
	const by = (part: string): string | undefined => found[parts.indexOf(part) + 1] || undefined;
	const value = (part: string): string | undefined => (parts.includes(part) ? by(part) : undefined);
	const short = value("shortYear");
	const year = value("year") ?? (Number(short) >= 70 ? `19${short}` : `20${short}`);
	const name = value("monthName");
	const month = name === undefined ? two(value("month") ?? "") : monthOf(name);
	const time = clock({
		hour: value("hour"),
		minute: value("minute"),
		second: value("second"),
		fraction: value("fraction"),
		half: value("half"),
		zone: value("zone"),
	});
	return parseMoment(`${year}-${month}-${two(value("day") ?? "")}${time ?? ""}`);
}

/** `text` in units of ten to the minus `decimals` seconds. */
function sinceEpoch(text: string, decimals: number): Moment | undefined {
	const parts = /^(-?\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
	if (parts === null || (decimals > 0 && parts[2] !== undefined)) return undefined;
	// -1.5 would be a second before -2
	if (parts[1]!.startsWith("-") && parts[2] !== undefined) return undefined;
	const units = BigInt(parts[1]!);
	const scale = BigInt(10 ** decimals);
	const below = ((units % scale) + scale) % scale;
	const fraction = (decimals > 0 ? String(below).padStart(decimals, "0") : (parts[2] ?? "")).slice(0, 6);
	const second = instantText(Number((units - below) / scale), "");
	if (second === undefined) return undefined;
	return parseMoment(`${second.slice(0, -1)}${fraction === "" ? "" : `.${fraction}`}Z`);
}
