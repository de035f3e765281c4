/** One epoch into the database, in one transaction with its row of the ledger. */
import {
	ConnectorError,
	type Crash,
	conversionStageOf,
	conversionVerdictsOf,
	DEAD_LETTER_STAGE,
	type EpochOutcome,
	type EpochStream,
	ledgerInsert,
	letterSteps,
	publishedVerdictsOf,
	RESOLVED_STAGE,
	type SealedEpoch,
	type Step,
	stageOf,
	streamSteps,
	totalOf,
	totalsQuery,
	verdictsOf,
} from "@growthnav/sdk/destination";
import { duckdbDialect } from "./dialect.ts";
import type { Session } from "./session.ts";
import { CONVERSION_STAGE, DEAD_LETTERS_STAGE, RESOLVED_IDS_STAGE, stage, streamStage } from "./stage.ts";

const { name } = duckdbDialect;

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
		await session.run(ledgerInsert(duckdbDialect, epoch.ledgerRow(outcome)));
		crash?.("before_commit");
		await session.run("COMMIT");
	} catch (thrown) {
		await session.run("ROLLBACK").catch(() => {});
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
	if (hasRows) await stage(session, stageOf(at), streamStage(stream), stream.rows, stream.keyed ? "table" : "view");
	if (converts) await stage(session, conversionStageOf(at), CONVERSION_STAGE, stream.conversions, "table");
	const counted = await runSteps(session, streamSteps(duckdbDialect, epoch, at));
	const staged = hasRows && stream.keyed ? await rowsIn(session, stageOf(at)) : counted.inserted;
	expectCount(stream, "rows", staged, stream.rowCount);
	outcome.loaded.push(hasRows && stream.keyed ? await loadedIn(session, verdictsOf(at)) : counted.inserted);
	if (converts) {
		expectCount(stream, "conversions", await rowsIn(session, conversionStageOf(at)), stream.conversionCount);
		outcome.totals.push(...(await session.rows(totalsQuery(duckdbDialect, at))).map(totalOf));
	}
	outcome.conversionsLoaded.push(converts ? await loadedIn(session, conversionVerdictsOf(at)) : 0);
	outcome.conversionsRemoved += counted.removed;
	await forget(session, stream, at);
}

async function commitLetters(session: Session, epoch: SealedEpoch): Promise<void> {
	const { deadLetters, resolved } = epoch;
	if (deadLetters.length > 0) await stage(session, DEAD_LETTER_STAGE, DEAD_LETTERS_STAGE, deadLetters, "table");
	if (resolved.length > 0) await stage(session, RESOLVED_STAGE, RESOLVED_IDS_STAGE, resolved, "table");
	await runSteps(session, letterSteps(duckdbDialect, epoch));
	for (const table of [DEAD_LETTER_STAGE, RESOLVED_STAGE]) await session.run(`DROP TABLE IF EXISTS ${name(table)}`);
}

/** Runs what there is something to do for; answers the rows of the steps that count. */
async function runSteps(session: Session, steps: Step[]): Promise<{ inserted: number; removed: number }> {
	const counted = { inserted: 0, removed: 0 };
	const present = new Map<string, Set<string>>();
	for (const { sql, when, counts } of steps) {
		if (when !== undefined) {
			if (!present.has(when.verdicts)) present.set(when.verdicts, await verdictsIn(session, when.verdicts));
			if (!when.any.some((verdict) => present.get(when.verdicts)!.has(verdict))) continue;
		}
		const rows = await session.run(sql);
		if (counts !== undefined) counted[counts] += rows;
	}
	return counted;
}

async function verdictsIn(session: Session, table: string): Promise<Set<string>> {
	const rows = await session.rows(`SELECT DISTINCT ${name("verdict")} AS verdict FROM ${name(table)}`);
	return new Set(rows.map((row) => row.verdict as string));
}

async function loadedIn(session: Session, verdicts: string): Promise<number> {
	const loaded = `${name("wins")} AND ${name("verdict")} IN ('new', 'changed')`;
	const [row] = await session.rows(`SELECT COUNT(*) AS n FROM ${name(verdicts)} WHERE ${loaded}`);
	return Number(row!.n);
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

async function forget(session: Session, stream: EpochStream, at: number): Promise<void> {
	const tables = [conversionStageOf(at), conversionVerdictsOf(at), publishedVerdictsOf(at), verdictsOf(at)];
	await session.run(`DROP ${stream.keyed ? "TABLE" : "VIEW"} IF EXISTS ${name(stageOf(at))}`);
	for (const table of tables) await session.run(`DROP TABLE IF EXISTS ${name(table)}`);
}
