/** One file as the data of a load job. */
import { stat } from "node:fs/promises";
import type { JsonObject } from "@growthnav/sdk/store";
import type { Api } from "./api.ts";
import { openSender, type UploaderOptions } from "./resumable.ts";

export type { UploaderOptions } from "./resumable.ts";

export interface Upload {
	file: string;
	/** The job, with its `jobReference`. */
	resource: JsonObject;
	step: string;
	/** Milliseconds; left out: 15 minutes and a second for each 250 KB. */
	deadline?: number;
}

/** Answers the job's resource as the service made it; throws problems (`problemOf`), 409 `duplicate` among them. */
export type Uploader = (upload: Upload) => Promise<JsonObject>;

/** Nothing is made before the last byte has come, so that a beginning may be repeated freely. */
export function openUploader(api: Api, options: UploaderOptions): Uploader {
	const sender = openSender(api, options);
	const path = `/upload/bigquery/v2/projects/${api.project}/jobs?uploadType=resumable`;
	return async (upload) => {
		const { size } = await stat(upload.file);
		return sender.send({ ...upload, path, size, gzip: sender.compresses(size) });
	};
}
