/** `_gn_days` is there before anybody commits: made with the keys of all conversions, or not at all. */
import { CONVERSIONS } from "@growthnav/sdk/store";
import { problemOf } from "../errors/problem.ts";
import { runSql, type Session } from "../session.ts";
import { allDayKeys, DAYS, KEY_COLUMNS } from "../sql/day-keys.ts";
import { bigqueryDialect } from "../sql/dialect.ts";
import type { Tables } from "./dataset.ts";

/**
 * Whether days are kept by key. Every commit of every connection, whatever its settings, then adds its own: so the
 * answer may only hang on `conversions` itself. One that others made may have another layout, or other types.
 */
export function keepsDays({ columns, layouts }: Tables): boolean {
	const known = columns.get(CONVERSIONS);
	const layout = layouts.get(CONVERSIONS);
	return (
		layout?.column === "timestamp" &&
		layout.type === "TIMESTAMP" &&
		KEY_COLUMNS.every((column) => /^STRING(\(\d+\))?$/.test(known?.get(column)?.type ?? ""))
	);
}

/**
 * One statement makes and fills the table, so that it is never there without its keys. Who commits has been here
 * first: while it is filled nobody can add a conversion that it would miss. Of two that fill it one comes first, and
 * what the other one has read is dropped.
 */
export async function openDays(session: Session, tables: Tables): Promise<boolean> {
	if (!keepsDays(tables)) return false;
	if (tables.columns.has(DAYS)) return true;
	const { name, text } = bigqueryDialect;
	const key = session.config.kms_key;
	const options = key == null ? "" : ` OPTIONS (kms_key_name = ${text(key)})`;
	await session.jobs.pace.metadata(DAYS);
	const sql = `CREATE TABLE IF NOT EXISTS ${name(DAYS)}${options} AS ${allDayKeys(bigqueryDialect)}`;
	await runSql(session, { step: "evolve", sql }).catch((thrown) => {
		// somebody else was faster
		if (problemOf(thrown)?.reason !== "duplicate") throw thrown;
	});
	return true;
}
