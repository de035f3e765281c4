/**
 * Looks at the bytes between source and destination as they pass. A record is known by its first characters and counted
 * without being parsed; all other lines are parsed. What goes on goes on verbatim, whole lines at a time.
 */
import type { Message } from "@growthnav/spec";
import { DEFAULT_LINE_LIMIT, parseJson } from "../../protocol/index.ts";
import { payloadFault, withoutNulls } from "../../protocol/payload.ts";
import { redact } from "../../redact.ts";

/** Where records of one stream are counted; `goesOn` says whether the destination gets them. */
export interface RecordAccount {
	records: number;
	/** Of record lines, without their line ends. */
	bytes: number;
	goesOn: boolean;
}

export interface TapHandlers {
	/**
	 * The account of a stream; asked at its first record and whenever another stream stood between. `sure` says that the
	 * whole line was read; without it, undefined means: the namespace must be known, read the whole line.
	 */
	accountOf(stream: string, namespace: string | undefined, sure: boolean): RecordAccount | undefined;
	/** Any other message. True: it goes on. */
	onMessage(message: Message): boolean;
	/** A line that starts with `{` and is no message. True: it goes on, for the destination to refuse it. */
	onGarbage(reason: string): boolean;
	/** Any other line is a log. */
	onText(line: string): void;
}

export interface Tap {
	/** The parts of what came that go on now. */
	push(chunk: Buffer): Buffer[];
	/** The end of input. A last line without line end goes on (with one) only where the source ended `well`. */
	end(well: boolean): Buffer[];
}

const LF = 10;
const BRACE = 123;
/** A line longer than this goes on in pieces, so that a huge record never stands in memory as a whole. */
const PIECEMEAL = 1_000_000;
/** Of a line that is a log; it is cut to what is shown only after secrets were removed, so that no half of one is left. */
const SHOWN_TEXT = 64_000;

export function createTap(handlers: TapHandlers): Tap {
	const accountOfHead = recordHeads(handlers);
	let held: Buffer[] = [];
	let heldBytes = 0;
	/** Set in the middle of a long line whose fate is known. */
	let long: { account: RecordAccount | undefined; goesOn: boolean } | undefined;

	const line = (bytes: Buffer): boolean => {
		const account = accountOfHead(bytes);
		if (account === undefined) return otherLine(bytes, handlers);
		account.records++;
		account.bytes += bytes.length;
		return account.goesOn;
	};

	const take = (): Buffer[] => {
		const taken = held;
		[held, heldBytes] = [[], 0];
		return taken;
	};

	/** Keeps the start of a line until its end comes; a long one is decided by its start, once, and again at the limit. */
	const hold = (bytes: Buffer): Buffer[] => {
		const before = heldBytes;
		if (bytes.length > 0) held.push(bytes);
		heldBytes += bytes.length;
		const due = [PIECEMEAL, DEFAULT_LINE_LIMIT].some((limit) => before < limit && heldBytes >= limit);
		if (!due) return [];
		held = [Buffer.concat(held, heldBytes)];
		long = longLine(held[0]!, accountOfHead(held[0]!), handlers);
		const start = long ? take() : [];
		return long?.goesOn ? start : [];
	};

	const finishLong = (bytes: Buffer, withEnd: number): Buffer[] => {
		if (long?.account) long.account.bytes += bytes.length - withEnd;
		return long?.goesOn ? [bytes] : [];
	};

	/** The first line of a chunk, whose start came before; answers where the next line begins. */
	const finishHeld = (chunk: Buffer, parts: Buffer[]): number => {
		const end = chunk.indexOf(LF);
		if (end < 0) {
			parts.push(...(long ? finishLong(chunk, 0) : hold(chunk)));
			return chunk.length;
		}
		const rest = chunk.subarray(0, end + 1);
		if (long) {
			parts.push(...finishLong(rest, 1));
			long = undefined;
			return end + 1;
		}
		const pieces = [...take(), rest];
		if (line(Buffer.concat(pieces).subarray(0, -1))) parts.push(...pieces);
		return end + 1;
	};

	return {
		push(chunk) {
			const parts: Buffer[] = [];
			let at = long || heldBytes > 0 ? finishHeld(chunk, parts) : 0;
			let from = at;
			for (let end = chunk.indexOf(LF, at); end >= 0; end = chunk.indexOf(LF, at)) {
				if (!line(chunk.subarray(at, end))) {
					if (from < at) parts.push(chunk.subarray(from, at));
					from = end + 1;
				}
				at = end + 1;
			}
			if (from < at) parts.push(chunk.subarray(from, at));
			if (at < chunk.length) parts.push(...hold(chunk.subarray(at)));
			return parts;
		},
		end(well) {
			if (!well || (!long && heldBytes === 0)) return [];
			const rest = long ? [] : take();
			const goesOn = long ? long.goesOn : line(Buffer.concat(rest));
			return goesOn ? [...rest, Buffer.from("\n")] : [];
		},
	};
}

