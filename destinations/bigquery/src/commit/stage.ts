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
	type RefusedLine,
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
import { openSearch, rowProblem, type Search, tooLong } from "./refused.ts";

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
	/** Without the rows that BigQuery refuses. */
	epoch: SealedEpoch;
	stages: LoadedStage[];
	tables: string[];
	/** In the bucket. */
	objects: string[];
}

interface WaitingLoad extends Load {
	stage: WaitingStage;
}

interface WaitingStage {
	name: string;
	/** Tables that are not loaded yet. */
	left: number;
}

/** Loads every file; `loaded` is called after each stage. What BigQuery refuses of a row becomes a dead letter. */
export async function loadStages(session: Session, sealed: SealedEpoch, loaded: () => void): Promise<Loaded> {
	const long = await tooLong(stagesOf(sealed).flatMap(({ parts }) => parts));
	let epoch = long.length === 0 ? sealed : await sealed.refuse(long);
	const storage = storageFor(session, stagesOf(epoch));
	const tables: string[] = [];
	const objects = new Map<string, string>();
	const names: string[] = [];
	const tableOf = new Map<string, string>();
	const told = new Set<string>();
	const staged = storage && objects;
	const search = openSearch(() => ({
		session,
		epoch,
		objects: staged,
		table: (at) => scratchTable(session, epoch, `x${at}`),
	}));
	const tell = ({ name, left }: WaitingStage) => {
		if (left > 0 || told.has(name)) return;
		told.add(name);
		loaded();
	};
	for (;;) {
		const waiting = waitingLoads(stagesOf(epoch), tableOf, storage !== undefined, tell, () => {
			tables.push(scratchTable(session, epoch, `f${tables.length}`));
			return tables.at(-1)!;
		});
		if (storage) await stageObjects(session, storage, epoch, waiting, objects, (name) => names.push(name));
		const refused: RefusedLine[] = [];
		await loadAll(waiting, async (one) => {
			const lines = await loadOrSearch(session, epoch, one, staged, search);
			refused.push(...lines);
			if (lines.length > 0) return;
			for (const { file } of one.parts) tableOf.set(file, one.table);
			one.stage.left--;
			tell(one.stage);
		});
		if (refused.length === 0) break;
		epoch = await epoch.refuse(refused);
	}
	const stages = stagesOf(epoch).map((stage) => ({ stage: stage.stage, query: stageQuery(stage, tableOf) }));
	return { epoch, stages, tables, objects: names };
}

/** A load for each table that is still to be filled. */
function waitingLoads(
	all: readonly StageFiles[],
	known: ReadonlyMap<string, string>,
	isStaged: boolean,
	tell: (stage: WaitingStage) => void,
	newTable: () => string,
): WaitingLoad[] {
	const waiting: WaitingLoad[] = [];
	for (const { stage: name, columns, parts } of all) {
		// one file may be named twice, for different rows of it
		const files = new Map(filled(parts).map((part) => [part.file, part]));
		const missing = [...files.values()].filter(({ file }) => !known.has(file));
		const groups = tablesFor(missing, isStaged);
		const stage = { name, left: groups.length };
		for (const group of groups) waiting.push({ table: newTable(), columns, parts: group, stage });
		tell(stage);
	}
	return waiting;
}

/** The lines of it that BigQuery refuses; none where it is loaded. */
async function loadOrSearch(
	session: Session,
	epoch: SealedEpoch,
	load: WaitingLoad,
	objects: ReadonlyMap<string, string> | undefined,
	search: Search,
): Promise<RefusedLine[]> {
	try {
		await loadTable(session, epoch, load, objects);
		return [];
	} catch (thrown) {
		const problem = OURS.has(load.stage.name) ? undefined : rowProblem(thrown);
		const lines = problem === undefined ? [] : await search.lines(load, problem);
		if (lines.length === 0) throw thrown;
		return lines;
	}
}

/** Their rows are nobody's record: none of them can become a letter. */
const OURS: ReadonlySet<string> = new Set([DEAD_LETTER_STAGE, RESOLVED_STAGE]);

const filled = (parts: readonly LoadPart[]): LoadPart[] => parts.filter((part) => part.rows > 0);

function stageQuery({ columns, parts }: StageFiles, tableOf: ReadonlyMap<string, string>): string {
	// files of one table are one query
	const queries = new Set(filled(parts).map((part) => partQuery(columns, tableOf.get(part.file)!, part)));
	return queries.size > 0 ? [...queries].join(" UNION ALL ") : emptyQuery(columns);
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
