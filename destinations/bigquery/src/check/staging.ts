/** One row through the bucket for large commits, as the files of a commit go: put, read by a load job, found, removed. */
import { ConnectorError } from "@growthnav/sdk/store";
import type { Storage } from "../api/storage.ts";
import type { Session } from "../session.ts";
import { type Scratch, scratchLoad, withRow } from "./trial.ts";

const nameOf = (storage: Storage, { nonce }: Session): string => `${storage.staging.folder}check/${nonce}.ndjson`;

export async function putRow(session: Session, storage: Storage): Promise<void> {
	await withRow((file) => storage.put({ name: nameOf(storage, session), file, gzip: false }));
}

/** By BigQuery, with our rights: it also tells where the bucket lies, if that is too far. */
export async function loadRow(session: Session, storage: Storage, { stage }: Scratch): Promise<void> {
	await session.jobs.run({
		id: `gn_check_${session.nonce}_staged`,
		step: "check",
		configuration: scratchLoad(session, stage, {
			sourceUris: [`gs://${storage.staging.bucket}/${nameOf(storage, session)}`],
		}),
	});
}

/** A run looks for what an earlier one left. */
export async function findRow(session: Session, storage: Storage): Promise<void> {
	if ((await storage.list(nameOf(storage, session))).length === 1) return;
	throw new ConnectorError("config.staging_bucket", "An object that was just made is not in the list of its bucket", {
		where: storage.staging.uri,
		why: "the endpoint does not keep what it is given",
		next: "see that storage_endpoint leads to Cloud Storage",
	});
}

export function removeRow(session: Session, storage: Storage): Promise<void> {
	return storage.remove(nameOf(storage, session));
}
