/**
 * Messages of the protocol as lines of Singer, in their order: SCHEMA before a stream's first record, STATE never ahead
 * of records, ACTIVATE_VERSION where a refresh is complete and before the STATE that says so.
 */
import type {
	Json,
	JsonObject,
	JsonSchema,
	Message,
	RecordPayload,
	StatePayload,
	StreamDescriptor,
} from "@growthnav/spec";
import { singerName } from "./names.ts";
import type { SingerValue } from "./states.ts";

/** A stream as Singer sees it. */
export interface SingerStream {
	name: string;
	schema: JsonSchema;
	key: string[];
	/** At the top level; undefined where it has none. */
	cursor: string | undefined;
	/** Of a refresh: rows of other versions go when it is complete. */
	version: number | undefined;
	/** A record as it is sent; its time in milliseconds. */
	form(data: JsonObject, emittedAt: number): JsonObject;
}

export interface SingerHooks {
	/** Throws for a stream that nobody knows. */
	streamOf(descriptor: StreamDescriptor): SingerStream;
	value: SingerValue;
	/** A STATE is about to go out: what stands for it in the value. */
	state(state: StatePayload): Json;
	/** A RECORD is about to go out. */
	record?(stream: SingerStream): void;
}

export interface ToSinger {
	/** Lines that come before everything else. */
	start(): string[];
	/** The lines of a message; mostly one, often none. */
	lines(message: Message): string[];
	/** Lines that come after everything else. */
	end(): string[];
}

export function toSinger({ streamOf, value, state: standsFor, record: onRecord }: SingerHooks): ToSinger {
	const begun = new Map<string, { stream: SingerStream; start: string; end: string }>();
	const completed = new Set<string>();
	/** The last states of streams whose versions are not active yet. */
	const held = new Map<string, StatePayload>();
	/** Records have gone out since the last STATE. */
	let open = false;

	const begin = (descriptor: StreamDescriptor, lines: string[]) => {
		const name = singerName(descriptor);
		const known = begun.get(name);
		if (known !== undefined) return known;
		const stream = streamOf(descriptor);
		lines.push(schemaLine(stream));
		const made = { stream, ...recordText(stream) };
		begun.set(name, made);
		return made;
	};
	const stateLine = () => `{"type":"STATE","value":${value.text()}}`;
	const send = (state: StatePayload) => {
		value.set(state, standsFor(state));
		open = false;
		return stateLine();
	};
	const release = (name: string, lines: string[]) => {
		const state = held.get(name);
		if (state === undefined) return;
		held.delete(name);
		lines.push(send(state));
	};

	function record(payload: RecordPayload, lines: string[]): void {
		const { stream, start, end } = begin({ name: payload.stream, ...namespaceOf(payload) }, lines);
		release(stream.name, lines);
		onRecord?.(stream);
		open = true;
		lines.push(
			`${start}${JSON.stringify(stream.form(payload.data, payload.emitted_at))}${timeText(payload.emitted_at)}${end}`,
		);
	}

	function state(payload: StatePayload, lines: string[]): void {
		const descriptor = payload.type === "STREAM" ? payload.stream?.stream_descriptor : undefined;
		if (descriptor === undefined) return void lines.push(send(payload));
		const { stream } = begin(descriptor, lines);
		if (stream.version !== undefined && !completed.has(stream.name)) held.set(stream.name, payload);
		else lines.push(send(payload));
	}

	function status(descriptor: StreamDescriptor, status: string, lines: string[]): void {
		const { stream } = begin(descriptor, lines);
		if (status !== "COMPLETE" && status !== "INCOMPLETE") return;
		if (status === "COMPLETE" && !completed.has(stream.name)) {
			completed.add(stream.name);
			if (stream.version !== undefined) lines.push(versionLine(stream.name, stream.version));
		}
		release(stream.name, lines);
	}

	return {
		// targets that answer for one stream before the others tell the first state they got as that of all others
		start: () => [stateLine()],
		lines(message) {
			const lines: string[] = [];
			if (message.type === "RECORD") record(message.record, lines);
			else if (message.type === "STATE") state(message.state, lines);
			else if (message.type === "TRACE" && message.trace.stream_status !== undefined) {
				const { stream_descriptor, status: said } = message.trace.stream_status;
				status(stream_descriptor, said, lines);
			}
			return lines;
		},
		end() {
			const lines: string[] = [];
			for (const name of [...held.keys()]) release(name, lines);
			// some targets forget their state at the next record
			return open ? [...lines, stateLine()] : lines;
		},
	};
}

function namespaceOf({ namespace }: { namespace?: string }): { namespace?: string } {
	return namespace === undefined ? {} : { namespace };
}

function schemaLine({ name, schema, key, cursor }: SingerStream): string {
	const bookmark = cursor === undefined ? {} : { bookmark_properties: [cursor] };
	return JSON.stringify({ type: "SCHEMA", stream: name, schema, key_properties: key, ...bookmark });
}

function versionLine(stream: string, version: number): string {
	return JSON.stringify({ type: "ACTIVATE_VERSION", stream, version });
}

/** All of a RECORD but its data and its time is the same for a whole stream. */
function recordText({ name, version }: SingerStream): { start: string; end: string } {
	const start = `{"type":"RECORD","stream":${JSON.stringify(name)},"record":`;
	return { start, end: version === undefined ? "}" : `,"version":${version}}` };
}

const LATEST = 8.64e15;

/** No time is better than an invented one. */
function timeText(emittedAt: number): string {
	if (!(Math.abs(emittedAt) <= LATEST)) return "";
	return `,"time_extracted":"${new Date(emittedAt).toISOString()}"`;
}
