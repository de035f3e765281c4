/** Keeps the exchanges of a run, up to a size, and makes a cassette of them. Nothing is written before it is disguised. */
import zlib from "node:zlib";
import type { Catalog, Json, JsonObject } from "@growthnav/spec";
import { parseJson } from "../../protocol/parse.ts";
import type { OpenAnswer } from "../bodies/download.ts";
import type { Heard, Tap } from "../tap.ts";
import { disguisedBody } from "./bodies.ts";
import { type Cassette, type TapedExchange, VENDOR } from "./contract.ts";
import { type Disguise, openDisguise } from "./disguise.ts";
import { meaningOf } from "./keys.ts";
import { addWords, type Words } from "./words.ts";

export interface RecorderOptions {
	/** Of bodies together; a download keeps a quarter of it at most. */
	maxBytes: number;
	/** Called once, when there is no more room. */
	full?: () => void;
}

export interface Recorder {
	tap: Tap;
	/** Words of schemas and mappings are nobody's. */
	knows(catalog: Catalog): void;
	/** Disguises all that was kept. */
	cassette(run: RecordedRun): Promise<Cassette>;
}

export interface RecordedRun extends Pick<Cassette, "source" | "version" | "command" | "at"> {
	config: JsonObject;
	secrets: readonly string[];
	/** The connector can be sent elsewhere by its setting base_url. */
	movable: boolean;
}

interface Kept extends Heard {
	bytes: Buffer;
	isCut: boolean;
}

export function openRecorder({ maxBytes, full }: RecorderOptions): Recorder {
	const kept: Kept[] = [];
	const words: Words = { fields: new Set(), all: new Set() };
	let room = maxBytes;
	let leftOut = 0;

	function keep(heard: Heard, bytes: Buffer, isCut = false): void {
		const size = bytes.length + (heard.body?.length ?? 0);
		if (size > room) {
			if (leftOut++ === 0) full?.();
			room = 0;
			return;
		}
		room -= size;
		kept.push({ ...heard, url: new URL(heard.url), headers: { ...heard.headers }, bytes, isCut });
	}

	const tap: Tap = {
		whole: (heard, bytes) => keep(heard, bytes),
		streamed: (heard, body) =>
			listened(body, Math.min(room, maxBytes / 4), (bytes, isCut) => keep(heard, bytes, isCut)),
	};

	return {
		tap,
		knows: (catalog) => addWords(words, catalog),
		async cassette({ config, secrets, movable, ...run }) {
			const disguise = openDisguise({ vendor: kept[0]?.base ?? VENDOR, secrets, words });
			// settings and addresses first, then answers, then what was asked with their values
			const settings = disguise.value({ ...config, base_url: null }) as JsonObject;
			delete settings.base_url;
			for (const { url } of kept) disguise.path(url);
			// twice: a name may stand in an id that came before it
			await answersOf(kept, disguise);
			const answers = await answersOf(kept, disguise);
			return {
				cassette: 1,
				says: `Recorded by growthnav record. Keys are taken out, people have stand-ins; ${VENDOR} is the vendor.`,
				...run,
				config: { ...settings, ...(movable && { base_url: VENDOR }) },
				exchanges: kept.map((one, at) => ({ request: requestOf(one, disguise), answer: answers[at]! })),
				...(leftOut > 0 && { left_out: leftOut }),
			};
		},
	};
}

/** Tells the first bytes of a body when it has been read, or when its reader has enough. */
function listened(
	body: OpenAnswer["body"],
	most: number,
	tell: (bytes: Buffer, isCut: boolean) => void,
): OpenAnswer["body"] {
	const parts: Buffer[] = [];
	let size = 0;
	async function* heard() {
		let ended = false;
		try {
			for await (const chunk of body) {
				if (size < most) parts.push(Buffer.from(chunk));
				size += chunk.length;
				yield chunk;
			}
			ended = true;
		} finally {
			tell(Buffer.concat(parts).subarray(0, most), !ended || size > most);
		}
	}
	return Object.assign(heard(), { destroy: () => body.destroy() });
}

async function answersOf(kept: readonly Kept[], disguise: Disguise): Promise<TapedExchange["answer"][]> {
	const answers: TapedExchange["answer"][] = [];
	for (const one of kept) answers.push(await answerOf(one, disguise));
	return answers;
}

async function answerOf(
	{ status, answered, bytes, isCut }: Kept,
	disguise: Disguise,
): Promise<TapedExchange["answer"]> {
	const unpacked = unpackedOf(bytes, answered["content-encoding"]);
	// a line that was cut would be half a name
	const whole = isCut ? unpacked.subarray(0, unpacked.lastIndexOf(10) + 1) : unpacked;
	const body = await disguisedBody(whole, answered["content-type"] ?? "", disguise);
	return { status, headers: headersOf(answered, disguise), ...body, ...(isCut && { cut: true }) };
}

/** By its first bytes: what was read whole is unpacked already, and a file may be packed without being called so. */
function unpackedOf(bytes: Buffer, encoding = ""): Buffer {
	const open = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
	try {
		if (bytes[0] === 0x1f && bytes[1] === 0x8b) return zlib.gunzipSync(bytes, open);
		if (encoding === "br")
			return zlib.brotliDecompressSync(bytes, { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
		return encoding === "deflate" ? zlib.inflateSync(bytes, open) : bytes;
	} catch {
		return bytes;
	}
}

/** What paging and rates are read from; all others say something of the vendor's machines, or of the account. */
const HEADERS = /^(content-type|date|retry-after|location|link)$|limit|remaining|reset|total|page|cursor|next|count/;

function headersOf(answered: Record<string, string>, disguise: Disguise): Record<string, string> {
	const told = Object.entries(answered).filter(([name]) => HEADERS.test(name) && meaningOf(name) !== "secret");
	return Object.fromEntries(told.map(([name, value]) => [name, headerOf(name, value, disguise)]));
}

function headerOf(name: string, value: string, disguise: Disguise): string {
	if (name === "content-type" || name === "retry-after" || name === "date") return value;
	if (name === "link") return value.replace(/<([^>]*)>/g, (_, url: string) => `<${disguise.text(url, "link")}>`);
	return disguise.text(value, name);
}

/** The connector's own headers say what is asked for; which of them hold a key is told by their names. */
function requestOf({ method, url, headers, body }: Kept, disguise: Disguise): TapedExchange["request"] {
	const own = Object.entries(headers)
		.map(([name, value]) => [name.toLowerCase(), value] as const)
		.filter(([name]) => meaningOf(name) !== "secret" && name !== "content-type")
		.map(([name, value]) => [name, disguise.sent(value, name) as string]);
	return {
		method,
		path: disguise.path(url),
		...(own.length > 0 && { headers: Object.fromEntries(own) }),
		...(body !== undefined && { body: disguise.sent(bodyOf(body)) }),
	};
}

/** A form as an object, like JSON. */
function bodyOf(body: string): Json {
	try {
		return parseJson(body);
	} catch {
		return Object.fromEntries(new URLSearchParams(body));
	}
}
