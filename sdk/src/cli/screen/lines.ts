/** Plain lines for logs and pipes: one per event, per stream every 30 s, and one wherever it would be silent for so long. */
import type { Progress, RunEvent, RunStarted } from "../../pipeline/events.ts";
import { visible } from "../../visible.ts";
import { waitingLine } from "./live.ts";
import { count, duration, time } from "./numbers.ts";
import type { Summary } from "./summary.ts";

const QUIET_MS = 30_000;

export interface LineWriter {
	/** The line of an event, or nothing. */
	event(event: RunEvent, summary: Summary, now: number): string | undefined;
	/** Where nothing was told for 30 s: what it is about. */
	silence(doing: string, now: number): string | undefined;
	/** Other text was printed. */
	spoke(now: number): void;
}

/** `version` is growthnav's. */
export function lineWriter(version: string, startedAt: number): LineWriter {
	const told = new Map<string, { at: number; read: number; committed: number }>();
	const warned = new Set<string>();
	let spokeAt = startedAt;
	let dayTold = false;

	const head = (summary: Summary, now: number): string => {
		const day = dayTold ? "" : `${new Date(now).toISOString().slice(0, 10)}Z `;
		dayTold = true;
		const run = summary.run === null ? "" : `  run ${summary.run}`;
		return `${day}growthnav ${version}, ${visible(summary.title)}${run}`;
	};
	const progress = (event: Progress, now: number): string | undefined => {
		const last = told.get(event.table) ?? { at: startedAt, read: 0, committed: 0 };
		const same = last.read === event.read && last.committed === event.committed;
		if (same || now - last.at < QUIET_MS) return undefined;
		told.set(event.table, { at: now, read: event.read, committed: event.committed });
		const at = event.cursor === null ? "" : `; ${visible(time(event.cursor))}`;
		return `${stamp(now)} ${visible(event.stream)} read ${count(event.read)}, committed ${count(event.committed)}, rejected ${count(event.rejected)}${at}`;
	};
	const line = (event: RunEvent, summary: Summary, now: number): string | undefined => {
		switch (event.event) {
			case "phase":
				return event.phase === "asking" ? head(summary, now) : undefined;
			case "run_started":
				return `${stamp(now)} ${fromWords(event)}`;
			case "stream_started":
				told.set(event.table, { at: now, read: 0, committed: 0 });
				return undefined;
			case "progress":
				return progress(event, now);
			case "waiting": {
				const key = `${event.reason} ${event.stream}`;
				if (warned.has(key)) return undefined;
				warned.add(key);
				return `${stamp(now)} warning: ${waitingLine({ ...event, at: now }, summary)}`;
			}
			case "stream_finished":
				// one that was never begun has nothing to tell
				if (event.status === "incomplete" && event.read === 0) return undefined;
				return `${stamp(now)} ${visible(event.stream)} ${event.status}, read ${count(event.read)}, committed ${count(event.loaded + event.superseded + event.rejected)}, rejected ${count(event.rejected)}`;
			case "log":
				return `[${event.from}] ${visible(event.message)}`;
			default:
				return undefined;
		}
	};
	return {
		event(event, summary, now) {
			const text = line(event, summary, now);
			if (text !== undefined) spokeAt = now;
			return text;
		},
		silence(doing, now) {
			if (now - spokeAt < QUIET_MS) return undefined;
			spokeAt = now;
			return `${stamp(now)} ${visible(doing)}; begun ${duration(Math.round((now - startedAt) / 1000))} ago`;
		},
		spoke(now) {
			spokeAt = now;
		},
	};
}

/** Where a run begins: "continues at 2026-07-30 03:00:04Z". */
export function fromWords({ continues, continues_at }: Pick<RunStarted, "continues" | "continues_at">): string {
	if (continues_at !== null) return `continues at ${visible(time(continues_at))}`;
	return continues ? "continues at the last commit" : "starts at the beginning";
}

function stamp(now: number): string {
	return `${new Date(now).toISOString().slice(11, 19)}Z`;
}
