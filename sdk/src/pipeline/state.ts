/** `state show|reset`: where each stream stands, by the destination's ledger, or by the states kept for a foreign one. */
import type { Json, StatePayload } from "@growthnav/spec";
import { committedStates, readEntries, readLedger } from "../destination/ledger/ledger.ts";
import { ConnectorError, isConnectorError } from "../errors.ts";
import { didYouMean, listOf } from "../nearest.ts";
import { askState, askToBegin } from "./connectors/one-shot.ts";
import { cursorIn, streamStates } from "./cursor.ts";
import type { RunEvent } from "./events.ts";
import type { DestinationPlan } from "./file/plan.ts";
import type { RunRecord } from "./run/folder.ts";
import { readRecord } from "./run/record.ts";
import { literal, querySql } from "./sql.ts";
import { STATE_FILE } from "./state-book.ts";

export type StateLine = Extract<RunEvent, { event: "state" }>;

export interface Standing {
	/** By stream. */
	states: StateLine[];
	/** Refused rows that wait for a decision; null where the store cannot be asked. */
	rejectsWaiting: number | null;
	/** The last run on this machine. */
	last: RunRecord | undefined;
}

/** Nothing where nothing was ever committed. */
export async function showState(plan: DestinationPlan): Promise<Standing> {
	const last = await readRecord(plan.runs);
	if (!plan.destination.connector.ours) {
		const states = await keptStates(plan);
		return { states: states.flatMap((state) => foreignLines(state, plan, last)), rejectsWaiting: null, last };
	}
	const connection = literal(connectionOf(plan));
	const commits = await orNothing(() =>
		querySql(
			plan.destination,
			`select epoch, batch_id, committed_at, finished, states from _gn_commits where connection = ${connection} order by epoch, committed_at`,
		),
	);
	if (!commits) return { states: [], rejectsWaiting: 0, last };
	const waiting = await querySql(
		plan.destination,
		`select count(*) as n from _gn_dead_letters where resolved_at is null and connection = ${connection}`,
	);
	const ledger = readLedger(commits.rows.map(commitRow));
	const counts = await rowsOfStreams(plan);
	const states = committedStates(ledger).flatMap(({ state, committedAt, rows }) =>
		streamStates(state).map(({ descriptor: { name, namespace }, state: inner }) => {
			const held = counts.get(streamKey(name, namespace)) ?? rows;
			return lineOf(plan, name, namespace, held, committedAt, cursorIn(inner));
		}),
	);
	return { states: states.sort(byStream), rejectsWaiting: Number(waiting.rows[0]?.[0] ?? 0), last };
}

/** The pipelines that a store has commits of, by name. */
export async function connectionsOf({ destination }: DestinationPlan): Promise<string[]> {
	const { rows } = await querySql(destination, "select distinct connection from _gn_commits order by 1");
	return rows.map(([connection]) => String(connection));
}

/** How many rows each stream's table holds: what was superseded since is not among them. */
async function rowsOfStreams({ destination }: DestinationPlan): Promise<Map<string, number>> {
	const tables = await querySql(
		destination,
		"select namespace, stream, table_name from _gn_columns where column_name is null",
	);
	const counts = tables.rows.map(([namespace, stream, table], index) => ({
		key: streamKey(String(stream), namespace === null ? undefined : String(namespace)),
		// stores quote names in different ways; these are small letters, digits and _
		query: `select ${index}, count(*) from ${String(table)}`,
	}));
	if (counts.length === 0) return new Map();
	const query = counts.map(({ query }) => query).join(" union all ");
	const { rows } = await querySql(destination, query).catch((thrown: unknown) => {
		// a name that is a word of SQL: then the ledger's number is told, with what was superseded since
		if (isConnectorError(thrown) && thrown.code === "config.query") return { rows: [] };
		throw thrown;
	});
	return new Map(rows.map(([index, count]) => [counts[Number(index)]!.key, Number(count)]));
}

function streamKey(stream: string, namespace: string | undefined): string {
	return JSON.stringify([namespace ?? null, stream]);
}

/**
 * Makes one stream, or all, start over; answers the streams whose state was there. Rows stay: keyed ones replace
 * themselves, others come again. Throws config.unknown_stream.
 */
