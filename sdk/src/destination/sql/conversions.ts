/** The conversions of a stream into `conversions`, each following the row that it was made from. */
import type { SealedEpoch } from "../epochs/epoch.ts";
import {
	type CONVERSION_COMMIT_COLUMNS,
	CONVERSION_LATER_COLUMNS,
	CONVERSION_TABLE_COLUMNS,
} from "../tables/layout.ts";
import { type Dialect, found, names, within } from "./dialect.ts";
import { conversionStageOf, conversionVerdictsOf, type Numbered, type Step, verdictsOf } from "./steps.ts";

const COLUMNS = CONVERSION_TABLE_COLUMNS.map((column) => column.name);

/**
 * Conversions of rows that are not older than the table's land by `conversion_id`, where their content is new; what
 * the same row made before and makes no more is removed. Rows without key: of one `conversion_id` the newest stays.
 */
export function conversionSteps(
	dialect: Dialect,
	numbered: Numbered,
	commit: Pick<SealedEpoch, "loadedAt" | "syncId">,
): Step[] {
	const { at, stream } = numbered;
	const constants = new Map<string, string>([
		["_gn_generation_id", String(stream.generation)],
		["_gn_table", dialect.text(stream.table.name)],
		["loaded_at", dialect.instant(commit.loadedAt)],
		["sync_id", dialect.text(commit.syncId)],
	] satisfies [(typeof CONVERSION_COMMIT_COLUMNS)[number], string][]);
	const landing: Landing = {
		stage: dialect.name(conversionStageOf(at)),
		id: "_gn_at",
		verdicts: conversionVerdictsOf(at),
		target: stream.conversionsTarget!,
		constants,
	};
	return [
		{
			sql: stream.keyed ? keyedVerdicts(dialect, numbered, landing) : newestVerdicts(dialect, numbered, landing),
			judges: landing.verdicts,
		},
		...landingSteps(dialect, landing),
		...(stream.keyed ? [removal(dialect, numbered, landing)] : []),
	];
}

/** Staged conversions, judged, on their way into a table. */
export interface Landing {
	/** A quoted name, or a query in brackets. */
	stage: string;
	/** The column that tells staged rows apart. */
	id: string;
	verdicts: string;
	target: string;
	/** Columns that the stage lacks. */
	constants: Map<string, string>;
}

/** Inserts what is new, rewrites what changed, marks what only belongs to a newer version or generation now. */
export function landingSteps(dialect: Dialect, { stage, id: staged, verdicts, target, constants }: Landing): Step[] {
	const { name } = dialect;
	const id = name("conversion_id");
	const value = (column: string) => {
		const own = constants.get(column) ?? `s.${name(column)}`;
		return dialect.adopted?.value(target, column, own) ?? own;
	};
	const extra = dialect.adopted?.extra(target) ?? new Map<string, string>();
	const filled = [...COLUMNS, ...extra.keys()];
	const chosen = (verdict: string) =>
		`FROM ${stage} AS s JOIN ${name(verdicts)} AS v ON v.${name(staged)} = s.${name(staged)} ` +
		`WHERE v.${name("verdict")} = '${verdict}'`;
	const kept = new Set(CONVERSION_LATER_COLUMNS);
	const changes = COLUMNS.filter((column) => column !== "conversion_id")
		.sort()
		.map((column) =>
			kept.has(column)
				? `${name(column)} = COALESCE(${value(column)}, t.${name(column)})`
				: `${name(column)} = ${value(column)}`,
		);
	const insert = [...filled]
		.sort()
		.map((column) => extra.get(column) ?? value(column))
		.join(", ");
	const into = `INSERT INTO ${name(target)} (${names(dialect, filled)}) SELECT ${insert}`;
	const there = within(dialect, target, "t", "change");
	const moved = ["_gn_generation_id", "extracted_at"].map((column) => `${name(column)} = ${value(column)}`);
	return [
		{
			sql: `${into} ${chosen("new")}`,
			when: { verdicts, any: ["new"] },
			whenAllNew: `${into} FROM ${stage} AS s`,
			asWritten: true,
			lands: true,
		},
		{
			sql: `UPDATE ${name(target)} AS t SET ${changes.join(", ")} FROM (SELECT s.* ${chosen("changed")}) AS s WHERE t.${id} = s.${id}${there}`,
			when: { verdicts, any: ["changed"] },
			lands: true,
		},
		{
			sql: `UPDATE ${name(target)} AS t SET ${moved.join(", ")} FROM (SELECT s.* ${chosen("touch")}) AS s WHERE t.${id} = s.${id}${there}`,
			when: { verdicts, any: ["touch"] },
			lands: true,
		},
	];
}

