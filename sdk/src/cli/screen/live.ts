/** The live frame: redrawn in place on a terminal, erased at the end. Pure: state in, lines out. */
import { stripVTControlCharacters } from "node:util";
import { visible } from "../../visible.ts";
import { age, bytes, clock, count, plural, time } from "./numbers.ts";
import type { Style } from "./style.ts";
import type { StreamLine, Summary } from "./summary.ts";
import { type TableColumn, table } from "./table.ts";
import { cells, cutEnd, padEnd, wrap } from "./text.ts";

export interface FrameFacts {
	/** "2 square -> duckdb" */
	title: string;
	/** "starting source-square"; undefined while the streams tell enough. */
	doing: string | undefined;
	/** Milliseconds: of the whole command. */
	startedAt: number;
	now: number;
	height: number;
	/** Ctrl-C was heard. */
	stopping: boolean;
}

const ORDER: Record<StreamLine["status"], number> = {
	incomplete: 0,
	reading: 1,
	committing: 2,
	waiting: 3,
	complete: 4,
};
const COLUMNS: TableColumn[] = [
	{ head: "Table", fit: "end" },
	{ head: "Read", align: "right" },
	{ head: "Committed", align: "right" },
	{ head: "Rejected", align: "right" },
	{ head: "Now at", leaves: 1 },
];

/**
 * At most `height` lines, failed and active streams first; what is hidden is counted. `before`: streams of runs that have
 * ended. No line fills its row, since a terminal may then wrap it.
 */
export function frame(summary: Summary, before: StreamLine[], style: Style, facts: FrameFacts): string[] {
	const narrow = { ...style, width: style.width - 1 };
	const foot = footer(summary, narrow, facts).slice(0, Math.max(1, facts.height - 1));
	const all = [...before, ...summary.streams];
	const room = facts.height - 3 - foot.length;
	const shown = all.length <= room ? all : byUrgency(all).slice(0, Math.max(0, room - 1));
	const lines =
		shown.length === 0
			? []
			: table(
					COLUMNS,
					shown.map((line) => rowOf(line, facts.stopping)),
					narrow,
				);
	if (shown.length < all.length) lines.push(hiddenLine(all.filter((line) => !shown.includes(line))));
	const middle = lines.length > 0 && facts.height > lines.length + foot.length + 1 ? [...lines, ""] : [];
	return [headLine(narrow, facts), ...middle, ...foot];
}

function headLine(style: Style, { title, startedAt, now, stopping }: FrameFacts): string {
	const stop = `${clock((now - startedAt) / 1000)}  ${stopping ? "stopping" : "Ctrl-C stops"}`;
	const left = cutEnd(visible(title), style.width - stop.length - 2, style.cut);
	return padEnd(left, style.width - stop.length) + stop;
}

function byUrgency(streams: StreamLine[]): StreamLine[] {
	return [...streams].sort((a, b) => ORDER[a.status] - ORDER[b.status]);
}

function rowOf(line: StreamLine, stopping: boolean): string[] {
	const now = line.status === "incomplete" && stopping ? "stopped" : whereNow(line);
	return [visible(line.table), count(line.read), count(line.committed), count(line.rejected), now];
}

function whereNow(line: StreamLine): string {
	switch (line.status) {
		case "complete":
			return "done";
		case "incomplete":
			return "failed";
		case "committing":
			return "committing";
		case "waiting":
			return line.read === 0 ? "waiting" : "reading";
		default:
			return line.cursor === null ? "reading" : visible(time(line.cursor));
	}
}

function hiddenLine(hidden: StreamLine[]): string {
	const parts = (["reading", "committing", "waiting", "complete", "incomplete"] as const).flatMap((status) => {
		const number = hidden.filter((line) => line.status === status).length;
		const word = status === "complete" ? "done" : status === "incomplete" ? "failed" : status;
		return number === 0 ? [] : [`${count(number)} ${word}`];
	});
	return `and ${count(hidden.length)} more: ${parts.join(", ")}`;
}

function footer(summary: Summary, style: Style, { doing, now, stopping }: FrameFacts): string[] {
	const lines = [cutEnd(factsLine(summary, doing, now), style.width, style.cut)];
	if (summary.waiting) lines.push(...wrap(waitingLine(summary.waiting, summary), style.width).map(style.warn));
	if (summary.streams.length === 0 || stopping) return lines;
	const again = summary.streams.reduce((sum, line) => sum + Math.max(0, line.read - line.committed), 0);
	const stopped =
		again === 0
			? "Stopped now, nothing would be read again."
			: `Stopped now, ${plural(again, "row")} would be read again; nothing is lost.`;
	return [...lines, ...wrap(stopped, style.width).map(style.dim)];
}

function factsLine(summary: Summary, doing: string | undefined, now: number): string {
	const active = summary.streams.filter(({ status }) => status === "reading");
	const current = active.at(-1);
	const facts: string[] = [];
	if (current?.estimate) {
		const percent = Math.min(99, Math.floor((current.read / current.estimate) * 100));
		facts.push(`${visible(current.stream)} ${percent}% of about ${count(current.estimate)}`);
	}
	if (doing !== undefined) facts.push(visible(doing));
	if (active.length > 0) facts.push(`${count(active.reduce((sum, line) => sum + line.rowsPerSecond, 0))} rows/s`);
	if (summary.streams.length > 0) facts.push(bytes(summary.streams.reduce((sum, line) => sum + line.bytes, 0)));
	if (summary.lastCommitAt !== undefined) facts.push(`last commit ${age((now - summary.lastCommitAt) / 1000)} ago`);
	return facts.join("   ");
}

const REASONS = {
	rate_limited: (source: string) => `${source} limits the rate`,
	retry: (source: string) => `${source} did not answer as it should`,
	locked: (_: string, store: string) => `${store} is open in another program`,
	job: (source: string) => `${source} is at work on an export`,
};

/** "square limits the rate; orders waits 12 s, until 03:00:53Z, try 2 of 8" */
export function waitingLine(waiting: NonNullable<Summary["waiting"]>, { started, store }: Summary): string {
	const why = REASONS[waiting.reason](visible(started?.source ?? "the source"), visible(store));
	const who = waiting.stream === null ? "waits" : `${visible(waiting.stream)} waits`;
	const until = `${new Date(waiting.at + waiting.wait_s * 1000).toISOString().slice(11, 19)}Z`;
	const tries = waiting.try === null || waiting.of === null ? "" : `, try ${waiting.try} of ${waiting.of}`;
	return `${why}; ${who} ${age(Math.ceil(waiting.wait_s))}, until ${until}${tries}`;
}

/**
 * Writes frames over one another; `erase` leaves the terminal as it was. Where the terminal became narrower, the lines of
 * the last frame take more rows than they have: these are counted by its width now.
 */
export function frameWriter(
	write: (text: string) => void,
	columns: () => number,
): { draw(lines: string[]): void; erase(): void } {
	let drawn: string[] = [];
	let written = "";
	const back = () => {
		const width = Math.max(1, columns());
		const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(cells(line) / width)), 0);
		return rows > 0 ? `\r\x1b[${rows}A` : "\r";
	};
	return {
		draw(lines) {
			const text = lines.join("\n");
			if (text === written) return;
			written = text;
			// each line is cleared behind its end only: a frame that is cleared as a whole flickers
			write(`${drawn.length === 0 ? "\x1b[?25l" : back()}${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
			drawn = lines.map((line) => stripVTControlCharacters(line));
		},
		erase() {
			if (drawn.length > 0) write(`${back()}\x1b[J\x1b[?25h`);
			drawn = [];
			written = "";
		},
	};
}
