/**
 * Objects of Cloud Storage, as far as large commits need them: put, look, delete, list, all below one folder of one
 * bucket. An object is made where there is none (`ifGenerationMatch=0`), so that a repeated upload never takes the
 * place of what a job may be reading, and counts only where the service's checksum is ours.
 * https://cloud.google.com/storage/docs/json_api/v1/objects
 */
import { stat } from "node:fs/promises";
import { ConnectorError, type JsonObject } from "@growthnav/sdk/store";
import type { BigQueryConfig, Staging } from "../config.ts";
import { storeError } from "../errors/errors.ts";
import { type ApiProblem, answerProblem, anyProblemOf, fault, listOf, objectOf, textOf } from "../errors/problem.ts";
import { actionFor, waitBefore } from "../errors/reasons.ts";
import type { Api } from "./api.ts";
import { gzipChunks, plainChunks } from "./chunks.ts";
import type { Clock } from "./clock.ts";
import { openSum } from "./crc32c.ts";
import { send } from "./http.ts";
import { openSender, type UploaderOptions } from "./resumable.ts";

export interface StoredObject {
	/** The whole name, folder and all. */
	name: string;
	/** Of this content: another one under the same name has another. */
	generation: string;
	size: number;
	/** As Cloud Storage writes it. */
	crc32c: string;
}

export interface Storage {
	readonly staging: Staging;
	/** Makes the object, or finds it made by an upload whose answer was lost. */
	put(object: { name: string; file: string; gzip: boolean }): Promise<void>;
	/** One that is not there is no error; with a generation another content of that name stays. */
	remove(name: string, generation?: string): Promise<void>;
	/** Names that begin so, oldest name first. */
	list(prefix: string): Promise<StoredObject[]>;
	/** Whether files of so many bytes are best compressed, by the speed of the line so far. */
	compresses(size: number): boolean;
}

export interface StorageOptions {
	config: BigQueryConfig;
	clock: Clock;
	upload?: Partial<Omit<UploaderOptions, "clock" | "emulator">> | undefined;
}

const ENDPOINT = "https://storage.googleapis.com";
/** Of a request that carries no file. */
const DEADLINE = 30_000;
const MOST_TRIES = 8;
/** An upload whose checksum is wrong is made again so often. */
const MOST_UPLOADS = 3;

