/** One stream while a tap is read: what was seen of it, and its messages. */
import type { Message, RecordChange, Stream, StreamDescriptor } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { parseInstant } from "../../schema/time.ts";
import type { SingerRecord, SingerSchema } from "../messages.ts";
import { keyOf } from "./metadata.ts";
import { fieldsOff, type WantedStream } from "./selection.ts";

export interface StreamReading extends WantedStream {
	descriptor: StreamDescriptor;
	sawSchema: boolean;
	started: boolean;
	running: boolean;
	records: number;
	/** Since its last state. */
	since: { records: number; rejects: number };
	/** Of the records; undefined before the first that has one. */
	version: string | undefined;
	failed: ConnectorError | undefined;
	off: Set<string>;
}

/** `version`: of the records that are there already, where a full table goes on. */
export function startReading(wanted: WantedStream, version?: string): StreamReading {
	const { name, namespace } = wanted.configured.stream;
	return {
		...wanted,
		descriptor: { name, ...(namespace !== undefined && { namespace }) },
		sawSchema: false,
		started: false,
		running: false,
		records: 0,
		since: { records: 0, rejects: 0 },
		version,
		failed: undefined,
		off: fieldsOff(wanted),
	};
}

export function statusOf(
	{ descriptor }: StreamReading,
	status: "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE",
	now: number,
): Message {
	return {
		type: "TRACE",
		trace: { type: "STREAM_STATUS", emitted_at: now, stream_status: { stream_descriptor: descriptor, status } },
	};
}

/** Milliseconds of `time_extracted`, the same text as before being looked at once; undefined where it is no time. */
export function clock(): (time: string | undefined) => number | undefined {
	let text: string | undefined;
	let at: number | undefined;
	return (time) => {
		if (time === text) return at;
		text = time;
		// without a zone it is UTC, as singer-python writes it
		const instant = typeof time === "string" ? (parseInstant(time) ?? parseInstant(`${time}Z`)) : undefined;
		at = instant === undefined ? undefined : Date.parse(instant);
		return at;
	};
}

/** A record as ours; fields that were turned off are taken out, and what was no number is named. */
export function recordMessage(
	reading: StreamReading,
	{ record }: Pick<SingerRecord, "record">,
	emitted_at: number,
	nulled: readonly string[] = [],
): Message {
	for (const name of reading.off) delete record[name];
	const changes = nulled.flatMap((path): RecordChange[] =>
		path.startsWith("record.")
			? [{ field: path.slice(7), change: "NULLED", reason: "SOURCE_SERIALIZATION_ERROR" }]
			: [],
	);
	const { name: stream, namespace } = reading.descriptor;
	return {
		type: "RECORD",
		record: {
			stream,
			...(namespace !== undefined && { namespace }),
			data: record,
			emitted_at,
			...(changes.length > 0 && { meta: { changes } }),
		},
	};
}

/** What a SCHEMA of a run says otherwise than the catalog did, in words; nothing where it says the same. */
export function schemaNews(reading: StreamReading, { schema, key_properties }: SingerSchema): string[] {
	const { stream, primary_key = [] } = reading.configured;
	const known = stream.json_schema.properties ?? {};
	const added = Object.keys(schema.properties ?? {}).filter(
		(name) => !Object.hasOwn(known, name) && !Object.hasOwn(reading.entry.schema.properties ?? {}, name),
	);
	const news: string[] = [];
	if (added.length > 0) {
		news.push(
			`${stream.name} has new fields that the catalog did not have: ${added.join(", ")}; they are kept, and the next run makes columns of them`,
		);
	}
	const key = primary_key.map((path) => path.join("."));
	const isOther = key_properties.length !== key.length || key_properties.some((name, at) => name !== key[at]);
	if (key_properties.length > 0 && isOther && keyOf(reading.entry).join() !== key_properties.join()) {
		const asked = key.length === 0 ? "none" : key.join(", ");
		news.push(
			`the tap says that the key of ${stream.name} is ${key_properties.join(", ")}, the catalog has ${asked}; streams.${stream.name}.key of a pipeline file sets it`,
		);
	}
	return news;
}

/** Whether rows gather for a table that is replaced as a whole. */
export function isReplaced({ configured }: WantedStream): boolean {
	const { generation_id: generation, minimum_generation_id: least, destination_sync_mode } = configured;
	return destination_sync_mode === "overwrite" || (generation != null && generation > 0 && generation === least);
}

/** A full table that began anew under way: its rows are of two readings. */
export function begunAnew({ name }: Stream, records: number): ConnectorError {
	return new ConnectorError("transient.tap_began_anew", `The tap began ${name} anew in the middle of it`, {
		where: `stream ${name}, after row ${records}`,
		why: "its records are of another version than those before; together they are no whole table",
		next: "run it again: the table stays as it was until it is read as a whole",
		stream: name,
	});
}

/** A stream of a tap that ended well without a word on it. */
export function notRead({ name }: Stream, program: string): ConnectorError {
	return new ConnectorError("transient.tap_left_out", `${program} ended without reading ${name}`, {
		where: `stream ${name}`,
		why: "it sent neither a schema nor a record of it; an interrupted run makes some taps go on behind it",
		next: "run it again; if it stays so, see whether the tap still has the stream",
		stream: name,
	});
}
