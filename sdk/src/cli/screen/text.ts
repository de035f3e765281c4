/** Measuring and cutting text by the cells it takes on a terminal. */
import stringWidth from "string-width";
import { graphemes } from "../../visible.ts";

const PLAIN = /^[\x20-\x7e]*$/;

/** Cells on a terminal: 日本 is four, a family emoji two. */
export function cells(text: string): number {
	return PLAIN.test(text) ? text.length : stringWidth(text);
}

export function padEnd(text: string, width: number): string {
	return text + " ".repeat(Math.max(0, width - cells(text)));
}

export function padStart(text: string, width: number): string {
	return " ".repeat(Math.max(0, width - cells(text))) + text;
}

/** The text in at most `width` cells: cut at the end, never inside a grapheme. */
export function cutEnd(text: string, width: number, mark = "…"): string {
	if (cells(text) <= width) return text;
	return take(text, width - cells(mark)) + mark;
}

/** An id, cut in its middle: both ends tell ids apart. */
export function cutMiddle(text: string, width: number, mark = "…"): string {
	if (cells(text) <= width) return text;
	const room = width - cells(mark);
	return take(text, Math.ceil(room / 2)) + mark + takeEnd(text, Math.floor(room / 2));
}

/** A file path, cut at its front: its end tells more. */
export function cutStart(text: string, width: number, mark = "…"): string {
	if (cells(text) <= width) return text;
	return mark + takeEnd(text, width - cells(mark));
}

function take(text: string, width: number): string {
	let taken = "";
	let used = 0;
	for (const { segment } of graphemes(text)) {
		used += cells(segment);
		if (used > width) break;
		taken += segment;
	}
	return taken;
}

function takeEnd(text: string, width: number): string {
	const segments = [...graphemes(text)].map(({ segment }) => segment);
	let used = 0;
	let from = segments.length;
	while (from > 0 && used + cells(segments[from - 1]!) <= width) used += cells(segments[--from]!);
	return segments.slice(from).join("");
}

/** Words over lines of at most `width` cells; a word that is longer stands whole on its own line. */
export function wrap(text: string, width: number): string[] {
	return linesOf(text.split(" "), width);
}

/** The same; a word that is longer goes on in the next line. */
export function wrapped(text: string, width: number): string[] {
	const pieces = text.split(" ").map((word) => piecesOf(word, width));
	const lines: string[] = [];
	let words: string[] = [];
	for (const [first = "", ...more] of pieces) {
		words.push(first);
		// what is broken off begins a line, and the words behind it go on there
		for (const piece of more) {
			lines.push(...linesOf(words, width));
			words = [piece];
		}
	}
	return [...lines, ...linesOf(words, width)];
}

function linesOf(words: string[], width: number): string[] {
	const lines: string[] = [];
	let line: string | undefined;
	for (const word of words) {
		if (line !== undefined && line !== "" && cells(line) + 1 + cells(word) > width) {
			lines.push(line);
			line = word;
		} else {
			line = line === undefined ? word : `${line} ${word}`;
		}
	}
	return [...lines, line ?? ""];
}

function piecesOf(word: string, width: number): string[] {
	const pieces: string[] = [];
	let rest = word;
	while (cells(rest) > width) {
		const piece = take(rest, width);
		if (piece === "") break;
		pieces.push(piece);
		rest = rest.slice(piece.length);
	}
	return [...pieces, rest];
}
