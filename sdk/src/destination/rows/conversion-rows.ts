/** Conversions as lines of the spool. */
import { hash } from "node:crypto";
import type { Conversion, ConversionColumn, ConversionValue } from "@growthnav/spec";

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

/**
 * `_gn_hash` is over the content alone: what is known of the reading does not make another conversion. Half a surrogate
 * pair becomes U+FFFD and is flagged. Compiled per stream: many columns hold the same value again and again.
 */
export function compileConversionLine(): ConversionLine {
	const members = membersWriter();
	return (conversion, facts) => {
		let content = members(conversion);
		if (content.includes("\\ud")) content = members(wellFormed(conversion));
		if (facts.raw !== undefined) content += `,"raw_data":${facts.raw}`;
		const version = conversion.connector_version;
		return (
			`{${content.slice(1)},"_gn_hash":"${contentHash(content)}","_gn_key":${facts.key},` +
			`"extracted_at":${facts.emittedAt},"_gn_seq":${facts.seq},"_gn_at":${facts.at}` +
			`${version == null ? "" : `,"connector_version":${JSON.stringify(version)}`}}`
		);
	};
}

/** 96 bits of SHA-1: enough to see that one row changed. */
export function contentHash(content: string): string {
	return hash("sha1", content, "base64").slice(0, 16);
}

/** All rows of a mapping have the same members in the same order, which is that of the columns of the Conversion. */
function membersWriter(): (conversion: Conversion) => string {
	const last: Partial<Record<ConversionColumn, { value: ConversionValue; text: string }>> = {};
	return (conversion) => {
		let members = "";
		for (const name in conversion) {
			const column = name as ConversionColumn;
			const value = conversion[column];
			if (value === null || value === undefined || column === "connector_version") continue;
			let known = last[column];
			if (known === undefined || known.value !== value) {
				known = { value, text: `,"${column}":${JSON.stringify(value)}` };
				last[column] = known;
			}
			members += known.text;
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
