/** A screen takes the events of runs and shows them: live, as lines, or as JSON. */
import type { Progress, RunEvent } from "../../pipeline/events.ts";
import { redactJson } from "../../protocol/redact-json.ts";
import { redact } from "../../redact.ts";
import { visibleJson } from "../../visible.ts";
import { lineWriter } from "./lines.ts";
import { frame, frameWriter, waitingLine } from "./live.ts";
import type { Style } from "./style.ts";
import { addEvent, newSummary, type StreamLine, type Summary } from "./summary.ts";

const FRAME_MS = 100;
const SILENCE_MS = 2_000;

export interface Terminal {
	out(text: string): void;
	err(text: string): void;
	/** Of stdout and of stderr, as they are now: one may be a pipe, a window may have been resized. */
	readonly outStyle: Style;
	readonly errStyle: Style;
	/** Of stderr. */
	size(): { columns: number; rows: number };
	now(): number;
	/** Words in which growthnav was started: "growthnav", "npx growthnav". */
	command: string;
	version: string;
	mode: "live" | "lines" | "json";
	quiet: boolean;
	verbose: boolean;
	/** `leave` is called before the process ends in whatever way, and before it is suspended; the answer takes that back. */
	onLeave(leave: () => void): () => void;
}

export interface Stamp {
	run: number | null;
	pipeline: string | null;
}

/** The two ends of a run, by the names of their connectors. */
export interface Ends {
	source: string;
	destination: string;
}

export interface PlannedRun {
	/** "acme  square -> duckdb acme.duckdb" */
	title: string;
	ends: Ends;
	/** "acme.duckdb", or nothing where the store is no file. */
	store: string;
	/** How its streams stand, at any time. */
	progress(): Progress[];
}

export interface Screen {
	/** A run is about to be planned; its connectors are being started. */
	begin(title: string, ends: Ends): void;
	/** It is planned. */
	planned(run: PlannedRun): void;
	event(event: RunEvent, stamp: Stamp): void;
	/** Lines for stderr that stay, above the frame. Not in JSON, not when quiet. */
	note(...lines: string[]): void;
	/** Ctrl-C was heard; the words stay. */
	stopping(words: string): void;
	/** What `work` prints stands where the frame was. */
	aside(work: () => void): void;
	/** Erases the frame for good. */
	end(): void;
	/** Of all runs that were begun, in order. */
	readonly summaries: Summary[];
}

export function openScreen(terminal: Terminal): Screen {
	const startedAt = terminal.now();
	const summaries: Summary[] = [];
	const { quiet, mode } = terminal;
	const frames = mode === "live" && !quiet ? frameWriter(terminal.err, () => terminal.size().columns) : undefined;
	const lines = mode !== "json" && !quiet && !frames ? lineWriter(terminal.version, startedAt) : undefined;
	let ends: Ends = { source: "", destination: "" };
	let progress = (): Progress[] => [];
	let stopping = false;
	const doing = () => doingOf(summaries.at(-1), ends);

	const draw = () => {
		const summary = summaries.at(-1);
		if (!summary) return;
		const now = terminal.now();
		for (const one of progress()) addEvent(summary, { event: "progress", ...one }, now);
		const before: StreamLine[] = summaries.slice(0, -1).flatMap(({ streams }) => streams);
		const height = Math.max(2, terminal.size().rows - 1);
		const facts = { title: summary.title, doing: doing(), startedAt, now, height, stopping };
		frames?.draw(frame(summary, before, terminal.errStyle, facts).map(redact));
	};
	const tellSilence = () => {
		const summary = summaries.at(-1);
		const { waiting } = summary ?? {};
		const now = terminal.now();
		const waits = summary && waiting && waiting.at + waiting.wait_s * 1000 > now;
		const line = lines?.silence(waits ? waitingLine(waiting, summary) : (doing() ?? "reading"), now);
		if (line !== undefined) terminal.err(`${redact(line)}\n`);
	};
	const timer = frames ? setInterval(draw, FRAME_MS) : lines ? setInterval(tellSilence, SILENCE_MS) : undefined;
	timer?.unref();
	const stay = frames && terminal.onLeave(frames.erase);

	const print = (text: string) => {
		frames?.erase();
		// a terminal echoes ^C where the cursor is
		terminal.err(`${frames ? "\r" : ""}${redact(text)}\n`);
		lines?.spoke(terminal.now());
	};
	return {
		summaries,
		begin(title, names) {
			ends = names;
			progress = () => [];
			summaries.push(newSummary(terminal.now(), title));
			if (frames) draw();
		},
		planned(run) {
			Object.assign(summaries.at(-1)!, { title: run.title, store: run.store || run.ends.destination });
			ends = run.ends;
			progress = run.progress;
		},
		event(event, { run, pipeline }) {
			const { verbose } = terminal;
			// connectors are heard with -v; growthnav's own warnings always
			if (event.event === "log" && !verbose && !(event.from === "growthnav" && event.level === "WARN")) return;
			if (mode === "json") return terminal.out(jsonLine(event, terminal.now(), run, pipeline));
			const summary = summaries.at(-1)!;
			summary.run = run;
			addEvent(summary, event, terminal.now());
			if (lines) {
				const line = lines.event(event, summary, terminal.now());
				if (line !== undefined) terminal.err(`${redact(line)}\n`);
			} else if (event.event === "log") print(`[${event.from}] ${event.message}`);
		},
		note(...texts) {
			if (mode !== "json" && !quiet) for (const text of texts) print(text);
		},
		stopping(words) {
			stopping = true;
			this.note(words);
		},
		aside(work) {
			frames?.erase();
			work();
			lines?.spoke(terminal.now());
		},
		end() {
			clearInterval(timer);
			frames?.erase();
			stay?.();
		},
	};
}

/** A name for what would otherwise be silence; undefined while streams are read. */
function doingOf(summary: Summary | undefined, { source, destination }: Ends): string | undefined {
	switch (summary?.phase) {
		case undefined:
			return `starting ${source} and ${destination}`;
		case "asking":
			return `asking ${source} for its streams and ${destination} for its states`;
		case "reading": {
			const statuses = summary.streams.map(({ status }) => status);
			if (statuses.includes("reading")) return undefined;
			return statuses.includes("committing") ? "committing" : `starting to read ${source}`;
		}
		case "committing":
			return "committing";
		default:
			return `asking ${destination} for its sums`;
	}
}

/** One event as `--json` prints it: `v`, `event`, `time`, then in a run `run` and `pipeline`, then its fields. */
export function jsonLine(event: RunEvent, now: number, run: number | null, pipeline: string | null): string {
	const { event: name, ...fields } = event;
	const envelope = { v: 1, event: name, time: new Date(now).toISOString() };
	return `${redactJson(visibleJson({ ...envelope, ...(pipeline !== null && { run, pipeline }), ...fields }))}\n`;
}
