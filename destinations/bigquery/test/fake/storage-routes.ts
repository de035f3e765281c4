/** The JSON API of Cloud Storage, as far as staging needs it: one object at a time, made only where none is. */
import { randomUUID } from "node:crypto";
import { open, rm, stat, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { holdsAnswer, silent } from "./broken-answers.ts";
import { drained, type Receiving, rangeHeader, take } from "./chunks.ts";
import { invalid, notFound, type Refusal, refusal } from "./refusal.ts";
import type { Incoming, Outgoing } from "./server.ts";
import type { Service } from "./service.ts";
import { type Bucket, type StoredFile, sumsOf } from "./storage.ts";
import { checkKeys } from "./tables.ts";

export interface StorageRoutes {
	answer(incoming: Incoming, body: () => Promise<Record<string, unknown>>): Promise<Outgoing>;
}

interface Session extends Receiving {
	bucket: Bucket;
	name: string;
	/** The generation that must be there: 0 for none. */
	match: number;
	contentType: string;
	made?: StoredFile;
}

const OBJECT_KEYS = new Set(["name", "contentType", "contentEncoding", "metadata", "crc32c", "md5Hash"]);
/** The service answers a thousand. */
const PAGE = 20;

export function openStorage(service: Service): StorageRoutes {
	const { buckets, journal } = service;
	const sessions = new Map<string, Session>();

	function begin({ request, query, response, fault }: Incoming, bucket: Bucket, body: Record<string, unknown>): void {
		const { uploadType, name = "", ifGenerationMatch } = query;
		if (uploadType !== "resumable") throw invalid(`Unknown upload: ${uploadType}`);
		if (name === "" || Buffer.byteLength(name) > 1024) throw invalid("Required parameter: name");
		// the service wants none: what is made without one may take the place of something else
		if (!/^\d+$/.test(ifGenerationMatch ?? "")) throw invalid("the fake makes no object without ifGenerationMatch");
		checkKeys(body, OBJECT_KEYS, "object");
		const match = Number(ifGenerationMatch);
		checkGeneration(bucket.objects.get(name), match);
		const id = randomUUID();
		const contentType = String(body.contentType ?? "application/octet-stream");
		sessions.set(id, { bucket, name, match, contentType, file: join(service.folder, id), received: 0, busy: false });
		const path = `/upload/storage/v1/b/${bucket.name}/o?uploadType=resumable&upload_id=${id}`;
		if (!holdsAnswer(fault))
			response.writeHead(200, { location: `http://${request.headers.host}${path}`, "content-length": 0 }).end();
	}

	async function put({ request, response, query, fault }: Incoming): Promise<void> {
		const session = sessions.get(query.upload_id!);
		if (session === undefined) throw notFound(`No upload session ${query.upload_id}`);
		const said = holdsAnswer(fault) ? silent(response) : response;
		if (session.made !== undefined) {
			await drained(request);
			return sendObject(said, session.made);
		}
		const reset = fault !== undefined && "reset" in fault ? fault.reset : undefined;
		if ((await take(service, session, request, reset)) === undefined) {
			said.writeHead(308, rangeHeader(session)).end();
			return;
		}
		if (fault !== undefined && "damage" in fault) await damage(session.file);
		session.made = await finish(session);
		sendObject(said, session.made);
	}

	async function finish({ bucket, name, match, file, contentType }: Session): Promise<StoredFile> {
		// somebody else may have been faster
		checkGeneration(bucket.objects.get(name), match);
		await stat(file).catch(() => writeFile(file, ""));
		const facts = { bucket: bucket.name, name, file, contentType, created: service.now() };
		const made = { ...facts, ...(await sumsOf(file)), generation: buckets.generation() };
		bucket.objects.set(name, made);
		journal.event("object made", { uri: `gs://${bucket.name}/${name}` });
		return made;
	}

	async function remove(bucket: Bucket, name: string, query: Record<string, string>): Promise<void> {
		const object = bucket.objects.get(name);
		if (object === undefined) throw noObject(bucket, name);
		if (query.ifGenerationMatch !== undefined) checkGeneration(object, Number(query.ifGenerationMatch));
		bucket.objects.delete(name);
		journal.event("object deleted", { uri: `gs://${bucket.name}/${name}` });
		await rm(object.file, { force: true });
	}

	return {
		async answer(incoming, bodyOf) {
			const { request, query, path } = incoming;
			// names of objects hold slashes, which must come as %2F
			const raw = new URL(request.url!, "http://fake").pathname;
			const match = /^(?:\/upload)?\/storage\/v1\/b\/([^/]+)(?:\/o(?:\/([^/]+))?)?$/.exec(raw);
			if (match === null) throw notFound(`Not found: ${path}`);
			const [bucketName, name] = match.slice(1).map((part) => part && decodeURIComponent(part));
			const bucket = buckets.get(bucketName!);
			if (raw.startsWith("/upload/")) {
				if (request.method === "PUT") await put(incoming);
				else begin(incoming, bucket, await bodyOf());
				return {};
			}
			if (request.method === "DELETE" && name !== undefined) {
				await remove(bucket, name, query);
				return {};
			}
			if (request.method !== "GET") throw invalid(`Unknown call: ${request.method} ${path}`);
			if (name !== undefined) {
				const object = bucket.objects.get(name);
				if (object === undefined) throw noObject(bucket, name);
				return { body: resourceOf(object) };
			}
			if (!raw.endsWith("/o"))
				return { body: { kind: "storage#bucket", name: bucket.name, location: bucket.location } };
			return { body: page(bucket, query) };
		},
	};
}

function page({ objects }: Bucket, { prefix = "", pageToken = "0" }: Record<string, string>): Record<string, unknown> {
	const found = [...objects.values()].filter(({ name }) => name.startsWith(prefix));
	found.sort((a, b) => (a.name < b.name ? -1 : 1));
	const from = Number(pageToken);
	const items = found.slice(from, from + PAGE).map(resourceOf);
	const next = from + PAGE < found.length ? { nextPageToken: String(from + PAGE) } : {};
	return { kind: "storage#objects", ...(items.length > 0 && { items }), ...next };
}

function resourceOf({ bucket, name, generation, size, crc32c, md5, contentType, created }: StoredFile) {
	return {
		kind: "storage#object",
		id: `${bucket}/${name}/${generation}`,
		...{ bucket, name, contentType, crc32c, md5Hash: md5 },
		generation: String(generation),
		metageneration: "1",
		size: String(size),
		timeCreated: new Date(created).toISOString(),
	};
}

function sendObject(response: ServerResponse, object: StoredFile): void {
	response
		.writeHead(200, { "content-type": "application/json; charset=UTF-8" })
		.end(JSON.stringify(resourceOf(object)));
}

function checkGeneration(object: StoredFile | undefined, expected: number): void {
	if ((object?.generation ?? 0) === expected) return;
	throw refusal(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
}

const noObject = ({ name: bucket }: Bucket, name: string): Refusal => notFound(`No such object: ${bucket}/${name}`);

async function damage(file: string): Promise<void> {
	const handle = await open(file, "r+");
	try {
		const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, 0);
		await handle.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, 0);
	} finally {
		await handle.close();
	}
}
