/** One epoch into the dataset: files staged, judged, committed in one transaction, confirmed. */
import {
	ConnectorError,
	type Crash,
	type Dialect,
	type EpochOutcome,
	publishedVerdictsOf,
	type SealedEpoch,
} from "@growthnav/sdk/store";
import type { JobDone } from "../api/jobs.ts";
import { movedRowsOf } from "../config.ts";
import { adoptedOf } from "../dataset/adopt.ts";
import type { KnownColumn } from "../dataset/dataset.ts";
import { isOrdered, rowsOf, runSql, type Session } from "../session.ts";
import { commitDialect } from "../sql/dialect.ts";
import type { Layouts } from "../sql/layouts.ts";
import { dollarsOf } from "../sql/price.ts";
import { type Days, type KnownDays, partitionsOf, type StagedDays, stagedDays } from "../sql/ranges.ts";
import { addedStatements, scratchOfDays } from "./day-keys.ts";
import { checkJudged, checkMoved, checkOverlap, commitsOfOthers } from "./doubles.ts";
import { scratchOfFound } from "./found.ts";
import { type Judgement, judgeStatements, readJudgement, stageStatements } from "./judge.ts";
import { land } from "./land.ts";
import { expiryOf } from "./load.ts";
import { probeStatements, readProbe } from "./probe.ts";
import { commitOf, outcomeOf, script } from "./script.ts";
import { type LoadedStage, loadStages, scratchTable, stagesOf } from "./stage.ts";

export interface CommitContext {
	session: Session;
	/** The table of the lease. */
	lease: string;
	/** How the tables are partitioned. */
	layouts: Layouts;
	/** How the columns of `conversions` are. */
	conversions: ReadonlyMap<string, KnownColumn>;
	/** Days of conversions are kept by key. */
	keepsDays: boolean;
	crash: Crash | undefined;
}

export interface Committed {
	outcome: EpochOutcome;
	/** Tables of the commit, which may go. */
	scratch: string[];
	/** Its files in the bucket, which may go too. */
	objects: string[];
}

/** What is loaded, and how the statements call it. */
interface Staged {
	epoch: SealedEpoch;
	stages: readonly LoadedStage[];
	names: ReadonlyMap<string, string>;
	days: StagedDays;
}

export async function commitEpoch(context: CommitContext, sealed: SealedEpoch): Promise<Committed> {
	const { session, crash, layouts, keepsDays } = context;
	crash?.("before_load");
	const { epoch, stages, tables, objects } = await loadStages(session, sealed, () => crash?.("after_load"));
	const names = scratchNames(session, epoch, keepsDays);
	const staged: Staged = { epoch, stages, names, days: await stagedDays(layouts, epoch) };
	const bill = { bytes: 0 };
	let judged: Judged | undefined;
	for (let tries = 1; ; tries++) {
		judged ??= await judge(context, staged, tries, bill);
		const { judgement, probed, others } = judged;
		checkStaged(epoch, judgement);
		checkJudged(session, epoch, judgement);
		const outcome = outcomeOf(epoch, judgement);
		const dialect = dialectOf(context, staged, { probed, changed: judgement.days });
		const facts = { dialect, lease: context.lease, judgement, layouts, keepsDays, staged: staged.days, others };
		await checkMoved(session, dialect, epoch, judgement);
		const commit = commitOf(facts, epoch, outcome);
		crash?.("before_commit");
		const id = jobId(session, epoch, "commit", tries);
		const ending = await land(session, { epoch, commit, dialect, id, billed: bill.bytes }, tries);
		if ("again" in ending) {
			if (ending.again === "judged") judged = undefined;
			continue;
		}
		crash?.("after_commit");
		const { bytesBilled, lagS, overlapped } = ending.landed;
		if (overlapped && commit.doubles !== undefined) await checkOverlap(session, commit.doubles.query);
		const landed = { ...outcome, bytesBilled, costUsd: dollarsOf(bytesBilled), lagS };
		return { outcome: landed, scratch: [...tables, ...names.values()], objects };
	}
}

