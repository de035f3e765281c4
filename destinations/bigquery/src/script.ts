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

export interface CommitScript {
	sql: string;
	/** Long texts, which stand in no statement. */
	parameters: Record<string, string>;
}

export interface ScriptContext {
	dialect: Dialect;
	/** The table of the lease. */
	lease: string;
	judgement: Judgement;
	/** Statements one by one without a transaction, for emulators. */
	ordered: boolean;
}

export function commitScript(context: ScriptContext, epoch: SealedEpoch, outcome: EpochOutcome): CommitScript {
	const { dialect, lease, ordered } = context;
	const { name, text } = dialect;
	const batch = text(epoch.batchId);
	const row = epoch.ledgerRow(outcome);
	const work = [
		`UPDATE ${name(lease)} SET ${name("epoch")} = ${epoch.epoch}, ${name("batch_id")} = ${batch} ` +
			`WHERE ${name("connection")} = ${text(epoch.connection)} AND ${name("epoch")} = ${epoch.epoch - 1}`,
		assertRows(1, FENCE, "another process wrote this connection"),
		...epoch.streams.flatMap((_, at) => streamStatements(context, epoch, at)),
		...letterStatements(context, epoch),
		ledgerStatement(dialect, row),
	];
	const known = `EXISTS (SELECT 1 FROM ${name(COMMITS)} WHERE ${name("batch_id")} = ${batch})`;
	const statements = [
		`IF ${known} THEN SELECT '${ADOPTED}' AS outcome; RETURN; END IF`,
		...(ordered ? work : ["BEGIN TRANSACTION", ...work, "COMMIT TRANSACTION"]),
		`SELECT '${COMMITTED}' AS outcome`,
	];
	return {
		sql: statements.map((statement) => `${statement};`).join("\n"),
		parameters: { gn_states: String(row.states ?? ""), gn_counts: String(row.counts ?? "null") },
	};
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

function streamStatements({ dialect, judgement }: ScriptContext, epoch: SealedEpoch, at: number): string[] {
	const statements = judgedSteps(dialect, epoch, at).flatMap((step) => neededStatement(step, epoch, at, judgement));
	// what they judge is made within the transaction, after the rows have landed: on which days is not known before
	const { partitions: _, ...whole } = dialect;
	const published = publishingSteps(whole, epoch, at).map(({ sql }) => sql);
	return [...statements, ...published];
}

function neededStatement(step: Step, epoch: SealedEpoch, at: number, judgement: Judgement): string[] {
	const { sql, judges, when, whenAllNew, counts, lands } = step;
	if (judges !== undefined) return [];
	const stream = epoch.streams[at]!;
	if (counts === "inserted") return [sql, assertRows(stream.rowCount, COUNT, `rows of ${stream.table.name}`)];
	if (counts === "removed") {
		const rows = judgement.removed.get(at) ?? 0;
		return rows === 0 ? [] : [sql, assertRows(rows, COUNT, `conversions of ${stream.table.name} that go`)];
	}
	if (when === undefined || lands !== true) return [sql];
	const rows = landing(judgement, when.verdicts, when.any);
	if (rows === 0) return [];
	const isAllNew = whenAllNew !== undefined && rows === stagedRows(judgement, at, when.verdicts);
	return [isAllNew ? whenAllNew : sql, assertRows(rows, COUNT, `${when.any.join(", ")} in ${when.verdicts}`)];
}

function stagedRows({ staged }: Judgement, at: number, verdicts: string): number | undefined {
	return staged.get(verdicts === verdictsOf(at) ? stageOf(at) : conversionStageOf(at));
}

/** Letters are added without touching those that are there; only what opens again or is settled is changed. */
function letterStatements({ dialect, judgement }: ScriptContext, epoch: SealedEpoch): string[] {
	const { added, opened, settled } = judgement.letters;
	const steps = letterSteps(dialect, epoch).map(({ sql }) => sql);
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

function assertRows(rows: number, kind: string, what: string): string {
	return `ASSERT @@row_count = ${rows} AS '${kind}: ${what.replaceAll(/[^\w ,.]/g, "_")}'`;
}
