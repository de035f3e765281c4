/** A try as people and machines see it: its screen, its events, its exit code. */
import type { Waiting } from "@growthnav/spec";
import { type ConnectorError, exitCodeOf, worstExitCode } from "../../errors.ts";
import type { RunEvent } from "../../pipeline/events.ts";
import { type DevScreen, type DevStream, devHead, devScreen } from "../screen/dev.ts";
import type { TriedRequest } from "../screen/dev-requests.ts";
import { errorEvent } from "../screen/error-event.ts";
import { errorLines } from "../screen/errors.ts";
import { duration, plural } from "../screen/numbers.ts";
import type { Style } from "../screen/style.ts";
import { marked } from "../screen/verdict.ts";
import { shownEvent, shownField } from "../shown.ts";
import type { World } from "../world.ts";
import type { Attempt, TriedStream } from "./attempt.ts";
import { changesOf, nameOfRow, type RowChange, type Shown } from "./changes.ts";

export interface Try {
	/** 0: the first try. */
	save: number;
	/** Files that were saved, from the package's folder. */
	changed: string[];
	attempt: Attempt;
	/** The last try that went well: what changed is told against it. */
	before: Attempt | undefined;
	/** What the compiler says; undefined while it is at work. */
	types: ConnectorError[] | undefined;
}

/** Where the types are wrong and nothing could be loaded, the second follows from the first. */
function errorsOf({ attempt, types = [] }: Try): ConnectorError[] {
	return attempt.loaded || types.length === 0 ? [...types, ...attempt.errors] : types;
}

export function exitCodeOfTry(one: Try): number {
	return worstExitCode(errorsOf(one).map(exitCodeOf));
}

const isRequest = (one: Attempt["requests"][number]): one is TriedRequest => "method" in one;

function shownIn(world: World): Shown {
	return { field: (path, value) => shownField(path, value, world), event: (event) => shownEvent(event, world) };
}

function changesIn(one: Try, stream: TriedStream, world: World): RowChange[] {
	const { name } = stream.configured.stream;
	const was = one.before?.streams.find(({ configured }) => configured.stream.name === name);
	return was === undefined ? [] : changesOf(was, stream, shownIn(world));
}

const MOST_ERRORS = 5;

/** Its panels where it went well, or as far as it came; below them what went wrong, and a sentence at the end. */
export function tryScreen(one: Try, rows: number, world: World, style: Style): string[] {
	const errors = errorsOf(one);
	const screen = screenOf(one, rows, world);
	const came = screen.streams.some((stream) => stream.rows.length > 0);
	const isBroken = (one.types ?? []).length > 0 || (errors.length > 0 && !came);
	const told = errors
		.slice(0, MOST_ERRORS)
		.flatMap((error, at) => [...(at > 0 ? [""] : []), ...errorLines(error, style)]);
	const more = errors.length > MOST_ERRORS ? ["", `  and ${plural(errors.length - MOST_ERRORS, "more error")}`] : [];
	return [
		...(isBroken ? devHead(screen, style) : devScreen(screen, style)),
		"",
		...told,
		...more,
		...(errors.length > 0 ? [""] : []),
		...verdictLines(one, screen, errors.length, style),
	];
}

function verdictLines(one: Try, { streams }: DevScreen, errors: number, style: Style): string[] {
	if (errors > 0) {
		const text = `${plural(errors, "error")}, exit code ${exitCodeOfTry(one)}.`;
		return marked(style.bad(style.failed), text, style);
	}
	const rows = streams.flatMap((stream) => stream.rows);
	const conversions = rows.reduce((sum, { conversions: made }) => sum + made.length, 0);
	const refused = rows.filter(({ outcome }) => outcome === "rejected").length;
	const parts = [
		`${plural(rows.length, "row")} of ${plural(streams.length, "stream")}`,
		plural(conversions, "conversion"),
	];
	if (refused > 0) parts.push(`${refused} rejected`);
	const types = one.types === undefined ? " The compiler is still looking at the types." : "";
	return marked(style.good(style.ok), `${parts.join(", ")}, in ${duration(one.attempt.seconds)}.${types}`, style);
}

function screenOf(one: Try, most: number, world: World): DevScreen {
	const { connector, demo, check, requests, budgets, said, seconds } = one.attempt;
	return {
		...{ connector, demo, check, budgets, said, seconds, most },
		...{ save: one.save, changed: one.changed },
		streams: one.attempt.streams.map((stream) => devStream(one, stream, world)),
		requests: requests.filter(isRequest),
		waits: requests.filter((request): request is Waiting => !isRequest(request)),
		field: (path, value) => shownField(path, value, world),
	};
}

function devStream(one: Try, stream: TriedStream, world: World): DevStream {
	const { configured, read, state, rows } = stream;
	const changes = changesIn(one, stream, world);
	const how = new Map(changes.map(({ row, change }) => [row, change]));
	const { primary_key: key = [], cursor_field: cursor, sync_mode } = configured;
	return {
		stream: configured.stream.name,
		first: [...key.map(([field = ""]) => field), ...(cursor ?? []).slice(0, 1)],
		rows: rows.map((row) => ({
			...shownEvent(row.event, world),
			place: row.place,
			record: row.record,
			change: (how.get(nameOfRow(row)) ?? null) as DevStream["rows"][number]["change"],
		})),
		mode: sync_mode === "incremental" ? `incremental by ${cursor?.join(".") ?? "its own state"}` : "full refresh",
		read,
		state: state === undefined ? undefined : JSON.stringify(state),
		changes,
	};
}

/** The events of a try, in the order in which it went. */
export function* eventsOfTry(one: Try, world: World): Generator<RunEvent> {
	const { attempt, save, changed } = one;
	yield { event: "dev_started", connector: attempt.connector, save, changed, demo: attempt.demo ?? null };
	if (attempt.check !== undefined)
		yield { event: "check", name: "source", status: "ok", message: attempt.check, duration_s: 0 };
	for (const request of attempt.requests) yield wireEvent(request);
	for (const { of, facts, waited_s } of attempt.budgets) yield { event: "budget", of, facts: [...facts], waited_s };
	for (const stream of attempt.streams) {
		for (const { event } of stream.rows) yield shownEvent(event, world);
		const { name, namespace = null } = stream.configured.stream;
		for (const change of changesIn(one, stream, world)) yield { event: "row_changed", stream: name, ...change };
		yield { event: "would_save", stream: name, namespace, state: stream.state ?? null, ...readOf(stream) };
	}
	for (const text of attempt.said) yield { event: "log", level: "WARN", from: "source", message: text };
	const errors = errorsOf(one);
	for (const error of errors) yield errorEvent(error);
	const rows = attempt.streams.flatMap((stream) => stream.rows);
	yield {
		event: "dev_finished",
		save,
		exit_code: exitCodeOfTry(one),
		duration_s: attempt.seconds,
		rows: rows.length,
		conversions: rows.reduce((sum, { event }) => sum + event.conversions.length, 0),
		requests: attempt.requests.filter(isRequest).length,
		errors: errors.length,
	};
}

function readOf({ read: { pages, rows, whole } }: TriedStream) {
	return { pages, rows, whole };
}

function wireEvent(one: TriedRequest | Waiting): RunEvent {
	if (isRequest(one)) {
		const { ms, for: what, method, url, status, tried, bytes } = one;
		return { event: "request", for: what, method, url, status, try: tried, duration_s: ms / 1000, bytes };
	}
	const { stream = null, reason, wait_s, try: nth = null, of = null, request = null } = one;
	return { event: "waiting", stream, reason, wait_s, try: nth, of, request };
}
