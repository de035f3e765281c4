/**
 * The spool: rows of the current epoch as NDJSON files, one or more per table. Lines are gathered per file and appended
 * by one background writer, so that reading goes on meanwhile; `pressure` tells when reading must wait. An epoch is
 * sealed into finished parts, which are read while the next one is being written, and released after their commit.
 */
import { constants } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { SpoolPart } from "./contract.ts";
import { makeRunFolder, quotaError, removeRunFolder, type SpoolOwner, spoolError } from "./spool-folder.ts";

export interface SpoolOptions {
	/** Made if it is missing; the run gets a folder of its own inside. */
	folder: string;
	owner: SpoolOwner;
	/** Bytes that may wait on disk. While a sealed epoch can still be released it is waited for, else it is an error. */
	quotaBytes: number;
	/** A part that has grown so large is finished and the next one begun. */
	partBytes?: number;
	/** Files that are open at once; the one that was not used for longest is closed for another. */
	maxOpen?: number;
}

export interface Spool {
	/** Appends a line (without its line feed) to a file of the current epoch. Throws what went wrong before. */
	write(file: string, line: string): void;
	/** True while the writer is behind: whoever reads waits for `drained`. */
	pressure(): boolean;
	drained(): Promise<void>;
	/** Finishes the epoch's files; what is written from now on is of the next epoch. */
	seal(): Promise<Map<string, SpoolPart[]>>;
	/** Removes parts of a sealed epoch, after its commit. */
	release(parts: Iterable<SpoolPart>): Promise<void>;
	/** Bytes that wait: written or gathered, not yet released. */
	bytes(): number;
	/** Removes everything, also what was not committed. */
	discard(): Promise<void>;
}

/** Text of a file is turned to bytes when it has so many characters: lines are joined by V8 until then. */
const TEXT_LENGTH = 16_384;
/** A file is written in pieces of this size. */
const WRITE_BYTES = 262_144;
/** What all files together gather before the largest is written in a smaller piece. */
const GATHERED_BYTES = 8_000_000;
/** What may wait for the disk before reading must wait. */
const WAITING_BYTES = 8_000_000;

/** A file of the epoch: text, then bytes, then its current part on disk. */
interface Pile {
	file: string;
	number: number;
	text: string;
	longest: number;
	rows: number;
	buffers: Buffer[];
	gathered: number;
	part: SpoolPart | undefined;
	parts: SpoolPart[];
}

