/** `rejects`: refused rows as the store keeps them, one of them in full, and all of them once more after a fix. */
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import type { ConfiguredStream, Json, JsonObject, Message, TraceError } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { lineBatches, messageText, parseJson, readMessages } from "../protocol/index.ts";
import { asOne, diedError, distinctErrors } from "./death.ts";
import { send } from "./flow.ts";
import { withChild } from "./one-shot.ts";
import { placedInFile } from "./places.ts";
import type { DestinationPlan, Plan } from "./plan.ts";
import { configureFor, discoverStreams } from "./preview.ts";
import { isObject } from "./shape.ts";
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

export interface RetryResult {
	tried: number;
	/** Of those, the ones that are no rejects any more. */
	resolved: number;
	/** Rows that no record can be made of: they are read again by `state reset`, once the source is corrected. */
	notRetryable: number;
}

/**
 * Sends refused records once more, with today's mapping and the time at which they were first read, so that a newer
 * version of the row stays. States do not move. Letters are read first, whole, to a private file: the store is open once.
 */
export async function retryRejects(plan: Plan, filter: LetterFilter = {}): Promise<RetryResult> {
	const streams = configureFor(plan, await discoverStreams(plan)).map(forRetry);
	const spool = join(plan.scratch.folder, "letters.ndjson");
	const before = await spoolLetters(plan, filter, streams, spool);
	if (before.tried === 0) return { ...before, resolved: 0 };
	await writeAgain(plan, streams, spool);
	const [[still] = []] = (
		await querySql(plan.destination, `select count(*) from _gn_dead_letters ${waiting(plan, filter)}`)
	).rows;
	return { ...before, resolved: Math.max(0, before.tried + before.notRetryable - Number(still ?? 0)) };
}

function waiting(plan: DestinationPlan, { stream }: LetterFilter): string {
	const only = stream === undefined ? "" : ` and stream = ${literal(stream)}`;
	return `where resolved_at is null${ofConnection(plan)}${only}`;
}

/** Rows come on top of what is there: nothing is published, no generation begins. */
function forRetry(configured: ConfiguredStream): ConfiguredStream {
	const keyed = (configured.primary_key?.length ?? 0) > 0;
	return {
		...configured,
		sync_mode: "full_refresh",
		destination_sync_mode: keyed ? "append_dedup" : "append",
		generation_id: null,
		minimum_generation_id: null,
	};
}

/** A store that is asked as a whole has letters of all its connections. */
function ofConnection(plan: DestinationPlan): string {
	const asked = plan.destination.config.connection !== undefined;
	return asked ? ` and connection = ${literal(connectionOf(plan))}` : "";
}

async function spoolLetters(plan: Plan, filter: LetterFilter, streams: ConfiguredStream[], spool: string) {
	const known = new Set(streams.map(({ stream }) => JSON.stringify([stream.namespace ?? null, stream.name])));
	const out = createWriteStream(spool, { mode: 0o600, flags: "wx" });
	let tried = 0;
	let notRetryable = 0;
	const query = `select ${COLUMNS}, ${RAW} from _gn_dead_letters ${waiting(plan, filter)} order by emitted_at, _gn_id`;
	await streamSql(plan.destination, query, async (row) => {
		const letter = fullLetter(row);
		const record = known.has(JSON.stringify([letter.namespace, letter.stream])) ? recordOf(letter, plan) : undefined;
		if (!record) notRetryable++;
		else {
			tried++;
			await send(out, Buffer.from(`${messageText(record)}\n`));
		}
	});
	await new Promise<void>((resolve, reject) => {
		out.once("error", reject);
		out.end(resolve);
	});
	return { tried, notRetryable };
}

/** Undefined where what was kept is no whole record. */
function recordOf(letter: FullLetter, { host }: Plan): Message | undefined {
	if (letter.kind === "line" || !letter.whole) return undefined;
	let data: Json;
	try {
		data = parseJson(letter.raw);
	} catch {
		return undefined;
	}
	if (!isObject(data) || Object.keys(data).length === 0) return undefined;
	return {
		type: "RECORD",
		record: {
			stream: letter.stream,
			...(letter.namespace !== null && { namespace: letter.namespace }),
			data: data as JsonObject,
			emitted_at: letter.emitted_at === null ? host.now() : milliseconds(letter.emitted_at),
			dead_letter: letter.id,
		},
	};
}

/** RFC 3339 with microseconds to milliseconds with a fraction. */
function milliseconds(instant: string): number {
	const [, digits = ""] = /\.(\d+)/.exec(instant) ?? [];
	return Date.parse(instant) + Number(digits.slice(3, 6).padEnd(3, "0")) / 1000;
}

async function writeAgain(plan: Plan, streams: ConfiguredStream[], spool: string): Promise<void> {
	const { destination, scratch } = plan;
	const catalog = await scratch.write("catalog.json", JSON.stringify({ streams }));
	const config = await scratch.write("config.json", JSON.stringify(destination.config));
	const errors: TraceError[] = [];
	const args = ["write", "--config", config, "--catalog", catalog];
	await withChild({ ...destination.ask, deadline: 86_400, input: true }, args, async (child) => {
		const answers = (async () => {
			for await (const batch of readMessages(child.stdout)) {
				for (const { message } of batch)
					if (message?.type === "TRACE" && message.trace.error) errors.push(message.trace.error);
			}
		})();
		for await (const lines of lineBatches(createReadStream(spool))) {
			const open = await send(
				child.stdin,
				Buffer.concat(lines.flatMap((line) => (line.oversize ? [] : [line.bytes, NEWLINE]))),
			);
			if (!open) break;
		}
		for (const { stream } of streams) await send(child.stdin, completion(stream, plan.host.now()));
		child.stdin?.end();
		await answers;
		const exit = await child.exited;
		if (errors.length > 0) {
			// that a row is refused once more is no failure of the retry
			const told = distinctErrors(errors, child.program).filter(({ kind }) => kind !== "data");
			if (told.length > 0) throw asOne(told.map((error) => placedInFile(error, plan, { end: "destination", streams })));
		} else if (exit.code !== 0) throw diedError("destination_died", exit, child.lastLines(), child.program);
	});
}

const NEWLINE = Buffer.from("\n");

function completion({ name, namespace }: ConfiguredStream["stream"], now: number): Buffer {
	const stream_descriptor = { name, ...(namespace !== undefined && { namespace }) };
	const trace = { type: "STREAM_STATUS", emitted_at: now, stream_status: { stream_descriptor, status: "COMPLETE" } };
	return Buffer.from(`${JSON.stringify({ type: "TRACE", trace })}\n`);
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
