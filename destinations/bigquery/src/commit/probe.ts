/**
 * Where rows that come again stand already: asked of few columns, so that everything after it reads those days alone. A
 * row whose day changed is found on its old one.
 */
import {
	CONVERSIONS,
	conversionStageOf,
	type Dialect,
	type EpochStream,
	type JsonObject,
	type SealedEpoch,
	stageOf,
} from "@growthnav/sdk/store";
import type { Layouts } from "../sql/layouts.ts";

/** Undefined where no table of the epoch is kept in parts. Rows are a table and a day. */
export function probeStatement(dialect: Dialect, { streams }: SealedEpoch, layouts: Layouts): string | undefined {
	const asked = streams.flatMap((stream, at) =>
		stream.rows.length === 0 ? [] : probesOf(dialect, stream, at, layouts),
	);
	return asked.length === 0 ? undefined : asked.join(" UNION DISTINCT ");
}

function probesOf(dialect: Dialect, stream: EpochStream, at: number, layouts: Layouts): string[] {
	const { name, text } = dialect;
	const day = (table: string, condition: string) => {
		const column = name(layouts.get(table)!.column);
		return (
			`SELECT ${text(table)} AS what, CAST(DATE(t.${column}) AS STRING) AS day ` +
			`FROM ${name(table)} AS t WHERE ${condition}`
		);
	};
	const among = (column: string, stage: string) =>
		`t.${name(column)} IN (SELECT s.${name(column)} FROM ${name(stage)} AS s)`;
	const ofRows = stream.keyed && layouts.has(stream.target) ? [day(stream.target, among("_gn_key", stageOf(at)))] : [];
	if (stream.conversionsTarget !== CONVERSIONS || !layouts.has(CONVERSIONS)) return ofRows;
	const sameId = day(CONVERSIONS, among("conversion_id", conversionStageOf(at)));
	if (!stream.keyed) return [...ofRows, sameId];
	// what a row made before and makes no more goes, on whichever day it stands
	const sameRow = `t.${name("_gn_table")} = ${text(stream.table.name)} AND ${among("_gn_key", stageOf(at))}`;
	return [...ofRows, sameId, day(CONVERSIONS, sameRow)];
}

/** Days by table. */
export function readProbe(rows: readonly JsonObject[]): Map<string, string[]> {
	const known = rows.filter((row) => row.day !== null);
	return new Map(
		[...Map.groupBy(known, (row) => String(row.what))].map(([table, found]) => [
			table,
			found.map((row) => String(row.day)),
		]),
	);
}
