/** One stream of a run: its records become lines of the spool, and are counted. Called for every record. */
import type { Json, JsonObject, RecordPayload, Reject } from "@growthnav/spec";
import { compileConversions } from "../conversion/compile.ts";
import type { Convert } from "../conversion/contract.ts";
import { parseInstant } from "../schema/time.ts";
import type { RowResult, ValueChange } from "./contract.ts";
import type { Crash } from "./crash.ts";
import type { StreamPlan } from "./plan.ts";
import type { DeadLetter } from "./rejects/dead-letters.ts";
import { conversionLetter, openRefusals, type RefusalContext, recordLetter, sourceLetter } from "./rejects/refusals.ts";
import { compileConversionLines, contentHash } from "./rows/conversion-rows.ts";
import { recordIdOf } from "./rows/key.ts";
import { compileRow } from "./rows/row.ts";
import { convertValue } from "./rows/values/convert.ts";
import { jsonOf } from "./rows/values/json.ts";
import type { Spool } from "./spool/spool.ts";
import type { StreamTable } from "./tables/tables.ts";
import { countLeftOut, newTally, type Tally } from "./tally.ts";

/** What all streams of a run share. */
export interface WriterContext extends RefusalContext {
	customerId: string;
	rawData: boolean;
	spool: Spool;
	crash: Crash | undefined;
}

export interface StreamWriter {
	plan: StreamPlan;
	table: StreamTable;
	/** Since the last state that vouches for them. */
	open: Tally;
	/** Vouched for, not yet sealed. */
	covered: Tally;
	/** Spool files. */
	files: SpoolFiles;
	/** Every column that its conversions filled so far. */
	conversionColumns: ReadonlySet<string>;
	/** Takes a record; `seq` grows with the input, `bytes` is the length of its line. */
	take(record: RecordPayload, seq: number, bytes: number): void;
	/** A row that the source could not read. */
	takeReject(reject: Reject, seq: number, bytes: number): void;
	/** Keeps a letter of this stream that counts as a record refused here. */
	refuse(letter: DeadLetter, seq: number, bytes: number): void;
	/** Mappings that came later than the catalog. */
	convertWith(plan: StreamPlan): void;
}

export interface SpoolFiles {
	rows: string;
	conversions: string;
	letters: string;
	resolved: string;
}

export function spoolFiles(name: string): SpoolFiles {
	return { rows: name, conversions: `${name} conversions`, letters: `${name} refused`, resolved: `${name} resolved` };
}

/** Years 1 to 9999, in milliseconds. */
const EARLIEST = -62_135_596_800_000;
const LATEST = 253_402_300_799_999;
const DELETED_AT = "_ab_cdc_deleted_at";

