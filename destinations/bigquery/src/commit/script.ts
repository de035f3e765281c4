/**
 * The commit as one script: nothing where the ledger has the batch already; else one transaction in which the lease is
 * taken over first, every statement must change as many rows as were judged, and the row of the ledger comes last.
 */
import {
	COMMITS,
	conversionStageOf,
	conversionVerdictsOf,
	type Dialect,
	type EpochOutcome,
	type LedgerRow,
	ledgerInsert,
	letterSteps,
	type SealedEpoch,
	type Step,
	stageOf,
	verdictsOf,
} from "@growthnav/sdk/store";
import { condition } from "../sql/days.ts";
import { identifier } from "../sql/guard.ts";
import type { Layouts } from "../sql/layouts.ts";
import { dollarsSql } from "../sql/price.ts";
import type { Days, StagedDays } from "../sql/ranges.ts";
import { addStatement, publishedStatement } from "./day-keys.ts";
import { doublesQuery, othersSql } from "./doubles.ts";
import { type Judgement, judgedSteps, landing, publishingSteps } from "./judge.ts";

/** Begin the texts of failed assertions: another process wrote in between. */
export const FENCE = "gn_fence";
export const COUNT = "gn_count";

/** Also the answer of the script: `committed`, or `adopted` where an earlier try had committed. */
export const COMMITTED = "committed";
export const ADOPTED = "adopted";

export interface Commit {
	/** What changes tables, in order: the lease first. */
	changes: Change[];
	/** What comes after them: the row of the ledger, whose figures are given as SQL. */
	ledger(figures: Record<"bytes_billed" | "cost_usd" | "lag_s", string>): string;
	/** Finds what it would double, should another connection have committed since so many commits of others were counted. */
	doubles: { query: string; others: number } | undefined;
	/** Long texts, which stand in no statement. */
	parameters: Record<string, string>;
}

export interface Change {
	sql: string;
	/** In place of `sql`, one after the other: together they do the same. */
	parts?: string[];
	/** How many rows it must change; what it says where it does not. Undefined: as many as there are. */
	rows?: { expected: number; kind: typeof FENCE | typeof COUNT; what: string };
}

export interface CommitFacts {
	dialect: Dialect;
	/** The table of the lease. */
	lease: string;
	judgement: Judgement;
	layouts: Layouts;
	/** Days are kept by key. */
	keepsDays: boolean;
	/** Of the staged rows. */
	staged: StagedDays;
	/** Commits of other connections before anything was looked at. */
	others: number;
}

export function commitOf(facts: CommitFacts, epoch: SealedEpoch, outcome: EpochOutcome): Commit {
	const { dialect, lease } = facts;
	const { name, text } = dialect;
	const row = epoch.ledgerRow(outcome);
	const taken =
		`UPDATE ${name(lease)} SET ${name("epoch")} = ${epoch.epoch}, ${name("batch_id")} = ${text(epoch.batchId)} ` +
		`WHERE ${name("connection")} = ${text(epoch.connection)} AND ${name("epoch")} = ${epoch.epoch - 1}`;
	return {
		changes: [
			{ sql: taken, rows: { expected: 1, kind: FENCE, what: "another process wrote this connection" } },
			...dayChanges(facts),
			...epoch.streams.flatMap((_, at) => streamChanges(facts, epoch, at)),
			...letterChanges(facts, epoch),
		],
		ledger: (figures) => ledgerStatement(dialect, row, figures),
		doubles: doublesOf(facts, epoch),
		parameters: { gn_states: String(row.states ?? ""), gn_counts: String(row.counts ?? "null") },
	};
}

function doublesOf({ dialect, judgement, others }: CommitFacts, epoch: SealedEpoch): Commit["doubles"] {
	const query = doublesQuery(dialect, epoch, judgement);
	return query === undefined ? undefined : { query, others };
}

/** What is known of a commit when its script is sent. */
export interface Figures {
	/** Bytes that were billed for looking and judging. */
	billed: number;
	/** `SealedEpoch.lag`. */
	lag: number | undefined;
}

/**
 * All of it as one script, which also finds out what it is billed and how long it takes, by BigQuery's clock: so ledger
 * and answer say the same, and no row of the ledger is ever changed, which would write the whole ledger anew.
 */
