/** Dead letters: each is kept one time, however often its record comes again. */
import type { SealedEpoch } from "../epochs/epoch.ts";
import { DEAD_LETTER_COLUMNS, DEAD_LETTERS } from "../tables/layout.ts";
import { type Dialect, names } from "./dialect.ts";
import { DEAD_LETTER_STAGE, RESOLVED_STAGE, type Step } from "./steps.ts";

/** Adds those that are new, opens again those that were resolved and were refused again. */
export function deadLetterSteps(
	dialect: Dialect,
	commit: Pick<SealedEpoch, "batchId" | "loadedAt" | "syncId" | "connection">,
): Step[] {
	const { name } = dialect;
	const constants = new Map([
		["batch_id", dialect.text(commit.batchId)],
		["connection", dialect.text(commit.connection)],
		["rejected_at", dialect.instant(commit.loadedAt)],
		// typed: BigQuery takes a bare NULL of a query with QUALIFY for a number
		["resolved_at", `CAST(NULL AS ${dialect.type({ name: "resolved_at", type: "timestamp" })})`],
		["sync_id", dialect.text(commit.syncId)],
	]);
	const columns = DEAD_LETTER_COLUMNS.map((column) => column.name);
	const values = [...columns].sort().map((column) => constants.get(column) ?? `s.${name(column)}`);
	const [id, seq, stage, target] = [name("_gn_id"), name("_gn_seq"), name(DEAD_LETTER_STAGE), name(DEAD_LETTERS)];
	return [
		{
			sql:
				`UPDATE ${target} SET ${name("resolved_at")} = NULL WHERE ${name("resolved_at")} IS NOT NULL ` +
				`AND ${id} IN (SELECT ${id} FROM ${stage})`,
		},
		{
			sql:
				`INSERT INTO ${target} (${names(dialect, columns)}) SELECT ${values.join(", ")} FROM ${stage} AS s ` +
				`WHERE s.${id} NOT IN (SELECT ${id} FROM ${target}) ` +
				`QUALIFY ROW_NUMBER() OVER (PARTITION BY s.${id} ORDER BY s.${seq}) = 1`,
		},
	];
}

export function resolvedSteps(dialect: Dialect, commit: Pick<SealedEpoch, "loadedAt">): Step[] {
	const { name } = dialect;
	return [
		{
			sql:
				`UPDATE ${name(DEAD_LETTERS)} SET ${name("resolved_at")} = ${dialect.instant(commit.loadedAt)} ` +
				`WHERE ${name("resolved_at")} IS NULL AND ${name("_gn_id")} IN (SELECT ${name("_gn_id")} FROM ${name(RESOLVED_STAGE)})`,
		},
	];
}
