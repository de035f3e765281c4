/**
 * Bytes to text without loss. A byte that the encoding does not know never becomes a question mark: the text of such
 * bytes is undefined, and whoever asked must say so.
 */
import { isUtf8 } from "node:buffer";

export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface FileEncoding {
	encoding: Encoding;
	/** Bytes of the byte order mark, which is no text. */
	bom: number;
}

/** Enough to tell; an export with its first accent later is rejected row by row, with the setting that helps. */
const ZEROS_IN = 4096;

/**
 * The encoding by its mark; else UTF-16 where every other byte is zero, UTF-8 where the bytes allow it, else
 * Windows-1252. `head` is the beginning of the file, cut anywhere.
 */
export function detectEncoding(head: Buffer): FileEncoding {
	if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: "utf-8", bom: 3 };
	if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", bom: 2 };
	if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf-16be", bom: 2 };
	const [even, odd] = zerosIn(head.subarray(0, ZEROS_IN));
	const many = Math.min(head.length, ZEROS_IN) / 8;
	if (odd > many && even < odd / 16) return { encoding: "utf-16le", bom: 0 };
	if (even > many && odd < even / 16) return { encoding: "utf-16be", bom: 0 };
	return { encoding: isUtf8(withoutCutCharacter(head)) ? "utf-8" : "windows-1252", bom: 0 };
}

function zerosIn(bytes: Buffer): [even: number, odd: number] {
	const zeros: [number, number] = [0, 0];
	for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) zeros[(i & 1) as 0 | 1]++;
	return zeros;
}

/** Without the last character of UTF-8 if the cut went through it. */
function withoutCutCharacter(head: Buffer): Buffer {
	for (let back = 1; back <= 3 && back <= head.length; back++) {
		const byte = head[head.length - back]!;
		if (byte >= 0xc0) return head.subarray(0, head.length - back);
		if (byte < 0x80) break;
	}
	return head;
}

/** Bytes of one character, at least: 2 in UTF-16. */
export function unitOf(encoding: Encoding): 1 | 2 {
	return encoding.startsWith("utf-16") ? 2 : 1;
}

/** How many bytes a text has in its file; exact for texts that `decode` gave. */
export function byteLength(text: string, encoding: Encoding): number {
	if (encoding === "utf-8") return Buffer.byteLength(text);
	return text.length * unitOf(encoding);
}

const DECODERS = {
	"utf-16le": new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true }),
	"utf-16be": new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true }),
};

/** The text; undefined where a byte or a half of a surrogate pair means nothing in this encoding. */
export function decode(bytes: Buffer, encoding: Encoding): string | undefined {
	if (encoding === "utf-8") return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
	if (encoding === "windows-1252") return decode1252(bytes);
	try {
		return DECODERS[encoding].decode(bytes);
	} catch {
		return undefined;
	}
}

/** The five bytes that Windows-1252 leaves free. */
const UNDEFINED_1252 = /[\x81\x8d\x8f\x90\x9d]/;
const HIGH_1252 = /[\x80-\x9f]/g;
const HIGH = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

function decode1252(bytes: Buffer): string | undefined {
	const text = bytes.toString("latin1");
	if (UNDEFINED_1252.test(text)) return undefined;
	return text.replace(HIGH_1252, (character) => HIGH.charAt(character.charCodeAt(0) - 0x80));
}

/**
 * For rejects: bytes that `decode` refuses as text that still tells every byte apart (a Latin-1 character per byte,
 * lone halves of surrogate pairs as they are), and what is wrong with them.
 */
export function decodeAnyway(bytes: Buffer, encoding: Encoding): { text: string; fault: string } {
	if (unitOf(encoding) === 2) {
		const even = bytes.length & ~1;
		const pairs = Buffer.from(bytes.subarray(0, even));
		const text = (encoding === "utf-16be" ? pairs.swap16() : pairs).toString("utf16le");
		// not as it is: half of a line end would end the line
		const half = even < bytes.length ? "\ufffd" : "";
		return { text: text + half, fault: "half a character is not UTF-16 (see encoding)" };
	}
	const text = bytes.toString("latin1");
	const at = encoding === "utf-8" ? firstWrongByte(bytes) : text.search(UNDEFINED_1252);
	const byte = `0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, "0")}`;
	return { text, fault: `byte ${byte} is not ${encoding === "utf-8" ? "UTF-8" : "Windows-1252"} (see encoding)` };
}

/** Only bytes of characters outside of ASCII are looked at, each with what belongs to it. */
function firstWrongByte(bytes: Buffer): number {
	let at = 0;
	while (at < bytes.length) {
		const byte = bytes[at]!;
		const length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
		if (length > 1 && !isUtf8(bytes.subarray(at, at + length))) return at;
		at += length;
	}
	return 0;
}
