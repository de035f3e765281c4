/**
 * The wire: Airbyte Protocol 0.x, one JSON object per line, UTF-8, ended by byte 0x0A.
 *
 * Every object may carry fields that are not listed here; readers ignore them and whoever passes a message on keeps
 * them. Fields marked *GrowthNav* are our additions: optional, so that other readers ignore them.
 */
import type { Json, JsonObject, JsonSchema } from "./json.ts";
import type { ConversionMapping, ConversionOrigin } from "./mapping.ts";

export const PROTOCOL_VERSION = "0.2.0";

export type Message =
	| { type: "RECORD"; record: RecordPayload }
	| { type: "STATE"; state: StatePayload }
	| { type: "LOG"; log: LogPayload }
	| { type: "TRACE"; trace: TracePayload }
	| { type: "CATALOG"; catalog: Catalog }
	| { type: "SPEC"; spec: SpecPayload }
	| { type: "CONNECTION_STATUS"; connectionStatus: ConnectionStatusPayload }
	| { type: "CONTROL"; control: ControlPayload }
	| { type: "DESTINATION_CATALOG"; destination_catalog: DestinationCatalog };

export type MessageType = Message["type"];

/** One row of a stream. `emitted_at` is in milliseconds since the epoch, sometimes with a fraction. */
export interface RecordPayload {
	stream: string;
	/** Absent where the catalog has none; absent is not "". */
	namespace?: string;
	data: JsonObject;
	emitted_at: number;
	meta?: { changes?: RecordChange[] };
	/** A file that belongs to the row. */
	file_reference?: { staging_file_url?: string; source_file_relative_path?: string; file_size_bytes?: number };
	/** *GrowthNav*: set by `rejects --retry`; the `_gn_id` of the dead letter that this record was. */
	dead_letter?: string;
}

/** A value that was altered before it arrived. */
export interface RecordChange {
	field: string;
	change: string;
	reason: string;
}

export interface StreamDescriptor {
	name: string;
	namespace?: string;
}

/** Absent `type` means LEGACY: read as best effort, never written. */
export interface StatePayload {
	type?: "STREAM" | "GLOBAL" | "LEGACY";
	stream?: { stream_descriptor: StreamDescriptor; stream_state?: Json };
	global?: { shared_state?: Json; stream_states: { stream_descriptor: StreamDescriptor; stream_state?: Json }[] };
	/** LEGACY: the state of the whole sync. */
	data?: Json;
	/** What the source sent for the stream since its previous state. */
	sourceStats?: StateStats;
	/** What the destination committed since its previous state: recordCount = loaded + superseded. */
	destinationStats?: StateStats;
	/** *GrowthNav*: sums that the source knows of itself, for what it sent since its previous state of this stream. */
	controlTotals?: ControlTotal[];
	/** Set by the platform; both must come back. */
	id?: number;
	partition_id?: string;
}

export interface StateStats {
	recordCount?: number;
	rejectedRecordCount?: number;
	additionalStats?: Record<string, number>;
}

/** `value` is exact decimal text, signed as the conversions are; `rows` counts conversions. */
export interface ControlTotal {
	conversion_type: string;
	currency: string;
	value: string;
	rows: number;
}

export type LogLevel = "FATAL" | "ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE";

export interface LogPayload {
	level: LogLevel;
	message: string;
	stack_trace?: string;
	/** *GrowthNav*: a record or row that could not be used; destinations keep it as a dead letter. */
	reject?: Reject;
	/** *GrowthNav*: what one commit of a destination did. */
	commit?: CommitReport;
	/** *GrowthNav*: a change of the source's schema and what the destination did about it. */
	schema_change?: SchemaChange;
	/** *GrowthNav*: why nothing moves and until when. */
	waiting?: Waiting;
}

/** A record or row that could not be used. `reason` says why in words with values masked; `raw` is kept whole. */
export interface Reject {
	stream: string;
	namespace?: string;
	/** What was refused: a record (left out means this), a conversion of a record that was loaded, one value of it. */
	kind?: "record" | "conversion" | "value";
	/** Stable, lower snake case: `csv_row`, `missing_key`, `no_event_time`, `wrong_type`. */
	code: string;
	reason: string;
	/** Dotted path in the record. */
	path?: string;
	file?: string;
	/** Line in `file`, from 1; without `file`, in the input of the destination. */
	line?: number;
	record_id?: string;
	/** The record, or the text of the row, as it was read. */
	raw?: Json;
}

/** One commit of a destination. Counts are of this commit alone; they balance: read = loaded + superseded + rejected. */
export interface CommitReport {
	epoch: number;
	batch_id: string;
	seconds: number;
	/** STATE messages that it covers. */
	states?: number;
	streams: StreamCommit[];
	conversions: ConversionCounts;
	/** By system, account, type and currency. */
	totals: ConversionTotal[];
	/** Seconds from the reading of its oldest line to the commit; absent where it covers no line. */
	lag_s?: number;
	/** Of a destination that bills: bytes, and dollars at list price. */
	bytes_billed?: number;
	cost_usd?: number;
}

export interface StreamCommit {
	stream: string;
	namespace?: string;
	table: string;
	read: number;
	loaded: number;
	superseded: number;
	rejected: number;
	/** Values of optional columns that became null, with a note. */
	values_nulled: number;
	/** Of record lines on the wire. */
	bytes: number;
	/** The last epoch's part of this stream: it is complete. */
	complete?: boolean;
	/** Why records, values or conversions were refused, most frequent first. */
	reasons?: RejectCount[];
	/** Conversions left out by a `when`, by rule in words. */
	left_out?: { rule: string; rows: number }[];
}

