/**
 * A table of a commit and the files that go into it: one, uploaded as the data of the load job; or, where the commit is
 * large and a bucket is set, any number of them, put into the bucket first and named by the job.
 */
import { ConnectorError, type LoadPart, type SealedEpoch, type StagedColumn } from "@growthnav/sdk/store";
import type { Storage } from "../api/storage.ts";
import { atOnce } from "../at-once.ts";
import { insertTable } from "../dataset/dataset.ts";
import type { Session } from "../session.ts";
import { rawField } from "../sql/schema.ts";

const EXPIRY_MS = 7 * 86_400_000;
/** Objects at a time; each upload holds 16 MB of memory at most. */
const OBJECTS_AT_ONCE = 3;
/** BigQuery takes 10,000 files in a job; a request of a thousand names has 150 KB. */
const FILES_PER_JOB = 1_000;

export interface Load {
	/** It is made, and ends by itself after seven days. */
	table: string;
	columns: StagedColumn[];
	/** Different files, each loaded whole. */
	parts: readonly LoadPart[];
}

/** RFC 3339: when the tables of a commit end by themselves. */
export function expiryOf({ api }: Session): string {
	// by the service's clock: ours may be wrong by years, and a table that ends in the past is never made
	return new Date(api.serviceTime() + EXPIRY_MS).toISOString();
}

/** Objects of a connection begin with this; what an older run left is found by it too. */
export function objectPrefix({ connection8 }: Session, { staging }: Storage): string {
	return `${staging.folder}${connection8}/`;
}

/** Files that one table takes: through the bucket many of which every row is wanted, else each by itself. */
export function tablesFor(parts: readonly LoadPart[], isStaged: boolean): LoadPart[][] {
	const isWhole = ({ after, through }: LoadPart) => isStaged && after === undefined && through === undefined;
	const whole = parts.filter(isWhole);
	const groups = Array.from({ length: Math.ceil(whole.length / FILES_PER_JOB) }, (_, at) =>
		whole.slice(at * FILES_PER_JOB, (at + 1) * FILES_PER_JOB),
	);
	return [...groups, ...parts.filter((part) => !isWhole(part)).map((part) => [part])];
}

/** Puts the files of the loads into the bucket, unless they are there; `made` is told of each before it is made. */
export async function stageObjects(
	session: Session,
	storage: Storage,
	epoch: SealedEpoch,
	loads: readonly Load[],
	objects: Map<string, string>,
	made: (name: string) => void,
): Promise<void> {
	const batch = `${objectPrefix(session, storage)}${epoch.batchId.slice(0, 16)}/`;
	const files = loads.flatMap(({ table, parts }) => {
		const there = parts.flatMap(({ file }) => objects.get(file) ?? []);
		// a job reads either packed files or plain ones
		const gzip =
			there.length > 0 ? there[0]!.endsWith(".gz") : storage.compresses(Math.max(...parts.map(({ bytes }) => bytes)));
		return parts.flatMap(({ file }, at) => {
			const name = `${batch}${table.split("_").at(-1)}-${at}.ndjson${gzip ? ".gz" : ""}`;
			return objects.has(file) ? [] : [{ file, name, gzip }];
		});
	});
	await atOnce(OBJECTS_AT_ONCE, files, async (one) => {
		made(one.name);
		await storage.put(one);
		objects.set(one.file, one.name);
	});
}

/** Loaded a second time, for whatever reason, it holds the same. */
export async function loadTable(
	session: Session,
	epoch: SealedEpoch,
	{ table, columns, parts }: Load,
	objects: ReadonlyMap<string, string> | undefined,
): Promise<void> {
	const { jobs, project, dataset, connection8, nonce, storage } = session;
	const schema = { fields: columns.map(rawField) as never };
	await insertTable(session, table, { schema, expirationTime: String(Date.parse(expiryOf(session))) });
	const addresses = parts.map(({ file }) => `gs://${storage?.staging.bucket}/${objects?.get(file)}`);
	const done = await jobs.run({
		id: `gn_${connection8}_load_${epoch.batchId.slice(0, 16)}_${nonce}_${table.split("_").at(-1)}`,
		step: "load",
		...(objects === undefined && { media: { file: parts[0]!.file } }),
		configuration: {
			load: {
				...(objects !== undefined && { sourceUris: addresses }),
				destinationTable: { projectId: project, datasetId: dataset, tableId: table },
				schema,
				sourceFormat: "NEWLINE_DELIMITED_JSON",
				createDisposition: "CREATE_NEVER",
				writeDisposition: "WRITE_TRUNCATE",
				maxBadRecords: 0,
				ignoreUnknownValues: false,
			},
		},
	});
	const loaded = Number((done.resource.statistics as { load?: { outputRows?: string } } | undefined)?.load?.outputRows);
	const rows = parts.reduce((sum, part) => sum + part.rows, 0);
	if (loaded === rows) return;
	throw new ConnectorError("internal.count", `BigQuery loaded ${loaded} rows of a file with ${rows}`, {
		where: `job ${done.id}`,
		why: "nothing was committed",
		next: "run again: it goes on from what is committed; if it happens again, report it with the log of this run",
	});
}
