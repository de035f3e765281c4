/** A screen takes the events of a run and shows them: live, as lines, or as JSON. */

import type { RunEvent } from "../../pipeline/events.ts";
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

export interface Screen {
	/** Names the run that the next events belong to. */
	begin(pipeline: string, title: string, run: number | null): void;
	event(event: RunEvent): void;
	/** Erases the frame; the summaries of all runs, in order. */
	end(): Summary[];
}

export function openScreen(terminal: Terminal): Screen {
	const summaries: Summary[] = [];
	const frames = terminal.mode === "live" && !terminal.quiet ? frameWriter(terminal.err) : undefined;
	const lines = lineWriter(terminal.now());
	let current = { pipeline: "", title: "", run: null as number | null };
	let timer: NodeJS.Timeout | undefined;
	const summary = () => summaries.at(-1)!;
	const draw = () => {
		const drawn = frame(summary(), current.title, terminal.errStyle, terminal.rows() - 1, terminal.now());
		frames?.draw(drawn);
	};
	return {
		begin(pipeline, title, run) {
			current = { pipeline, title, run };
			summaries.push(newSummary(terminal.now()));
			if (frames && !timer) {
				timer = setInterval(draw, FRAME_MS);
				timer.unref();
			}
		},
		event(event) {
			if (terminal.mode === "json") terminal.out(jsonLine(event, terminal.now(), current.run, current.pipeline));
			if (event.event === "log" && !terminal.verbose) return;
			addEvent(summary(), event, terminal.now());
			if (terminal.mode !== "lines" || terminal.quiet) return;
			const line = lines(event, terminal.now(), current.pipeline);
			if (line !== undefined) terminal.err(`${redact(line)}\n`);
		},
		end() {
			clearInterval(timer);
			frames?.erase();
			return summaries;
		},
	};
}

/** One event as `--json` prints it: `v`, `event`, `time`, then in a run `run` and `pipeline`, then its fields. */
export function jsonLine(event: RunEvent, now: number, run: number | null, pipeline: string | null): string {
	const { event: name, ...fields } = event;
	const envelope = { v: 1, event: name, time: new Date(now).toISOString() };
	return `${redact(visibleJson({ ...envelope, ...(pipeline !== null && { run, pipeline }), ...fields }))}\n`;
}
