/** One epoch into the database, in one transaction with its row of the ledger. */
import {
	ConnectorError,
	type Crash,
	conversionStage,
	conversionStageOf,
	conversionVerdictsOf,
	DEAD_LETTER_STAGE,
	DEAD_LETTERS_STAGE,
	type EpochOutcome,
	type EpochStream,
	ledgerInsert,
	letterSteps,
	publishedVerdictsOf,
	RESOLVED_IDS_STAGE,
	RESOLVED_STAGE,
	type SealedEpoch,
	type Step,
	stageOf,
	streamStage,
	streamSteps,
	totalOf,
	totalsQuery,
	type Verdict,
	verdictsOf,
} from "@growthnav/sdk/store";
import { duckdbDialect } from "./dialect.ts";
import type { Session } from "./session.ts";
import { stage } from "./stage.ts";

const { name } = duckdbDialect;

const ALL_OPTIMIZERS = "RESET disabled_optimizers";

/** Whole or not at all: whatever is thrown, the transaction is undone. */
export async function commitEpoch(session: Session, epoch: SealedEpoch, crash?: Crash): Promise<EpochOutcome> {
	const outcome: EpochOutcome = { loaded: [], conversionsLoaded: [], conversionsRemoved: 0, totals: [] };
	crash?.("before_load");
	await session.run("BEGIN TRANSACTION");
	try {
		// one stream after the other: only one is staged at a time
		for (const [at, stream] of epoch.streams.entries()) {
			await commitStream(session, epoch, stream, at, outcome);
			crash?.("after_load");
		}
		await commitLetters(session, epoch);
		outcome.lagS = epoch.lag();
		await session.run(ledgerInsert(duckdbDialect, epoch.ledgerRow(outcome)));
		crash?.("before_commit");
		await session.run("COMMIT");
	} catch (thrown) {
		// first the end of the transaction: until then DuckDB answers every statement with the same failure
		await session.run("ROLLBACK").catch(() => {});
		await session.run(ALL_OPTIMIZERS).catch(() => {});
		throw thrown;
	}
	crash?.("after_commit");
	return outcome;
}

async function commitStream(
	session: Session,
	epoch: SealedEpoch,
	stream: EpochStream,
	at: number,
	outcome: EpochOutcome,
): Promise<void> {
	const hasRows = stream.rows.length > 0;
	const converts = hasRows && stream.conversionsTarget !== undefined;
	if (hasRows) await stage(session, stageOf(at), streamStage(stream), stream.rows);
	if (converts) await stage(session, conversionStageOf(at), conversionStage(stream), stream.conversions);
	const staged = new Map([
		[verdictsOf(at), stream.rowCount],
		[conversionVerdictsOf(at), stream.conversionCount],
	]);
	const done = await runSteps(session, streamSteps(duckdbDialect, epoch, at), staged);
	if (hasRows && !stream.keyed) expectCount(stream, "rows", done.inserted, stream.rowCount);
	else if (hasRows && !done.allNew.has(verdictsOf(at))) {
		expectCount(stream, "rows", await rowsIn(session, stageOf(at)), stream.rowCount);
	}
	outcome.loaded.push(stream.keyed ? done.loaded(verdictsOf(at)) : done.inserted);
	outcome.conversionsLoaded.push(done.loaded(conversionVerdictsOf(at)));
	outcome.conversionsRemoved += done.removed;
	if (converts) {
		const allNew = done.allNew.has(conversionVerdictsOf(at));
		const totals = (await session.rows(totalsQuery(duckdbDialect, at, allNew))).map(totalOf);
		const found = totals.reduce((sum, total) => sum + total.mapped_rows, 0);
		expectCount(stream, "conversions", found, stream.conversionCount);
		outcome.totals.push(...totals);
	}
	await forget(session, at);
}

async function commitLetters(session: Session, epoch: SealedEpoch): Promise<void> {
	const { deadLetters, resolved } = epoch;
	if (deadLetters.length > 0) await stage(session, DEAD_LETTER_STAGE, DEAD_LETTERS_STAGE, deadLetters);
	if (resolved.length > 0) await stage(session, RESOLVED_STAGE, RESOLVED_IDS_STAGE, resolved);
	await runSteps(session, letterSteps(duckdbDialect, epoch), new Map());
	for (const view of [DEAD_LETTER_STAGE, RESOLVED_STAGE]) await session.run(`DROP VIEW IF EXISTS ${name(view)}`);
}

