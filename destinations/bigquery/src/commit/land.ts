/** Sending a commit, and finding out what became of it: the ledger is asked, never guessed. */
import { COMMITS, ConnectorError, type Dialect, type SealedEpoch } from "@growthnav/sdk/store";
import { problemOf } from "../errors/problem.ts";
import { actionFor } from "../errors/reasons.ts";
import { ask, isOrdered, rowsOf, runSql, type Session } from "../session.ts";
import { bigqueryDialect } from "../sql/dialect.ts";
import { dollarsOf } from "../sql/price.ts";
import { ADOPTED, COMMITTED, COUNT, type Commit, commitScript, FENCE, FIGURES } from "./script.ts";

/** What the ledger says of a commit: bytes, and seconds (undefined where it covers no line). */
export interface Landed {
	bytesBilled: number;
	lagS: number | undefined;
	/** Another connection may have committed while its transaction was open. */
	overlapped: boolean;
}

/** `same`: it may land now as it is; `judged`: what was judged holds no more. */
export type Ending = { landed: Landed } | { again: "same" | "judged" };

export interface Sending {
	epoch: SealedEpoch;
	commit: Commit;
	dialect: Dialect;
	/** Of the job; another one for every try. */
	id: string;
	/** Bytes that were billed before. */
	billed: number;
}

/**
 * So often one commit is tried, whatever was in its way: another transaction, or rows that others changed after they
 * were judged. This is the only place that decides it: jobs are not repeated for either reason.
 */
const TRIES = 10;

/** `tries`: the how manieth it is, from 1. */
export async function land(session: Session, sending: Sending, tries: number): Promise<Ending> {
	try {
		return { landed: await (isOrdered(session) ? inOrder(session, sending) : whole(session, sending)) };
	} catch (thrown) {
		const landed = await ledgerFigures(session, sending.epoch);
		if (landed !== undefined) return { landed };
		const problem = problemOf(thrown);
		if (problem === undefined || tries >= TRIES) throw fenced(thrown, sending.epoch);
		if (problem.message.includes(COUNT)) return { again: "judged" };
		const action = actionFor(problem.reason, problem.message, "commit");
		if (action.do !== "ask") throw fenced(thrown, sending.epoch);
		await session.jobs.pause(action.wait, tries);
		return { again: "same" };
	}
}

/** All or nothing. */
async function whole(session: Session, { id, epoch, commit, dialect, billed }: Sending): Promise<Landed> {
	const sql = commitScript(commit, dialect, epoch, { billed, lag: epoch.lag() });
	const done = await runSql(session, { id, step: "commit", sql, parameters: commit.parameters });
	const [row] = await rowsOf(session, done);
	if (row?.outcome === COMMITTED || row?.outcome === ADOPTED) return landedOf(row);
	throw new ConnectorError("internal.commit", "The commit ended without its answer", {
		where: `job ${done.id}`,
		why: "the script came to an end that it should not have",
		next: "report it with the log of this run",
	});
}

/** Each statement is harmless when it runs a second time; the ledger comes last, and readers may see half of it. */
async function inOrder(session: Session, { epoch, commit, billed }: Sending): Promise<Landed> {
	const { changes, ledger, parameters } = commit;
	let bytesBilled = billed;
	const run = async (sql: string) => {
		const used = Object.entries(parameters).filter(([name]) => sql.includes(`@${name}`));
		bytesBilled += (await runSql(session, { step: "commit", sql, parameters: Object.fromEntries(used) })).bytesBilled;
	};
	for (const sql of changes.flatMap((change) => change.parts ?? [change.sql])) await run(sql);
	const landed = { bytesBilled, lagS: epoch.lag(), overlapped: false };
	const cost_usd = `NUMERIC ${bigqueryDialect.text(dollarsOf(bytesBilled).toFixed(9))}`;
	await run(ledger({ bytes_billed: String(bytesBilled), cost_usd, lag_s: String(landed.lagS ?? "NULL") }));
	return landed;
}

/** Undefined where the ledger does not have the commit: also where its answer was lost. */
async function ledgerFigures(session: Session, { batchId }: SealedEpoch): Promise<Landed | undefined> {
	const { name, text } = bigqueryDialect;
	const asked = `SELECT ${FIGURES} FROM ${name(COMMITS)} WHERE ${name("batch_id")} = ${text(batchId)} LIMIT 1`;
	const [row] = await ask(session, asked);
	return row === undefined ? undefined : landedOf({ ...row, overlapped: true });
}

function landedOf({ bytes_billed, lag_s, overlapped }: Record<string, unknown>): Landed {
	return {
		bytesBilled: Number(bytes_billed ?? 0),
		lagS: lag_s == null ? undefined : Number(lag_s),
		overlapped: overlapped === true,
	};
}

/** Says so where another process has taken the lease; anything else stays as it is. */
export function fenced(thrown: unknown, { connection, epoch }: { connection: string; epoch: number }): unknown {
	if (!String(problemOf(thrown)?.message).includes(FENCE)) return thrown;
	return new ConnectorError("transient.other_writer", `Another process wrote connection ${connection}`, {
		where: `epoch ${epoch}`,
		why: "two runs of one connection were at work; the other one committed first, and this commit was undone whole",
		next: "run again: it goes on from what is committed",
		cause: thrown,
	});
}
