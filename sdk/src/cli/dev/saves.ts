/** Saves of an author: which files of a folder changed, told when nothing more has changed for a moment. */
import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

export interface Saves {
	/** The paths that changed since the last answer; at once, where some did already. */
	next(): Promise<string[]>;
	close(): void;
}

/** Milliseconds: an editor writes a file in several steps, and often several files. */
const QUIET = 80;
/** Milliseconds: where the system watches no more folders, it is looked again so often. */
const LOOK_AGAIN = 500;
/** What editors leave beside a file while they write. */
const PASSING = /^\.|~$|\.sw[a-z]$|^4913$/;

/** Watches a folder with all that lies in it, and single files. Folders are watched, not files: a saved file is often a new one. */
export function watchSaves(folder: string, files: readonly string[]): Saves {
	/** By path and birth: a folder that went and came back is another one. */
	const watchers = new Map<string, FSWatcher>();
	let seen = look();
	let changed = new Set<string>();
	let waiting: ((paths: string[]) => void) | undefined;
	let quiet: NodeJS.Timeout | undefined;
	let again: NodeJS.Timeout | undefined;

	function look(): Map<string, string> {
		const found = new Map<string, string>();
		const folders = new Set(files.map(dirname));
		visit(folder, found, folders);
		for (const file of files) note(file, found);
		const births = new Map([...folders].map((at) => [birthOf(at), at]));
		for (const birth of watchers.keys()) if (!births.has(birth)) leave(birth);
		for (const [birth, at] of births) if (!watchers.has(birth)) listen(at, birth);
		return found;
	}
	function leave(birth: string): void {
		watchers.get(birth)?.close();
		watchers.delete(birth);
	}
	function listen(at: string, birth: string): void {
		try {
			const watcher = watch(at, soon);
			watcher.on("error", () => leave(birth));
			watchers.set(birth, watcher);
		} catch {
			again ??= setInterval(settle, LOOK_AGAIN);
		}
	}
	function soon(): void {
		clearTimeout(quiet);
		quiet = setTimeout(settle, QUIET);
	}
	function settle(): void {
		const now = look();
		for (const path of new Set([...seen.keys(), ...now.keys()]))
			if (seen.get(path) !== now.get(path)) changed.add(path);
		seen = now;
		answer();
	}
	function answer(): void {
		if (waiting === undefined || changed.size === 0) return;
		waiting([...changed].sort());
		[changed, waiting] = [new Set(), undefined];
	}

	return {
		next: () =>
			new Promise((resolve) => {
				waiting = resolve;
				answer();
			}),
		close() {
			clearTimeout(quiet);
			clearInterval(again);
			for (const watcher of watchers.values()) watcher.close();
		},
	};
}

/** Files with what tells that they were written again; folders on the way. A folder that just went has nothing. */
function visit(folder: string, found: Map<string, string>, folders: Set<string>): void {
	folders.add(folder);
	try {
		for (const entry of readdirSync(folder, { withFileTypes: true })) {
			if (PASSING.test(entry.name) || entry.name === "node_modules") continue;
			const path = join(folder, entry.name);
			if (entry.isDirectory()) visit(path, found, folders);
			else note(path, found);
		}
	} catch {}
}

function birthOf(folder: string): string {
	const stat = statSync(folder, { throwIfNoEntry: false });
	return `${folder} ${stat?.ino} ${stat?.birthtimeMs}`;
}

function note(file: string, found: Map<string, string>): void {
	const stat = statSync(file, { throwIfNoEntry: false });
	if (stat !== undefined) found.set(file, `${stat.mtimeMs} ${stat.size} ${stat.ino}`);
}
