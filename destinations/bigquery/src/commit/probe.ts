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
import { DAYS, dayOf } from "../sql/day-keys.ts";
import type { Where } from "../sql/days.ts";
import type { Layouts } from "../sql/layouts.ts";
import { knownDays, knownStatements } from "./day-keys.ts";

/** Empty where no table of the epoch is kept in parts. Rows of the last one are a table and a day. */
export function probeStatements(dialect: Dialect, epoch: SealedEpoch, layouts: Layouts, keepsDays: boolean): string[] {
	const known = keepsDays ? knownStatements(dialect, epoch) : [];
	const wide = epoch.streams.flatMap((stream, at) =>
		stream.rows.length === 0 ? [] : probesOf(dialect, stream, at, { layouts, keepsDays }),
	);
	const asked = [...(known.length === 0 ? [] : [knownDays(dialect)]), ...wide];
	return asked.length === 0 ? [] : [...known, asked.join(" UNION DISTINCT ")];
}

/** Of tables whose days are not kept by key. */
function probesOf(
	dialect: Dialect,
	stream: EpochStream,
	at: number,
	{ layouts, keepsDays }: { layouts: Layouts; keepsDays: boolean },
): string[] {
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
	if (keepsDays || stream.conversionsTarget !== CONVERSIONS || !layouts.has(CONVERSIONS)) return ofRows;
	const sameId = day(CONVERSIONS, among("conversion_id", conversionStageOf(at)));
	if (!stream.keyed) return [...ofRows, sameId];
	// what a row made before and makes no more goes, on whichever day it stands
	const sameRow = `t.${name("_gn_table")} = ${text(stream.table.name)} AND ${among("_gn_key", stageOf(at))}`;
	return [...ofRows, sameId, day(CONVERSIONS, sameRow)];
}

/** Days by table. */
export function readProbe(rows: readonly JsonObject[]): Map<string, Where[]> {
	const days = new Map<string, Where[]>();
	for (const { what, day } of rows) {
		const table = what === DAYS ? CONVERSIONS : String(what);
		const where = day === null ? null : what === DAYS ? dayOf(String(day)) : String(day);
		days.set(table, [...(days.get(table) ?? []), where]);
	}
	return days;
}
