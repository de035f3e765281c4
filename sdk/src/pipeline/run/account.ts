/**
 * The account of a source that does not know it. Such a source reads and prints its streams under its own namespace or
 * none; here, between it and everything else, they get the account's. Only this file sees both.
 */
import type { Catalog, ConfiguredStream, Json, JsonObject, StatePayload, StreamDescriptor } from "@growthnav/spec";
import { DEFAULT_LINE_LIMIT, parseJson } from "../../protocol/index.ts";
import { isObject } from "../file/shape.ts";
import { LONGEST_HEAD, RECORD_HEAD, type Tap } from "./tap.ts";

export interface Renaming {
	/** The chosen streams as the source knows them. */
	streams: ConfiguredStream[];
	/** Committed states of these streams as the source printed them; those of another account stay here. */
	states(states: readonly StatePayload[]): StatePayload[];
	/** The tap, with what it is given renamed. */
	before(tap: Tap): Tap;
}

/** Undefined where the source offers its streams under the names that they have here. */
export function renamingOf(offered: Catalog, streams: readonly ConfiguredStream[]): Renaming | undefined {
	const theirs = new Map(offered.streams.map(({ name, namespace }) => [name, namespace ?? undefined]));
	const ours = new Map(streams.map(({ stream }) => [stream.name, stream.namespace]));
	if ([...ours].every(([name, namespace]) => theirs.get(name) === namespace)) return undefined;
	const from = (to: Names, is: Names) => (name: string, namespace: unknown) =>
		is.has(name) && to.has(name) && is.get(name) === (namespace ?? undefined) ? { namespace: to.get(name) } : undefined;
	const back = from(theirs, ours);
	const here = from(ours, theirs);
	return {
		streams: streams.map((one) => ({ ...one, stream: described(one.stream, back) })),
		states: (states) => states.flatMap((state) => statesFor(state, back)),
		before: (tap) => renamedTap(tap, here),
	};
}

type Names = ReadonlyMap<string, string | undefined>;
/** Undefined: it is not renamed. */
type Rename = (name: string, namespace: unknown) => { namespace: string | undefined } | undefined;

function described<Of extends StreamDescriptor>(descriptor: Of, rename: Rename): Of {
	const found = rename(descriptor.name, descriptor.namespace);
	if (found === undefined) return descriptor;
	const { namespace: _, ...rest } = descriptor;
	return { ...rest, ...(found.namespace !== undefined && { namespace: found.namespace }) } as Of;
}

function renamedTap(tap: Tap, rename: Rename): Tap {
	let held: Buffer[] = [];
	let heldBytes = 0;
	/** In the middle of a line that is too long to be held; the destination refuses it under any name. */
	let through = false;
	const take = () => {
		const line = Buffer.concat(held, heldBytes);
		[held, heldBytes] = [[], 0];
		return line;
	};
	const hold = (bytes: Buffer) => {
		held.push(bytes);
		heldBytes += bytes.length;
	};
	const renamed = (chunk: Buffer): Buffer => {
		const parts: Buffer[] = [];
		let at = 0;
		for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, at)) {
			hold(chunk.subarray(at, end));
			parts.push(through ? take() : renamedLine(take(), rename), LINE_END);
			through = false;
			at = end + 1;
		}
		hold(chunk.subarray(at));
		if (heldBytes > DEFAULT_LINE_LIMIT) through = true;
		if (through) parts.push(take());
		return Buffer.concat(parts);
	};
	return {
		push: (chunk) => tap.push(renamed(chunk)),
		end: (well) => [...tap.push(through ? take() : renamedLine(take(), rename)), ...tap.end(well)],
	};
}

const LF = 10;
const LINE_END = Buffer.from("\n");
const RECORD_BEGINS = /^\{\s*"type"\s*:\s*"RECORD"\s*,\s*"record"\s*:\s*\{/;

/** Of a record without a namespace nothing is touched but its first characters; other messages are written anew. */
function renamedLine(line: Buffer, rename: Rename): Buffer {
	const start = line.toString("utf8", 0, Math.min(line.length, LONGEST_HEAD));
	const [head, before, stream, after] = RECORD_HEAD.exec(start) ?? [];
	if (head === undefined || before !== undefined || after !== undefined || line.includes('"namespace"')) {
		return renamedMessage(line, rename);
	}
	const found = rename(stream!, undefined);
	if (found?.namespace === undefined) return line;
	const [begin] = RECORD_BEGINS.exec(start)!;
	return Buffer.concat([
		Buffer.from(`${begin}"namespace":${JSON.stringify(found.namespace)},`),
		line.subarray(begin.length),
	]);
}

function renamedMessage(line: Buffer, rename: Rename): Buffer {
	if (line[0] !== 0x7b) return line;
	let message: Json;
	try {
		message = parseJson(line.toString());
	} catch {
		return line;
	}
	if (!isObject(message)) return line;
	const { type, record, state, trace, log } = message;
	const changed = { ...message };
	if (type === "RECORD") changed.record = renamedParts(record, "stream", rename);
	else if (type === "STATE") changed.state = renamedState(state, rename);
	else if (type === "TRACE" && isObject(trace)) changed.trace = renamedTrace(trace, rename);
	else if (type === "LOG" && isObject(log) && log.reject) {
		changed.log = { ...log, reject: renamedParts(log.reject, "stream", rename) };
	} else return line;
	return Buffer.from(JSON.stringify(changed));
}

/** An object that names a stream by `key` and `namespace`. */
function renamedParts(value: unknown, key: "name" | "stream", rename: Rename): Json {
	if (!isObject(value as Json)) return value as Json;
	const { [key]: name, namespace, ...rest } = value as { [field: string]: Json };
	const found = typeof name === "string" ? rename(name, namespace) : undefined;
	if (found === undefined) return value as Json;
	return { [key]: name!, ...(found.namespace !== undefined && { namespace: found.namespace }), ...rest };
}

function statesFor(state: StatePayload, back: Rename): StatePayload[] {
	const isOurs = ({ stream_descriptor: { name, namespace } }: { stream_descriptor: StreamDescriptor }) =>
		back(name, namespace) !== undefined;
	if (state.stream && !isOurs(state.stream)) return [];
	const { global } = state;
	const left = global ? { ...state, global: { ...global, stream_states: global.stream_states.filter(isOurs) } } : state;
	return [renamedState(left, back) as unknown as StatePayload];
}

/** An object with a `stream_descriptor`. */
function renamedEntry(value: unknown, rename: Rename): Json {
	if (!isObject(value as Json)) return value as Json;
	const entry = value as { [field: string]: Json };
	return { ...entry, stream_descriptor: renamedParts(entry.stream_descriptor, "name", rename) };
}

function renamedState(value: unknown, rename: Rename): Json {
	if (!isObject(value as Json)) return value as Json;
	const state = value as { [field: string]: Json };
	if (state.stream) return { ...state, stream: renamedEntry(state.stream, rename) };
	if (!isObject(state.global) || !Array.isArray(state.global.stream_states)) return state;
	const stream_states = state.global.stream_states.map((entry) => renamedEntry(entry, rename));
	return { ...state, global: { ...state.global, stream_states } };
}

function renamedTrace(trace: JsonObject, rename: Rename): Json {
	const { stream_status, estimate, error } = trace;
	return {
		...trace,
		...(stream_status && { stream_status: renamedEntry(stream_status, rename) }),
		...(estimate && { estimate: renamedParts(estimate, "name", rename) }),
		...(isObject(error) && error.stream_descriptor && { error: renamedEntry(error, rename) }),
	};
}
