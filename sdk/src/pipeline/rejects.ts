/** `rejects`: refused rows as the store keeps them, and one of them in full. */
import type { Json } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { DestinationPlan } from "./file/plan.ts";
import { literal, querySql, streamSql } from "./sql.ts";
import { connectionOf } from "./state.ts";

export interface DeadLetterRow {
	id: string;
	namespace: string | null;
	stream: string;
	/** `record`: not in its table. `conversion`: in its table, without this conversion. `line`: no record could be made out. */
	kind: string;
	code: string;
	reason: string;
	path: string | null;
	file: string | null;
	line: number | null;
	record_id: string | null;
	mapping: string | null;
	rejected_at: string;
}

/** A letter with what was refused, as it came; unmasked. */
export interface FullLetter extends DeadLetterRow {
	raw: string;
	/** False where only the start of it was kept. */
	whole: boolean;
	emitted_at: string | null;
}

export interface LetterFilter {
	stream?: string | undefined;
	/** Left out: all. */
	limit?: number | undefined;
}

const COLUMNS =
	"_gn_id, namespace, stream, kind, code, reason, path, file, line, record_id, mapping, rejected_at" as const;
const RAW = "raw, raw_bytes, emitted_at";

/** Those that wait for a decision, newest first. */
export async function listRejects(plan: DestinationPlan, filter: LetterFilter = {}): Promise<DeadLetterRow[]> {
	const limit = filter.limit === undefined ? "" : ` limit ${Math.trunc(filter.limit)}`;
	const order = "order by rejected_at desc, stream, line, _gn_id";
	const { rows } = await querySql(
		plan.destination,
		`select ${COLUMNS} from _gn_dead_letters ${waiting(plan, filter)} ${order}${limit}`,
	);
	return rows.map(letterRow);
}

/** How many wait, by stream and reason, most first. */
export async function countRejects(
	plan: DestinationPlan,
	filter: LetterFilter = {},
): Promise<{ stream: string; kind: string; code: string; reason: string; rows: number }[]> {
	const { rows } = await querySql(
		plan.destination,
		`select stream, kind, code, reason, count(*) as n from _gn_dead_letters ${waiting(plan, filter)} group by stream, kind, code, reason order by n desc, stream, reason`,
	);
	return rows.map(([stream, kind, code, reason, n]) => ({
		stream: String(stream),
		kind: String(kind),
		code: String(code),
		reason: String(reason),
		rows: Number(n),
	}));
}

/** One letter by its id, or by the beginning of it. Throws config.unknown_reject. */
export async function explainReject(plan: DestinationPlan, id: string): Promise<FullLetter> {
	const { rows } = await querySql(
		plan.destination,
		`select ${COLUMNS}, ${RAW} from _gn_dead_letters where true${ofConnection(plan)} and substr(_gn_id, 1, ${id.length}) = ${literal(id)} limit 2`,
	);
	if (rows.length === 1) return fullLetter(rows[0]!);
	throw new ConnectorError(
		"config.unknown_reject",
		`${rows.length === 0 ? "No reject has" : "Several rejects have"} the id ${id}`,
		{
			where: plan.file,
			why:
				rows.length === 0 ? "it may have been tried again with success" : "the beginning of an id must be of one only",
			next: `${plan.host.program} rejects ${plan.file} lists them`,
		},
	);
}

/** Every letter that waits, with what was refused, in the order in which the records were read first. */
export async function eachLetter(
	plan: DestinationPlan,
	filter: LetterFilter,
	take: (letter: FullLetter) => Promise<void>,
): Promise<void> {
	const query = `select ${COLUMNS}, ${RAW} from _gn_dead_letters ${waiting(plan, filter)} order by emitted_at, _gn_id`;
	await streamSql(plan.destination, query, (row) => take(fullLetter(row)));
}

function waiting(plan: DestinationPlan, { stream }: LetterFilter): string {
	const only = stream === undefined ? "" : ` and stream = ${literal(stream)}`;
	return `where resolved_at is null${ofConnection(plan)}${only}`;
}

/** A store that is asked as a whole has letters of all its connections. */
function ofConnection(plan: DestinationPlan): string {
	const asked = plan.destination.config.connection !== undefined;
	return asked ? ` and connection = ${literal(connectionOf(plan))}` : "";
}

function letterRow(row: Json[]): DeadLetterRow {
	const [id, namespace, stream, kind, code, reason, path, file, line, recordId, mapping, rejectedAt] = row;
	return {
		id: String(id),
		namespace: textOrNull(namespace),
		stream: String(stream ?? ""),
		kind: String(kind),
		code: String(code),
		reason: String(reason),
		path: textOrNull(path),
		file: textOrNull(file),
		line: line == null ? null : Number(line),
		record_id: textOrNull(recordId),
		mapping: textOrNull(mapping),
		rejected_at: String(rejectedAt),
	};
}

function fullLetter(row: Json[]): FullLetter {
	const [raw, rawBytes, emittedAt] = row.slice(12);
	const text = typeof raw === "string" ? raw : JSON.stringify(raw ?? "");
	return {
		...letterRow(row),
		raw: text,
		whole: Buffer.byteLength(text) >= Number(rawBytes ?? 0),
		emitted_at: textOrNull(emittedAt),
	};
}

function textOrNull(value: Json | undefined): string | null {
	return value === null || value === undefined ? null : String(value);
}
