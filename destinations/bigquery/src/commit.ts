/** One epoch into the dataset: files staged, judged, committed in one transaction, confirmed. */
import {
	ConnectorError,
	type Crash,
	type Dialect,
	type EpochOutcome,
	isConnectorError,
	type SealedEpoch,
} from "@growthnav/sdk/store";
import { adoptedOf } from "./adopt.ts";
import { movedRowsOf } from "./config.ts";
import type { KnownColumn } from "./dataset.ts";
import { before, condition, type DayRange, daysIn, rangesOf } from "./days.ts";
import { commitDialect } from "./dialect.ts";
import type { JobDone } from "./jobs.ts";
import { type Judgement, judgeStatements, readJudgement } from "./judge.ts";
import type { Layouts } from "./layouts.ts";
import { ADOPTED, COMMITTED, COUNT, type Commit, commitOf, commitScript, FENCE, outcomeOf, script } from "./script.ts";
import { ask, rowsOf, runSql, type Session } from "./session.ts";
import { expiryOf, type LoadedStage, loadStages, scratchTable, stagesOf } from "./stage.ts";

/** A commit that others were in the way of is judged and tried again so often. */
const TRIES = 5;

export interface CommitContext {
	session: Session;
	/** The table of the lease. */
	lease: string;
	/** How the tables are partitioned. */
	layouts: Layouts;
	/** How the columns of `conversions` are. */
	conversions: ReadonlyMap<string, KnownColumn>;
	crash: Crash | undefined;
}

export interface Committed {
	outcome: EpochOutcome;
	bytesBilled: number;
	/** Tables of the commit, which may go. */
	scratch: string[];
}

export async function commitEpoch(context: CommitContext, epoch: SealedEpoch): Promise<Committed> {
	const { session, crash } = context;
	crash?.("before_load");
	const { stages, tables } = await loadStages(session, epoch, () => crash?.("after_load"));
	const names = scratchNames(session, epoch);
	const staged = await stagedDays(context, epoch);
	const scratch = [...tables, ...names.values()];
	let bytesBilled = 0;
	for (let attempt = 1; ; attempt++) {
		const judged = await judge(context, epoch, dialectOf(context, epoch, names, staged, undefined), stages, attempt);
		bytesBilled += judged.bytesBilled;
		const { judgement } = judged;
		checkStaged(epoch, judgement);
		const outcome = outcomeOf(epoch, judgement);
		const dialect = dialectOf(context, epoch, names, staged, judgement);
		const commit = commitOf({ dialect, lease: context.lease, judgement }, epoch, outcome);
		crash?.("before_commit");
		try {
			bytesBilled +=
				session.config.commit_mode === "ordered"
					? await commitInOrder(session, commit)
					: await commitWhole(session, commit, dialect, epoch, attempt);
		} catch (thrown) {
			if (!(await isCommitted(session, epoch))) {
				if (attempt >= TRIES || !isCountChanged(thrown)) throw fenced(thrown, epoch);
				continue;
			}
		}
		crash?.("after_commit");
		return { outcome, bytesBilled, scratch };
	}
}

/** One statement per job where scripts are not to be had. */
async function judge(
	{ session }: CommitContext,
	epoch: SealedEpoch,
	dialect: Dialect,
	stages: readonly LoadedStage[],
	attempt: number,
): Promise<{ judgement: Judgement; bytesBilled: number }> {
	const statements = judgeStatements(dialect, epoch, stages);
	const step = "judge" as const;
	let bytesBilled = 0;
	let last: JobDone | undefined;
	if (session.config.commit_mode === "ordered") {
		for (const sql of statements) {
			last = await runSql(session, { step, sql });
			bytesBilled += last.bytesBilled;
		}
	} else if (statements.length > 0) {
		last = await runSql(session, { id: jobId(session, epoch, step, attempt), step, sql: script(statements) });
		bytesBilled = last.bytesBilled;
	}
	return { judgement: readJudgement(last === undefined ? [] : await rowsOf(session, last)), bytesBilled };
}

/** All or nothing. */
async function commitWhole(
	session: Session,
	commit: Commit,
	dialect: Dialect,
	epoch: SealedEpoch,
	attempt: number,
): Promise<number> {
	const done = await runSql(session, {
		id: jobId(session, epoch, "commit", attempt),
		step: "commit",
		sql: commitScript(commit, dialect, epoch),
		parameters: commit.parameters,
	});
	await expectOutcome(session, done);
	return done.bytesBilled;
}

/** Each statement is harmless when it runs a second time; the ledger comes last, and readers may see half of it. */
async function commitInOrder(session: Session, { changes, parameters }: Commit): Promise<number> {
	let bytesBilled = 0;
	for (const { sql } of changes) {
		const used = Object.entries(parameters).filter(([name]) => sql.includes(`@${name}`));
		bytesBilled += (await runSql(session, { step: "commit", sql, parameters: Object.fromEntries(used) })).bytesBilled;
	}
	return bytesBilled;
}

