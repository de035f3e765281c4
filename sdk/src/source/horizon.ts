/** Where a read of a stream begins and ends, how it is cut into windows, and how far its cursor may be moved. Pure. */
import { ConnectorError } from "../errors.ts";
import {
	beginningText,
	type CursorKey,
	type CursorKind,
	cursorOf,
	momentText,
	movedOn,
	parseDuration,
} from "./cursor.ts";
import type { StreamPlan } from "./plan.ts";

export interface Window {
	/** Inclusive; undefined where a stream without windows is read for the first time. */
	since: string | undefined;
	/** Exclusive. */
	until: string;
}

export interface Horizon {
	/** Where a first read begins; undefined without `start`. */
	start: string | undefined;
	/** Now minus lag, exclusive. */
	until: string;
	/** Half-open, contiguous, in order; one that is open where the stream has no windows, none after `until`. */
	windows(since: string | undefined): Iterable<Window>;
	/** The furthest that rows may move the cursor while they are read up to `end`; undefined: as far as they go. */
	most(end: string): string | undefined;
	/** How far the cursor moves when all before `end` was read, whatever came. */
	reached(end: string): string;
}

const AN_HOUR = 3_600_000;
/** How far clocks of the world are behind UTC and ahead of it, for cursors without zone. */
const WESTMOST = 12 * AN_HOUR;
const EASTMOST = 14 * AN_HOUR;
/** By so much our own clock may be wrong, where no vendor tells the time, and before the vendor's is believed. */
const OWN_CLOCK = 24 * AN_HOUR;

/**
 * `now` is our clock at the stream's start, and may be wrong. The vendor's, as its last answer told it, is the one by
 * which its records are stamped: no cursor passes it. Both in milliseconds.
 */
export function horizonOf(
	{ name, cursor, definition }: StreamPlan,
	config: unknown,
	now: number,
	vendorClock: () => number | undefined,
): Horizon {
	const { window, lag, start } = definition;
	const kind: CursorKind = cursor?.kind ?? "timestamp";
	const { keyOf } = cursorOf(kind);
	const settling = lag === undefined ? 0 : parseDuration(lag)! * 1_000;
	const until = momentText(kind, now - settling);
	const limited = (cursor !== undefined && lag !== undefined) || window !== undefined;
	const local = kind !== "timestamp";
	const earlier = (a: string, b: string) => (keyOf(a)! < keyOf(b)! ? a : b);

	return {
		start: start === undefined ? undefined : startOf(name, kind, start(config as never)),
		until,
		windows(since) {
			if (window === undefined || since === undefined) return [{ since, until }];
			// ours may be far behind: what the vendor stamped since is not for another day. Told once: its clock goes on
			let theirs: string | undefined;
			const end = () => {
				const vendor = vendorClock() ?? now;
				if (vendor - now > OWN_CLOCK) theirs ??= momentText(kind, vendor - settling);
				return theirs ?? until;
			};
			return windowsBetween(kind, since, end, parseDuration(window)!);
		},
		most(end) {
			if (!limited) return undefined;
			const vendor = vendorClock();
			if (vendor === undefined) return end;
			return earlier(end, momentText(kind, vendor - settling + (local ? EASTMOST : 0)));
		},
		reached(end) {
			const vendor = vendorClock();
			const sure = vendor === undefined ? now - OWN_CLOCK : Math.min(now, vendor);
			return earlier(end, momentText(kind, sure - settling - (local ? WESTMOST : 0)));
		},
	};
}

/** `until` is asked for each window anew: the first answers tell the vendor's clock. */
function* windowsBetween(kind: CursorKind, since: string, until: () => string, seconds: number): Generator<Window> {
	const { keyOf } = cursorOf(kind);
	const before = (text: string, end: string): boolean => (keyOf(text) as CursorKey) < keyOf(end)!;
	for (let from = since, end = until(); before(from, end); end = until()) {
		const next = movedOn(kind, from, seconds);
		const to = before(next, end) ? next : end;
		yield { since: from, until: to };
		from = to;
	}
}

function startOf(stream: string, kind: CursorKind, given: string): string {
	const text = typeof given === "string" ? beginningText(kind, given) : undefined;
	if (text !== undefined) return text;
	throw new ConnectorError("config.wrong_value", `${stream} cannot begin at ${JSON.stringify(given)}`, {
		stream,
		why: kind === "integer" ? "it begins at a whole number" : "it begins at a day or an instant",
		next: `correct the setting that it begins at${kind === "integer" ? "" : ', for example "2026-07-01"'}`,
	});
}