export async function resetState(plan: DestinationPlan, stream?: string): Promise<string[]> {
	if (plan.destination.connector.ours) {
		const cleared = await askState(plan.destination.ask, plan.destination.config, stream ?? true);
		return namesOf(cleared);
	}
	const states = await keptStates(plan);
	const cleared = states.filter((state) => stream === undefined || namesOf([state]).includes(stream));
	if (stream !== undefined && cleared.length === 0) throw unknownStream(stream, namesOf(states), plan);
	await plan.runs.write(
		STATE_FILE,
		states.filter((state) => !cleared.includes(state)),
	);
	return namesOf(cleared);
}

/**
 * Puts the states of another program where the first run of this pipeline looks for its own. Throws config.state_exists
 * where there are some.
 */
export async function beginState(plan: DestinationPlan, states: readonly StatePayload[]): Promise<void> {
	const { destination } = plan;
	if (destination.connector.ours) {
		await askToBegin(destination.ask, destination.config, states);
		return;
	}
	const kept = namesOf(await keptStates(plan));
	if (kept.length > 0) {
		throw new ConnectorError("config.state_exists", `${plan.name} has states already`, {
			where: plan.runs.path,
			why: `states of ${listOf(kept)} would be lost`,
			next: "choose another name for the pipeline, or reset its states first",
		});
	}
	await plan.runs.write(STATE_FILE, states);
}

/** The connection under which the ledger keeps this pipeline. */
export function connectionOf({ destination }: Pick<DestinationPlan, "destination">): string {
	const { connection } = destination.config;
	return typeof connection === "string" ? connection : "default";
}

function namesOf(states: readonly StatePayload[]): string[] {
	return states.flatMap(streamStates).map(({ descriptor }) => descriptor.name);
}

async function keptStates(plan: DestinationPlan): Promise<StatePayload[]> {
	const kept = await plan.runs.read(STATE_FILE);
	return Array.isArray(kept) ? (kept as unknown as StatePayload[]) : [];
}

/** A store that does not exist yet holds nothing; everything else that is wrong is thrown. */
async function orNothing<T>(ask: () => Promise<T>): Promise<T | undefined> {
	try {
		return await ask();
	} catch (thrown) {
		if ((thrown as { code?: string }).code === "config.no_store") return undefined;
		throw thrown;
	}
}

function commitRow([epoch, batchId, committedAt, finished, states]: Json[]) {
	const text = typeof states === "string" ? states : JSON.stringify(states ?? []);
	return {
		epoch: Number(epoch),
		batchId: String(batchId),
		committedAt: String(committedAt),
		finished: finished === true,
		entries: readEntries(text),
	};
}

function foreignLines(state: StatePayload, plan: DestinationPlan, last: RunRecord | undefined): StateLine[] {
	return streamStates(state).map(({ descriptor, state: inner }) =>
		lineOf(
			plan,
			descriptor.name,
			descriptor.namespace,
			0,
			last?.committed_at ?? last?.started_at ?? "",
			cursorIn(inner),
		),
	);
}

function lineOf(
	{ host, schedule }: DestinationPlan,
	stream: string,
	namespace: string | undefined,
	rows: number,
	committed_at: string,
	cursor: string | null,
): StateLine {
	const age_s = Math.max(0, Math.round((host.now() - Date.parse(committed_at)) / 1000)) || 0;
	const every = schedule && secondsOf(schedule.every);
	return {
		event: "state",
		stream,
		namespace: namespace ?? null,
		rows,
		committed_at,
		age_s,
		cursor,
		late: every !== undefined && age_s > every,
	};
}

/** "90s", "15m", "1h", "3d" */
function secondsOf(every: string): number | undefined {
	const [, number, unit] = /^(\d+)([smhd])$/.exec(every) ?? [];
	return number === undefined ? undefined : Number(number) * { s: 1, m: 60, h: 3_600, d: 86_400 }[unit as "s"];
}

function byStream(a: StateLine, b: StateLine): number {
	return a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0;
}

function unknownStream(stream: string, known: string[], plan: DestinationPlan): ConnectorError {
	return new ConnectorError("config.unknown_stream", `There is no saved state of ${stream}`, {
		where: `${plan.file}, connection ${connectionOf(plan)}`,
		why: `there are states of ${listOf(known)}`,
		next: didYouMean(stream, known) ?? "name one of them",
	});
}
