/**
 * The line that an executable redraws on a terminal while it works. Two of them share one terminal in a pipe: the source
 * draws on the row above the cursor, which it has made for itself, the destination on the cursor's own.
 */
import { bytes, clock, count, plural } from "./screen/numbers.ts";
import { styleFor } from "./screen/style.ts";
import { cutEnd, padEnd, padStart } from "./screen/text.ts";

export interface StatusLine {
	/** Draws at most once in half a second. */
	update(text: () => string): void;
	/** Draws a last time, or only clears the row for other text. */
	end(text?: string): void;
}

const EVERY = 500;
const PROGRAM_CELLS = 21;

/** Nothing where stderr is no terminal that can redraw. */
export function statusLine(program: string, row: "above" | "here"): StatusLine | undefined {
	const { stderr } = process;
	if (!stderr.isTTY) return undefined;
	const style = styleFor({ env: process.env, isTerminal: true, columns: stderr.columns });
	if (!style.live) return undefined;
	const startedAt = Date.now();
	let drawnAt = 0;
	const draw = (text: string) => {
		// one cell stays free: a full row would wrap
		const width = Math.min(style.width, stderr.columns ?? 80) - 1;
		const time = padStart(clock((Date.now() - startedAt) / 1_000), 8);
		const line = padEnd(
			cutEnd(padEnd(program, PROGRAM_CELLS) + text, width - time.length, style.cut),
			width - time.length,
		);
		stderr.write(row === "here" ? `\r\x1b[2K${line}${time}` : `\x1b[1A\r\x1b[2K${line}${time}\x1b[1B\r`);
	};
	if (row === "above") stderr.write("\n");
	return {
		update(text) {
			if (Date.now() - drawnAt < EVERY) return;
			drawnAt = Date.now();
			draw(text());
		},
		end(text) {
			if (text !== undefined) draw(text);
			if (row === "here") stderr.write(text === undefined ? "\r\x1b[2K" : "\n");
		},
	};
}

/** "orders 9,384 rows, 31.2 MB" */
export function readStatus(stream: string, rows: number, size: number): string {
	return `${stream} ${plural(rows, "row")}, ${bytes(size)}`;
}

/** "committed 8,000 rows, last 1 s ago" */
export function writeStatus(committed: number, committedAt: number | undefined): string {
	if (committedAt === undefined) return `${count(committed)} rows committed so far`;
	const seconds = Math.max(0, Math.round((Date.now() - committedAt) / 1_000));
	return `committed ${plural(committed, "row")}, last ${seconds} s ago`;
}
