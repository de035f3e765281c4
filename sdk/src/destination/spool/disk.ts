/** The disk side of the spool: files that are only appended to, few of them open at once, and memory that is reused. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Bytes that wait to be written; `used` of them count. */
export interface Chunk {
	bytes: Buffer;
	used: number;
}

export const CHUNK_BYTES = 65_536;
const MOST_FREE = 256;

/** Chunks of one size, given out and taken back: fresh memory for each would cost more than the writing. */
export function chunkPool() {
	const free: Buffer[] = [];
	return {
		take: (): Chunk => ({ bytes: free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES), used: 0 }),
		giveBack(chunks: Chunk[]): void {
			for (const { bytes } of chunks) if (bytes.length === CHUNK_BYTES && free.length < MOST_FREE) free.push(bytes);
		},
	};
}

/**
 * Appends to files, which are made exclusively and for their owner alone; never through a link. At most `maxOpen` are
 * open: the one that was not used for longest is closed for another. One call at a time.
 */
export function openDisk(maxOpen: number) {
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
		async append(file: string, chunks: Chunk[]): Promise<void> {
			const handle = await handleOf(file);
			let rest = chunks.map(({ bytes, used }) => bytes.subarray(0, used));
			// a write may take only a part, before it fails for want of space
			while (rest.length > 0) rest = after(rest, (await handle.writev(rest)).bytesWritten);
		},
		/** The file is finished. */
		async finish(file: string): Promise<void> {
			await close(file);
			made.delete(file);
		},
		async closeAll(): Promise<void> {
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
