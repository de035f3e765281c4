/**
 * Where the spool lives: a folder per run, readable by its owner alone, made exclusively inside the folder that the
 * config names. What runs left behind that died is swept; what belongs to a living process is not.
 */
import { hash, randomBytes } from "node:crypto";
import { mkdir, readdir, rm, statfs } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ConnectorError } from "../../errors.ts";

/** Who owns a spool folder. The command line gives its process; `isAlive` asks for a process of the same machine. */
export interface SpoolOwner {
	pid: number;
	isAlive(pid: number): boolean;
}

const NAME = /^gn-spool-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}$/;

/** Folders of this process: another spool of the same process is no leftover. */
const ours = new Set<string>();

/** A new folder for one run; its name tells machine and process. */
export async function makeRunFolder(folder: string, owner: SpoolOwner): Promise<string> {
	const name = `gn-spool-${machine()}-${owner.pid}-${randomBytes(8).toString("hex")}`;
	const made = join(folder, name);
	try {
		await mkdir(folder, { recursive: true, mode: 0o700 });
		ours.add(name);
		// not recursive: it fails where something of that name stands already, a planted link too
		await mkdir(made, { mode: 0o700 });
	} catch (error) {
		throw await spoolError(error, folder, "rows");
	}
	return made;
}

export async function removeRunFolder(made: string): Promise<void> {
	// a link inside is removed, never followed
	await rm(made, { recursive: true, force: true });
	for (const name of ours) if (made.endsWith(name)) ours.delete(name);
}

/**
 * Removes what dead runs of this machine left in `folder`; answers how many folders. Links, files, folders of other
 * machines (they may share the disk) and of living processes stay.
 */
export async function sweepSpool(folder: string, owner: SpoolOwner): Promise<number> {
	let swept = 0;
	for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
		const [, host, pid] = NAME.exec(entry.name) ?? [];
		if (!entry.isDirectory() || host !== machine() || ours.has(entry.name)) continue;
		// a folder with our own number that is not ours is of a process that had the number before
		if (Number(pid) !== owner.pid && owner.isAlive(Number(pid))) continue;
		// one that cannot be removed is in nobody's way
		const removed = rm(join(folder, entry.name), { recursive: true, force: true }).then(
			() => 1,
			() => 0,
		);
		swept += await removed;
	}
	return swept;
}

function machine(): string {
	return hash("sha256", hostname()).slice(0, 8);
}

const CANNOT_WRITE = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "ENOENT"]);

/** A failed write of the spool in words: no space, no permission, or the error as it is. */
export async function spoolError(error: unknown, folder: string, file: string): Promise<unknown> {
	const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
	if (code === "ENOSPC" || code === "EDQUOT") {
		return new ConnectorError("config.disk_full", `No space left while spooling ${file}`, {
			where: `${folder}, ${await freeSpace(folder)}`,
			why: "rows wait on disk until they are committed; what is committed stays",
			next: "free the space or set destination.config.spool, then run again",
			cause: error,
		});
	}
	if (!CANNOT_WRITE.has(code)) return error;
	return new ConnectorError("config.spool_folder", "The spool folder cannot be written", {
		where: folder,
		why: `${code}; rows wait there until they are committed`,
		next: "give this user the right to write there or set destination.config.spool, then run again",
		cause: error,
	});
}

export function quotaError(folder: string, quota: number, file: string): ConnectorError {
	return new ConnectorError("config.spool_quota", `More than ${size(quota)} wait for a commit, spooling ${file}`, {
		where: folder,
		why: "the source sent no STATE for so long; nothing can be committed before one",
		next: "set destination.config.spool_quota higher, or let the source send STATE more often; then run again",
	});
}

async function freeSpace(folder: string): Promise<string> {
	try {
		const { bavail, bsize } = await statfs(folder);
		return `${size(bavail * bsize)} free`;
	} catch {
		return "free space unknown";
	}
}

function size(bytes: number): string {
	return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
