/**
 * Dead letters: what was refused, whole, to be tried again after a fix. The same refusal of the same data has the same
 * id in every run, so a letter is kept one time.
 */
import { createHash, hash } from "node:crypto";
import { redactJson } from "../../protocol/redact-json.ts";
import { redact } from "../../redact.ts";

export type LetterKind = "record" | "conversion" | "line";

export interface DeadLetter {
	kind: LetterKind;
	code: string;
	/** In words, values masked. */
	reason: string;
	path?: string | undefined;
	/** Of a row that the source could not read; without them the line of the input is told. */
	file?: string | undefined;
	line?: number | undefined;
	recordId?: string | undefined;
	/** Of a conversion. */
	mapping?: string | undefined;
	/** Microseconds since 1970. */
	emittedAt?: number | undefined;
	/** The data of the record as JSON, or the line as it came. */
	raw: string | RawExtract;
}

/** Of something longer than the record limit. */
export interface RawExtract {
	prefix: string;
	bytes: number;
	sha256: string;
}

/** Whose letters these are. */
export interface LetterOrigin {
	connection: string;
	namespace: string | undefined;
	stream: string;
}

/**
 * A line of the spool, its columns those of `_gn_dead_letters`; `seq` is the line of the input. Registered secrets are
 * removed from its texts, before they are cut; half a character becomes U+FFFD, for no store keeps it.
 */
export function letterLine(origin: LetterOrigin, letter: DeadLetter, seq: number, limit: number): string {
	const { raw, bytes, sha256 } = rawParts(letter.raw, limit);
	const line = {
		_gn_id: letterId(origin, letter, sha256),
		namespace: origin.namespace,
		stream: origin.stream,
		kind: letter.kind,
		code: letter.code,
		reason: letter.reason,
		path: letter.path,
		file: letter.file,
		line: lineOf(letter, seq),
		record_id: letter.recordId,
		mapping: letter.mapping,
		emitted_at: letter.emittedAt,
		raw: raw.toWellFormed(),
		raw_bytes: bytes,
		raw_sha256: sha256,
		_gn_seq: seq,
	};
	return JSON.stringify(line, (name, value) =>
		typeof value === "string" && !OURS.has(name) ? redact(value).toWellFormed() : value,
	);
}

/** Digits of our own, in which a secret of few characters may stand by chance; raw data has been cleaned. */
const OURS = new Set(["_gn_id", "raw", "raw_sha256"]);

/** Where it stood: in the file that the source read, else in the input. No part of its id, which every run gives again. */
export function lineOf({ file, line }: Pick<DeadLetter, "file" | "line">, seq: number): number | undefined {
	return file === undefined ? (line ?? seq) : line;
}

function letterId({ connection, namespace, stream }: LetterOrigin, letter: DeadLetter, sha256: string): string {
	const { kind, code, path, file, line, mapping } = letter;
	const parts = [connection, namespace ?? null, stream, kind, code, path, file, line, mapping, sha256];
	return hash("sha256", JSON.stringify(parts.map((part) => part ?? null))).slice(0, 32);
}

function rawParts(raw: string | RawExtract, limit: number): { raw: string; bytes: number; sha256: string } {
	if (typeof raw !== "string") return { raw: redact(raw.prefix), bytes: raw.bytes, sha256: raw.sha256 };
	const bytes = Buffer.byteLength(raw);
	const sha256 = createHash("sha256").update(raw).digest("hex");
	const clean = redactJson(raw);
	return { raw: bytes <= limit ? clean : clean.slice(0, 1_000), bytes, sha256 };
}
