/** The live frame: redrawn in place on a terminal, erased at the end. Pure: state in, lines out. */
import { visible } from "../../visible.ts";
import { bytes, clock, count, plural, time } from "./numbers.ts";
import type { Style } from "./style.ts";
import type { StreamLine, Summary } from "./summary.ts";
import { type TableColumn, table } from "./table.ts";
import { cutEnd, padEnd } from "./text.ts";

const ORDER: Record<StreamLine["status"], number> = { incomplete: 0, reading: 1, waiting: 2, complete: 3 };

/** At most `height` lines, failed and active streams first; what is hidden is counted. */
export function frame(summary: Summary, title: string, style: Style, height: number, now: number): string[] {
	const seconds = (now - summary.startedAt) / 1000;
	const stop = `${clock(seconds)}  Ctrl-C stops`;
	const head =
		padEnd(cutEnd(visible(title), style.width - stop.length - 2, style.cut), style.width - stop.length) + stop;
	const room = Math.max(3, height - 6);
	const shown = summary.streams.length <= room ? summary.streams : byUrgency(summary.streams).slice(0, room - 1);
	const columns: TableColumn[] = [
		{ head: "Table", cuttable: true },
		{ head: "Read", align: "right" },
		{ head: "Committed", align: "right" },
		{ head: "Rejected", align: "right" },
		{ head: "Now at", leaves: 1 },
	];
	const rows = shown.map((line) => [
		visible(line.table),
		count(line.read),
		count(line.committed),
		count(line.rejected),
		whereNow(line),
	]);
	const hidden = summary.streams.filter((line) => !shown.includes(line));
	return [
		head,
		...table(columns, rows, style),
		...(hidden.length > 0 ? [hiddenLine(hidden)] : []),
		"",
		...footer(summary, style, now),
	];
}

function byUrgency(streams: StreamLine[]): StreamLine[] {
	return [...streams].sort((a, b) => ORDER[a.status] - ORDER[b.status]);
}

function whereNow(line: StreamLine): string {
	if (line.status === "complete") return "done";
	if (line.status === "incomplete") return "failed";
	if (line.status === "waiting" && line.read === 0) return "waiting";
	return line.cursor === null ? "reading" : visible(time(line.cursor));
}

function hiddenLine(hidden: StreamLine[]): string {
	const done = hidden.filter(({ status }) => status === "complete").length;
	const waiting = hidden.length - done;
	return `and ${count(hidden.length)} more: ${count(done)} done, ${count(waiting)} waiting`;
}

function footer(summary: Summary, style: Style, now: number): string[] {
	const active = summary.streams.filter(({ status }) => status === "reading");
	const current = active.at(-1);
	const facts: string[] = [];
	if (current?.estimate) {
		const percent = Math.min(99, Math.floor((current.read / current.estimate) * 100));
		facts.push(`${visible(current.stream)} ${percent}% of about ${count(current.estimate)}`);
	}
	facts.push(`${count(Math.round(active.reduce((sum, line) => sum + line.rowsPerSecond, 0)))} rows/s`);
	facts.push(bytes(summary.streams.reduce((sum, line) => sum + line.bytes, 0)));
	if (summary.lastCommitAt !== undefined)
		facts.push(`last commit ${Math.max(0, Math.round((now - summary.lastCommitAt) / 1000))} s ago`);
	const again = summary.streams.reduce((sum, line) => sum + Math.max(0, line.read - line.committed), 0);
	const waiting = summary.waiting;
	return [
		cutEnd(facts.join("   "), style.width, style.cut),
		...(waiting ? [style.warn(waitingLine(waiting))] : []),
		style.dim(
			again === 0
				? "Stopped now, nothing would be read again."
				: `Stopped now, ${plural(again, "row")} would be read again; nothing is lost.`,
		),
	];
}

/** "square limits the rate; orders waits 12 s, try 2 of 8" */
export function waitingLine(waiting: NonNullable<Summary["waiting"]>): string {
	const why = {
		rate_limited: "the source limits the rate",
		retry: "the source did not answer as it should",
		locked: "the store is open in another program",
	}[waiting.reason];
	const who = waiting.stream === null ? "waits" : `${visible(waiting.stream)} waits`;
	const tries = waiting.try === null || waiting.of === null ? "" : `, try ${waiting.try} of ${waiting.of}`;
	return `${why}; ${who} ${Math.ceil(waiting.wait_s)} s${tries}`;
}

/** Writes frames over one another; `erase` leaves the terminal as it was. */
export function frameWriter(write: (text: string) => void): { draw(lines: string[]): void; erase(): void } {
	let drawn = 0;
	const up = () => (drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : "");
	return {
		draw(lines) {
			write(`${up()}\x1b[?25l${lines.join("\n")}\n`);
			drawn = lines.length;
		},
		erase() {
			write(`${up()}\x1b[?25h`);
			drawn = 0;
		},
	};
}
