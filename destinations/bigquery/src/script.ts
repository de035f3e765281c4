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
import { type Judgement, judgedSteps, landing, publishingSteps } from "./judge.ts";

/** Begin the texts of failed assertions: another process wrote in between. */
export const FENCE = "gn_fence";
export const COUNT = "gn_count";

/** Also the answer of the script: `committed`, or `adopted` where an earlier try had committed. */
export const COMMITTED = "committed";
export const ADOPTED = "adopted";

export interface Commit {
	/** What changes tables, in order: the lease first, the ledger last. */
	changes: Change[];
	/** Long texts, which stand in no statement. */
	parameters: Record<string, string>;
}

export interface Change {
	sql: string;
	/** How many rows it must change; what it says where it does not. Undefined: as many as there are. */
	rows?: { expected: number; kind: typeof FENCE | typeof COUNT; what: string };
}

export interface CommitFacts {
	dialect: Dialect;
	/** The table of the lease. */
	lease: string;
	judgement: Judgement;
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
			...epoch.streams.flatMap((_, at) => streamChanges(facts, epoch, at)),
			...letterChanges(facts, epoch),
			{ sql: ledgerStatement(dialect, row) },
		],
		parameters: { gn_states: String(row.states ?? ""), gn_counts: String(row.counts ?? "null") },
	};
}

/** All of it as one script. */
export function commitScript({ changes }: Commit, dialect: Dialect, { batchId }: SealedEpoch): string {
	const { name, text } = dialect;
	const known = `EXISTS (SELECT 1 FROM ${name(COMMITS)} WHERE ${name("batch_id")} = ${text(batchId)})`;
	return script([
		`IF ${known} THEN SELECT '${ADOPTED}' AS outcome; RETURN; END IF`,
		"BEGIN TRANSACTION",
		...changes.flatMap(({ sql, rows }) => [sql, ...(rows === undefined ? [] : [assertion(rows)])]),
		"COMMIT TRANSACTION",
		`SELECT '${COMMITTED}' AS outcome`,
	]);
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
		conversionsRemoved: [...judgement.removed.values()].reduce((sum, rows) => sum + rows, 0),
		totals: judgement.totals,
	};
}

function streamChanges({ dialect, judgement }: CommitFacts, epoch: SealedEpoch, at: number): Change[] {
	const changes = judgedSteps(dialect, epoch, at).flatMap((step) => neededChange(step, epoch, at, judgement));
	// what they judge is made within the transaction, after the rows have landed: on which days is not known before
	const { partitions: _, ...whole } = dialect;
	const published = publishingSteps(whole, epoch, at).map(({ sql }) => ({ sql }));
	return [...changes, ...published];
}

function neededChange(step: Step, epoch: SealedEpoch, at: number, judgement: Judgement): Change[] {
	const { sql, judges, when, whenAllNew, counts, lands } = step;
	if (judges !== undefined) return [];
	const stream = epoch.streams[at]!;
	const change = (text: string, expected: number, what: string): Change[] =>
		expected === 0 ? [] : [{ sql: text, rows: { expected, kind: COUNT, what } }];
	if (counts === "inserted") return change(sql, stream.rowCount, `rows of ${stream.table.name}`);
	if (counts === "removed") {
		return change(sql, judgement.removed.get(at) ?? 0, `conversions of ${stream.table.name} that go`);
	}
	if (when === undefined || lands !== true) return [{ sql }];
	const rows = landing(judgement, when.verdicts, when.any);
	const isAllNew = whenAllNew !== undefined && rows === stagedRows(judgement, at, when.verdicts);
	return change(isAllNew ? whenAllNew : sql, rows, `${when.any.join(", ")} in ${when.verdicts}`);
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

const STATES = "\u0001states\u0001";
const COUNTS = "\u0001counts\u0001";

/** The states of a run may be longer than a statement may be: they come as parameters. */
function ledgerStatement(dialect: Dialect, row: LedgerRow): string {
	return ledgerInsert(dialect, { ...row, states: STATES, counts: COUNTS })
		.replace(dialect.text(STATES), "@gn_states")
		.replace(dialect.json(COUNTS), "PARSE_JSON(@gn_counts)");
}

function assertion({ expected, kind, what }: NonNullable<Change["rows"]>): string {
	return `ASSERT @@row_count = ${expected} AS '${kind}: ${what.replaceAll(/[^\w ,.]/g, "_")}'`;
}
