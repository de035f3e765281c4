/**
 * Files of the spool into tables of their own, one load job each: a table of one file can be loaded again at any time,
 * and none of the limits per table is ever near. They end by themselves after seven days.
 */
import {
	CONVERSION_STAGE,
	ConnectorError,
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
import { atOnce } from "../at-once.ts";
import { insertTable } from "../dataset/dataset.ts";
import type { Session } from "../session.ts";
import { bigqueryDialect } from "../sql/dialect.ts";
import { rawField } from "../sql/schema.ts";

const EXPIRY_MS = 7 * 86_400_000;
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

/** RFC 3339: when the tables of a commit end by themselves. */
export function expiryOf({ loadedAt }: SealedEpoch): string {
	return new Date(Date.parse(loadedAt) + EXPIRY_MS).toISOString();
}

/** Tables of a commit begin with this; what an older run left is found by it too. */
export function scratchPrefix({ connection8 }: Session): string {
	return `_gn_stg_${connection8}_`;
}

export function scratchTable(session: Session, { batchId }: SealedEpoch, what: string): string {
	return `${scratchPrefix(session)}${batchId.slice(0, 16)}_${session.nonce}_${what}`;
}

interface WaitingFile {
	table: string;
	columns: StagedColumn[];
	part: LoadPart;
	/** Files of its stage that are not loaded yet. */
	left: { files: number };
}

/** Loads every file; `loaded` is called after each stage. Answers the tables that were made, too. */
export async function loadStages(
	session: Session,
	epoch: SealedEpoch,
	loaded: () => void,
): Promise<{ stages: LoadedStage[]; tables: string[] }> {
	const stages: LoadedStage[] = [];
	const waiting: WaitingFile[] = [];
	for (const { stage, columns, parts } of stagesOf(epoch)) {
		const filled = parts.filter((part) => part.rows > 0);
		// one file may be named twice, for different rows of it
		const files = new Map<string, string>();
		const left = { files: 0 };
		for (const part of filled) {
			if (files.has(part.file)) continue;
			const table = scratchTable(session, epoch, `f${waiting.length}`);
			files.set(part.file, table);
			waiting.push({ table, columns, part, left });
			left.files++;
		}
		const queries = filled.map((part) => partQuery(columns, files.get(part.file)!, part));
		stages.push({ stage, query: queries.length > 0 ? queries.join(" UNION ALL ") : emptyQuery(columns) });
		if (files.size === 0) loaded();
	}
	const load = async ({ table, columns, part, left }: WaitingFile) => {
		await loadFile(session, epoch, table, columns, part);
		if (--left.files === 0) loaded();
	};
	const isLarge = ({ part }: WaitingFile) => part.bytes > LARGE;
	await Promise.all([
		atOnce(LARGE_AT_ONCE, waiting.filter(isLarge), load),
		atOnce(
			SMALL_AT_ONCE,
			waiting.filter((file) => !isLarge(file)),
			load,
		),
	]);
	return { stages, tables: waiting.map(({ table }) => table) };
}

/** Loaded a second time, for whatever reason, it holds the same. */
async function loadFile(
	session: Session,
	epoch: SealedEpoch,
	table: string,
	columns: StagedColumn[],
	part: LoadPart,
): Promise<void> {
	const { jobs, project, dataset, connection8, nonce } = session;
	const { file, rows } = part;
	const fields = columns.map(rawField);
	await insertTable(session, table, {
		schema: { fields },
		expirationTime: String(Date.parse(expiryOf(epoch))),
	} as never);
	const done = await jobs.run({
		id: `gn_${connection8}_load_${epoch.batchId.slice(0, 16)}_${nonce}_${table.split("_").at(-1)}`,
		step: "load",
		media: { file },
		configuration: {
			load: {
				destinationTable: { projectId: project, datasetId: dataset, tableId: table },
				schema: { fields: fields as never },
				sourceFormat: "NEWLINE_DELIMITED_JSON",
				createDisposition: "CREATE_NEVER",
				writeDisposition: "WRITE_TRUNCATE",
				maxBadRecords: 0,
				ignoreUnknownValues: false,
			},
		},
	});
	const loaded = Number((done.resource.statistics as { load?: { outputRows?: string } } | undefined)?.load?.outputRows);
	if (loaded === rows) return;
	throw new ConnectorError("internal.count", `BigQuery loaded ${loaded} rows of a file with ${rows}`, {
		where: `job ${done.id}`,
		why: "nothing was committed",
		next: "run again: it goes on from what is committed; if it happens again, report it with the log of this run",
	});
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
