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
import { hash } from "node:crypto";
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { parseJson } from "../../protocol/index.ts";

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

/** Nothing is made before the first write: a pipeline that is only looked at leaves no trace. */
export function openRunFolder(base: string, pipeline: string): RunFolder {
	const root = join(base, ".growthnav");
	const path = join(root, folderName(pipeline));
	const make = async () => {
		for (const folder of [root, path]) await makePrivate(folder);
		await writeFile(join(root, ".gitignore"), "*\n", { flag: "wx" }).catch(() => {});
	};
	let writes: Promise<unknown> = Promise.resolve();
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
			const written = writes
				.then(make)
				.then(() => writeWhole(join(path, name), JSON.stringify(value, undefined, "\t")))
				.catch((thrown) => {
					throw notWritable(path, thrown);
				});
			writes = written.catch(() => {});
			return written;
		},
		remove: (name) => rm(join(path, name), { force: true }),
	};
}

/** A name of a pipeline is mostly one of a folder too; what leads elsewhere, or is none, gets a hash. */
function folderName(pipeline: string): string {
	if (/^[\w.-]{1,200}$/.test(pipeline) && !/^\.+$/.test(pipeline)) return pipeline;
	return `${pipeline.replace(/[^\w-]/g, "_").slice(0, 100)}-${hash("sha256", pipeline).slice(0, 8)}`;
}

/** A folder for this user alone. A link in its place, which a stranger's archive may hold, is not followed. */
async function makePrivate(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const found = await lstat(folder);
	if (!found.isDirectory()) throw new Error(`${folder} is a link; remove it`);
	// another user's stays as it is: what is written there is private all the same
	if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700).catch(() => {});
}

function notWritable(path: string, thrown: unknown): ConnectorError {
	const { code, message } = thrown as NodeJS.ErrnoException;
	const full = code === "ENOSPC" || code === "EDQUOT";
	return new ConnectorError(full ? "config.disk_full" : "config.not_writable", `${path} cannot be written`, {
		where: path,
		why: full ? "no space is left" : code === "EACCES" || code === "EPERM" ? "this user may not write there" : message,
		next: full ? "free the space, then run again" : "give this user the right to write beside the pipeline file",
	});
}

async function writeWhole(file: string, text: string): Promise<void> {
	const beside = `${file}.new`;
	// what a killed run left there goes; a planted link goes too, and is not written through
	await rm(beside, { force: true });
	const handle = await open(beside, "wx", 0o600);
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
