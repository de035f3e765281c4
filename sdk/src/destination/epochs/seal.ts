/** What has gathered, as one epoch for the store: files, counts, and what the ledger will say. */
import { hash } from "node:crypto";
import type { Json } from "@growthnav/spec";
import type { CoreConfig } from "../config.ts";
import type { Crash } from "../crash.ts";
import type { Ledger, LedgerEntry } from "../ledger/ledger.ts";
import type { HeldState } from "../ledger/states.ts";
import { STRAYS_FILE, type Strays } from "../rejects/strays.ts";
import { jsonOf } from "../rows/values/json.ts";
import type { Spool } from "../spool/spool.ts";
import { type SealedStream, type StreamRun, sealStream } from "../stream-run.ts";
import { COMMIT_META, CONVERSIONS, LAYOUT_VERSION } from "../tables/layout.ts";
import { older } from "../tally.ts";
import type { SealedRun } from "./committer.ts";
import {
	conversionsShadowOf,
	type EpochOutcome,
	type EpochStream,
	type LedgerRow,
	type SealedEpoch,
	shadowOf,
} from "./epoch.ts";
import { type Refusable, type RefuseContext, refuseLines } from "./refuse.ts";
import { type Counted, type CountedStream, commitReport } from "./report.ts";

export interface SealContext {
	config: CoreConfig;
	spool: Spool;
	/** Its epoch and batch move on with every seal. */
	ledger: Pick<Ledger, "epoch" | "batchId">;
	/** Of this process, no other one's. */
	runId: string;
	syncId: string;
	/** Who reads: "source-square 0.4.0". */
	source: string | undefined;
	/** RFC 3339, UTC. */
	startedAt: string;
	crash: Crash | undefined;
	/** Told of rows that the store refuses. */
	onReject: RefuseContext["onReject"];
}

export interface Gathered {
	streams: readonly StreamRun[];
	states: readonly HeldState[];
	/** By stream id: the last state of each. */
	entries: Map<string, LedgerEntry>;
	strays: Strays;
	/** The run read its input to the end. */
	finished: boolean;
}

const OF_COMMIT: ReadonlySet<string> = new Set(COMMIT_META.map((column) => column.name));

/** A store holds a part of every table that a transaction writes in memory, and BigQuery takes 100 of them. */
const TABLES_OF_A_COMMIT = 32;

/**
 * One commit, or several where many tables are written: each with the states of its streams in its own ledger row, so
 * that each is whole. STATE messages go out after the last one, in the order in which they came.
 */
export async function sealRun(context: SealContext, gathered: Gathered): Promise<SealedRun[]> {
	const { crash, spool } = context;
	crash?.("before_seal");
	const parts = await spool.seal();
	crash?.("after_seal");
	const groups = groupsOf(gathered);
	const rest = new Map(gathered.entries);
	return groups.map((streams, index) => {
		if (index === groups.length - 1) {
			return sealGroup(context, { ...gathered, streams, entries: rest }, parts, gathered.states);
		}
		const ids = streams.map(({ plan }) => plan.id).filter((id) => rest.has(id));
		const entries = new Map(ids.map((id) => [id, rest.get(id)!]));
		for (const id of ids) rest.delete(id);
		return sealGroup(context, { ...gathered, streams, entries, finished: false }, parts, undefined);
	});
}

/** A state of all streams vouches for all of them at once: then there is one commit. */
function groupsOf({ streams, entries }: Gathered): (readonly StreamRun[])[] {
	const ids = new Set(streams.map(({ plan }) => plan.id));
	const writing = streams.filter((stream) => stream.covered.rows > 0 || publishes(stream));
	if (writing.length <= TABLES_OF_A_COMMIT || [...entries.keys()].some((id) => !ids.has(id))) return [streams];
	const groups: StreamRun[][] = [streams.filter((stream) => !writing.includes(stream))];
	for (let at = 0; at < writing.length; at += TABLES_OF_A_COMMIT) {
		groups.push(writing.slice(at, at + TABLES_OF_A_COMMIT));
	}
	const [silent, ...loud] = groups;
	return [...loud.slice(0, -1), [...silent!, ...loud.at(-1)!]];
}

type Parts = Awaited<ReturnType<Spool["seal"]>>;

