/** The bytes of a file, unpacked where they are gzip, in chunks. */
import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { ConnectorError } from "@growthnav/sdk";
import { type FoundFile, openFile } from "./files.ts";

export interface OpenFile {
	file: FoundFile;
	handle: FileHandle;
	/** Bytes when it was opened; what is written later belongs to the next run. */
	size: number;
	/** Milliseconds since 1970. */
	mtime: number;
	/** By its content, whatever its name. */
	gzip: boolean;
}

const CHUNK = 262_144;

/** Opens a file for the time of `use`. */
export async function withFile<T>(file: FoundFile, use: (open: OpenFile) => Promise<T>): Promise<T> {
	const open = await openBytes(file);
	try {
		return await use(open);
	} finally {
		await open.handle.close();
	}
}

/** Whoever opens it closes its handle. */
export async function openBytes(file: FoundFile): Promise<OpenFile> {
	const { handle, size, mtime } = await openFile(file);
	const magic = await readRange(handle, 0, 3);
	return { file, handle, size, mtime, gzip: magic[0] === 0x1f && magic[1] === 0x8b && magic[2] === 8 };
}

/** Bytes at a place; fewer at the end of the file. */
export async function readRange(handle: FileHandle, start: number, length: number): Promise<Buffer> {
	const buffer = Buffer.alloc(length);
	let filled = 0;
	while (filled < length) {
		const { bytesRead } = await handle.read(buffer, filled, length - filled, start + filled);
		if (bytesRead === 0) break;
		filled += bytesRead;
	}
	return buffer.subarray(0, filled);
}

/**
 * Chunks from a place on (counted in unpacked bytes) up to the size at opening. A chunk is valid until the next one is
 * asked for. Throws `data.gzip` for packed data that is damaged or ends too early.
 */
export function chunksOf(open: OpenFile, from = 0): AsyncGenerator<Buffer> {
	return open.gzip ? unpacked(open, from) : plain(open, from);
}

async function* plain({ handle, size }: OpenFile, from: number): AsyncGenerator<Buffer> {
	const buffer = Buffer.allocUnsafe(CHUNK);
	for (let at = from; at < size; ) {
		const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK, size - at), at);
		if (bytesRead === 0) return;
		at += bytesRead;
		yield buffer.subarray(0, bytesRead);
	}
}

async function* unpacked(open: OpenFile, from: number): AsyncGenerator<Buffer> {
	const gunzip = createGunzip({ chunkSize: CHUNK });
	// errors of either end reach the loop through gunzip
	pipeline(plain(open, 0), gunzip, () => {});
	let skip = from;
	try {
		for await (const chunk of gunzip as AsyncIterable<Buffer>) {
			if (skip < chunk.length) yield chunk.subarray(skip);
			skip = Math.max(0, skip - chunk.length);
		}
	} catch (error) {
		const { code = "", message } = error as NodeJS.ErrnoException;
		if (!code.startsWith("Z_")) throw error;
		throw new ConnectorError("data.gzip", `${open.file.shown} cannot be unpacked to its end`, {
			where: open.file.shown,
			why: message,
			next: "copy or export the file again; its rows up to there are read",
			cause: error,
		});
	} finally {
		gunzip.destroy();
	}
}