export function commitScript(
	{ changes, ledger, doubles }: Commit,
	dialect: Dialect,
	{ batchId, connection }: SealedEpoch,
	{ billed, lag }: Figures,
): string {
	const { name, text } = dialect;
	const ofBatch = `FROM ${name(COMMITS)} WHERE ${name("batch_id")} = ${text(batchId)}`;
	const inParts = changes.some(({ parts }) => parts !== undefined);
	const overlapped = doubles === undefined ? "FALSE" : `${othersSql(connection)} <> gn_others`;
	const taken = "TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), @@script.creation_time, MILLISECOND) / 1000";
	return script([
		...(inParts ? ["DECLARE gn_rows INT64 DEFAULT 0"] : []),
		"DECLARE gn_billed INT64",
		"DECLARE gn_lag FLOAT64",
		...(doubles === undefined ? [] : ["DECLARE gn_others INT64"]),
		`IF EXISTS (SELECT 1 ${ofBatch}) THEN SELECT '${ADOPTED}' AS outcome, TRUE AS overlapped, ${FIGURES} ${ofBatch}; RETURN; END IF`,
		"BEGIN TRANSACTION",
		...changes.flatMap(statementsOf),
		...(doubles === undefined ? [] : unlessDoubled(doubles, connection)),
		`SET gn_billed = ${billed} + @@script.bytes_billed`,
		...(lag === undefined ? [] : [`SET gn_lag = ${lag} + ${taken}`]),
		ledger({
			bytes_billed: "gn_billed",
			cost_usd: dollarsSql("gn_billed"),
			lag_s: "gn_lag",
		}),
		"COMMIT TRANSACTION",
		`SELECT '${COMMITTED}' AS outcome, ${overlapped} AS overlapped, gn_billed AS bytes_billed, gn_lag AS lag_s`,
	]);
}

/** Of two transactions that overlapped neither saw the other: whoever commits last finds that out, and looks again. */
function unlessDoubled({ query, others }: NonNullable<Commit["doubles"]>, connection: string): string[] {
	const what = `${COUNT}: conversions that another connection brought`;
	return [
		`SET gn_others = ${othersSql(connection)}`,
		`IF gn_others <> ${others} THEN ASSERT NOT EXISTS (${query}) AS '${what}'; END IF`,
	];
}

/** Of a row of the ledger. */
export const FIGURES = "bytes_billed, lag_s";

function statementsOf({ sql, parts, rows }: Change): string[] {
	if (parts === undefined) return [sql, ...(rows === undefined ? [] : [assertion(rows, "@@row_count")])];
	const counted = parts.flatMap((part) => [part, "SET gn_rows = gn_rows + @@row_count"]);
	return ["SET gn_rows = 0", ...counted, ...(rows === undefined ? [] : [assertion(rows, "gn_rows")])];
}

export function script(statements: readonly string[]): string {
	return statements.map((statement) => `${statement};`).join("\n");
}

/** What the judgement says that the commit will have done. */
export function outcomeOf(epoch: SealedEpoch, judgement: Judgement): EpochOutcome {
	return {
		loaded: epoch.streams.map((stream, at) =>
			stream.keyed ? landing(judgement, verdictsOf(at), ["new", "changed"]) : stream.rowCount,
		),
		conversionsLoaded: epoch.streams.map((_, at) => landing(judgement, conversionVerdictsOf(at), ["new", "changed"])),
		conversionsRemoved: [...judgement.removed.values()].reduce((sum, rows) => sum + rows, judgement.outdated),
		totals: judgement.totals,
	};
}

function streamChanges(facts: CommitFacts, epoch: SealedEpoch, at: number): Change[] {
	const { dialect } = facts;
	const changes = judgedSteps(dialect, epoch, at).flatMap((step) => neededChange(step, epoch, at, facts));
	// what they judge is made within the transaction, after the rows have landed: on which days is not known before
	const { partitions: _, ...whole } = dialect;
	const published = publishingSteps(whole, epoch, at).flatMap(({ sql, judges }) =>
		judges === undefined || !facts.keepsDays
			? [{ sql }]
			: [{ sql }, { sql: publishedStatement(dialect, epoch.streams[at]!, at) }],
	);
	return [...changes, ...published];
}

