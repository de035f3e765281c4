/**
 * Rows that the store refuses although they were typed for it: before the commit they are taken out of the epoch and
 * become dead letters like any other refused record, with all that hangs on them: conversions, counts, the numbers of
 * the states that are held. Files of which nothing goes stay as they are.
 */
import type { Json, JsonObject, Reject } from "@growthnav/spec";
import { parseJson } from "../../protocol/parse.ts";
import type { SpoolPart } from "../contract.ts";
import type { LedgerEntry } from "../ledger/ledger.ts";
import type { HeldState } from "../ledger/states.ts";
import { type DeadLetter, letterLine } from "../rejects/dead-letters.ts";
import { EXTRA_COLUMN } from "../rows/row.ts";
import { spoolLines } from "../spool/lines.ts";
import type { Spool } from "../spool/spool.ts";
import type { StreamRun } from "../stream-run.ts";
import { countReason, type Tally } from "../tally.ts";
import type { EpochStream, LoadPart, RefusedLine } from "./epoch.ts";

export interface RefuseContext {
	connection: string;
	recordLimit: number;
	spool: Pick<Spool, "keep">;
	onReject(reject: Reject): void;
}

/** A stream that brings rows to the epoch. */
export interface RefusableStream {
	run: StreamRun;
	epoch: EpochStream;
	tally: Tally;
	/** What the ledger will say of it. */
	entry: LedgerEntry | undefined;
}

/** What an epoch is made of, as far as a refusal changes it. */
export interface Refusable {
	streams: RefusableStream[];
	deadLetters: LoadPart[];
	resolved: LoadPart[];
	/** Files that the commit makes superfluous. */
	done: SpoolPart[];
	held: readonly HeldState[];
}

/** Changes `all`, its streams, counts and lists. Lines of rows that wait for a later commit leave their file untold. */
export async function refuseLines(
	context: RefuseContext,
	all: Refusable,
	lines: readonly RefusedLine[],
): Promise<void> {
	const refused = new Map(lines.map((one) => [`${one.line} ${one.file}`, one]));
	const files = new Set(lines.map(({ file }) => file));
	const find: Find = {
		line: ({ file }, number) => refused.get(`${number} ${file}`),
		isConcerned: ({ file }) => files.has(file),
	};
	const letters: string[] = [];
	for (const stream of all.streams) letters.push(...(await refuseOf(context, all, stream, find)));
	const shorten: Change = (part, line) =>
		find.line(part, line.number) === undefined ? undefined : shortened(line.text());
	all.deadLetters = await changed(context, all, all.deadLetters, shorten, find.isConcerned);
	if (letters.length > 0) all.deadLetters.push(await kept(context, all, letters));
}

interface Find {
	line(part: LoadPart, line: number): RefusedLine | undefined;
	/** Something of its file is refused. */
	isConcerned(part: LoadPart): boolean;
}

interface Gone {
	why: RefusedLine;
	row: JsonObject;
	seq: number;
}

/** The lines of its letters. */
async function refuseOf(
	context: RefuseContext,
	all: Refusable,
	stream: RefusableStream,
	find: Find,
): Promise<string[]> {
	const { epoch, run, tally, entry } = stream;
	const rows: Gone[] = [];
	const single: Gone[] = [];
	const goes = (into: Gone[]) => (part: LoadPart, line: PartLine) => {
		const why = find.line(part, line.number);
		if (why === undefined) return undefined;
		const row = parseJson(line.text()) as JsonObject;
		if (line.within) into.push({ why, row, seq: line.seq });
		return null;
	};
	epoch.rows = await changed(context, all, epoch.rows, goes(rows), find.isConcerned);
	const withRow = new Set(rows.map(({ seq }) => seq));
	let orphans = 0;
	const takeSingle = goes(single);
	const takeConversion: Change = (part, line) => {
		if (!withRow.has(line.seq) || !line.within) return takeSingle(part, line);
		orphans++;
		return null;
	};
	const mayHold = withRow.size > 0 ? () => true : find.isConcerned;
	epoch.conversions = await changed(context, all, epoch.conversions, takeConversion, mayHold);
	if (rows.length + single.length === 0) return [];

	const seqs = new Set([...withRow, ...single.map(({ seq }) => seq)]);
	const again = new Set<number>();
	const staysOpen: Change = (_, line) => {
		if (!seqs.has(line.seq) || !line.within) return undefined;
		again.add(line.seq);
		return null;
	};
	all.resolved = await changed(context, all, all.resolved, staysOpen);
	tally.rows -= rows.length;
	tally.rejected += rows.length;
	tally.refused += rows.length;
	tally.mapped -= orphans;
	tally.converted -= orphans + single.length;
	tally.conversionsRejected += single.length;
	tally.resolved -= again.size;
	epoch.rowCount = tally.rows;
	epoch.conversionCount = tally.converted;
	if (entry?.rows !== undefined) entry.rows = tally.rows;
	for (const { seq } of rows) tellState(all.held, run.plan.id, seq);

	const data = await dataOf(epoch, run, single);
	const refusals = [
		...rows.map((gone) => ({ gone, letter: recordLetterOf(run, gone) })),
		...single.map((gone) => ({ gone, letter: conversionLetterOf(gone, data.get(gone.seq)) })),
	];
	return refusals.flatMap(({ gone, letter }) => keep(context, stream, letter, gone.seq, again.has(gone.seq)));
}