export interface RejectCount {
	kind: "record" | "conversion" | "value";
	code: string;
	/** In words, values masked. */
	reason: string;
	path?: string;
	rows: number;
}

/** mapped = loaded + superseded + rejected + left_out. */
export interface ConversionCounts {
	mapped: number;
	loaded: number;
	superseded: number;
	rejected: number;
	left_out: number;
	/** Rows of earlier commits that their records, in a newer version, no longer become. */
	removed?: number;
}

/** `mapped_*`: all that this commit's records became, new or not; `loaded_*`: what was new or changed. */
export interface ConversionTotal {
	/** The stream that they come from, where the store can tell: a source's sum may cover only some of its streams. */
	stream?: string;
	namespace?: string;
	source_system: string;
	source_account: string;
	conversion_type: string;
	/** Absent for conversions without money. */
	currency?: string;
	mapped_rows: number;
	mapped_value: string;
	loaded_rows: number;
	loaded_value: string;
}

export interface SchemaChange {
	stream: string;
	namespace?: string;
	table: string;
	path: string;
	change: "added" | "widened" | "retyped" | "vanished";
	from?: string;
	to?: string;
	column?: string;
	mapping_touched: boolean;
}

export interface Waiting {
	stream?: string;
	/** `job`: the vendor is at work on something that was asked for, an export. */
	reason: "rate_limited" | "retry" | "locked" | "job";
	wait_s: number;
	try?: number;
	of?: number;
	request?: string;
}

/** `emitted_at` may have a fraction. */
export interface TracePayload {
	type: "ERROR" | "ESTIMATE" | "STREAM_STATUS" | "ANALYTICS";
	emitted_at: number;
	error?: TraceError;
	estimate?: {
		name: string;
		namespace?: string;
		type: "STREAM" | "SYNC";
		row_estimate?: number;
		byte_estimate?: number;
	};
	stream_status?: {
		stream_descriptor: StreamDescriptor;
		status: "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE";
		reasons?: { type: string; rate_limited?: { quota_reset?: number } }[];
	};
	analytics?: { type: string; value?: string };
}

export interface TraceError {
	message: string;
	internal_message?: string;
	stack_trace?: string;
	failure_type?: "config_error" | "transient_error" | "system_error";
	stream_descriptor?: StreamDescriptor;
	/** *GrowthNav*: the four parts of an error: `message` says what. */
	code?: string;
	where?: string;
	why?: string;
	next?: string;
	/** *GrowthNav*: seconds after which trying again makes sense. */
	retry_after?: number;
}

export type SyncMode = "full_refresh" | "incremental";
export type DestinationSyncMode = "append" | "overwrite" | "append_dedup" | "update" | "soft_delete";

export interface Stream {
	name: string;
	namespace?: string;
	json_schema: JsonSchema;
	supported_sync_modes: SyncMode[];
	source_defined_cursor?: boolean;
	default_cursor_field?: string[];
	source_defined_primary_key?: string[][];
	is_resumable?: boolean;
	is_file_based?: boolean;
	/** *GrowthNav*: the mappings from records of this stream to conversions. */
	conversions?: ConversionMapping[];
	/** *GrowthNav*: where its conversions come from, for mappings that do not say it themselves. */
	conversion_origin?: ConversionOrigin;
	/** *GrowthNav*: who reads it, with the version: "source-square 0.4.0"; `connector_version` of its conversions. */
	connector?: string;
	/** *GrowthNav*: why it has no conversions: "orders already count the sale". */
	note?: string;
}

/** One entry of a configured catalog. */
export interface ConfiguredStream {
	stream: Stream;
	sync_mode: SyncMode;
	destination_sync_mode: DestinationSyncMode;
	cursor_field?: string[];
	primary_key?: string[][];
	/** Monotonic per stream; null or absent from older platforms. */
	generation_id?: number | null;
	/** 0: keep everything. Equal to `generation_id`: after completion older generations go. */
	minimum_generation_id?: number | null;
	sync_id?: number | null;
	destination_object_name?: string;
	include_files?: boolean;
}

export interface ConfiguredCatalog {
	streams: ConfiguredStream[];
}

/**
 * What `discover` prints, and what our sources' `read` sends first when it was given no catalog. In the second case the
 * streams also carry how they are being read (*GrowthNav*): the fields of a configured stream, beside their own.
 */
export interface Catalog {
	streams: (Stream & Partial<Omit<ConfiguredStream, "stream">>)[];
}

export interface SpecPayload {
	connectionSpecification: JsonSchema;
	documentationUrl?: string;
	changelogUrl?: string;
	/** Old platforms ask for these three. */
	supportsIncremental?: boolean;
	supportsNormalization?: boolean;
	supportsDBT?: boolean;
	supported_destination_sync_modes?: DestinationSyncMode[];
	/** Older form of `advanced_auth`. */
	authSpecification?: JsonObject;
	advanced_auth?: JsonObject;
	protocol_version?: string;
}

/** A failed check is FAILED with exit code 0. */
export interface ConnectionStatusPayload {
	status: "SUCCEEDED" | "FAILED";
	message?: string;
	/** *GrowthNav*: the four parts of the error behind FAILED; `errors` holds all of them where there are several. */
	error?: TraceError;
	errors?: TraceError[];
}

/** A new configuration, to be kept at once: a rotated refresh token works only one time. */
export interface ControlPayload {
	type: "CONNECTOR_CONFIG";
	emitted_at: number;
	connectorConfig: { config: JsonObject };
}

export interface DestinationCatalog {
	operations: { object_name: string; sync_mode: string; json_schema: JsonSchema; matching_keys?: string[][] }[];
}
