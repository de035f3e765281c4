/** Buckets of Cloud Storage and what is in them, and the files that load jobs read from there. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { openSum } from "../../src/api/crc32c.ts";
import { isGzip } from "./lines.ts";
import { invalid, notFound } from "./refusal.ts";
import type { Service } from "./service.ts";

export interface StoredFile {
	bucket: string;
	name: string;
	file: string;
	generation: number;
	size: number;
	crc32c: string;
	md5: string;
	contentType: string;
	created: number;
}

export interface Bucket {
	name: string;
	/** In capitals, as the service tells it. */
	location: string;
	objects: Map<string, StoredFile>;
}

export interface Buckets {
	make(name: string, location: string): void;
	/** Throws 404. */
	get(name: string): Bucket;
	/** As no object had it before. */
	generation(): number;
	uris(): string[];
}

export function openBuckets(now: () => number): Buckets {
	const buckets = new Map<string, Bucket>();
	let last = 0;
	return {
		make(name, location) {
			const objects = buckets.get(name)?.objects ?? new Map();
			buckets.set(name, { name, location: location.toUpperCase(), objects });
		},
		get(name) {
			const found = buckets.get(name);
			if (found === undefined) throw notFound("The specified bucket does not exist.");
			return found;
		},
		generation() {
			last = Math.max(last + 1, now() * 1000);
			return last;
		},
		uris: () =>
			[...buckets.values()]
				.flatMap(({ name, objects }) => [...objects.keys()].map((one) => `gs://${name}/${one}`))
				.sort(),
	};
}

/** Both checksums that the service keeps, of a file as it is. */
export async function sumsOf(file: string): Promise<{ crc32c: string; md5: string; size: number }> {
	const sum = openSum();
	const md5 = createHash("md5");
	for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
		sum.add(bytes);
		md5.update(bytes);
	}
	return { crc32c: sum.text(), md5: md5.digest("base64"), size: sum.size() };
}

const MOST_URIS = 10_000;

/** All files of a load job as one, unpacked. */
export async function fetched(
	service: Service,
	uris: unknown,
	location: string,
): Promise<{ file: string; files: number }> {
	if (!Array.isArray(uris) || uris.length === 0)
		throw invalid("Load configuration must specify at least one source URI");
	if (uris.length > MOST_URIS) throw invalid(`Too many source URIs: ${uris.length}`);
	const objects = uris.map((uri) => objectOf(service, String(uri), location));
	const packed = await Promise.all(objects.map(({ file }) => isGzip(file)));
	if (new Set(packed).size > 1) throw invalid("Compressed and uncompressed files cannot be loaded in one job");
	const file = join(service.folder, randomUUID());
	for (const [at, object] of objects.entries()) {
		const source = createReadStream(object.file);
		const out = createWriteStream(file, { flags: "a", mode: 0o600 });
		await (packed[at] ? pipeline(source, createGunzip(), out) : pipeline(source, out));
	}
	return { file, files: objects.length };
}

function objectOf({ buckets }: Service, uri: string, location: string): StoredFile {
	const match = /^gs:\/\/([^/*]+)\/([^*]+)$/.exec(uri);
	// the service takes wildcards: ours names each file
	if (match === null || match[2]!.includes("//"))
		throw invalid(`Source URI must be a Google Cloud Storage location: ${uri}`);
	const bucket = buckets.get(match[1]!);
	if (!isNear(bucket.location, location.toUpperCase())) {
		throw invalid(`Cannot read and write in different locations: source: ${bucket.location}, destination: ${location}`);
	}
	const object = bucket.objects.get(match[2]!);
	if (object === undefined) throw notFound(`Not found: URI ${uri}`);
	return object;
}

/** A dataset in the US reads from everywhere, another one from its own region, or from those that it spans. */
function isNear(bucket: string, dataset: string): boolean {
	return dataset === "US" || bucket === dataset || (dataset === "EU" && bucket.startsWith("EUROPE-"));
}
