/** The events of `--json`, field by field: what sdk/src/pipeline/events.ts says as types, to be held against real lines. */
import type { JsonObject } from "@growthnav/spec";
import type { RunEvent } from "../sdk/src/pipeline/events.ts";

/** `?` behind it: may be null. `?` before it: may be absent. */
type Kind = `${"?" | ""}${"text" | "count" | "number" | "flag" | "list" | "object"}${"?" | ""}`;
type Event<Name> = Extract<RunEvent, { event: Name }>;
type Fields = { [Name in RunEvent["event"]]: { [Field in Exclude<keyof Event<Name>, "event">]-?: Kind } };

const STREAM = { stream: "text", namespace: "text?", table: "text" } as const;
const COUNTS = { read: "count", loaded: "count", superseded: "count", rejected: "count" } as const;

const FIELDS: Fields = {
	phase: { phase: "text" },
	run_started: {
		source: "text",
		destination: "text",
		version: "text",
		continues: "flag",
		continues_at: "text?",
		previous_run_finished: "flag",
		previous_committed_at: "text?",
		previous_committed_rows: "count?",
		streams: "list",
	},
	stream_started: { ...STREAM, mode: "text", write: "text", cursor_from: "text?", estimate_rows: "count?" },
	progress: {
		...STREAM,
		read: "count",
		committed: "count",
		rejected: "count",
		bytes: "count",
		rows_per_s: "count",
		cursor: "text?",
		estimate_rows: "count?",
		status: "text",
	},
	committed: {
		epoch: "count",
		streams: "list",
		states: "count",
		bytes: "count",
		commit_s: "number",
		lag_s: "number?",
		bytes_billed: "count?",
		cost_usd: "number?",
	},
	waiting: { stream: "text?", reason: "text", wait_s: "number", try: "count?", of: "count?", request: "text?" },
	schema_changed: {
		...STREAM,
		path: "text",
		change: "text",
		from: "text?",
		to: "text?",
		column: "text?",
		mapping_touched: "flag",
	},
	reject: {
		...STREAM,
		kind: "text",
		code: "text",
		path: "text?",
		file: "text?",
		line: "count?",
		record_id: "text?",
		value: "text?",
		message: "text",
		id: "?text",
		mapping: "?text?",
		rejected_at: "?text",
		raw: "?text",
		whole: "?flag",
	},
	stream_finished: {
		...STREAM,
		...COUNTS,
		status: "text",
		values_nulled: "count",
		bytes: "count",
		duration_s: "number",
		cursor_to: "text?",
		reasons: "list",
	},
	conversions: {
		source_system: "text",
		source_account: "text",
		conversion_type: "text",
		currency: "text?",
		rows: "count",
		value: "text?",
		loaded_rows: "?count",
		loaded_value: "?text?",
		source_value: "text?",
		source_rows: "count?",
		check: "text",
	},
	balance: {
		mapped: "count",
		loaded: "count",
		superseded: "count",
		rejected: "count",
		left_out: "count",
		removed: "?count",
		left_out_by: "list",
	},
	log: { level: "text", from: "text", message: "text" },
	error: {
		code: "text",
		kind: "text",
		exit_code: "count",
		message: "text",
		where: "text?",
		why: "text?",
		next: "text?",
		kept_rows: "count?",
		again_rows: "count?",
	},
	run_finished: {
		...COUNTS,
		status: "text",
		exit_code: "count",
		duration_s: "number",
		conversions: "count",
		rejects_waiting: "count",
		committed_through: "text?",
		next: "text?",
	},
	check: { name: "text", status: "text", message: "text", duration_s: "number" },
	stream: {
		stream: "text",
		key: "list",
		cursor: "text?",
		modes: "list",
		conversions: "list",
		note: "text?",
		columns: "list",
	},
	preview_row: {
		stream: "text",
		row: "count",
		record_id: "text?",
		outcome: "text",
		conversions: "list",
		reason: "text?",
		path: "text?",
	},
	dev_started: { connector: "text", save: "count", changed: "list", demo: "text?" },
	request: {
		for: "text",
		method: "text",
		url: "text",
		status: "count",
		try: "count",
		duration_s: "number",
		bytes: "count?",
	},
	budget: { of: "text", facts: "list", waited_s: "number" },
	row_changed: { stream: "text", row: "text", change: "text", fields: "list" },
	would_save: {
		stream: "text",
		namespace: "text?",
		state: "object?",
		pages: "count",
		rows: "count",
		whole: "flag",
	},
	dev_finished: {
		save: "count",
		exit_code: "count",
		duration_s: "number",
		rows: "count",
		conversions: "count",
		requests: "count",
		errors: "count",
	},
	connector: {
		name: "text",
		kind: "text",
		package: "text",
		version: "text",
		streams: "list",
		conversions: "list",
		status: "text",
		found_in: "text",
	},
	rule: { name: "text", rule: "text", status: "text", findings: "list", duration_s: "number" },
	migrated: {
		from: "text",
		name: "text",
		file: "text",
		streams: "list?",
		states: "count",
		variables: "list",
		left: "list",
	},
	connector_made: { name: "text", folder: "text", files: "list" },
	state: {
		stream: "text",
		namespace: "text?",
		rows: "count",
		committed_at: "text",
		age_s: "count",
		cursor: "text?",
		late: "flag",
	},
	rejects_retried: { tried: "count", resolved: "count", not_retryable: "count" },
	recorded: { file: "text", requests: "count", rows: "count", bytes: "count", left_out: "count" },
	state_reset: { stream: "text" },
	row: { row: "object" },
	rows: { rows: "count", columns: "list" },
};

const ENVELOPE = ["v", "event", "time", "run", "pipeline"];

/** Every line of stdout as an event; throws where one is none, or has other fields than it should. */
export function eventsOf(out: string): JsonObject[] {
	if (out !== "" && !out.endsWith("\n")) throw new Error("the last line has no end");
	return out
		.split("\n")
		.filter(Boolean)
		.map((line) => {
			const event = JSON.parse(line) as JsonObject;
			const faults = faultsOf(event);
			if (faults.length > 0) throw new Error(`${faults.join(", ")}: ${line}`);
			return event;
		});
}

function faultsOf(line: JsonObject): string[] {
	const { event } = line;
	if (!Object.hasOwn(FIELDS, String(event))) return [`unknown event ${event}`];
	const fields = FIELDS[event as RunEvent["event"]] as { [field: string]: Kind };
	const faults = Object.entries(fields).flatMap(([name, kind]) =>
		fits(line[name], kind) ? [] : [`${name} is no ${kind}`],
	);
	if (line.v !== 1) faults.push("v is not 1");
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(line.time))) faults.push("time");
	const strangers = Object.keys(line).filter((name) => !ENVELOPE.includes(name) && !Object.hasOwn(fields, name));
	return [...faults, ...strangers.map((name) => `${name} is not told`)];
}

function fits(value: unknown, kind: Kind): boolean {
	if (value === undefined) return kind.startsWith("?");
	if (value === null) return kind.endsWith("?");
	switch (kind.replaceAll("?", "")) {
		case "text":
			return typeof value === "string";
		case "count":
			return Number.isSafeInteger(value) && (value as number) >= 0;
		case "number":
			return typeof value === "number" && value >= 0;
		case "flag":
			return typeof value === "boolean";
		case "list":
			return Array.isArray(value);
		default:
			return typeof value === "object" && !Array.isArray(value);
	}
}
