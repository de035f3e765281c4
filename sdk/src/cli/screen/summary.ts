/** What a run has told so far, added up from its events: the one thing that screens draw. */
import type { ConversionCounts, RejectCount } from "@growthnav/spec";
import type {
	Committed,
	ErrorEvent,
	Phase,
	Progress,
	RejectEvent,
	RunEvent,
	RunFinished,
	RunStarted,
} from "../../pipeline/events.ts";

export interface StreamLine {
	table: string;
	stream: string;
	read: number;
	committed: number;
	loaded: number;
	superseded: number;
	rejected: number;
	bytes: number;
	seconds: number;
	rowsPerSecond: number;
	cursor: string | null;
	estimate: number | null;
	status: Progress["status"];
	reasons: RejectCount[];
	valuesNulled: number;
	/** Where the first reject of each reason stands, by `reasonKey`. */
	places: Map<string, string>;
}

/** A wait that goes on, or is over without news: `at` is when it was told, in milliseconds. */
export type Waiting = Extract<RunEvent, { event: "waiting" }> & { at: number };

export type ConversionLine = Extract<RunEvent, { event: "conversions" }>;
export type SchemaChanged = Extract<RunEvent, { event: "schema_changed" }>;
export type Balance = ConversionCounts & { left_out_by: { stream: string; rows: number; rule: string }[] };

/** What commits of a store that bills came to. */
export interface Bill {
	commits: number;
	bytes: number;
	/** At list price; estimates are floats. */
	dollars: number;
	/** Seconds that the oldest row waited until it was committed. */
	lag: number;
}

export interface Summary {
	/** "acme  square -> duckdb acme.duckdb" */
	title: string;
	/** "acme.duckdb": what a wait for the store is about. */
	store: string;
	run: number | null;
	started: RunStarted | undefined;
	phase: Phase | undefined;
	streams: StreamLine[];
	conversions: ConversionLine[];
	balance: Balance | undefined;
	schemaChanges: SchemaChanged[];
	errors: ErrorEvent[];
	finished: RunFinished | undefined;
	/** Undefined where nothing is billed. */
	bill: Bill | undefined;
	waiting: Waiting | undefined;
	/** All waits of the run, by their reason. */
	waits: Map<Waiting["reason"], { times: number; seconds: number }>;
	/** Milliseconds, by the clock that was passed in. */
	startedAt: number;
	lastCommitAt: number | undefined;
}

export function newSummary(now: number, title = "", store = "the store"): Summary {
	return {
		title,
		store,
		run: null,
		started: undefined,
		phase: undefined,
		streams: [],
		conversions: [],
		balance: undefined,
		schemaChanges: [],
		errors: [],
		finished: undefined,
		bill: undefined,
		waiting: undefined,
		waits: new Map(),
		startedAt: now,
		lastCommitAt: undefined,
	};
}

/** Adds one event; events that screens do not add up are left alone. */
export function addEvent(summary: Summary, event: RunEvent, now: number): void {
	switch (event.event) {
		case "phase":
			summary.phase = event.phase;
			break;
		case "run_started":
			summary.started = event;
			break;
		case "stream_started":
			lineOf(summary, event).status = "reading";
			lineOf(summary, event).estimate = event.estimate_rows;
			break;
		case "progress":
			addProgress(summary, event, now);
			break;
		case "committed":
			summary.lastCommitAt = now;
			summary.bill = billed(summary.bill, event);
			for (const stream of event.streams) {
				const line = lineOf(summary, stream);
				line.loaded += stream.loaded;
				line.superseded += stream.superseded;
				line.rejected += stream.rejected;
				line.committed = line.loaded + line.superseded + line.rejected;
			}
			break;
		case "waiting":
			addWait(summary, event, now);
			break;
		case "reject":
			notePlace(lineOf(summary, event), event);
			break;
		case "schema_changed":
			summary.schemaChanges.push(event);
			break;
		case "stream_finished":
			Object.assign(lineOf(summary, event), {
				read: event.read,
				committed: event.loaded + event.superseded + event.rejected,
				loaded: event.loaded,
				superseded: event.superseded,
				rejected: event.rejected,
				bytes: event.bytes,
				seconds: event.duration_s,
				cursor: event.cursor_to,
				status: event.status,
				reasons: event.reasons,
				valuesNulled: event.values_nulled,
			});
			break;
		case "conversions":
			summary.conversions.push(event);
			break;
		case "balance":
			summary.balance = event;
			break;
		case "error":
			summary.errors.push(event);
			break;
		case "run_finished":
			summary.finished = event;
			break;
	}
}