/** A record up to its data: its namespace, where it stands there, and its stream. */
export const RECORD_HEAD =
	/^\{\s*"type"\s*:\s*"RECORD"\s*,\s*"record"\s*:\s*\{\s*(?:"namespace"\s*:\s*(?:null|"([^"\\]*)")\s*,\s*)?"stream"\s*:\s*"([^"\\]*)"\s*,\s*(?:"namespace"\s*:\s*(?:null|"([^"\\]*)")\s*,\s*)?"data"\s*:/;
/** What the expression above may have to see. */
export const LONGEST_HEAD = 1_000;

/** Most records begin exactly as the one before: only where they do not is the start of the line looked at. */
function recordHeads({ accountOf }: TapHandlers): (line: Buffer) => RecordAccount | undefined {
	let head = "";
	let account: RecordAccount | undefined;
	return (line) => {
		if (account && line.toString("latin1", 0, head.length) === head) return account;
		const found = RECORD_HEAD.exec(line.toString("utf8", 0, Math.min(line.length, LONGEST_HEAD)));
		if (!found) return undefined;
		const [whole, before, stream = "", after] = found;
		account = accountOf(stream, before ?? after, false);
		head = line.toString("latin1", 0, Buffer.byteLength(whole));
		return account;
	};
}

function otherLine(bytes: Buffer, handlers: TapHandlers): boolean {
	const text = bytes.toString("utf8", 0, bytes.length).trim();
	if (text.charCodeAt(0) !== BRACE) {
		if (text !== "") handlers.onText(redact(text).slice(0, SHOWN_TEXT));
		return false;
	}
	const message = messageOf(text);
	if (message === UNKNOWN_TYPE) {
		handlers.onText(redact(text).slice(0, SHOWN_TEXT));
		return false;
	}
	if (typeof message === "string") return handlers.onGarbage(message);
	if (message.type !== "RECORD") return handlers.onMessage(message);
	const account = handlers.accountOf(message.record.stream, message.record.namespace, true);
	if (account === undefined) return false;
	account.records++;
	account.bytes += bytes.length;
	return account.goesOn;
}

/** What the protocol room calls a message of a type that it does not know: `{"type":"DEBUG"}` is a log. */
const UNKNOWN_TYPE = "unknown type";

/** The message, or why it is none. */
function messageOf(text: string): Message | string {
	let value: Message;
	try {
		value = parseJson(text) as unknown as Message;
	} catch (thrown) {
		return (thrown as Error).message;
	}
	return payloadFault(value) ?? withoutNulls(value);
}

/** What becomes of a line that is too long to be held; undefined: hold it until its end or the limit. */
function longLine(start: Buffer, account: RecordAccount | undefined, handlers: TapHandlers) {
	if (account) {
		account.records++;
		account.bytes += start.length;
		return { account, goesOn: account.goesOn };
	}
	if (start[0] !== BRACE) {
		handlers.onText(start.toString("utf8", 0, SHOWN_TEXT));
		return { account: undefined, goesOn: false };
	}
	if (start.length < DEFAULT_LINE_LIMIT) return undefined;
	return { account: undefined, goesOn: handlers.onGarbage("longer than the limit of a line") };
}
