/**
 * The spool: rows of the current epoch as NDJSON files, one or more per table. Lines are gathered per file and appended
 * by one background writer, so that reading goes on meanwhile; `pressure` tells when reading must wait. An epoch is
 * sealed into finished parts, which are read while the next one is being written, and released after their commit.
 */
import { unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SpoolPart } from "../contract.ts";
import { CHUNK_BYTES, type Chunk, chunkPool, openDisk } from "./disk.ts";
import { makeRunFolder, quotaError, removeRunFolder, type SpoolOwner, spoolError, sweepSpool } from "./folder.ts";

export interface SpoolOptions {
	/** Made if it is missing; the run gets a folder of its own inside. */
	folder: string;
	owner: SpoolOwner;
	/** Bytes that may wait for their commit; above it there is pressure. */
	quotaBytes: number;
	/** A part that has grown so large is finished and the next one begun. */
	partBytes?: number;
	/** Files that are open at once; the one that was not used for longest is closed for another. */
	maxOpen?: number;
}

export interface Spool {
	/** Appends a line (without its line feed) to a file of the current epoch. Throws what went wrong before. */
	write(file: string, line: string): void;
	/** True while the disk is behind or the quota is passed: whoever reads waits for `drained`, or seals and commits. */
	pressure(): boolean;
	/** Resolves without pressure; throws `config.spool_quota` where no release of a sealed part can end it. */
	drained(): Promise<void>;
	/** Finishes the epoch's files; what is written from now on is of the next epoch. */
	seal(): Promise<Map<string, SpoolPart[]>>;
	/** Removes parts of a sealed epoch, after its commit. */
	release(parts: Iterable<SpoolPart>): Promise<void>;
	/** A finished part of lines that were sealed before, and are written otherwise; released like those of an epoch. */
	keep(lines: Iterable<string> | AsyncIterable<string>): Promise<SpoolPart>;
	/** Bytes that wait: written or gathered, not yet released. */
	bytes(): number;
	/** Removes everything, also what was not committed. */
	discard(): Promise<void>;
}

/** A file is written in pieces of this size. */
const WRITE_BYTES = 4 * CHUNK_BYTES;
/** Memory that all files together fill before the fullest is written early. */
const GATHERED_BYTES = 16_000_000;
/** What may wait for the disk before reading must wait. */
const WAITING_BYTES = 8_000_000;

/** A file of the epoch: what is gathered for it and its parts, of which the last may still grow. */
interface Pile {
	file: string;
	number: number;
	chunks: Chunk[];
	last: Chunk;
	/** Bytes in `chunks`. */
	gathered: number;
	parts: SpoolPart[];
	part: SpoolPart | undefined;
}

/** No line fits in. */
const FULL: Chunk = { bytes: Buffer.alloc(0), used: 0 };