function billed(bill: Bill | undefined, { bytes_billed, cost_usd, lag_s }: Committed): Bill | undefined {
	if (bytes_billed === null) return bill;
	return sumOfBills([bill, { commits: 1, bytes: bytes_billed, dollars: cost_usd ?? 0, lag: lag_s ?? 0 }]);
}

function sumOfBills(bills: (Bill | undefined)[]): Bill | undefined {
	return bills.reduce((sum, bill) =>
		sum === undefined || bill === undefined
			? (sum ?? bill)
			: {
					commits: sum.commits + bill.commits,
					bytes: sum.bytes + bill.bytes,
					dollars: sum.dollars + bill.dollars,
					lag: Math.max(sum.lag, bill.lag),
				},
	);
}

function addProgress(summary: Summary, event: Progress, now: number): void {
	const line = lineOf(summary, event);
	const { waiting } = summary;
	// other slices of the stream may go on meanwhile
	if (waiting !== undefined && now >= waiting.at + waiting.wait_s * 1000) summary.waiting = undefined;
	Object.assign(line, {
		read: event.read,
		committed: event.committed,
		rejected: event.rejected,
		bytes: event.bytes,
		rowsPerSecond: event.rows_per_s,
		cursor: event.cursor ?? line.cursor,
		estimate: event.estimate_rows ?? line.estimate,
		status: event.status,
	});
}

function addWait(summary: Summary, event: Extract<RunEvent, { event: "waiting" }>, now: number): void {
	const sum = summary.waits.get(event.reason) ?? { times: 0, seconds: 0 };
	if (!isToldAgain(event, summary.waiting, now))
		summary.waits.set(event.reason, { times: sum.times + 1, seconds: sum.seconds + event.wait_s });
	summary.waiting = { ...event, at: now };
}

/** A wait for the store is told again and again while it lasts, a long one for the vendor every minute until the same end. */
function isToldAgain(
	event: Extract<RunEvent, { event: "waiting" }>,
	before: Waiting | undefined,
	now: number,
): boolean {
	if (before === undefined || before.reason !== event.reason) return false;
	const later = now + event.wait_s * 1000 - (before.at + before.wait_s * 1000);
	return event.reason === "locked" || (event.try === null && now > before.at && Math.abs(later) < 2_000);
}

/** Rejects are told with their place ten times per code; a reason that comes later has none. */
function notePlace({ places }: StreamLine, { kind, message, file, line, record_id }: RejectEvent): void {
	const place = file !== null ? `${file}${line === null ? "" : `:${line}`}` : record_id;
	const key = reasonKey(kind, message);
	if (place !== null && !places.has(key)) places.set(key, place);
}

export function reasonKey(kind: string, reason: string): string {
	return `${kind} ${reason}`;
}

function lineOf(summary: Summary, ref: { stream: string; table: string }): StreamLine {
	const known = summary.streams.find((line) => line.table === ref.table);
	if (known) return known;
	const line: StreamLine = {
		table: ref.table,
		stream: ref.stream,
		read: 0,
		committed: 0,
		loaded: 0,
		superseded: 0,
		rejected: 0,
		bytes: 0,
		seconds: 0,
		rowsPerSecond: 0,
		cursor: null,
		estimate: null,
		status: "waiting",
		reasons: [],
		valuesNulled: 0,
		places: new Map(),
	};
	summary.streams.push(line);
	return line;
}

/** Several runs as one: `growthnav demo` and `growthnav run *.yaml` end with one screen. */
export function joined(summaries: Summary[]): Summary {
	const first = summaries[0]!;
	const balances = summaries.flatMap(({ balance }) => balance ?? []);
	const sum = (pick: (balance: Balance) => number) => balances.reduce((total, balance) => total + pick(balance), 0);
	return {
		...first,
		streams: summaries.flatMap(({ streams }) => streams),
		conversions: summaries.flatMap(({ conversions }) => conversions),
		schemaChanges: summaries.flatMap(({ schemaChanges }) => schemaChanges),
		errors: summaries.flatMap(({ errors }) => errors),
		bill: sumOfBills(summaries.map(({ bill }) => bill)),
		balance:
			balances.length === 0
				? undefined
				: {
						mapped: sum((one) => one.mapped),
						loaded: sum((one) => one.loaded),
						superseded: sum((one) => one.superseded),
						rejected: sum((one) => one.rejected),
						left_out: sum((one) => one.left_out),
						left_out_by: balances.flatMap(({ left_out_by }) => left_out_by),
					},
	};
}