function jobId({ connection8, nonce }: Session, { batchId }: SealedEpoch, step: string, attempt: number): string {
	return `gn_${connection8}_${step}_${batchId.slice(0, 16)}_${nonce}_${attempt}`;
}

/** Names of the statements that stand for tables of this commit in the dataset. */
function scratchNames(session: Session, epoch: SealedEpoch): Map<string, string> {
	const names = new Map<string, string>();
	for (const { stage } of stagesOf(epoch))
		names.set(stage, scratchTable(session, epoch, stage.replace("_gn_stage_", "s")));
	for (const at of epoch.streams.keys()) {
		for (const [verdicts, short] of [
			[`_gn_verdicts_${at}`, `v${at}`],
			[`_gn_verdicts_${at}_conversions`, `v${at}_conversions`],
		] as const) {
			names.set(verdicts, scratchTable(session, epoch, short));
		}
	}
	return names;
}

/** Days of the staged rows of partitioned tables, by table. */
async function stagedDays({ layouts }: CommitContext, epoch: SealedEpoch): Promise<Map<string, string[]>> {
	const found = new Map<string, Set<string>>();
	for (const stream of epoch.streams) {
		for (const [table, parts] of [
			[stream.target, stream.rows],
			[stream.conversionsTarget, stream.conversions],
		] as const) {
			const layout = table === undefined ? undefined : layouts.get(table);
			if (table === undefined || layout === undefined) continue;
			const days = found.get(table) ?? new Set<string>();
			found.set(table, days);
			for (const { file } of parts) await daysIn(file, layout.column, days);
		}
	}
	return new Map([...found].map(([table, days]) => [table, [...days].sort()]));
}

function dialectOf(
	{ session, layouts, conversions }: CommitContext,
	epoch: SealedEpoch,
	tables: Map<string, string>,
	staged: ReadonlyMap<string, string[]>,
	judgement: Judgement | undefined,
): Dialect {
	const { mode, days } = movedRowsOf(session.config);
	const near = (table: string): DayRange[] | undefined => {
		const own = staged.get(table) ?? [];
		if (mode === "exact") return undefined;
		if (mode === "immutable" || own.length === 0) return rangesOf(own);
		return [{ from: before(own[0]!, days), to: own.at(-1)! }];
	};
	return commitDialect({
		tables,
		expires: expiryOf(epoch),
		adopted: adoptedOf(conversions, epoch.loadedAt),
		partitions: {
			column: (table) => layouts.get(table)?.column,
			within(table, alias, use) {
				const layout = layouts.get(table);
				if (layout === undefined) return undefined;
				const ranges =
					use === "change" && judgement !== undefined ? rangesOf(judgement.days.get(table) ?? []) : near(table);
				return ranges === undefined ? undefined : condition(`\`${alias}\`.\`${layout.column}\``, layout.type, ranges);
			},
		},
	});
}

/** BigQuery must have read every row that was spooled. */
function checkStaged({ streams }: SealedEpoch, { staged }: Judgement): void {
	for (const [at, { rowCount, table }] of streams.entries()) {
		const found = staged.get(`_gn_stage_${at}`) ?? 0;
		if (found === rowCount) continue;
		throw new ConnectorError("internal.count", `${found} rows were loaded where ${rowCount} were spooled`, {
			where: `table ${table.name}`,
			why: "this is a bug in GrowthNav; nothing was committed",
			next: "report it with the log of this run",
		});
	}
}

async function expectOutcome(session: Session, done: JobDone): Promise<void> {
	const [row] = await rowsOf(session, done);
	if (row?.outcome === COMMITTED || row?.outcome === ADOPTED) return;
	throw new ConnectorError("internal.commit", "The commit ended without its answer", {
		where: `job ${done.id}`,
		why: "the script came to an end that it should not have",
		next: "report it with the log of this run",
	});
}

/** The ledger is asked, never guessed: also where the answer of a commit was lost. */
async function isCommitted(session: Session, { batchId }: SealedEpoch): Promise<boolean> {
	const rows = await ask(session, `SELECT 1 AS found FROM \`_gn_commits\` WHERE \`batch_id\` = '${batchId}' LIMIT 1`);
	return rows.length > 0;
}

const saysOf = (thrown: unknown): string =>
	isConnectorError(thrown)
		? `${thrown.message} ${thrown.why ?? ""} ${String((thrown.cause as Error | undefined)?.message ?? "")}`
		: String(thrown);

/** Another connection changed what was judged: a new judgement may fit. */
function isCountChanged(thrown: unknown): boolean {
	return saysOf(thrown).includes(COUNT);
}

function fenced(thrown: unknown, { connection, epoch }: SealedEpoch): unknown {
	if (!saysOf(thrown).includes(FENCE)) return thrown;
	return new ConnectorError("transient.other_writer", `Another process wrote connection ${connection}`, {
		where: `epoch ${epoch}`,
		why: "two runs of one connection were at work; the other one committed first, and this commit was undone whole",
		next: "run again: it goes on from what is committed",
		cause: thrown,
	});
}