interface Bill {
	bytes: number;
}

interface Judged {
	judgement: Judgement;
	probed: Days | undefined;
	/** Commits of other connections, counted before. */
	others: number;
}

const asksForDays = ({ config }: Session): boolean => movedRowsOf(config).mode === "exact";

function jobId({ connection8, nonce }: Session, { batchId }: SealedEpoch, step: string, attempt: number): string {
	return `gn_${connection8}_${step}_${batchId.slice(0, 16)}_${nonce}_${attempt}`;
}

/** Names of the statements that stand for tables of this commit in the dataset. */
function scratchNames(session: Session, epoch: SealedEpoch, keepsDays: boolean): Map<string, string> {
	const names = new Map<string, string>();
	for (const { stage } of stagesOf(epoch)) {
		names.set(stage, scratchTable(session, epoch, stage.replace("_gn_stage_", "s")));
	}
	for (const name of [...scratchOfFound(epoch), ...scratchOfDays(epoch, keepsDays, asksForDays(session))]) {
		names.set(name, scratchTable(session, epoch, name.replace("_gn_", "")));
	}
	for (const [at, { conversionsTarget }] of epoch.streams.entries()) {
		names.set(`_gn_verdicts_${at}`, scratchTable(session, epoch, `v${at}`));
		if (conversionsTarget !== undefined) {
			names.set(`_gn_verdicts_${at}_conversions`, scratchTable(session, epoch, `v${at}_conversions`));
		}
		// a temporary table, which is all that a transaction may make, ends with its job
		if (isOrdered(session)) names.set(publishedVerdictsOf(at), scratchTable(session, epoch, `v${at}_published`));
	}
	return names;
}

function dialectOf(
	{ session, layouts, conversions }: CommitContext,
	{ epoch, names, days }: Staged,
	known: Omit<KnownDays, "staged">,
): Dialect {
	return commitDialect({
		tables: names,
		expires: expiryOf(session),
		adopted: adoptedOf(conversions, epoch.loadedAt),
		partitions: partitionsOf(session.config, layouts, { staged: days, ...known }),
	});
}

/** Two questions where rows may have moved to another day: first where they stand, then what becomes of them. */
async function judge(context: CommitContext, staged: Staged, attempt: number, bill: Bill): Promise<Judged> {
	const { session, layouts, keepsDays } = context;
	const { epoch, stages } = staged;
	// before anything is looked at: what others bring from now on may be missed
	const others = isOrdered(session) ? 0 : await commitsOfOthers(session, epoch);
	const stage = stageStatements(dialectOf(context, staged, {}), stages);
	const asks = asksForDays(session);
	const probe = asks ? probeStatements(dialectOf(context, staged, {}), epoch, layouts, keepsDays) : [];
	let probed: Days | undefined;
	if (probe.length > 0) {
		probed = readProbe(await answered(session, [...stage, ...probe], jobId(session, epoch, "probe", attempt), bill));
	}
	const judging = dialectOf(context, staged, { probed });
	const added = keepsDays ? addedStatements(judging, epoch, asks) : [];
	const statements = judgeStatements(judging, epoch, stages, { added, asScript: !isOrdered(session) });
	const all = probe.length === 0 ? [...stage, ...statements] : statements;
	const rows = all.length === 0 ? [] : await answered(session, all, jobId(session, epoch, "judge", attempt), bill);
	return { judgement: readJudgement(rows), probed, others };
}

/** The rows of the last statement; where scripts are not to be had, one job per statement. */
async function answered(session: Session, statements: readonly string[], id: string, bill: Bill) {
	const step = "judge" as const;
	let done: JobDone | undefined;
	if (isOrdered(session)) {
		for (const sql of statements) {
			done = await runSql(session, { step, sql });
			bill.bytes += done.bytesBilled;
		}
	} else {
		done = await runSql(session, { id, step, sql: script(statements) });
		bill.bytes += done.bytesBilled;
	}
	return rowsOf(session, done!);
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