export async function openSpool(options: SpoolOptions): Promise<Spool> {
	const { quotaBytes, partBytes = 32_000_000, maxOpen = 64 } = options;
	const folder = await makeRunFolder(options.folder, options.owner);
	const disk = openDisk(maxOpen);
	let piles = new Map<string, Pile>();
	let epoch = 1;
	let gathered = 0;
	let waiting = 0;
	let kept = 0;
	let sealed = 0;
	let failure: { error: unknown } | undefined;
	let queue = Promise.resolve();
	let waiters: (() => void)[] = [];

	const pressure = () => waiting > WAITING_BYTES || (kept > quotaBytes && sealed > 0);

	const wake = () => {
		if (failure === undefined && pressure()) return;
		for (const wakeUp of waiters) wakeUp();
		waiters = [];
	};

	/** One job after the other: files grow in order, and only one handle is in use at a time. */
	const enqueue = (file: string, job: () => Promise<void>) => {
		queue = queue.then(async () => {
			if (failure === undefined) {
				await job().catch(async (error) => {
					failure = { error: await spoolError(error, folder, file) };
				});
			}
			wake();
		});
	};

	const failed = () => {
		if (failure !== undefined) throw failure.error;
	};

	const open = (file: string): Pile => {
		const pile: Pile = {
			file,
			number: piles.size,
			text: "",
			longest: 0,
			rows: 0,
			buffers: [],
			gathered: 0,
			part: undefined,
			parts: [],
		};
		piles.set(file, pile);
		return pile;
	};

	const pack = (pile: Pile) => {
		if (pile.text === "") return;
		const buffer = Buffer.from(pile.text);
		const part = partOf(pile);
		part.rows += pile.rows;
		part.bytes += buffer.length;
		// as many bytes as characters: all of them are ASCII
		const longest = buffer.length === pile.text.length ? pile.longest : longestLine(buffer);
		part.longestLine = Math.max(part.longestLine, longest);
		pile.text = "";
		pile.rows = 0;
		pile.longest = 0;
		pile.buffers.push(buffer);
		pile.gathered += buffer.length;
		gathered += buffer.length;
		kept += buffer.length;
	};

	const partOf = (pile: Pile): SpoolPart => {
		if (pile.part === undefined) {
			const file = join(folder, `${epoch}-${pile.number}-${pile.parts.length}.ndjson`);
			pile.part = { file, rows: 0, bytes: 0, longestLine: 0 };
			pile.parts.push(pile.part);
		}
		return pile.part;
	};

	const flush = (pile: Pile) => {
		const { part, buffers, gathered: bytes } = pile;
		if (part === undefined || bytes === 0) return;
		pile.buffers = [];
		pile.gathered = 0;
		gathered -= bytes;
		waiting += bytes;
		const finished = part.bytes >= partBytes;
		if (finished) pile.part = undefined;
		enqueue(pile.file, async () => {
			await disk.append(part.file, buffers);
			waiting -= bytes;
			if (finished) await disk.close(part.file);
		});
	};

	return {
		write(file, line) {
			const pile = piles.get(file) ?? open(file);
			pile.text += `${line}\n`;
			pile.rows++;
			if (line.length > pile.longest) pile.longest = line.length;
			if (pile.text.length < TEXT_LENGTH) return;
			failed();
			pack(pile);
			if (pile.gathered >= WRITE_BYTES) flush(pile);
			while (gathered > GATHERED_BYTES) flush(largest(piles.values()));
			if (kept > quotaBytes && sealed === 0) throw quotaError(options.folder, quotaBytes, file);
		},
		pressure,
		async drained() {
			while (failure === undefined && pressure()) await new Promise<void>((resolve) => waiters.push(resolve));
			failed();
		},
		async seal() {
			const finished = piles;
			piles = new Map();
			for (const pile of finished.values()) {
				pack(pile);
				flush(pile);
				if (pile.part !== undefined) enqueue(pile.file, () => disk.close(pile.parts.at(-1)!.file));
			}
			epoch++;
			await queue;
			failed();
			const parts = new Map([...finished].map(([file, pile]) => [file, pile.parts]));
			for (const list of parts.values()) sealed += list.length;
			return parts;
		},
		async release(parts) {
			for (const part of parts) {
				await unlink(part.file);
				kept -= part.bytes;
				sealed--;
			}
			wake();
		},
		bytes: () => kept,
		async discard() {
			failure ??= { error: new Error("the spool was discarded") };
			await queue;
			await disk.closeAll();
			await removeRunFolder(folder);
		},
	};
}

/** Appends to files that were made exclusively; never through a link. */
function openDisk(maxOpen: number) {
	const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
	/** In the order of their last use. */
	const handles = new Map<string, FileHandle>();
	const made = new Set<string>();

	const close = async (file: string) => {
		const handle = handles.get(file);
		handles.delete(file);
		await handle?.close();
	};

	const handleOf = async (file: string): Promise<FileHandle> => {
		const known = handles.get(file);
		if (known !== undefined) handles.delete(file);
		else if (handles.size >= maxOpen) await close(handles.keys().next().value!);
		const flags = O_WRONLY | O_APPEND | O_NOFOLLOW | (made.has(file) ? 0 : O_CREAT | O_EXCL);
		const handle = known ?? (await open(file, flags, 0o600));
		made.add(file);
		handles.set(file, handle);
		return handle;
	};

	return {
		close,
		async append(file: string, buffers: Buffer[]) {
			const handle = await handleOf(file);
			let rest = buffers;
			while (rest.length > 0) rest = after(rest, (await handle.writev(rest)).bytesWritten);
		},
		async closeAll() {
			for (const file of [...handles.keys()]) await close(file);
		},
	};
}

/** What is left of the buffers when so many bytes are written. */
function after(buffers: Buffer[], written: number): Buffer[] {
	let at = 0;
	while (at < buffers.length && written >= buffers[at]!.length) written -= buffers[at++]!.length;
	const [first, ...rest] = buffers.slice(at);
	return first === undefined ? [] : [first.subarray(written), ...rest];
}

function largest(piles: Iterable<Pile>): Pile {
	let found: Pile | undefined;
	for (const pile of piles) if (found === undefined || pile.gathered > found.gathered) found = pile;
	return found!;
}

function longestLine(lines: Buffer): number {
	let longest = 0;
	for (let start = 0; start < lines.length; ) {
		const end = lines.indexOf(10, start);
		longest = Math.max(longest, end - start);
		start = end + 1;
	}
	return longest;
}
