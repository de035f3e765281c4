/** Conversions as lines of the spool. */
import { hash } from "node:crypto";
import { CONVERSION_COLUMNS, type Conversion, type ConversionColumn, type ConversionValue } from "@growthnav/spec";

/** What the destination alone knows of the record behind a conversion. */
export interface ConversionFacts {
	/** JSON text of `_gn_key`. */
	key: string;
	/** Microseconds since 1970. */
	emittedAt: number;
	seq: number;
	/** The record as JSON, where copies are wanted. */
	raw?: string | undefined;
}

/** Facts about the reading, not the event: a conversion that differs only in these is the same. */
const NOT_CONTENT: ReadonlySet<string> = new Set(["connector_version"]);

const COLUMNS = CONVERSION_COLUMNS.map((column) => column.name as ConversionColumn);

/**
 * One line, its columns those of `conversions` but for what is the same in the whole commit. `_gn_hash` is over the
 * content alone. Half a surrogate pair becomes U+FFFD and is flagged.
 */
export function conversionLine(conversion: Conversion, facts: ConversionFacts): string {
	let content = membersOf(conversion);
	if (content.includes("\\ud")) content = membersOf(wellFormed(conversion));
	if (facts.raw !== undefined) content += `,"raw_data":${facts.raw}`;
	const version = conversion.connector_version;
	return (
		`{${content.slice(1)},"_gn_hash":"${contentHash(content)}","_gn_key":${facts.key},` +
		`"extracted_at":${facts.emittedAt},"_gn_seq":${facts.seq}` +
		`${version == null ? "" : `,"connector_version":${JSON.stringify(version)}`}}`
	);
}

/** 96 bits of SHA-1: enough to see that one row changed. */
export function contentHash(content: string): string {
	return hash("sha1", content, "base64").slice(0, 16);
}

function membersOf(conversion: Conversion): string {
	let members = "";
	for (let at = 0; at < COLUMNS.length; at++) {
		const column = COLUMNS[at]!;
		const value = conversion[column];
		if (value === null || value === undefined || NOT_CONTENT.has(column)) continue;
		members += `,"${column}":${JSON.stringify(value)}`;
	}
	return members;
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
