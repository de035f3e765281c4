/**
 * Singer's messages (specification 0.3.0 and what Meltano added), and a reader of them. One JSON object per line; what
 * is no message is told, never dropped: taps and targets log and print where they should not.
 */
import type { Json, JsonObject, JsonSchema } from "@growthnav/spec";
import { isConnectorError } from "../errors.ts";
import { isObject } from "../pipeline/file/shape.ts";
import { type LineLimit, lineBatches, type Oversize, parseJson } from "../protocol/index.ts";

/** What a stream's records look like; it comes before the first of them, and again where it changes. */
export interface SingerSchema {
	type: "SCHEMA";
	stream: string;
	schema: JsonSchema;
	/** Fields at the top level; empty: it has no key. */
	key_properties: string[];
	bookmark_properties?: string[];
}

/** One row. `version` says of which reading of a full table it is. */
export interface SingerRecord {
	type: "RECORD";
	stream: string;
	record: JsonObject;
	/** RFC 3339. */
	time_extracted?: string;
	version?: Json;
}

/** Where the tap stands as a whole: everything that came before it is included. */
export interface SingerState {
	type: "STATE";
	value: Json;
}

/** Rows of other versions are no longer part of the stream. */
export interface SingerActivateVersion {
	type: "ACTIVATE_VERSION";
	stream: string;
	version: Json;
}

/** Records in files: `file://` URLs, of which each holds one record a line. */
export interface SingerBatch {
	type: "BATCH";
	stream: string;
	encoding: { format?: string; compression?: string };
	manifest: string[];
}

export type SingerMessage = SingerSchema | SingerRecord | SingerState | SingerActivateVersion | SingerBatch;

/** What `--discover` prints, and with a selection what `--catalog` takes. Unknown fields stay. */
export interface SingerCatalog {
	streams: SingerEntry[];
}

export interface SingerEntry {
	tap_stream_id: string;
	/** The name in messages; may be left out where it is the same. */
	stream?: string;
	schema: JsonSchema;
	metadata?: SingerMetadata[];
	key_properties?: string[];
	replication_key?: string;
	replication_method?: string;
	[more: string]: unknown;
}

/** `breadcrumb` []: of the stream; ["properties", name]: of a field. */
export interface SingerMetadata {
	breadcrumb: string[];
	metadata: JsonObject;
}

/**
 * One line that arrived. `text`: it is no JSON object (a log, a print). `unknown`: an object of a type that nobody knows,
 * or of none; `faulty`: a message that lacks what it needs, or broken JSON, with the reason, which quotes nothing.
 */
export type SingerLine = { number: number } & (
	| { kind: "message"; message: SingerMessage; text: string; nulled?: string[] }
	| { kind: "text"; text: string }
	| { kind: "unknown"; type: string; text: string }
	| { kind: "faulty"; reason: string; text: string; torn?: true }
	| { kind: "oversize"; oversize: Oversize }
);

/**
 * The lines of `input`, one array per chunk, blank ones left out. A line that holds two messages, or a message behind
 * something else, is taken apart. NaN and infinities, which Python writes and JSON does not have, become null: `nulled`
 * names their paths in the message.
 */
export async function* readSingerMessages(
	input: AsyncIterable<Uint8Array>,
	limit: LineLimit = {},
): AsyncGenerator<SingerLine[]> {
	for await (const lines of lineBatches(input, limit)) {
		const batch: SingerLine[] = [];
		for (const line of lines) {
			const { number } = line;
			if (line.oversize !== undefined) batch.push({ number, kind: "oversize", oversize: line.oversize });
			else if (!line.utf8)
				batch.push({ number, kind: "faulty", reason: "not UTF-8", text: line.bytes.toString("latin1") });
			else {
				const read = readSingerLine(line.bytes.toString(), number);
				const last = read.at(-1);
				if (line.unended && last?.kind === "faulty") last.torn = true;
				batch.push(...read);
			}
		}
		if (batch.length > 0) yield batch;
	}
}

/** One line, already text; nothing for a blank one. */
export function readSingerLine(text: string, number: number): SingerLine[] {
	const trimmed = text.trim();
	if (trimmed === "") return [];
	if (trimmed.startsWith("{")) {
		const whole = readObject(trimmed, number);
		if (whole.kind !== "faulty") return [whole];
		return takenApart(trimmed, number) ?? [whole];
	}
	const parts = takenApart(trimmed, number);
	if (parts !== undefined) return parts;
	if (trimmed.search(MESSAGE_START) < 0) return [{ number, kind: "text", text: trimmed }];
	return [{ number, kind: "faulty", reason: "a message between other text that is not whole", text: trimmed }];
}

