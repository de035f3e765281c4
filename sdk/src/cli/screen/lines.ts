/** Plain lines for logs and pipes: one per event, per stream every 30 s. */
import type { RunEvent } from "../../pipeline/events.ts";
import { visible } from "../../visible.ts";
import { waitingLine } from "./live.ts";
import { count, time } from "./numbers.ts";

const QUIET_MS = 30_000;

/** Answers the line of an event, or nothing. Keeps in mind when each stream last spoke. */
export function lineWriter(startedAt: number): (event: RunEvent, now: number, pipeline: string) => string | undefined {
	const spoke = new Map<string, number>();
	const warned = new Set<string>();
	let first = true;
	const stamp = (now: number) => {
		const text = new Date(now).toISOString();
		return `${text.slice(11, 19)}Z`;
	};
	return (event, now, pipeline) => {
		switch (event.event) {
			case "run_started": {
				const day = first ? `${new Date(startedAt).toISOString().slice(0, 10)}Z ` : "";
				first = false;
				const from =
					event.continues_at === null ? "starts at the beginning" : `continues at ${time(event.continues_at)}`;
				return `${day}growthnav ${event.version}, ${visible(pipeline)}, ${visible(event.source)} -> ${visible(event.destination)}\n${stamp(now)} ${from}`;
			}
			case "stream_started":
				spoke.set(event.table, now);
				return undefined;
			case "progress": {
				if (now - (spoke.get(event.table) ?? startedAt) < QUIET_MS) return undefined;
				spoke.set(event.table, now);
				const at = event.cursor === null ? "" : `; ${visible(time(event.cursor))}`;
				return `${stamp(now)} ${visible(event.stream)} read ${count(event.read)}, committed ${count(event.committed)}, rejected ${count(event.rejected)}${at}`;
			}
			case "waiting": {
				const key = `${event.reason} ${event.stream}`;
				if (warned.has(key)) return undefined;
				warned.add(key);
				return `${stamp(now)} warning: ${waitingLine(event)}`;
			}
			case "stream_finished":
				return `${stamp(now)} ${visible(event.stream)} ${event.status}, read ${count(event.read)}, committed ${count(event.loaded + event.superseded)}, rejected ${count(event.rejected)}`;
			case "log":
				return `[${event.from}] ${visible(event.message)}`;
			default:
				return undefined;
		}
	};
}
