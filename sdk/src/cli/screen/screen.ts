/** A screen takes the events of a run and shows them: live, as lines, or as JSON. */
import type { Progress, RunEvent } from "../../pipeline/events.ts";
import { redactJson } from "../../protocol/redact-json.ts";
import { redact } from "../../redact.ts";
import { visibleJson } from "../../visible.ts";
import { lineWriter } from "./lines.ts";
import { frame, frameWriter } from "./live.ts";
import type { Style } from "./style.ts";
import { addEvent, newSummary, type Summary } from "./summary.ts";

const FRAME_MS = 100;

export interface Terminal {
	out(text: string): void;
	err(text: string): void;
	/** Of stdout and of stderr: one may be a pipe. */
	outStyle: Style;
	errStyle: Style;
	rows(): number;
	now(): number;
	/** Words in which growthnav was started: "growthnav", "npx growthnav". */
	command: string;
	mode: "live" | "lines" | "json";
	quiet: boolean;
	verbose: boolean;
}

export interface Stamp {
	run: number | null;
	pipeline: string | null;
}

export interface Screen {
	/** A new run; `progress` says at any time how its streams stand. */
	begin(pipeline: string, title: string, progress: () => Progress[]): void;
	event(event: RunEvent, stamp: Stamp): void;
	/** Ctrl-C was heard, once or twice. */
	stopping(times: number): void;
	/** The last run is tried again: forget what it told. */
	again(): void;
	/** Erases the frame; the summaries of all runs, in order. */
	end(): Summary[];
}

export function openScreen(terminal: Terminal): Screen {
	const summaries: Summary[] = [];
	const frames = terminal.mode === "live" && !terminal.quiet ? frameWriter(terminal.err) : undefined;
	const lines = lineWriter(terminal.now());
	const kept: string[] = [];
	let current = { pipeline: "", title: "", progress: (): Progress[] => [] };
	let timer: NodeJS.Timeout | undefined;
	const draw = () => {
		const summary = summaries.at(-1);
		if (!summary) return;
		for (const progress of current.progress()) addEvent(summary, { event: "progress", ...progress }, terminal.now());
		const height = Math.max(4, terminal.rows() - 1 - kept.length);
		const drawn = frame(summary, current.title, terminal.errStyle, height, terminal.now());
		frames?.draw([...kept, ...drawn].map(redact));
	};
	return {
		begin(pipeline, title, progress) {
			current = { pipeline, title, progress };
			summaries.push(newSummary(terminal.now()));
			if (!frames || timer) return;
			timer = setInterval(draw, FRAME_MS);
			timer.unref();
		},
		event(event, { run, pipeline }) {
			if (event.event === "log" && !terminal.verbose) return;
			if (terminal.mode === "json") return terminal.out(jsonLine(event, terminal.now(), run, pipeline));
			addEvent(summaries.at(-1)!, event, terminal.now());
			if (frames && event.event === "log") {
				frames.erase();
				terminal.err(`${redact(lines(event, terminal.now(), current.pipeline) ?? "")}\n`);
			}
			if (terminal.mode !== "lines" || terminal.quiet) return;
			const line = lines(event, terminal.now(), current.pipeline);
			if (line !== undefined) terminal.err(`${redact(line)}\n`);
		},
		stopping(times) {
			if (terminal.mode === "json" || times > 1) return;
			const said = "Stopping at the next commit. Ctrl-C again stops at once; both are safe.";
			if (frames) kept.push(said);
			else terminal.err(`${said}\n`);
		},
		again() {
			summaries.pop();
		},
		end() {
			clearInterval(timer);
			frames?.erase();
			for (const line of kept) terminal.err(`${line}\n`);
			return summaries;
		},
	};
}

/** One event as `--json` prints it: `v`, `event`, `time`, then in a run `run` and `pipeline`, then its fields. */
export function jsonLine(event: RunEvent, now: number, run: number | null, pipeline: string | null): string {
	const { event: name, ...fields } = event;
	const envelope = { v: 1, event: name, time: new Date(now).toISOString() };
	return `${redactJson(visibleJson({ ...envelope, ...(pipeline !== null && { run, pipeline }), ...fields }))}\n`;
}
