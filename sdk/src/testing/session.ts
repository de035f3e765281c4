/**
 * Whether the lines of one `read` are a session that a destination may take as done. The rules are those of
 * `spec/README.md`; the golden sessions of `spec/sessions` show each of them.
 */
import type {
	ConfiguredCatalog,
	ConfiguredStream,
	RecordPayload,
	StatePayload,
	Stream,
	StreamDescriptor,
	TracePayload,
} from "@growthnav/spec";
import { type Arrived, readMessage } from "../protocol/index.ts";

/** What is wrong, and in which line, from 1; 0 where it is something that never came. */
export interface SessionFault {
	line: number;
	fault: string;
}

/**
 * The faults of a session; none when it is good. `catalog` is what the source was given with `--catalog`; without it
 * the session must begin with its own CATALOG.
 */
export function checkSession(lines: Iterable<string>, catalog?: ConfiguredCatalog): SessionFault[] {
	const faults: SessionFault[] = [];
	const streams = new Map<string, Progress>();
	const add = (stream: Described) => streams.set(nameOf(stream), progressOf(stream));
	for (const { stream, ...how } of catalog?.streams ?? []) add({ ...stream, ...how });
	let described = catalog !== undefined;
	let number = 0;

	const check = ({ message, garbage }: Arrived, report: (fault: string) => void) => {
		const progress = (of: StreamDescriptor, what: string) => {
			const found = streams.get(nameOf(of));
			if (found === undefined) {
				report(described ? `${what} of ${nameOf(of)}, which the catalog does not have` : `${what} before the catalog`);
			}
			return found;
		};
		if (garbage !== undefined) report(garbage);
		else if (message?.type === "CATALOG") {
			if (described) report("a second catalog");
			described = true;
			for (const stream of message.catalog.streams) add(stream);
		} else if (message?.type === "RECORD") checkRecord(message.record, progress, report);
		else if (message?.type === "STATE") checkState(message.state, progress, report);
		else if (message?.type === "TRACE") checkTrace(message.trace, progress, report);
		else if (message?.type === "LOG" && message.log.reject !== undefined) {
			const { stream: name, namespace } = message.log.reject;
			const found = progress({ name, ...(namespace !== undefined && { namespace }) }, "a reject");
			if (found !== undefined) found.rejects++;
		}
	};

	for (const text of lines) {
		number++;
		const arrived = readMessage(text.endsWith("\r") ? text.slice(0, -1) : text, number);
		const report = (fault: string) => faults.push({ line: arrived?.number ?? 0, fault });
		if (arrived !== undefined) check(arrived, report);
	}
	if (!described) faults.push({ line: 0, fault: "no catalog" });
	for (const [name, one] of streams) faults.push(...endOf(name, one).map((fault) => ({ line: 0, fault })));
	return faults;
}

type Described = Stream & Partial<Omit<ConfiguredStream, "stream">>;
type Report = (fault: string) => void;
type Find = (of: StreamDescriptor, what: string) => Progress | undefined;

interface Progress {
	/** Keys that must not all be absent. */
	key: string[][];
	status: string | undefined;
	records: number;
	rejects: number;
	/** Sums of `sourceStats`; undefined from the first state without it. */
	counted: number | undefined;
	countedRejects: number;
	states: number;
}

function progressOf({ destination_sync_mode, primary_key, source_defined_primary_key }: Described): Progress {
	const key = destination_sync_mode === "append_dedup" ? (primary_key ?? source_defined_primary_key ?? []) : [];
	return { key, status: undefined, records: 0, rejects: 0, counted: 0, countedRejects: 0, states: 0 };
}

function nameOf({ namespace, name }: StreamDescriptor): string {
	return namespace === undefined ? name : `${namespace}.${name}`;
}

function checkRecord({ stream: name, namespace, data }: RecordPayload, find: Find, report: Report): void {
	const progress = find({ name, ...(namespace !== undefined && { namespace }) }, "a record");
	if (progress === undefined) return;
	progress.records++;
	if (progress.status === "COMPLETE") report("a record after the stream was complete");
	if (Object.keys(data).length === 0) report("a record without a single field");
	else if (progress.key.length > 0 && progress.key.every((path) => isAbsent(data, path)))
		report("a record without its key");
}

function isAbsent(data: unknown, path: string[]): boolean {
	const value = path.reduce<unknown>(
		(inner, key) =>
			typeof inner === "object" && inner !== null ? (inner as { [key: string]: unknown })[key] : undefined,
		data,
	);
	return value === undefined || value === null;
}

function checkState({ type, stream, global, sourceStats }: StatePayload, find: Find, report: Report): void {
	if (type === "GLOBAL") {
		for (const { stream_descriptor } of global?.stream_states ?? []) {
			const progress = find(stream_descriptor, "a state");
			// its counts are of all streams together
			if (progress !== undefined) progress.counted = undefined;
		}
	} else if (type === "STREAM") {
		const progress = find(stream!.stream_descriptor, "a state");
		if (progress === undefined) return;
		const { recordCount, rejectedRecordCount = 0 } = sourceStats ?? {};
		progress.states++;
		progress.countedRejects += rejectedRecordCount;
		progress.counted =
			recordCount === undefined || progress.counted === undefined ? undefined : progress.counted + recordCount;
	} else if (type !== undefined && type !== "LEGACY") report(`a state of type ${type}`);
}

function checkTrace({ type, error, stream_status }: TracePayload, find: Find, report: Report): void {
	if (type === "ERROR") report(`the source failed: ${error?.message}`);
	if (type !== "STREAM_STATUS" || stream_status === undefined) return;
	const progress = find(stream_status.stream_descriptor, "a status");
	if (progress !== undefined) progress.status = stream_status.status;
}

/** Counts of single states need not agree with what lies between them; sums must. */
function endOf(name: string, { status, records, rejects, counted, countedRejects, states }: Progress): string[] {
	if (status !== "COMPLETE") return [status === "INCOMPLETE" ? `${name} is incomplete` : `${name} never ended`];
	const faults = [];
	if (states > 0 && counted !== undefined && counted !== records) {
		faults.push(`${name} sent ${records} records, its states say ${counted}`);
	}
	if (countedRejects > 0 && countedRejects !== rejects) {
		faults.push(`${name} sent ${rejects} rejects, its states say ${countedRejects}`);
	}
	return faults;
}