/** `sent`: the states that go out after it, of the last commit alone. */
function sealGroup(
	context: SealContext,
	gathered: Gathered,
	parts: Parts,
	sent: readonly HeldState[] | undefined,
): SealedRun {
	const { config } = context;
	const isLast = sent !== undefined;
	const stray = isLast ? (parts.get(STRAYS_FILE) ?? []) : [];
	const all: Refusable = {
		streams: [],
		deadLetters: [...stray],
		resolved: [],
		done: [...stray],
		held: gathered.states,
	};
	const counted: CountedStream[] = [];
	for (const stream of gathered.streams) {
		const publish = publishes(stream);
		const sealed = sealStream(stream, parts);
		const { tally } = sealed;
		all.done.push(...sealed.done);
		all.deadLetters.push(...sealed.parts.letters);
		all.resolved.push(...sealed.parts.resolved);
		const writes = tally.rows > 0 || publish;
		const complete = stream.status === "complete" && !stream.told.complete;
		if (complete) stream.told.complete = true;
		if (!writes && tally.read === 0 && !complete) continue;
		const { plan, table } = stream;
		const at = writes ? all.streams.length : undefined;
		counted.push({ stream: plan.stream, namespace: plan.namespace, table: table.table.name, tally, complete, at });
		const entry = addEntry(gathered.entries, stream, tally.rows, publish);
		if (writes) all.streams.push({ run: stream, epoch: epochStream(stream, sealed, publish), tally, entry });
		if (publish) table.shadow = false;
	}
	const strays = new Map(isLast ? gathered.strays.tallies : []);
	if (isLast) gathered.strays.tallies.clear();
	const epoch = ++context.ledger.epoch;
	const entries = [...gathered.entries.values()];
	const batchId = batchOf(context, entries, counted);
	context.ledger.batchId = batchId;
	const report: Counted = { epoch, batchId, streams: counted, strays };
	const since = [...counted, ...strays.values()].map(({ tally }) => tally.since).reduce(older, undefined);
	const { connection, customer_id: customerId } = config;
	const ledgerRow = (loadedAt: string, outcome: EpochOutcome): LedgerRow => {
		const counts = commitReport(report, outcome, 0);
		return {
			batch_id: batchId,
			connection,
			customer_id: customerId,
			epoch,
			sync_id: context.syncId,
			source: context.source ?? null,
			states: JSON.stringify(entries),
			counts: jsonOf(counts as unknown as Json).text ?? null,
			rows: counts.streams.reduce((sum, one) => sum + one.loaded + one.superseded, 0),
			bytes: counts.streams.reduce((sum, one) => sum + one.bytes, 0),
			layout: LAYOUT_VERSION,
			started_at: context.startedAt,
			committed_at: loadedAt,
			finished: gathered.finished,
			lag_s: outcome.lagS ?? null,
		};
	};
	const epochAt = (loadedAt: string): SealedEpoch => ({
		...{ epoch, batchId, connection, customerId, loadedAt },
		syncId: context.syncId,
		streams: all.streams.map((stream) => ({ ...stream.epoch })),
		deadLetters: all.deadLetters,
		resolved: all.resolved,
		lag: () => (since === undefined ? undefined : Math.round(performance.now() - since) / 1000),
		async refuse(lines) {
			const { spool, onReject } = context;
			await refuseLines({ connection, recordLimit: config.record_limit, spool, onReject }, all, lines);
			return epochAt(loadedAt);
		},
		ledgerRow: (outcome) => ledgerRow(loadedAt, outcome),
	});
	return { counted: report, states: (sent ?? []).map(({ message }) => message), done: all.done, epochAt };
}

/**
 * A complete overwrite takes the table's place, once all its rows may be committed. A generation that did so before
 * does it again only with rows that came again: a source that has nothing more to send must not empty the table.
 */
export function publishes(stream: StreamRun): boolean {
	const { table, status, open, covered, past } = stream;
	if (!table.shadow || status !== "complete" || open.read > 0) return false;
	return !table.published || table.resumes || covered.rows + past.rows > 0;
}

function epochStream(run: StreamRun, sealed: SealedStream, publish: boolean): EpochStream {
	const { plan, table } = run;
	const kept = new Set(table.columns.filter((column) => column.kept === true).map((column) => column.name));
	const converts = plan.conversions.length > 0;
	const { name } = table.table;
	return {
		stream: plan.stream,
		namespace: plan.namespace,
		table: table.table,
		target: table.shadow ? shadowOf(name) : name,
		conversionsTarget: converts ? (table.shadow ? conversionsShadowOf(name) : CONVERSIONS) : undefined,
		columns: table.table.columns.filter((column) => !kept.has(column.name) && !OF_COMMIT.has(column.name)),
		keyed: plan.keyed,
		cursor: table.cursor?.column,
		deletions: sealed.tally.deletions,
		generation: plan.generation ?? 0,
		rows: sealed.parts.rows,
		rowCount: sealed.tally.rows,
		conversions: sealed.parts.conversions,
		conversionCount: sealed.tally.converted,
		conversionColumns: run.conversionColumns,
		publish,
	};
}

/** What the ledger says of a stream whatever happens to it. */
export function entryOf({ plan }: StreamRun): LedgerEntry {
	return { stream: plan.stream, ...(plan.namespace !== undefined && { namespace: plan.namespace }) };
}

function addEntry(entries: Map<string, LedgerEntry>, stream: StreamRun, rows: number, publish: boolean): LedgerEntry {
	const { plan, table, status, past } = stream;
	const entry: LedgerEntry = {
		...(entries.get(plan.id) ?? entryOf(stream)),
		rows,
		...((plan.overwrite || plan.generation !== null) && { generation: plan.generation }),
		// a generation that was published and brings nothing more stays published
		...(table.shadow && (!table.published || past.rows > 0) && { shadow: true as const }),
		...(publish && { published: true as const }),
		...(status === "complete" && { complete: true as const }),
	};
	entries.set(plan.id, entry);
	return entry;
}

/** Two runs that write at once may count the same, and are not the same: a store must not take one for the other. */
function batchOf({ ledger, config, runId }: SealContext, entries: LedgerEntry[], counted: CountedStream[]): string {
	const counts = counted.map(({ table, tally }) => [table, tally.rows, tally.letters, tally.converted, tally.bytes]);
	const parts = [runId, config.connection, ledger.batchId ?? null, ledger.epoch, entries, counts];
	return hash("sha256", JSON.stringify(parts)).slice(0, 32);
}