function dayChanges({ dialect, judgement: { addedDays } }: CommitFacts): Change[] {
	if (addedDays === 0) return [];
	return [{ sql: addStatement(dialect), rows: { expected: addedDays, kind: COUNT, what: "days of conversions" } }];
}

function neededChange(step: Step, epoch: SealedEpoch, at: number, facts: CommitFacts): Change[] {
	const { sql, judges, when, whenAllNew, counts, lands } = step;
	const { judgement, staged } = facts;
	if (judges !== undefined) return [];
	const stream = epoch.streams[at]!;
	const change = (text: string, expected: number, what: string, parts?: string[]): Change[] =>
		expected === 0 ? [] : [{ sql: text, rows: { expected, kind: COUNT, what }, ...(parts !== undefined && { parts }) }];
	if (counts === "inserted") {
		const parts = partsOf(facts, stream.target, "s", staged, `${sql} WHERE TRUE`);
		return change(sql, stream.rowCount, `rows of ${stream.table.name}`, parts);
	}
	if (counts === "removed") {
		const target = stream.conversionsTarget!;
		const parts = partsOf(facts, target, target, judgement.days, sql);
		return change(sql, judgement.removed.get(at) ?? 0, `conversions of ${stream.table.name} that go`, parts);
	}
	if (when === undefined || lands !== true) return [{ sql }];
	const target = when.verdicts === verdictsOf(at) ? stream.target : stream.conversionsTarget!;
	const rows = landing(judgement, when.verdicts, when.any);
	const isAllNew = whenAllNew !== undefined && rows === stagedRows(judgement, at, when.verdicts);
	const parts = partsOf(facts, target, "s", staged, sql);
	return change(isAllNew ? whenAllNew : sql, rows, `${when.any.join(", ")} in ${when.verdicts}`, parts);
}

/** A statement may touch 4,000 days: half of them for the days on which rows are, half for those to which they go. */
const MOST_DAYS = 2_000;

/** Undefined where the table is in one part, or its days are few. The condition is put behind the statement's own. */
function partsOf(
	{ layouts }: CommitFacts,
	table: string,
	alias: string,
	days: Days,
	sql: string,
): string[] | undefined {
	const layout = layouts.get(table);
	const all = [...new Set(days.get(table) ?? [])].filter((day) => typeof day === "string").sort();
	if (layout === undefined || all.length <= MOST_DAYS) return undefined;
	const column = `${identifier(alias)}.${identifier(layout.column)}`;
	const groups = Array.from({ length: Math.ceil(all.length / MOST_DAYS) }, (_, group) =>
		all.slice(group * MOST_DAYS, (group + 1) * MOST_DAYS),
	);
	const within = groups.map((group) => condition(column, layout.type, [{ from: group[0]!, to: group.at(-1)! }]));
	// a row without a day has one part of its own
	return [...within, `${column} IS NULL`].map((one) => `${sql} AND (${one})`);
}

function stagedRows({ staged }: Judgement, at: number, verdicts: string): number | undefined {
	return staged.get(verdicts === verdictsOf(at) ? stageOf(at) : conversionStageOf(at));
}

/** Letters are added without touching those that are there; only what opens again or is settled is changed. */
function letterChanges({ dialect, judgement }: CommitFacts, epoch: SealedEpoch): Change[] {
	const { added, opened, settled } = judgement.letters;
	const steps = letterSteps(dialect, epoch).map(({ sql }) => ({ sql }));
	const wanted = [
		...(epoch.deadLetters.length > 0 ? [opened, added] : []),
		...(epoch.resolved.length > 0 ? [settled] : []),
	];
	return steps.filter((_, at) => (wanted[at] ?? 0) > 0);
}

/** The states of a run may be longer than a statement may be: they come as parameters. */
function ledgerStatement(dialect: Dialect, row: LedgerRow, figures: Record<string, string>): string {
	const parameters = { states: "@gn_states", counts: "PARSE_JSON(@gn_counts)" };
	return ledgerInsert(dialect, row, new Map(Object.entries({ ...parameters, ...figures })));
}

function assertion({ expected, kind, what }: NonNullable<Change["rows"]>, counted: string): string {
	return `ASSERT ${counted} = ${expected} AS '${kind}: ${what.replaceAll(/[^\w ,.]/g, "_")}'`;
}