/** What goes wrong is thrown as a ConnectorError, of which `problemOf` tells what the service said. */
export function openStorage(api: Api, staging: Staging, { config, clock, upload }: StorageOptions): Storage {
	const endpoint = (config.storage_endpoint ?? ENDPOINT).replace(/\/$/, "");
	const service = { endpoint, headers: api.headers };
	const sender = openSender(service, { ...upload, clock, emulator: config.allow_emulator });
	const objects = `/storage/v1/b/${encodeURIComponent(staging.bucket)}/o`;
	const pathOf = (name: string) => `${objects}/${encodeURIComponent(ours(name))}`;

	/** Nothing outside the folder is touched, whoever asks for it. */
	function ours(name: string): string {
		if (name.startsWith(staging.folder) && !/[*?]|\/\.{0,2}\//.test(name)) return name;
		throw new ConnectorError("internal.staging", `${name.slice(0, 200)} lies outside of ${staging.uri}`, {
			why: "this is a bug in GrowthNav; nothing was sent",
			next: "report it",
		});
	}

	/** Undefined for 404 of an object. */
	async function call(method: "GET" | "DELETE", path: string, step: string): Promise<JsonObject | undefined> {
		for (let tries = 1; ; tries++) {
			const problem = await oneTry(method, path, step);
			if (!("reason" in problem)) return problem.body;
			if (problem.status === 404 && !isBucketMissing(problem)) return undefined;
			const action = actionFor(problem.reason, problem.message, "call");
			if (action.do !== "again" || tries >= MOST_TRIES) throw fault(problem);
			await clock.sleep(Math.max(problem.retryAfter ?? 0, waitBefore(action.wait, tries, clock.random())));
		}
	}

	async function oneTry(method: string, path: string, step: string): Promise<{ body: JsonObject } | ApiProblem> {
		try {
			const headers = await api.headers();
			const url = new URL(endpoint + path);
			const answer = await send(url, { method, headers, data: Buffer.alloc(0), milliseconds: DEADLINE });
			if (answer.status < 200 || answer.status > 299) {
				return answerProblem({ ...answer, retryAfter: answer.headers["retry-after"] }, step);
			}
			return { body: answer.body === "" ? {} : (JSON.parse(answer.body) as JsonObject) };
		} catch (thrown) {
			const problem = anyProblemOf(thrown);
			if (problem === undefined) throw thrown;
			return { ...problem, step };
		}
	}

	async function made(name: string, file: string, gzip: boolean): Promise<boolean> {
		let sum = openSum();
		const { size } = await stat(file);
		const name64 = encodeURIComponent(ours(name));
		const path = `/upload${objects}?uploadType=resumable&name=${name64}&ifGenerationMatch=0`;
		const resource = { contentType: gzip ? "application/gzip" : "application/x-ndjson" };
		const watch = () => {
			sum = openSum();
			return sum.add;
		};
		let found: StoredObject | undefined;
		try {
			found = objectIn(await sender.send({ path, resource, file, size, gzip, step: UPLOAD, watch }));
		} catch (thrown) {
			if (anyProblemOf(thrown)?.status !== 412) throw thrown;
			// it is there: by an upload of ours whose answer was lost
			found = objectIn(await call("GET", pathOf(name), UPLOAD));
			sum = openSum();
			const chunks = gzip ? gzipChunks(file, LOOK_BYTES) : plainChunks(file, size, LOOK_BYTES);
			for await (const { bytes } of chunks) sum.add(bytes);
		}
		if (found === undefined) return false;
		if (found.crc32c === sum.text() && found.size === sum.size()) return true;
		await call("DELETE", `${pathOf(name)}?ifGenerationMatch=${found.generation}`, UPLOAD);
		return false;
	}

	const working = <T>(work: Promise<T>): Promise<T> =>
		work.catch((thrown) => {
			throw storeError(thrown, config);
		});

	async function put(name: string, file: string, gzip: boolean): Promise<void> {
		for (let upload = 1; upload <= MOST_UPLOADS; upload++) if (await made(name, file, gzip)) return;
		throw new ConnectorError("transient.staging_damaged", "A file arrives in the bucket other than it was sent", {
			where: `gs://${staging.bucket}/${name}`,
			why: `its checksum was wrong ${MOST_UPLOADS} times; nothing was loaded`,
			next: "look for a proxy that changes what passes it, then run again",
		});
	}

	async function list(prefix: string): Promise<StoredObject[]> {
		const found: StoredObject[] = [];
		const fields = "items(name,generation,size,crc32c),nextPageToken";
		for (let pageToken: string | undefined = ""; pageToken !== undefined; ) {
			const query = new URLSearchParams({ prefix: ours(prefix), fields, ...(pageToken !== "" && { pageToken }) });
			const page = await call("GET", `${objects}?${query}`, LIST);
			found.push(...listOf(page?.items).flatMap((item) => objectIn(objectOf(item)) ?? []));
			pageToken = textOf(page?.nextPageToken);
		}
		return found;
	}

	return {
		staging,
		compresses: sender.compresses,
		put: ({ name, file, gzip }) => working(put(name, file, gzip)),
		list: (prefix) => working(list(prefix)),
		async remove(name, generation) {
			const condition = generation === undefined ? "" : `?ifGenerationMatch=${generation}`;
			await working(
				call("DELETE", pathOf(name) + condition, REMOVE).catch((thrown) => {
					if (anyProblemOf(thrown)?.status !== 412) throw thrown;
				}),
			);
		},
	};
}

const LOOK_BYTES = 1024 * 1024;
/** Steps, as errors name them; `errors/storage.ts` knows Cloud Storage by their first word. */
const UPLOAD = "staging upload";
const LIST = "staging list";
const REMOVE = "staging delete";

function isBucketMissing({ message }: ApiProblem): boolean {
	return /bucket does not exist/i.test(message);
}

function objectIn(resource: JsonObject | undefined): StoredObject | undefined {
	const { name, generation, size, crc32c } = resource ?? {};
	if (typeof name !== "string" || typeof crc32c !== "string") return undefined;
	return { name, generation: String(generation), size: Number(size), crc32c };
}
