/** The rows of a stream into its table. */
import type { EpochStream, SealedEpoch } from "../epochs/epoch.ts";
import { type Dialect, found, names, within } from "./dialect.ts";
import { type Numbered, type Step, stageOf, type Verdict, verdictsOf } from "./steps.ts";

type CommitFacts = Pick<SealedEpoch, "batchId" | "loadedAt">;

export function rowSteps(dialect: Dialect, { at, stream }: Numbered, commit: CommitFacts): Step[] {
	const { name } = dialect;
	const stage = name(stageOf(at));
	const target = name(stream.target);
	const constants = constantsOf(dialect, stream, commit);
	const filled = stream.columns.map((column) => column.name);
	const into = names(dialect, [...filled, ...constants.keys()]);
	const from = (source: string) =>
		[...filled, ...constants.keys()]
			.sort()
			.map((column) => constants.get(column) ?? `${source}.${name(column)}`)
			.join(", ");
	const insertAll = `INSERT INTO ${target} (${into}) SELECT ${from("s")} FROM ${stage} AS s`;
	if (!stream.keyed) return [{ sql: insertAll, counts: "inserted" }];

	const verdicts = verdictsOf(at);
	const chosen = (verdict: Verdict) =>
		`FROM ${stage} AS s JOIN ${name(verdicts)} AS v ON v.${name("_gn_seq")} = s.${name("_gn_seq")} ` +
		`WHERE v.${name("wins")} AND v.${name("verdict")} = '${verdict}'`;
	const when = (verdict: Verdict) => ({ verdicts, any: [verdict] });
	const key = name("_gn_key");
	const there = within(dialect, stream.target, "t", "change");
	return [
		{ sql: verdictTable(dialect, { at, stream }), judges: verdicts },
		{
			sql: `INSERT INTO ${target} (${into}) SELECT ${from("s")} ${chosen("new")}`,
			when: when("new"),
			whenAllNew: insertAll,
			asWritten: true,
			lands: true,
		},
		{
			sql:
				`UPDATE ${target} AS t SET ${assignments(dialect, stream, constants)} ` +
				`FROM (SELECT s.* ${chosen("changed")}) AS s WHERE t.${key} = s.${key}${there}`,
			when: when("changed"),
			lands: true,
		},
		{
			sql:
				`UPDATE ${target} AS t SET ${name("_gn_emitted_at")} = s.${name("_gn_emitted_at")}, ` +
				`${name("_gn_generation_id")} = ${stream.generation} ` +
				`FROM (SELECT s.${key}, s.${name("_gn_emitted_at")} ${chosen("touch")}) AS s WHERE t.${key} = s.${key}${there}`,
			when: when("touch"),
			lands: true,
		},
	];
}

function constantsOf(dialect: Dialect, stream: EpochStream, commit: CommitFacts): Map<string, string> {
	return new Map([
		["_gn_batch_id", dialect.text(commit.batchId)],
		["_gn_generation_id", String(stream.generation)],
		["_gn_loaded_at", dialect.instant(commit.loadedAt)],
	]);
}

/** A new version is the whole row: columns that it does not fill become null. */
function assignments(dialect: Dialect, stream: EpochStream, constants: Map<string, string>): string {
	const filled = new Set(stream.columns.map((column) => column.name));
	return stream.table.columns
		.map((column) => column.name)
		.filter((column) => column !== "_gn_key")
		.sort()
		.map((column) => {
			const value = constants.get(column) ?? (filled.has(column) ? `s.${dialect.name(column)}` : "NULL");
			return `${dialect.name(column)} = ${value}`;
		})
		.join(", ");
}

/**
 * The newest staged row of each key beside what the target has of it. Where rows say deleted, the newest row that does
 * not is judged too: it does not win, but its conversions stay those of the key.
 */
function verdictTable(dialect: Dialect, { at, stream }: Numbered): string {
	const { name } = dialect;
	const [key, seq, hash, deleted] = ["_gn_key", "_gn_seq", "_gn_hash", "_gn_deleted_at"].map(name);
	const version = [...(stream.cursor === undefined ? [] : [stream.cursor]), "_gn_emitted_at"];
	const newestFirst = [...version.map((column) => `${name(column)} DESC NULLS LAST`), `${seq} DESC`].join(", ");
	const place = (partition: string) => `ROW_NUMBER() OVER (PARTITION BY ${partition} ORDER BY ${newestFirst})`;
	const alive = stream.deletions ? `, ${place(`${key}, ${deleted} IS NULL`)} AS place_alike` : "";
	const staged = names(dialect, ["_gn_key", "_gn_seq", "_gn_hash", "_gn_deleted_at", ...version]);
	const converts = stream.deletions ? `r.${deleted} IS NULL AND r.place_alike = 1` : "TRUE";
	return dialect.scratch(
		verdictsOf(at),
		`WITH ranked AS (SELECT ${staged}, ${place(key!)} AS place${alive} FROM ${name(stageOf(at))}) ` +
			`SELECT r.${key}, r.${seq}, r.place = 1 AS ${name("wins")}, ${converts} AS ${name("converts")}, ` +
			`CASE WHEN t.${key} IS NULL THEN 'new' WHEN ${compared(dialect, version, "<")} THEN 'older' ` +
			`WHEN t.${hash} = r.${hash} THEN CASE WHEN ${compared(dialect, version, ">")} ` +
			`OR t.${name("_gn_generation_id")} <> ${stream.generation} THEN 'touch' ELSE 'same' END ` +
			`ELSE 'changed' END AS ${name("verdict")}${found(dialect, stream.target, "t")} ` +
			`FROM ranked AS r LEFT JOIN ${name(stream.target)} AS t ON t.${key} = r.${key}` +
			`${within(dialect, stream.target, "t", "find")} ` +
			`WHERE r.place = 1${stream.deletions ? ` OR (${converts})` : ""}`,
	);
}

/** `r` before (<) or after (>) `t`, column by column; null stands before every value. */
function compared(dialect: Dialect, version: string[], order: "<" | ">"): string {
	const alternatives: string[] = [];
	const equal: string[] = [];
	for (const column of version) {
		const [r, t] = [`r.${dialect.name(column)}`, `t.${dialect.name(column)}`];
		const [low, high] = order === "<" ? [r, t] : [t, r];
		const before = `(${low} < ${high} OR (${low} IS NULL AND ${high} IS NOT NULL))`;
		alternatives.push([...equal, before].join(" AND "));
		equal.push(`(${r} = ${t} OR (${r} IS NULL AND ${t} IS NULL))`);
	}
	return `(${alternatives.join(" OR ")})`;
}