/** A new spool; what dead runs left in the same folder goes first, so that its space is there for this one. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
	const { quotaBytes, partBytes = 32_000_000, maxOpen = 64 } = options;
	await sweepSpool(options.folder, options.owner);
	const folder = await makeRunFolder(options.folder, options.owner);
	const disk = openDisk(maxOpen);
	const pool = chunkPool();
	let piles = new Map<string, Pile>();
	let epoch = 1;
	/** Memory of chunks that are being filled, of chunks that wait for the disk; bytes that wait for a commit. */
	let filling = 0;
	let waiting = 0;
	let kept = 0;
	let sealedParts = 0;
	let keptParts = 0;
	let failure: { error: unknown } | undefined;
	let queue = Promise.resolve();
	let waiters: (() => void)[] = [];

	const pressure = () => waiting > WAITING_BYTES || kept > quotaBytes;

	/** Pressure that ends by itself: the disk writes on, a commit releases what is sealed. */
	const mayEnd = () => waiting > WAITING_BYTES || sealedParts > 0;

	const throwFailure = () => {
		if (failure !== undefined) throw failure.error;
	};

	const wake = () => {
		if (failure === undefined && pressure() && mayEnd()) return;
		for (const waiter of waiters) waiter();
		waiters = [];
	};

	/** One job after the other: a file grows in order, and only one handle is in use at a time. */
	const enqueue = (file: string, job: () => Promise<void>) => {
		queue = queue.then(async () => {
			try {
				if (failure === undefined) await job();
			} catch (error) {
				failure = { error: await spoolError(error, options.folder, file) };
			}
			wake();
		});
	};

	const openPile = (file: string): Pile => {
		const pile = { file, number: piles.size, chunks: [], last: FULL, gathered: 0, parts: [], part: undefined };
		piles.set(file, pile);
		return pile;
	};

	const openPart = (pile: Pile): SpoolPart => {
		const file = join(folder, `${epoch}-${pile.number}-${pile.parts.length}.ndjson`);
		const part = { file, rows: 0, bytes: 0, longestLine: 0 };
		pile.part = part;
		pile.parts.push(part);
		return part;
	};

	/** The chunk that takes so many bytes more. A longer line than all gets one of its own. */
	const openChunk = (pile: Pile, bytes: number): Chunk => {
		const chunk = bytes > CHUNK_BYTES ? { bytes: Buffer.allocUnsafeSlow(bytes), used: 0 } : pool.take();
		filling += chunk.bytes.length;
		pile.last = chunk;
		pile.chunks.push(chunk);
		return chunk;
	};

	const flush = (pile: Pile) => {
		const { chunks, part } = pile;
		if (part === undefined || chunks.length === 0) return;
		const memory = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
		pile.chunks = [];
		pile.last = FULL;
		pile.gathered = 0;
		filling -= memory;
		waiting += memory;
		const finished = part.bytes >= partBytes;
		if (finished) pile.part = undefined;
		enqueue(pile.file, async () => {
			await disk.append(part.file, chunks);
			if (finished) await disk.finish(part.file);
			waiting -= memory;
			pool.giveBack(chunks);
		});
	};

	return {
		write(file, line) {
			throwFailure();
			const pile = piles.get(file) ?? openPile(file);
			const part = pile.part ?? openPart(pile);
			// UTF-8 has at most three bytes for a UTF-16 unit
			const room = line.length * 3 + 1;
			let chunk = pile.last;
			if (room > chunk.bytes.length - chunk.used) chunk = openChunk(pile, room > CHUNK_BYTES ? sizeOf(line) : room);
			const bytes = chunk.bytes.write(line, chunk.used) + 1;
			chunk.used += bytes;
			chunk.bytes[chunk.used - 1] = LF;
			pile.gathered += bytes;
			kept += bytes;
			part.rows++;
			part.bytes += bytes;
			if (bytes > part.longestLine) part.longestLine = bytes - 1;
			if (pile.gathered >= WRITE_BYTES) flush(pile);
			while (filling > GATHERED_BYTES) flush(fullest(piles.values()));
		},
		pressure,
		async drained() {
			while (failure === undefined && pressure() && mayEnd()) {
				await new Promise<void>((resolve) => waiters.push(resolve));
			}
			throwFailure();
			if (pressure()) throw quotaError(options.folder, quotaBytes, "rows that no STATE vouches for");
		},
		async seal() {
			const finished = [...piles.values()];
			piles = new Map();
			epoch++;
			for (const pile of finished) {
				const { part } = pile;
				flush(pile);
				if (part !== undefined) enqueue(pile.file, () => disk.finish(part.file));
				sealedParts += pile.parts.length;
			}
			await queue;
			throwFailure();
			return new Map(finished.map(({ file, parts }) => [file, parts]));
		},
		async release(parts) {
			for (const part of parts) {
				await unlink(part.file);
				kept -= part.bytes;
				sealedParts--;
			}
			wake();
		},
		async keep(lines) {
			throwFailure();
			const part: SpoolPart = { file: join(folder, `kept-${keptParts++}.ndjson`), rows: 0, bytes: 0, longestLine: 0 };
			const counted = async function* () {
				for await (const line of lines) {
					const bytes = Buffer.from(`${line}\n`);
					part.rows++;
					part.bytes += bytes.length;
					part.longestLine = Math.max(part.longestLine, bytes.length - 1);
					yield bytes;
				}
			};
			try {
				await writeFile(part.file, counted(), { flag: "wx", mode: 0o600 });
			} catch (error) {
				throw await spoolError(error, options.folder, part.file);
			}
			kept += part.bytes;
			sealedParts++;
			return part;
		},
		bytes: () => kept,
		async discard() {
			failure ??= { error: new Error("the spool was discarded") };
			wake();
			await queue;
			await disk.closeAll();
			await removeRunFolder(folder);
		},
	};
}

const LF = 10;

function sizeOf(line: string): number {
	return Buffer.byteLength(line) + 1;
}

function fullest(piles: Iterable<Pile>): Pile {
	let found: Pile | undefined;
	for (const pile of piles) if (found === undefined || pile.gathered > found.gathered) found = pile;
	return found!;
}
