/**
 * What happens in a run, one event each: the contract between the runner and every screen, and word for word what
 * `--json` prints. Counts and bytes are integers, money is decimal text beside `currency`, durations end in `_s`,
 * absent is null. Within `v` 1 events and fields may be added; none is renamed, retyped or removed.
 */
import type { ConversionCounts, Json, JsonObject, RejectCount } from "@growthnav/spec";

export interface StreamRef {
	stream: string;
	namespace: string | null;
	table: string;
}

export type RunEvent =
	/** What the run is about, told before its first silence; `run_started` comes when streams and states are known. */
	| { event: "phase"; phase: Phase }
	| ({ event: "run_started" } & RunStarted)
	| ({
			event: "stream_started";
			mode: string;
			write: string;
			cursor_from: string | null;
			estimate_rows: number | null;
	  } & StreamRef)
	| ({ event: "progress" } & Progress)
	| ({ event: "committed" } & Committed)
	| {
			event: "waiting";
			stream: string | null;
			reason: "rate_limited" | "retry" | "locked" | "job";
			wait_s: number;
			try: number | null;
			of: number | null;
			request: string | null;
	  }
	| ({
			event: "schema_changed";
			path: string;
			change: "added" | "widened" | "retyped" | "vanished";
			from: string | null;
			to: string | null;
			column: string | null;
			mapping_touched: boolean;
	  } & StreamRef)
	| ({ event: "reject" } & RejectEvent)
	| ({ event: "stream_finished" } & StreamFinished)
	/**
	 * `rows` and `value`: what this run loaded. Where the source states its own sum they are what that is compared with:
	 * all that the run's records became, new or not; of a demo, all that the store holds.
	 */
	| {
			event: "conversions";
			source_system: string;
			source_account: string;
			conversion_type: string;
			currency: string | null;
			rows: number;
			value: string | null;
			loaded_rows?: number;
			loaded_value?: string | null;
			/** Null, too, where one sum covers several accounts; `check` then speaks of all of them. */
			source_value: string | null;
			source_rows: number | null;
			check: "equal" | "differs" | "not_stated";
	  }
	| ({ event: "balance"; left_out_by: { stream: string; rows: number; rule: string }[] } & ConversionCounts)
	| { event: "log"; level: string; from: "growthnav" | "source" | "destination"; message: string }
	| ({ event: "error" } & ErrorEvent)
	| ({ event: "run_finished" } & RunFinished)
	| { event: "check"; name: string; status: "ok" | "failed" | "not_tried"; message: string; duration_s: number }
	| {
			event: "rule";
			name: string;
			rule: string;
			status: "holds" | "broken" | "not_tried";
			findings: string[];
			duration_s: number;
	  }
	| {
			event: "stream";
			stream: string;
			key: string[];
			cursor: string | null;
			modes: string[];
			conversions: string[];
			note: string | null;
			columns: { name: string; type: string }[];
	  }
	| {
			event: "preview_row";
			stream: string;
			row: number;
			record_id: string | null;
			outcome: "converted" | "left_out" | "rejected" | "no_mapping";
			conversions: Record<string, unknown>[];
			reason: string | null;
			path: string | null;
	  }
	/** From `dev`: a try begins, `save` 0 at the start. Then come its requests, rows, changes and states. */
	| { event: "dev_started"; connector: string; save: number; changed: string[]; demo: string | null }
	| {
			event: "request";
			/** What it was sent for: "check", "streams", or a stream. */
			for: string;
			method: string;
			/** Without what is secret or personal. */
			url: string;
			status: number;
			try: number;
			duration_s: number;
			/** Null where the body was read bit by bit. */
			bytes: number | null;
	  }
	/** Where a rate budget stands: `of` is the value of the header by which the vendor counts apart, "" for all. */
	| { event: "budget"; of: string; facts: object[]; waited_s: number }
	| {
			event: "row_changed";
			stream: string;
			row: string;
			change: "added" | "removed" | "changed";
			fields: { path: string; from: string | null; to: string | null }[];
	  }
	/** `state` as it would be saved, null where none came; and how far the stream was read. */
	| {
			event: "would_save";
			stream: string;
			namespace: string | null;
			state: Json;
			pages: number;
			rows: number;
			whole: boolean;
	  }
	| {
			event: "dev_finished";
			save: number;
			exit_code: number;
			duration_s: number;
			rows: number;
			conversions: number;
			requests: number;
			errors: number;
	  }
	| {
			event: "connector";
			name: string;
			kind: "source" | "destination";
			package: string;
			version: string;
			streams: string[];
			conversions: string[];
			status: string;
			found_in: string;
	  }
	/** From `new`: paths from the folder. */
	| { event: "connector_made"; name: string; folder: string; files: string[] }
	/** From `migrate`: `streams` is null for all; `states` were put where the first run goes on from. */
	| {
			event: "migrated";
			from: string;
			name: string;
			file: string;
			streams: string[] | null;
			states: number;
			variables: string[];
			left: string[];
	  }
	/** From `record`: where the cassette is, and what had no room in it. */
	| { event: "recorded"; file: string; requests: number; rows: number; bytes: number; left_out: number }
	| {
			event: "state";
			stream: string;
			namespace: string | null;
			rows: number;
			committed_at: string;
			age_s: number;
			cursor: string | null;
			late: boolean;
	  }
	/** From `rejects --retry`. `not_retryable`: no whole record can be made of what was kept. */
	| { event: "rejects_retried"; tried: number; resolved: number; not_retryable: number }
	/** From `state reset`: each stream whose state was there. */
	| { event: "state_reset"; stream: string }
	/** From `sql`: one row of the answer; decimals and large integers are text. */
	| { event: "row"; row: JsonObject }
	/** The end of an answer of `sql` or `rejects`; output without it was cut off. */
	| { event: "rows"; rows: number; columns: { name: string; type: string }[] };

