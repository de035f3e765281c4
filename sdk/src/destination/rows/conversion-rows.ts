/** Conversions as lines of the spool. */
import { hash } from "node:crypto";
import type { Conversion, ConversionColumn, ConversionValue } from "@growthnav/spec";
import { isPlain } from "./values/text.ts";

/** What the destination alone knows of the record behind a conversion. */
export interface ConversionFacts {
	/** JSON text of `_gn_key`. */
	key: string;
	/** Microseconds since 1970. */
	emittedAt: number;
	seq: number;
	/** Counts conversions of the stream in this run: no two have the same. */
	at: number;
	/** The record as JSON, where copies are wanted. */
	raw?: string | undefined;
}

/** One line, its columns those of `conversions` but for what is the same in the whole commit. */
export type ConversionLine = (conversion: Conversion, facts: ConversionFacts) => string;

export interface ConversionLines {
	line: ConversionLine;
	/** Every column that a line had so far; it grows. */
	columns: ReadonlySet<string>;
}

/**
 * `_gn_hash` is over the content alone: what is known of the reading does not make another conversion. Half a surrogate
 * pair becomes U+FFFD and is flagged. Compiled per stream: many columns hold the same value again and again.
 */
export function compileConversionLines(): ConversionLines {
	const columns = new Set(["_gn_hash", "_gn_key", "extracted_at", "_gn_seq", "_gn_at"]);
	const members = membersWriter(columns);
	const line: ConversionLine = (conversion, facts) => {
		let content = members(conversion);
		if (content.includes("\\ud")) content = members(wellFormed(conversion));
		if (facts.raw !== undefined) {
			columns.add("raw_data");
			content += `,"raw_data":${facts.raw}`;
		}
		let version = "";
		if (conversion.connector_version != null) {
			columns.add("connector_version");
			version = `,"connector_version":${JSON.stringify(conversion.connector_version)}`;
		}
		return (
			`{${content.slice(1)},"_gn_hash":"${contentHash(content)}","_gn_key":${facts.key},` +
			`"extracted_at":${facts.emittedAt},"_gn_seq":${facts.seq},"_gn_at":${facts.at}${version}}`
		);
	};
	return { line, columns };
}

/** 96 bits of SHA-1: enough to see that one row changed. */
export function contentHash(content: string): string {
	return hash("sha1", content, "base64").slice(0, 16);
}

/** One member as it was written last. */
interface Member {
	name: string;
	/** What stands before the value. */
	lead: string;
	value: ConversionValue | undefined;
	text: string;
}

/**
 * All rows of a mapping have the same members in the same order, which is that of the columns of the Conversion. Many
 * hold the same value again and again, so each place remembers what it wrote last. Adds their names to `columns`.
 */
function membersWriter(columns: Set<string>): (conversion: Conversion) => string {
	const places: Member[] = [];
	return (conversion) => {
		let members = "";
		let at = 0;
		for (const name in conversion) {
			const value = conversion[name as ConversionColumn];
			let member = places[at++];
			if (value === null || value === undefined || name === "connector_version") continue;
			if (member === undefined || member.name !== name) {
				member = { name, lead: `,"${name}":`, value: undefined, text: "" };
				places[at - 1] = member;
				columns.add(name);
			}
			if (member.value !== value) {
				member.value = value;
				member.text =
					member.lead + (typeof value === "string" && isPlain(value) ? `"${value}"` : JSON.stringify(value));
			}
			members += member.text;
		}
		return members;
	};
}

function wellFormed(conversion: Conversion): Conversion {
	const repaired = Object.fromEntries(
		Object.entries(conversion).map(([column, value]) => [column, repairedValue(value ?? null)]),
	) as Conversion;
	if (JSON.stringify(repaired) === JSON.stringify(conversion)) return conversion;
	return { ...repaired, dq_flags: [...((conversion.dq_flags as string[] | null) ?? []), "lone_surrogate"] };
}

function repairedValue(value: ConversionValue): ConversionValue {
	if (typeof value === "string") return value.toWellFormed();
	if (!Array.isArray(value)) return value;
	return value.map((item) =>
		typeof item === "string"
			? item.toWellFormed()
			: Object.fromEntries(Object.entries(item).map(([name, text]) => [name, text?.toWellFormed() ?? null])),
	) as string[] | Record<string, string | null>[];
}