function keyedVerdicts(dialect: Dialect, { at, stream }: Numbered, landing: Landing): string {
	const { name } = dialect;
	const seq = name("_gn_seq");
	const candidates =
		`SELECT ${names(dialect, ["_gn_at", "_gn_hash", "conversion_id"], "c")} FROM ${landing.stage} AS c ` +
		`JOIN ${name(verdictsOf(at))} AS r ON r.${seq} = c.${seq} ` +
		`WHERE r.${name("converts")} AND r.${name("verdict")} <> 'older'`;
	return verdictTable(dialect, landing, candidates, ["_gn_at"], {
		touch: `t.${name("_gn_generation_id")} <> ${stream.generation}`,
	});
}

function newestVerdicts(dialect: Dialect, { stream }: Numbered, landing: Landing): string {
	const { name } = dialect;
	const read = name("extracted_at");
	const columns = ["_gn_at", "_gn_hash", "conversion_id", "extracted_at"];
	const candidates = `SELECT ${names(dialect, columns, "c")} FROM ${landing.stage} AS c`;
	return verdictTable(dialect, landing, candidates, ["extracted_at", "_gn_at"], {
		older: `c.${read} < t.${read}`,
		touch: `c.${read} > t.${read} OR t.${name("_gn_generation_id")} <> ${stream.generation}`,
	});
}

/** One candidate per `conversion_id`, the last by the columns of `order`, beside what the target has of it. */
export function verdictTable(
	dialect: Dialect,
	{ id: staged, verdicts, target }: Landing,
	candidates: string,
	order: readonly string[],
	rules: { older?: string; touch: string },
): string {
	const { name } = dialect;
	const [id, hash] = ["conversion_id", "_gn_hash"].map(name);
	const lastFirst = order.map((column) => `c.${name(column)} DESC`).join(", ");
	return dialect.scratch(
		verdicts,
		`WITH c AS (${candidates} ` +
			`QUALIFY ROW_NUMBER() OVER (PARTITION BY c.${id} ORDER BY ${lastFirst}) = 1) ` +
			`SELECT c.${name(staged)}, TRUE AS ${name("wins")}, CASE WHEN t.${id} IS NULL THEN 'new' ` +
			(rules.older === undefined ? "" : `WHEN ${rules.older} THEN 'older' `) +
			`WHEN t.${hash} = c.${hash} THEN CASE WHEN ${rules.touch} THEN 'touch' ELSE 'same' END ` +
			`ELSE 'changed' END AS ${name("verdict")}${found(dialect, target, "t")} ` +
			`FROM c LEFT JOIN ${name(target)} AS t ON t.${id} = c.${id}${within(dialect, target, "t", "find")}`,
	);
}

/** Rows that were here before and came again: conversions of theirs that they do not make any more go. */
function removal(dialect: Dialect, { at, stream }: Numbered, landing: Landing): Step {
	const { name } = dialect;
	const target = name(landing.target);
	const [id, key, seq] = ["conversion_id", "_gn_key", "_gn_seq"].map(name);
	const judged = name(verdictsOf(at));
	const came = `r.${name("converts")} AND r.${name("verdict")} IN ('changed', 'touch', 'same')`;
	return {
		sql:
			`DELETE FROM ${target} WHERE ${target}.${name("_gn_table")} = ${dialect.text(stream.table.name)} ` +
			`AND ${target}.${key} IN (SELECT r.${key} FROM ${judged} AS r WHERE ${came}) ` +
			`AND ${target}.${id} NOT IN (SELECT c.${id} FROM ${landing.stage} AS c ` +
			`JOIN ${judged} AS r ON r.${seq} = c.${seq} WHERE ${came})${within(dialect, landing.target, landing.target, "change")}`,
		when: { verdicts: verdictsOf(at), any: ["changed", "touch", "same"] },
		counts: "removed",
	};
}

/**
 * The sums of an epoch's conversions of one stream: all that it mapped, and what of it was new or changed; `allNew`
 * spares the verdicts where that is known to be the same.
 */
export function totalsQuery(dialect: Dialect, at: number, allNew = false): string {
	const { name } = dialect;
	const groups = ["source_system", "source_account", "conversion_type", "currency"];
	const by = groups.map((column) => `s.${name(column)}`).join(", ");
	const loaded = allNew ? "TRUE" : `v.${name("verdict")} IN ('new', 'changed')`;
	const [staged, value] = ["_gn_at", "value"].map(name);
	const judged = allNew ? "" : `LEFT JOIN ${name(conversionVerdictsOf(at))} AS v ON v.${staged} = s.${staged} `;
	return (
		`SELECT ${by}, COUNT(*) AS mapped_rows, COALESCE(SUM(s.${value}), 0) AS mapped_value, ` +
		`SUM(CASE WHEN ${loaded} THEN 1 ELSE 0 END) AS loaded_rows, ` +
		`COALESCE(SUM(CASE WHEN ${loaded} THEN s.${value} END), 0) AS loaded_value ` +
		`FROM ${name(conversionStageOf(at))} AS s ${judged}GROUP BY ${by} ORDER BY ${by}`
	);
}