const MESSAGE_START = /\{\s*"type"\s*:\s*"(?:SCHEMA|RECORD|STATE|ACTIVATE_VERSION|BATCH)"/gi;

const MOST_ON_A_LINE = 20;

/** The messages that stand somewhere in a line; undefined where there are none to be found. */
function takenApart(text: string, number: number): SingerLine[] | undefined {
	const starts = [...text.matchAll(MESSAGE_START)].map(({ index }) => index);
	// each start is tried: more of them are data
	if (starts.length > MOST_ON_A_LINE) return undefined;
	const parts: SingerLine[] = [];
	const before = text.slice(0, starts[0] ?? 0).trim();
	if (before !== "") parts.push({ number, kind: "text", text: before });
	for (let at = 0; at < starts.length; ) {
		let next = at + 1;
		let read = readObject(text.slice(starts[at], starts[next]).trim(), number);
		// what looked like the start of a message may stand inside a record
		while (read.kind === "faulty" && next < starts.length) {
			read = readObject(text.slice(starts[at], starts[++next]).trim(), number);
		}
		if (read.kind !== "message") return undefined;
		parts.push(read);
		at = next;
	}
	return parts.length > 0 && starts.length > 0 ? parts : undefined;
}

function readObject(text: string, number: number): SingerLine {
	let value: Json;
	let nulled: string[] = [];
	try {
		value = parseJson(text);
	} catch (thrown) {
		if (!isConnectorError(thrown)) throw thrown;
		const finite = withoutNonFinite(text);
		if (finite === undefined) return { number, kind: "faulty", reason: thrown.message, text };
		({ value, nulled } = finite);
	}
	if (!isObject(value)) return { number, kind: "text", text };
	const type = typeof value.type === "string" ? value.type.toUpperCase() : "";
	const read = Object.hasOwn(READERS, type) ? READERS[type as SingerMessage["type"]](value) : undefined;
	if (read === undefined)
		return { number, kind: "unknown", type: typeof value.type === "string" ? value.type : "", text };
	if (typeof read === "string") return { number, kind: "faulty", reason: read, text };
	return { number, kind: "message", message: read, text, ...(nulled.length > 0 && { nulled }) };
}

/** Piece by piece: a pattern for whole strings overflows on a long one, and never ends on a torn one. */
const NON_FINITE = /\\.|"|-?\b(?:NaN|Infinity)\b/gs;
const MARK = "\u0000not a finite number";

/** The value of a text that is JSON but for NaN and infinities; undefined where that is not what is wrong with it. */
function withoutNonFinite(text: string): { value: Json; nulled: string[] } | undefined {
	let isInside = false;
	const marked = text.replace(NON_FINITE, (token) => {
		if (token === '"') isInside = !isInside;
		return isInside || token === '"' || token.startsWith("\\") ? token : JSON.stringify(MARK);
	});
	if (marked === text) return undefined;
	const nulled: string[] = [];
	const cleared = (value: Json, path: string): Json => {
		if (value === MARK) {
			nulled.push(path);
			return null;
		}
		if (Array.isArray(value)) return value.map((one, index) => cleared(one, `${path}.${index}`));
		if (!isObject(value)) return value;
		for (const [key, one] of Object.entries(value))
			value[key] = cleared(one as Json, path === "" ? key : `${path}.${key}`);
		return value;
	};
	try {
		return { value: cleared(parseJson(marked), ""), nulled };
	} catch (thrown) {
		if (isConnectorError(thrown)) return undefined;
		throw thrown;
	}
}

/** A message of each type out of an object, or why it is none. Fields that are not Singer's stay. */
const READERS: { [Type in SingerMessage["type"]]: (value: JsonObject) => SingerMessage | string } = {
	SCHEMA(value) {
		const { stream, schema, key_properties } = value;
		if (typeof stream !== "string") return "SCHEMA without a stream";
		if (!isObject(schema)) return "SCHEMA without a schema";
		// absent and null mean the same to old taps
		if (key_properties != null && !isTexts(key_properties)) return "SCHEMA with key_properties that are no names";
		return { ...value, type: "SCHEMA", key_properties: key_properties ?? [] } as unknown as SingerSchema;
	},
	RECORD(value) {
		if (typeof value.stream !== "string") return "RECORD without a stream";
		if (!isObject(value.record)) return "RECORD without a record";
		return asType<SingerRecord>(value, "RECORD");
	},
	STATE(value) {
		return Object.hasOwn(value, "value") ? asType<SingerState>(value, "STATE") : "STATE without a value";
	},
	ACTIVATE_VERSION(value) {
		if (typeof value.stream !== "string") return "ACTIVATE_VERSION without a stream";
		return asType<SingerActivateVersion>(value, "ACTIVATE_VERSION");
	},
	BATCH(value) {
		if (typeof value.stream !== "string") return "BATCH without a stream";
		if (!isTexts(value.manifest)) return "BATCH without a manifest";
		const encoding = isObject(value.encoding) ? value.encoding : {};
		return { ...value, type: "BATCH", encoding } as unknown as SingerBatch;
	},
};

function asType<Of extends SingerMessage>(value: JsonObject, type: Of["type"]): Of {
	value.type = type;
	return value as unknown as Of;
}

function isTexts(value: Json | undefined): value is string[] {
	return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** A message as one line without its ending; numbers keep their text. */
export function singerText(message: SingerMessage): string {
	return JSON.stringify(message);
}
