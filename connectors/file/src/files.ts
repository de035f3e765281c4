/**
 * The files behind a path or glob: regular files only, under one root also after links are followed. Names come from
 * outside; nothing that they point to is opened before it is known to be a file.
 */
import { constants } from "node:fs";
import { type FileHandle, glob, lstat, open, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { ConnectorError } from "@growthnav/sdk";

export interface FoundFile {
	/** Path relative to the root, with `/`: what `_file` says. */
	name: string;
	/** For errors: as short as it can be said. */
	shown: string;
	path: string;
	/** The folder that it must be in, links followed. */
	within: string;
}

export interface Found {
	root: string;
	/** Sorted by name. */
	files: FoundFile[];
	/** What matches and is not read, with the reason. */
	skipped: string[];
}

export interface FindOptions {
	path: string;
	root?: string | undefined;
	/** A plainly named file may be absent. */
	allowEmpty?: boolean;
	/** The setting's name, for errors. */
	where: string;
}

const WILDCARD = /[*?[{]|[!+@]\(/;

/** Throws `config.file_*` for a plainly named file that cannot be read and for a root that is none. */
export async function findFiles({ path, root, allowEmpty = false, where }: FindOptions): Promise<Found> {
	if (path.includes("\0") || root?.includes("\0")) {
		throw fault("config.file_path", "A path holds a NUL character", where, "no file can have such a name");
	}
	const absolute = resolve(path);
	const there = await exists(absolute);
	const plain = there || !WILDCARD.test(path);
	const base = plain ? dirname(absolute) : await fixedPart(absolute);
	const found: Found = { root: root === undefined ? base : resolve(root), files: [], skipped: [] };
	const realRoot = await realFolder(found.root, root === undefined ? where : "root");
	if (plain && !there && allowEmpty) return found;
	const names = new Map<string, string>();
	for (const file of plain ? [absolute] : await matches(absolute, base)) {
		const { real = "", problem = twinOf(names.get(real)) } = await realFile(file, realRoot);
		if (problem === undefined) {
			names.set(real, file);
			found.files.push({ ...named(file, found.root), within: realRoot });
		} else if (plain) throw fault("config.file_unreadable", `${shown(file)} cannot be read`, where, problem);
		else found.skipped.push(`${shown(file)}: ${problem}`);
	}
	found.files.sort((a, b) => (a.name < b.name ? -1 : 1));
	return found;
}

function twinOf(file: string | undefined): string | undefined {
	return file && `it is the same file as ${shown(file)}`;
}

/** The part of a glob before its first wildcard, up to a folder. What looks like one may be the name of a folder. */
async function fixedPart(absolute: string): Promise<string> {
	const parts = absolute.split(sep);
	for (let i = 0; i < parts.length; i++) {
		const folder = parts.slice(0, i).join(sep) || sep;
		if (WILDCARD.test(parts[i]!) && !(await exists(join(folder, parts[i]!)))) return folder;
	}
	return dirname(absolute);
}

async function realFolder(folder: string, where: string): Promise<string> {
	return realpath(folder).catch((error: NodeJS.ErrnoException) => {
		throw fault("config.file_missing", `The folder ${shown(folder)} cannot be read`, where, reasonOf(error));
	});
}

/** Links last, so that a file is known by its own name; else in the order of their names. */
async function matches(absolute: string, base: string): Promise<string[]> {
	const pattern = absolute.slice(base.length).replace(/^[\\/]/, "");
	const found: { path: string; link: number }[] = [];
	for await (const entry of glob(pattern, { cwd: base, withFileTypes: true })) {
		found.push({ path: join(entry.parentPath, entry.name), link: entry.isSymbolicLink() ? 1 : 0 });
	}
	return found.sort((a, b) => a.link - b.link || (a.path < b.path ? -1 : 1)).map(({ path }) => path);
}

async function exists(path: string): Promise<boolean> {
	return lstat(path).then(
		() => true,
		() => false,
	);
}

/** Where a path leads in the end, if that is a regular file under the root. */
async function realFile(path: string, realRoot: string): Promise<{ real?: string; problem?: string }> {
	try {
		const real = await realpath(path);
		if (!isWithin(real, realRoot))
			return { problem: `it leads out of ${shown(realRoot)}; the setting root allows more` };
		const status = await stat(real);
		return status.isFile() ? { real } : { problem: kindOf(status) };
	} catch (error) {
		return { problem: reasonOf(error as NodeJS.ErrnoException) };
	}
}

function isWithin(path: string, folder: string): boolean {
	const from = relative(folder, path);
	return from !== "" && from !== ".." && !from.startsWith(`..${sep}`) && !isAbsolute(from);
}

function kindOf(status: { isDirectory(): boolean; isFIFO(): boolean }): string {
	return status.isDirectory() ? "it is a folder" : status.isFIFO() ? "it is a pipe" : "it is no regular file";
}

function reasonOf(error: NodeJS.ErrnoException): string {
	if (error.code === "ENOENT") return "it does not exist";
	if (error.code === "EACCES" || error.code === "EPERM") return "this user may not read it";
	if (error.code === "ELOOP") return "it is a link that leads to itself";
	return error.code ?? error.message;
}

function named(path: string, root: string): Omit<FoundFile, "within"> {
	return { name: relative(root, path).split(sep).join("/"), shown: shown(path), path };
}

/** Relative to the current directory where it is inside. */
function shown(path: string): string {
	const from = relative(".", path);
	return from === "" || from.startsWith("..") || isAbsolute(from) ? path : from;
}

/** The name for a stream that has none: `sales` for `sales.csv.gz` and for `sales/*.csv`. */
export async function nameOfPath(path: string): Promise<string | undefined> {
	const absolute = resolve(path);
	const glob = WILDCARD.test(path) && !(await exists(absolute));
	const name = basename(glob ? await fixedPart(absolute) : absolute);
	const short = name.replace(/(\.(csv|tsv|tab|txt|jsonl|ndjson|json|gz))+$/i, "");
	return /^[^\s.]/.test(short) ? short : undefined;
}

/**
 * The file, open for reading, and its size and time. Never waits for a pipe, and never reads what took a file's place
 * since it was found: a link that leads out of the root, a folder that became one. Throws a config error.
 */
export async function openFile(file: FoundFile): Promise<{ handle: FileHandle; size: number; mtime: number }> {
	let handle: FileHandle | undefined;
	try {
		handle = await open(file.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
		const status = await handle.stat();
		const problem = status.isFile() ? await replaced(file, status) : kindOf(status);
		if (problem === undefined) return { handle, size: status.size, mtime: Math.round(status.mtimeMs) };
		throw fault("config.file_unreadable", `${file.shown} cannot be read`, file.shown, problem);
	} catch (error) {
		await handle?.close();
		if ((error as NodeJS.ErrnoException).code?.startsWith("E") !== true) throw error;
		const why = reasonOf(error as NodeJS.ErrnoException);
		throw fault("config.file_unreadable", `${file.shown} cannot be read`, file.shown, why);
	}
}

/** Why what was opened is not the file that was found; undefined where it is. Only what is open cannot change any more. */
async function replaced(file: FoundFile, opened: { ino: number; dev: number }): Promise<string | undefined> {
	const { real, problem } = await realFile(file.path, file.within);
	if (real === undefined) return problem;
	const there = await stat(real);
	return there.ino === opened.ino && there.dev === opened.dev ? undefined : "another file took its place just now";
}

function fault(code: `config.${string}`, message: string, where: string, why: string): ConnectorError {
	return new ConnectorError(code, message, { where, why, next: "correct the path, or the rights of the file" });
}