/**
 * `asking`: the source for its streams, the destination for its states. `reading`: both run. `committing`: the source has
 * ended, the rest of its rows is being committed. `counting`: the store is asked for its sums.
 */
export type Phase = "asking" | "reading" | "committing" | "counting";

export interface RunStarted {
	source: string;
	destination: string;
	version: string;
	/** Some stream goes on from a committed state; `continues_at` is the earliest of their cursors, where they have one. */
	continues: boolean;
	continues_at: string | null;
	/** False where the last run of this pipeline did not end. */
	previous_run_finished: boolean;
	previous_committed_at: string | null;
	previous_committed_rows: number | null;
	streams: string[];
}

export interface Progress extends StreamRef {
	read: number;
	committed: number;
	rejected: number;
	bytes: number;
	rows_per_s: number;
	cursor: string | null;
	estimate_rows: number | null;
	/** `committing`: read to its end, not committed to its end. */
	status: "waiting" | "reading" | "committing" | "complete" | "incomplete";
}

export interface Committed {
	epoch: number;
	streams: (StreamRef & { loaded: number; superseded: number; rejected: number })[];
	states: number;
	bytes: number;
	commit_s: number;
	/** Seconds from the destination's reading of the commit's oldest line to the commit. */
	lag_s: number | null;
	bytes_billed: number | null;
	cost_usd: number | null;
}

export interface RejectEvent extends StreamRef {
	kind: "record" | "conversion" | "value";
	code: string;
	path: string | null;
	file: string | null;
	line: number | null;
	record_id: string | null;
	value: string | null;
	message: string;
	/** Only from `rejects`: what `--explain` takes, the mapping that refused a conversion, and when. */
	id?: string;
	mapping?: string | null;
	rejected_at?: string;
	/** Only with `--explain`: what was refused, masked, and whether all of it was kept. */
	raw?: string;
	whole?: boolean;
}

export interface StreamFinished extends StreamRef {
	status: "complete" | "incomplete";
	read: number;
	loaded: number;
	superseded: number;
	rejected: number;
	values_nulled: number;
	bytes: number;
	duration_s: number;
	cursor_to: string | null;
	reasons: RejectCount[];
}

export interface ErrorEvent {
	code: string;
	kind: "config" | "transient" | "data" | "internal";
	exit_code: number;
	message: string;
	where: string | null;
	why: string | null;
	next: string | null;
	kept_rows: number | null;
	again_rows: number | null;
}

export interface RunFinished {
	status: "done" | "nothing_new" | "stopped" | "failed";
	exit_code: number;
	duration_s: number;
	read: number;
	loaded: number;
	superseded: number;
	rejected: number;
	conversions: number;
	rejects_waiting: number;
	committed_through: string | null;
	next: string | null;
}