export function openStreamWriter(plan: StreamPlan, table: StreamTable, context: WriterContext): StreamWriter {
	const { spool, crash } = context;
	const files = spoolFiles(table.table.name);
	const row = compileRow(table.columns, {
		primaryKey: plan.keyed ? plan.primaryKey : [],
		...(table.cursor !== undefined && { cursor: plan.cursor! }),
	});
	const types = new Map(table.columns.map((column) => [column.name, column.type]));
	const nested = table.cursor?.nested === true ? table.cursor.type : undefined;
	const open = newTally();
	const refusals = openRefusals(plan, types, open, (line) => spool.write(files.letters, line), context);
	let convert = converterOf(plan, context);
	let seq = 0;
	let again = false;
	let conversions = 0;
	const conversionLines = compileConversionLines();

	const takeConversions = (record: RecordPayload, key: string, micros: number, recordId: string | undefined) => {
		const raw = context.rawData ? jsonOf(record.data).text : undefined;
		for (const outcome of convert!(record.data)) {
			open.mapped++;
			if (outcome.outcome === "converted") {
				open.converted++;
				spool.write(
					files.conversions,
					conversionLines.line(outcome.conversion, { key, emittedAt: micros, seq, at: conversions++, raw }),
				);
			} else if (outcome.outcome === "left_out") {
				open.leftOut++;
				countLeftOut(open, outcome.rule);
			} else {
				open.conversionsRejected++;
				const letter = conversionLetter(outcome, record, micros, recordId && recordIdOf(recordId));
				refusals.keep(letter, seq, again);
			}
		}
	};

	const takeRow = (record: RecordPayload, result: Extract<RowResult, { ok: true }>, micros: number) => {
		const { data } = record;
		const { members, changes } = result;
		let content = members;
		const deleted = deletedAt(plan, data, micros);
		if (deleted !== undefined) content += `${content === "" ? "" : ","}"_gn_deleted_at":${deleted}`;
		if (changes !== undefined || record.meta?.changes !== undefined) {
			content += `${content === "" ? "" : ","}"_gn_meta":${metaOf(changes, record)}`;
			if (changes !== undefined) refusals.noteValues(changes, seq);
		}
		let line = `{${content}${content === "" ? "" : ","}"_gn_emitted_at":${micros},"_gn_seq":${seq}`;
		let key: string | undefined;
		if (result.key !== undefined) {
			key = JSON.stringify(result.key);
			line += `,"_gn_key":${key},"_gn_hash":"${contentHash(content)}"`;
		} else if (convert !== undefined) {
			key = `"h:${contentHash(content)}"`;
			line += `,"_gn_key":${key}`;
		}
		if (nested !== undefined && result.cursor !== undefined) {
			const { text } = convertValue(nested, result.cursor);
			if (text !== undefined) line += `,"_gn_cursor":${text}`;
		}
		spool.write(files.rows, `${line}}`);
		open.rows++;
		crash?.("mid_spool");
		if (deleted !== undefined) open.deletions = true;
		else if (convert !== undefined) takeConversions(record, key!, micros, result.key);
	};

	const refuse = (letter: DeadLetter) => {
		open.rejected++;
		refusals.keep(letter, seq, again);
	};

	const count = (at: number, bytes: number) => {
		seq = at;
		open.read++;
		open.bytes += bytes;
		open.since ??= performance.now();
	};

	return {
		plan,
		table,
		open,
		covered: newTally(),
		files,
		conversionColumns: conversionLines.columns,
		take(record, at, bytes) {
			count(at, bytes);
			again = record.dead_letter !== undefined;
			const { emitted_at } = record;
			if (!(emitted_at >= EARLIEST && emitted_at <= LATEST)) {
				open.refused++;
				refuse(recordLetter("wrong_emitted_at", "emitted_at is no time in milliseconds", "emitted_at", record));
				return;
			}
			const micros = Math.round(emitted_at * 1000);
			const result = row(record.data);
			if (!result.ok) {
				open.refused++;
				refuse(recordLetter(result.code, result.reason, result.path, record, micros));
				return;
			}
			const before = refusals.count();
			takeRow(record, result, micros);
			if (record.dead_letter !== undefined && refusals.count() === before) {
				open.resolved++;
				spool.write(
					files.resolved,
					JSON.stringify({ _gn_id: String(record.dead_letter).toWellFormed(), _gn_seq: seq }),
				);
			}
		},
		takeReject(reject, at, bytes) {
			again = false;
			count(at, bytes);
			refuse(sourceLetter(reject));
		},
		refuse(letter, at, bytes) {
			again = false;
			count(at, bytes);
			open.refused++;
			refuse(letter);
		},
		convertWith(later) {
			convert = converterOf(later, context);
		},
	};
}

function converterOf(plan: StreamPlan, { customerId }: WriterContext): Convert | undefined {
	if (plan.conversions.length === 0) return undefined;
	return compileConversions(plan.conversions, {
		customerId,
		stream: plan.stream,
		primaryKey: plan.primaryKey,
		origin: plan.origin,
		connectorVersion: plan.connector,
	});
}

/** Microseconds; undefined for a row that is not deleted. */
function deletedAt(plan: StreamPlan, data: JsonObject, micros: number): number | undefined {
	if (plan.deletes) return micros;
	const value = data[DELETED_AT];
	if (value === undefined || value === null) return undefined;
	const instant = typeof value === "string" ? parseInstant(value) : undefined;
	// that it was deleted is certain, when is known to the time of reading
	return instant === undefined ? micros : Date.parse(instant) * 1000;
}

function metaOf(changes: ValueChange[] | undefined, record: RecordPayload): string {
	const ours = (changes ?? []).map(({ column, code, text, nulled }) => ({
		field: column,
		change: nulled ? "NULLED" : "CHANGED",
		reason: code,
		text,
	}));
	const meta = { changes: [...(record.meta?.changes ?? []), ...ours] } as unknown as Json;
	return jsonOf(meta).text ?? '{"changes":[]}';
}
