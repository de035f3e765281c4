/** What the rows of reads become, and what tables hold after them: as destinations do it, in plain data. */
import type { Catalog, JsonObject, Stream } from "@growthnav/spec";
import { compileConversions } from "../conversion/compile.ts";
import type { Outcome } from "../conversion/contract.ts";
import { recordId } from "../conversion/conversion-id.ts";
import { asText } from "../conversion/value.ts";
import { DELETED_AT } from "../source/deletions.ts";

/** Rows by stream, in the order in which they came. */
export type Records = ReadonlyMap<string, readonly JsonObject[]>;

/** The columns of a conversion as tests look at them. */
export interface ConversionRow {
	[column: string]: string | boolean | null | string[] | Record<string, string | null>[];
}

/** What each row became, by the mappings of its stream in the catalog; one that is deleted becomes nothing. The customer is "acme". */
export function* outcomesOf(
	catalog: Catalog | undefined,
	records: Records,
): Generator<{ stream: string; row: JsonObject; outcome: Outcome }> {
	for (const { name, conversions = [], ...stream } of catalog?.streams ?? []) {
		const convert = compileConversions(conversions, {
			customerId: "acme",
			stream: name,
			primaryKey: stream.source_defined_primary_key ?? [],
			origin: stream.conversion_origin,
			connectorVersion: stream.connector,
		});
		for (const row of records.get(name) ?? []) {
			if (row[DELETED_AT] == null) for (const outcome of convert(row)) yield { stream: name, row, outcome };
		}
	}
}

/** What tables hold after one read, or after several: the last version of each row, and what that became. */
export interface Held {
	/** By stream and key ("17", "A:7"), the deleted too. Rows of a stream without key have the number at which they came. */
	rows: Record<string, Map<string, JsonObject>>;
	/** By "orders 17"; an empty list of a row that became nothing. */
	became: Map<string, ConversionRow[]>;
	/** All of these. */
	conversions: ConversionRow[];
	/** Of the last read: "orders: state is OPEN, the mapping wants COMPLETED" */
	leftOut: string[];
	/** Of the last read: "orders: no_event_time closed_at is absent" */
	refused: string[];
}

/** What tables hold when they take these records, after what they held before. */
export function heldAfter(
	catalog: Catalog | undefined,
	records: Records,
	before: Pick<Held, "rows" | "became"> = { rows: {}, became: new Map() },
): Held {
	const rows = Object.fromEntries(Object.entries(before.rows).map(([stream, held]) => [stream, new Map(held)]));
	const became = new Map(before.became);
	const told: Pick<Held, "leftOut" | "refused"> = { leftOut: [], refused: [] };
	for (const stream of catalog?.streams ?? []) {
		const { name } = stream;
		const came = lastOfEach(stream, records.get(name) ?? [], rows[name]?.size ?? 0);
		if (came.size > 0) rows[name] = new Map([...(rows[name] ?? []), ...came]);
		const keys = new Map([...came].map(([key, row]) => [row, key]));
		for (const key of came.keys()) became.set(`${name} ${key}`, []);
		for (const { row, outcome } of outcomesOf({ streams: [stream] }, new Map([[name, [...came.values()]]]))) {
			if (outcome.outcome === "converted")
				became.get(`${name} ${keys.get(row)}`)!.push(outcome.conversion as ConversionRow);
			else if (outcome.outcome === "left_out") told.leftOut.push(`${name}: ${outcome.rule}`);
			else told.refused.push(`${name}: ${outcome.code} ${outcome.reason}`);
		}
	}
	return { ...told, rows, became, conversions: [...became.values()].flat() };
}

/** By key; where there is none each row is one of its own, counted from `from`. */
function lastOfEach(
	{ source_defined_primary_key: key = [] }: Stream,
	rows: readonly JsonObject[],
	from: number,
): Map<string, JsonObject> {
	const keyOf = (row: JsonObject) => recordId(key.map(([field = ""]) => asText(row[field] ?? "") ?? ""));
	return new Map(rows.map((row, n) => [key.length === 0 ? String(from + n) : keyOf(row), row]));
}