/** Counted and told; one that was tried again is in the store already. */
function keep(
	{ connection, recordLimit, onReject }: RefuseContext,
	{ run, tally }: RefusableStream,
	letter: DeadLetter,
	seq: number,
	again: boolean,
): string[] {
	const { stream, namespace } = run.plan;
	const { code, reason, path, recordId } = letter;
	const kind = letter.kind === "conversion" ? "conversion" : "record";
	const told = { kind, code, reason, ...(path !== undefined && { path }) } as const;
	countReason(tally, told);
	onReject({
		stream,
		...(namespace !== undefined && { namespace }),
		...told,
		line: seq,
		...(recordId !== undefined && { record_id: recordId }),
	});
	if (again) return [];
	tally.letters++;
	return [letterLine({ connection, stream, namespace }, letter, seq, recordLimit)];
}

function recordLetterOf(run: StreamRun, { why, row }: Gone): DeadLetter {
	const column = run.table.columns.find(({ name }) => name === why.column);
	return {
		kind: "record",
		code: why.code,
		reason: why.reason,
		path: column?.property,
		emittedAt: Number(row._gn_emitted_at),
		raw: JSON.stringify(recordOf(run, row)),
	};
}

function conversionLetterOf({ why, row }: Gone, raw: string | undefined): DeadLetter {
	return {
		kind: "conversion",
		code: why.code,
		reason: why.reason,
		path: why.column,
		mapping: row.mapping == null ? undefined : String(row.mapping),
		recordId: row.source_record_id == null ? undefined : String(row.source_record_id),
		emittedAt: Number(row.extracted_at),
		raw: raw ?? "",
	};
}

/** The record as its row has it, under the names of its properties: what came is kept nowhere else by now. */
function recordOf({ table }: StreamRun, row: JsonObject): JsonObject {
	const data: JsonObject = Object.create(null) as JsonObject;
	for (const { name, property, kept } of table.columns) {
		const value = row[name];
		if (kept !== true && value !== undefined) data[property] = value as Json;
	}
	return Object.assign(data, row[EXTRA_COLUMN]);
}

/** The records behind these conversions, as JSON, by `_gn_seq`. */
async function dataOf(epoch: EpochStream, run: StreamRun, gone: readonly Gone[]): Promise<Map<number, string>> {
	const found = new Map<number, string>();
	const wanted = new Set(gone.map(({ seq }) => seq));
	if (wanted.size === 0) return found;
	for (const part of epoch.rows) {
		for await (const line of linesOf(part)) {
			if (!wanted.has(line.seq)) continue;
			found.set(line.seq, JSON.stringify(recordOf(run, parseJson(line.text()) as JsonObject)));
		}
	}
	return found;
}

/** The first state that vouches for the row counted it as committed. */
function tellState(held: readonly HeldState[], stream: string, seq: number): void {
	const first = held.find((one) => one.seq >= seq && (one.stream === undefined || one.stream === stream));
	const { state } = (first?.message ?? {}) as { state?: { destinationStats?: Record<string, number> } };
	if (state?.destinationStats === undefined) return;
	state.destinationStats.recordCount!--;
	state.destinationStats.rejectedRecordCount!++;
}

const PREFIX = 1_000;

/** A letter that is too long itself keeps its beginning; length and hash of the whole stand beside it. */
function shortened(line: string): string {
	const letter = parseJson(line) as JsonObject;
	return JSON.stringify({ ...letter, raw: String(letter.raw).slice(0, PREFIX).toWellFormed() });
}

interface PartLine {
	number: number;
	/** Its `_gn_seq`. */
	seq: number;
	/** Between the bounds of the part: else it waits for another commit, or had its own. */
	within: boolean;
	text(): string;
}

/** Null takes the line out, a text takes its place, undefined leaves it. */
type Change = (part: LoadPart, line: PartLine) => string | null | undefined;

/** Parts with other lines. */
async function changed(
	context: RefuseContext,
	all: Refusable,
	parts: readonly LoadPart[],
	change: Change,
	mayChange: (part: LoadPart) => boolean = () => true,
): Promise<LoadPart[]> {
	const result: LoadPart[] = [];
	for (const part of parts) {
		if (!mayChange(part)) {
			result.push(part);
			continue;
		}
		const changes = new Map<number, string | null>();
		for await (const line of linesOf(part)) {
			const now = change(part, line);
			if (now !== undefined) changes.set(line.number, now);
		}
		if (changes.size === 0) result.push(part);
		else {
			const { after, through } = part;
			const bounds = { ...(after !== undefined && { after }), ...(through !== undefined && { through }) };
			result.push({ ...(await kept(context, all, rewritten(part, changes))), ...bounds });
		}
	}
	return result;
}

async function* rewritten({ file }: LoadPart, changes: ReadonlyMap<number, string | null>): AsyncGenerator<string> {
	for await (const { number, bytes } of spoolLines(file)) {
		const now = changes.get(number);
		if (now !== null) yield now ?? bytes.toString();
	}
}

async function kept(
	{ spool }: RefuseContext,
	{ done }: Refusable,
	lines: Iterable<string> | AsyncIterable<string>,
): Promise<SpoolPart> {
	const part = await spool.keep(lines);
	done.push(part);
	return part;
}

const SEQ = Buffer.from('"_gn_seq":');

async function* linesOf(part: LoadPart): AsyncGenerator<PartLine> {
	const { after, through } = part;
	for await (const { number, bytes } of spoolLines(part.file)) {
		// within a text the quotes would be escaped, and nothing but texts stands behind it
		const at = bytes.lastIndexOf(SEQ) + SEQ.length;
		const seq = Number.parseInt(bytes.toString("latin1", at, at + 16), 10);
		const within = (after === undefined || seq > after) && (through === undefined || seq <= through);
		yield { number, seq, within, text: () => bytes.toString() };
	}
}