interface Done {
	/** Rows of the steps that count. */
	inserted: number;
	removed: number;
	/** Verdict tables that hold nothing but new rows, as many as were staged. */
	allNew: Set<string>;
	/** Rows of a verdict table that are new or changed and win; 0 where there is no such table. */
	loaded(verdicts: string): number;
}

/** Runs what there is something to do for. `staged` says how many rows each verdict table judges. */
async function runSteps(session: Session, steps: Step[], staged: ReadonlyMap<string, number>): Promise<Done> {
	const counted = { inserted: 0, removed: 0 };
	const known = new Map<string, VerdictCount[]>();
	const allNew = new Set<string>();
	const countsOf = async (verdicts: string): Promise<VerdictCount[]> => {
		const counts = known.get(verdicts) ?? (await countVerdicts(session, verdicts));
		known.set(verdicts, counts);
		if (counts.length === 1 && counts[0]!.verdict === "new" && counts[0]!.rows === staged.get(verdicts)) {
			allNew.add(verdicts);
		}
		return counts;
	};
	for (const { sql, when, whenAllNew, asWritten, counts } of steps) {
		if (when !== undefined) {
			const present = await countsOf(when.verdicts);
			if (!present.some(({ verdict }) => when.any.includes(verdict))) continue;
		}
		const isAllNew = when !== undefined && allNew.has(when.verdicts) && whenAllNew !== undefined;
		const run = asWritten === true && !isAllNew ? runAsWritten : (one: Session, text: string) => one.run(text);
		const rows = await run(session, isAllNew ? whenAllNew : sql);
		if (counts !== undefined) counted[counts] += rows;
	}
	return {
		...counted,
		allNew,
		loaded: (verdicts) =>
			(known.get(verdicts) ?? [])
				.filter(({ wins, verdict }) => wins && (verdict === "new" || verdict === "changed"))
				.reduce((sum, { rows }) => sum + rows, 0),
	};
}

/**
 * DuckDB takes a file of JSON for a few dozen rows, and would hold all of it in memory to read the verdicts along it.
 * With this step of its optimizer left out, it is the other way round.
 */
async function runAsWritten(session: Session, sql: string): Promise<number> {
	await session.run("SET disabled_optimizers = 'build_side_probe_side'");
	const rows = await session.run(sql);
	await session.run(ALL_OPTIMIZERS);
	return rows;
}

interface VerdictCount {
	verdict: Verdict;
	wins: boolean;
	rows: number;
}

async function countVerdicts(session: Session, table: string): Promise<VerdictCount[]> {
	const columns = [name("verdict"), name("wins")].join(", ");
	const rows = await session.rows(`SELECT ${columns}, COUNT(*) AS n FROM ${name(table)} GROUP BY ${columns}`);
	return rows.map(({ verdict, wins, n }) => ({ verdict: verdict as Verdict, wins: wins === true, rows: Number(n) }));
}

async function rowsIn(session: Session, table: string): Promise<number> {
	const [row] = await session.rows(`SELECT COUNT(*) AS n FROM ${name(table)}`);
	return Number(row!.n);
}

/** A store that loads more or fewer rows than were counted must not commit them. */
function expectCount(stream: EpochStream, what: string, found: number, expected: number): void {
	if (found === expected) return;
	throw new ConnectorError("internal.count", `${found} ${what} were loaded where ${expected} were spooled`, {
		where: `table ${stream.table.name}`,
		why: "this is a bug in GrowthNav; the commit was undone whole",
		next: "report it with the log of this run",
	});
}

async function forget(session: Session, at: number): Promise<void> {
	for (const view of [stageOf(at), conversionStageOf(at)]) await session.run(`DROP VIEW IF EXISTS ${name(view)}`);
	for (const table of [conversionVerdictsOf(at), publishedVerdictsOf(at), verdictsOf(at)]) {
		await session.run(`DROP TABLE IF EXISTS ${name(table)}`);
	}
}
