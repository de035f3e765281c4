/**
 * Files of the spool into tables of the commit's own, one load job each: such a table can be loaded again at any time,
 * and none of the limits per table is ever near. They end by themselves after seven days.
 */
import {
	CONVERSION_STAGE,
	conversionStageOf,
	DEAD_LETTER_STAGE,
	DEAD_LETTERS_STAGE,
	type LoadPart,
	RESOLVED_IDS_STAGE,
	RESOLVED_STAGE,
	type SealedEpoch,
	type StagedColumn,
	stageOf,
	streamStage,
} from "@growthnav/sdk/store";
import type { Storage } from "../api/storage.ts";
import { atOnce } from "../at-once.ts";
import type { Session } from "../session.ts";
import { bigqueryDialect } from "../sql/dialect.ts";
import { type Load, loadTable, stageObjects, tablesFor } from "./load.ts";

/** Uploads at a time: one reads its file while another one waits for its job. Large ones hold 16 MB of memory each. */
const LARGE_AT_ONCE = 3;
const SMALL_AT_ONCE = 8;
const LARGE = 1_000_000;

/** The files of one stage: its name in the statements, its columns, its parts. */
export interface StageFiles {
	stage: string;
	columns: StagedColumn[];
	parts: readonly LoadPart[];
}

/** A stage as a query on the tables that hold its files. */
export interface LoadedStage {
	stage: string;
	query: string;
}

export function stagesOf(epoch: SealedEpoch): StageFiles[] {
	const stages: StageFiles[] = [];
	for (const [at, stream] of epoch.streams.entries()) {
		if (stream.rows.length === 0) continue;
		stages.push({ stage: stageOf(at), columns: streamStage(stream), parts: stream.rows });
		if (stream.conversionsTarget === undefined) continue;
		stages.push({ stage: conversionStageOf(at), columns: CONVERSION_STAGE, parts: stream.conversions });
	}
	if (epoch.deadLetters.length > 0) {
		stages.push({ stage: DEAD_LETTER_STAGE, columns: DEAD_LETTERS_STAGE, parts: epoch.deadLetters });
	}
	if (epoch.resolved.length > 0) {
		stages.push({ stage: RESOLVED_STAGE, columns: RESOLVED_IDS_STAGE, parts: epoch.resolved });
	}
	return stages;
}

/** Tables of a commit begin with this; what an older run left is found by it too. */
export function scratchPrefix({ connection8 }: Session): string {
	return `_gn_stg_${connection8}_`;
}

export function scratchTable(session: Session, { batchId }: SealedEpoch, what: string): string {
	return `${scratchPrefix(session)}${batchId.slice(0, 16)}_${session.nonce}_${what}`;
}

/** Of a commit: its stages as queries, and what may go when it is confirmed. */
export interface Loaded {
	stages: LoadedStage[];
	tables: string[];
	/** In the bucket. */
	objects: string[];
}

interface WaitingLoad extends Load {
	/** Tables of its stage that are not loaded yet. */
	left: { tables: number };
}

/** Loads every file; `loaded` is called after each stage. */
export async function loadStages(session: Session, epoch: SealedEpoch, loaded: () => void): Promise<Loaded> {
	const all = stagesOf(epoch);
	const storage = storageFor(session, all);
	const stages: LoadedStage[] = [];
	const waiting: WaitingLoad[] = [];
	for (const { stage, columns, parts } of all) {
		const filled = parts.filter((part) => part.rows > 0);
		// one file may be named twice, for different rows of it
		const files = [...new Map(filled.map((part) => [part.file, part])).values()];
		const left = { tables: 0 };
		const tables = new Map<string, string>();
		for (const group of tablesFor(files, storage !== undefined)) {
			const table = scratchTable(session, epoch, `f${waiting.length}`);
			for (const { file } of group) tables.set(file, table);
			waiting.push({ table, columns, parts: group, left });
			left.tables++;
		}
		// files of one table are one query
		const queries = new Set(filled.map((part) => partQuery(columns, tables.get(part.file)!, part)));
		stages.push({ stage, query: queries.size > 0 ? [...queries].join(" UNION ALL ") : emptyQuery(columns) });
		if (tables.size === 0) loaded();
	}
	const objects: string[] = [];
	const staged = storage && (await stageObjects(session, storage, epoch, waiting, (name) => objects.push(name)));
	await loadAll(waiting, async (one) => {
		await loadTable(session, epoch, one, staged);
		if (--one.left.tables === 0) loaded();
	});
	return { stages, tables: waiting.map(({ table }) => table), objects };
}

/** Undefined where the files are uploaded directly. */
function storageFor({ storage }: Session, stages: readonly StageFiles[]): Storage | undefined {
	const files = new Map(stages.flatMap(({ parts }) => parts.map(({ file, bytes }) => [file, bytes] as const)));
	const bytes = [...files.values()].reduce((sum, one) => sum + one, 0);
	return storage !== undefined && bytes >= storage.staging.from ? storage : undefined;
}

async function loadAll(loads: readonly WaitingLoad[], load: (one: WaitingLoad) => Promise<void>): Promise<void> {
	const isLarge = ({ parts }: WaitingLoad) => parts.length === 1 && parts[0]!.bytes > LARGE;
	await Promise.all([
		atOnce(LARGE_AT_ONCE, loads.filter(isLarge), load),
		atOnce(
			SMALL_AT_ONCE,
			loads.filter((one) => !isLarge(one)),
			load,
		),
	]);
}

function partQuery(columns: readonly StagedColumn[], table: string, { after, through }: LoadPart): string {
	const { name } = bigqueryDialect;
	const seq = name("_gn_seq");
	const bounds = [
		...(after === undefined ? [] : [`${seq} > ${after}`]),
		...(through === undefined ? [] : [`${seq} <= ${through}`]),
	];
	return (
		`SELECT ${columns.map(typed).join(", ")} FROM ${name(table)}` +
		(bounds.length === 0 ? "" : ` WHERE ${bounds.join(" AND ")}`)
	);
}

function typed({ name: column, micros }: StagedColumn): string {
	const name = bigqueryDialect.name(column);
	return micros === true ? `TIMESTAMP_MICROS(${name}) AS ${name}` : name;
}

function emptyQuery(columns: readonly StagedColumn[]): string {
	const values = columns.map(
		(column) => `CAST(NULL AS ${bigqueryDialect.type(column)}) AS ${bigqueryDialect.name(column.name)}`,
	);
	return `SELECT ${values.join(", ")} FROM UNNEST([1]) AS \`none\` WHERE FALSE`;
}
