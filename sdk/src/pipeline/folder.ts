/**
 * What growthnav keeps of a pipeline: `.growthnav/<pipeline>/` beside its file, for this user alone.
 *
 * - `run.json`: the number and the end of the last run
 * - `<run>.log`: what the connectors said, redacted; 20 of them
 * - `state.json`: committed states, for destinations without a ledger
 * - `source.json`, `destination.json`: settings that a connector renewed itself (a rotated token)
 *
 * A `.gitignore` of its own keeps the folder out of repositories. Nothing here is needed to go on with destinations of
 * ours: their ledger owns the states.
 */
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "@growthnav/spec";
import { parseJson } from "../protocol/index.ts";

const LOGS_KEPT = 20;

export interface RunFolder {
	path: string;
	/** "run.json" and its like; undefined where there is none or it is not JSON. */
	read(name: string): Promise<Json | undefined>;
	/** Whole or not at all: written beside, flushed to disk, renamed. */
	write(name: string, value: unknown): Promise<void>;
	remove(name: string): Promise<void>;
}

export interface RunRecord {
	run: number;
	started_at: string;
	/** Moves while the run is alive. */
	alive_at: string;
	pid: number;
	/** Absent: the run did not end. */
	finished_at?: string;
	exit_code?: number;
	committed_at?: string;
	committed_rows?: number;
}

export async function openRunFolder(base: string, pipeline: string): Promise<RunFolder> {
	const root = join(base, ".growthnav");
	const path = join(root, pipeline);
	await mkdir(path, { recursive: true, mode: 0o700 });
	await writeFile(join(root, ".gitignore"), "*\n", { flag: "wx" }).catch(() => {});
	let writes = Promise.resolve();
	return {
		path,
		async read(name) {
			const text = await readFile(join(path, name), "utf8").catch(() => undefined);
			if (text === undefined) return undefined;
			try {
				return parseJson(text);
			} catch {
				return undefined;
			}
		},
		write(name, value) {
			const written = writes.then(() => writeWhole(join(path, name), JSON.stringify(value, undefined, "\t")));
			writes = written.catch(() => {});
			return written;
		},
		remove: (name) => rm(join(path, name), { force: true }),
	};
}

async function writeWhole(file: string, text: string): Promise<void> {
	const beside = `${file}.new`;
	const handle = await open(beside, "w", 0o600);
	try {
		await handle.writeFile(text);
		await handle.sync();
	} finally {
		await handle.close();
	}
	await rename(beside, file);
}

/** Removes all but the newest logs; `run` is the number of the one that is about to begin. */
export async function sweepLogs(folder: RunFolder, run: number): Promise<void> {
	const names = await readdir(folder.path);
	const old = names.filter((name) => /^\d+\.log$/.test(name) && Number.parseInt(name, 10) <= run - LOGS_KEPT);
	for (const name of old) await folder.remove(name);
}
