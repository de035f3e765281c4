/** STATE messages on their way through: kept as they came, held until their rows are committed, then sent back. */
import type { Json, JsonObject, Message, StatePayload, StreamDescriptor } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { compareDecimals, isRawNumber, numberText, rawNumber } from "../../protocol/numbers.ts";
import { parseInstant } from "../../schema/time.ts";
import type { StreamPlan } from "../plan.ts";

/** A JSON text whose numbers are written again digit by digit: `1.0` stays `1.0`. Slow, for texts that are few. */
export function parseVerbatim(text: string): Json {
	return JSON.parse(text, (_key, value, context?: { source?: string }) =>
		typeof value === "number" && context?.source !== undefined && String(value) !== context.source
			? rawNumber(context.source)
			: value,
	) as Json;
}

/** The states of a file: an array of them, or messages one a line, as `state` prints them. Throws config.state_file. */
export function statesOfFile(text: string, file: string): StatePayload[] {
	const trimmed = text.trim();
	try {
		const values = trimmed.startsWith("[")
			? (parseVerbatim(trimmed) as JsonObject[])
			: trimmed.split("\n").flatMap((line) => (line === "" ? [] : [parseVerbatim(line) as JsonObject]));
		return values.map(payloadOf);
	} catch (thrown) {
		throw new ConnectorError("config.state_file", "The state file cannot be read", {
			where: file,
			why: (thrown as Error).message,
			next: "give what `state` of a destination prints, or an array of states",
			cause: thrown,
		});
	}
}

function payloadOf(value: JsonObject): StatePayload {
	const state = (value?.type === "STATE" ? value.state : value) as unknown as StatePayload | undefined;
	const { type, stream, global } = state ?? {};
	if (type === "STREAM" && typeof stream?.stream_descriptor?.name === "string") return state!;
	if (type === "GLOBAL" && Array.isArray(global?.stream_states)) return state!;
	throw new Error("a state in it is neither of a stream nor of all of them");
}

/** The streams that a state vouches for; undefined for all of the connection. */
export function streamOfState({ type, stream }: StatePayload): StreamDescriptor | undefined {
	return type === "STREAM" ? stream!.stream_descriptor : undefined;
}

/** A STATE message until its rows are committed. */
export interface HeldState {
	message: Message;
	/** Whose rows it vouches for, by id; undefined for all streams. */
	stream: string | undefined;
	/** Its line of the input: it vouches for rows of lines before. */
	seq: number;
}

/** The message to send back, with what was committed since the state before it; the rest as it came. */
export function echoOf(text: string, recordCount: number, rejectedRecordCount: number): Message {
	const message = parseVerbatim(text) as unknown as { type: "STATE"; state: StatePayload };
	const { destinationStats } = message.state;
	return {
		...message,
		state: { ...message.state, destinationStats: { ...destinationStats, recordCount, rejectedRecordCount } },
	};
}

/** The state as it came, for the ledger. */
export function stateOf(text: string): StatePayload {
	const { destinationStats: _, ...state } = (parseVerbatim(text) as unknown as { state: StatePayload }).state;
	return state;
}

/**
 * Throws `data.state_backwards` where the cursor of `state` is before that of the state before it in the same run.
 * States are the source's own; only cursors that can be read and compared are.
 */
export function checkForwards(plan: StreamPlan, before: StatePayload | undefined, state: StatePayload): void {
	if (plan.cursor === undefined || plan.fullRefresh || before === undefined) return;
	const [earlier, later] = [cursorIn(before, plan.cursor), cursorIn(state, plan.cursor)];
	if (earlier === undefined || later === undefined || compareCursors(later, earlier) !== -1) return;
	throw new ConnectorError("data.state_backwards", `The state of ${plan.stream} went backwards`, {
		where: `stream ${plan.stream}, cursor ${plan.cursor.join(".")}`,
		why: `a state said ${earlier}, the next one ${later}; the earlier one stays`,
		next: "report it to the author of the source; a state reset reads the stream again from the start",
		stream: plan.stream,
	});
}

/** Of our sources `{ cursor_field, cursor }`, of most others `{ <cursor field>: value }`. */
function cursorIn({ stream }: StatePayload, path: readonly string[]): string | undefined {
	const state = stream?.stream_state as JsonObject | null | undefined;
	if (typeof state !== "object" || state === null) return undefined;
	const value = state.cursor_field === path.join(".") ? state.cursor : state[path.at(-1)!];
	if (typeof value === "string") return value;
	return typeof value === "number" || isRawNumber(value) ? numberText(value) : undefined;
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** -1, 0 or 1; undefined where the two are not of one kind. */
export function compareCursors(a: string, b: string): -1 | 0 | 1 | undefined {
	if (NUMBER.test(a) && NUMBER.test(b)) return compareDecimals(a, b);
	const [first, second] = [sortableTime(a), sortableTime(b)];
	if (first === undefined || second === undefined || first.length !== second.length) return undefined;
	return first < second ? -1 : first > second ? 1 : 0;
}

/** Instants with all their microseconds, days as they are: texts in the order of time. */
function sortableTime(text: string): string | undefined {
	if (/^\d{4}-\d\d-\d\d$/.test(text)) return text;
	const instant = parseInstant(text) ?? parseInstant(`${text}Z`);
	if (instant === undefined) return undefined;
	const [seconds = "", fraction = ""] = instant.slice(0, -1).split(".");
	return `${seconds}.${fraction.padEnd(6, "0")}`;
}
