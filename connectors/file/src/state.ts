/** What a stream remembers of its files, and what that says about a file at the next run. */
import { hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Json, JsonObject } from "@growthnav/sdk";
import { type OpenFile, readRange } from "./bytes.ts";
import type { KnownLayout } from "./layout.ts";
import type { StreamSettings } from "./settings.ts";

/** How far a file was read; places count unpacked bytes. */
export interface Position {
	/** Where the next row begins, and its line. */
	offset: number;
	line: number;
	/** Bytes behind it that were read as a last row without line end. */
	open: number;
	/** Nothing was left. */
	done: boolean;
}

export interface FileState extends Position, KnownLayout {
	/** Of the file as it was: bytes, and milliseconds since 1970. */
	size: number;
	mtime: number;
	/** Hashes of the first bytes and of the last bytes that were read. */
	head: string;
	tail: string;
	/** The file was not there at the last run. */
	gone?: true;
}

/** By name. */
export type FileStates = Map<string, FileState>;

const HEAD = 65_536;
const TAIL = 4096;

/** Changes when a setting changes that alters rows: then every file is read again. */
export function fingerprintOf(settings: StreamSettings): string {
	const { format, encoding, delimiter, header, names, skipRows, timeZone, locale, currency, key } = settings;
	const columns = [...settings.columns].sort();
	const dates = [...settings.dates].map(([name, { format }]) => [name, format]).sort();
	const parts = [format, encoding, delimiter, header, names, skipRows, timeZone, locale, currency, key];
	return hash("sha256", JSON.stringify([parts, columns, dates])).slice(0, 16);
}

/** The saved states; none where they were made with other settings, or by something else. */
export function statesOf(saved: Json | undefined, fingerprint: string): { files: FileStates; reset: boolean } {
	const state = isObject(saved) ? saved : {};
	const known = state.settings === fingerprint && isObject(state.files);
	const files = known ? Object.entries(state.files as JsonObject).filter(([, file]) => isFileState(file)) : [];
	return { files: new Map(files as [string, never][]), reset: saved !== undefined && !known };
}

/** The state to save; a copy. */
export function stateText(files: FileStates, fingerprint: string): JsonObject {
	return { settings: fingerprint, files: Object.fromEntries(files) as unknown as JsonObject };
}

function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

function isFileState(value: Json | undefined): boolean {
	if (!isObject(value)) return false;
	const numbers = [value.size, value.mtime, value.offset, value.line, value.open];
	return numbers.every((number) => typeof number === "number" && number >= 0) && typeof value.tail === "string";
}

export type Plan =
	| { read: "nothing" }
	| { read: "whole" }
	/** `grown`: its last row may not be finished. */
	| { read: "onward"; from: FileState; grown: boolean };

/**
 * What to read of a file. The same size and time: what is left of it. Longer, with the same beginning and the same
 * bytes before the place: from there. Anything else: all of it again. A packed file, and one whose rows are known by
 * their content (`whole`), can only be read from the start once it has changed.
 */
export async function planOf(open: OpenFile, saved: FileState | undefined, whole: boolean): Promise<Plan> {
	if (saved === undefined) return { read: "whole" };
	const unchanged = saved.size === open.size && saved.mtime === open.mtime;
	if (unchanged) {
		if (saved.done) return { read: "nothing" };
		return whole ? { read: "whole" } : { read: "onward", from: saved, grown: false };
	}
	if (whole || open.gzip || open.size <= saved.size) return { read: "whole" };
	const { head, tail } = await hashesOf(open.handle, saved.offset + saved.open);
	return head === saved.head && tail === saved.tail ? { read: "onward", from: saved, grown: true } : { read: "whole" };
}

/** Hashes of what lies before a place. */
async function hashesOf(handle: FileHandle, end: number): Promise<{ head: string; tail: string }> {
	const head = await readRange(handle, 0, Math.min(HEAD, end));
	const start = Math.max(0, end - TAIL);
	const tail = await readRange(handle, start, end - start);
	return { head: hash("sha256", head).slice(0, 32), tail: hash("sha256", tail).slice(0, 32) };
}

/** What to remember of a file that was read up to `position`. */
export async function fileState(open: OpenFile, position: Position, layout: KnownLayout): Promise<FileState> {
	const { size, mtime } = open;
	const { encoding, delimiter, newline } = layout;
	// of a packed file the hashes serve to know a copy of it
	const end = open.gzip ? size : position.offset + position.open;
	return { size, mtime, ...position, encoding, delimiter, newline, ...(await hashesOf(open.handle, end)) };
}

/** Equal for files of equal content, as far as size, beginning and end tell. */
export function contentMark({ size, head, tail }: FileState): string {
	return `${size} ${head} ${tail}`;
}
