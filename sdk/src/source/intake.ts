/**
 * From rows to messages. A right row is a RECORD. A row with a wrong value is one too, and the value is told: the first
 * few of a kind at once, their number at the end. A row without its key, or that is no object, cannot be used: it goes
 * as a reject and is kept by the destination.
 */

import type { Json, JsonObject, Message, RecordPayload, Reject } from "@growthnav/spec";
import { count } from "../count.ts";
import { maskValue } from "../mask.ts";
import { type RowProblem, rowCheckOf } from "../schema/check-row.ts";
import { memberReader } from "../schema/member.ts";
import { wireFormOf } from "../schema/wire-form.ts";
import { DELETED_AT, deletionOf } from "./deletions.ts";
import type { StreamPlan } from "./plan.ts";

/** Of each kind of problem so many are told one by one. */
const TOLD_EACH = 3;

export interface Intake {
	/** The messages of a page's rows, in their order; `records` of them are RECORDs, `rejected` are rejects. */
	rows(rows: readonly unknown[], emitted_at: number): { messages: Message[]; records: number; rejected: number };
	/** Records of rows that are no more, known by their keys; nobody can say more than when that was seen. */
	gone(keys: readonly JsonObject[], emitted_at: number): Message[];
	/** What the connector itself could not read. */
	rejects(rejects: readonly Omit<Reject, "stream" | "namespace">[]): Message[];
	/** How often the problems occurred that were not told one by one. */
	summary(): Message[];
}

export function createIntake(plan: StreamPlan): Intake {
	const { name: stream, namespace, key } = plan;
	const check = rowCheckOf(plan.definition.schema);
	const wireForm = wireFormOf(plan.definition.schema);
	const deletedAt = deletionOf(plan.definition);
	const origin = namespace === undefined ? { stream } : { stream, namespace };
	const counts = new Map<string, { problem: RowProblem; rows: number }>();

	const reject = (refused: Omit<Reject, "stream" | "namespace">): Message => ({
		type: "LOG",
		log: {
			level: "WARN",
			message: `${stream}: a row is refused: ${refused.reason}`,
			reject: { ...origin, ...refused },
		},
	});

	const tell = (row: unknown, problem: RowProblem): Message | undefined => {
		const kind = `${problem.code} ${problem.path.replace(/\.\d+(?=\.|$)/g, ".*")}`;
		const seen = counts.get(kind) ?? { problem, rows: 0 };
		counts.set(kind, seen);
		seen.rows++;
		if (seen.rows > TOLD_EACH) return undefined;
		const id = key.map((field) => maskValue(memberReader(field)(row as object), { key: true })).join(", ");
		return { type: "LOG", log: { level: "WARN", message: `${stream}${id && ` ${id}`}: ${reasonOf(problem)}` } };
	};

	/** A reject where the row cannot be used; else its wrong values are told. */
	const judge = (row: unknown, messages: Message[]): Message | undefined => {
		const problems = check(row);
		if (problems === undefined) return key.length === 0 && isEmpty(row) ? reject(EMPTY) : undefined;
		const fatal = problems.find(({ path }) => path === "" || key.includes(path));
		if (fatal !== undefined) return reject(refusalOf(fatal, row, key));
		// of a deleted record vendors often send the key alone
		const gone = deletedAt(row as JsonObject) !== undefined;
		for (const problem of problems) {
			const log = gone && problem.code === "missing" ? undefined : tell(row, problem);
			if (log !== undefined) messages.push(log);
		}
		return undefined;
	};

	/** The data that is sent; undefined where it is deleted and nothing says when. */
	const sent = (row: JsonObject): JsonObject | undefined => {
		const at = deletedAt(row);
		if (at === undefined) return wireForm(row);
		return at === null ? undefined : { ...wireForm(row), [DELETED_AT]: at };
	};

	const messageOf = (row: unknown, emitted_at: number, messages: Message[]): Message => {
		const refused = judge(row, messages);
		if (refused !== undefined) return refused;
		const data = sent(row as JsonObject);
		return data === undefined
			? reject(timeless(plan, row as JsonObject))
			: { type: "RECORD", record: recordOf(data, emitted_at) };
	};

	const recordOf = (data: JsonObject, emitted_at: number): RecordPayload =>
		namespace === undefined ? { stream, data, emitted_at } : { stream, namespace, data, emitted_at };

	return {
		rows(rows, emitted_at) {
			const messages: Message[] = [];
			let rejected = 0;
			for (const row of rows) {
				const message = messageOf(row, emitted_at, messages);
				if (message.type !== "RECORD") rejected++;
				messages.push(message);
			}
			return { messages, records: rows.length - rejected, rejected };
		},
		gone: (keys, emitted_at) =>
			keys.map((row) => {
				const data = { ...wireForm(row), [DELETED_AT]: new Date(emitted_at).toISOString() };
				return { type: "RECORD", record: recordOf(data, emitted_at) };
			}),
		rejects: (rejects) => rejects.map(reject),
		summary: () =>
			[...counts.values()]
				.filter(({ rows }) => rows > TOLD_EACH)
				.map(({ problem, rows }) => ({
					type: "LOG",
					log: {
						level: "WARN",
						message: `${stream}: ${count(rows)} times ${problem.path} was not ${problem.expected}; the first ${TOLD_EACH} are told above`,
					},
				})),
	};
}

const EMPTY = { code: "empty_record", reason: "the row has no fields", raw: {} };

/** A deletion must not get lost, and its time must not be made up. */
function timeless({ definition, cursor }: StreamPlan, row: JsonObject): Omit<Reject, "stream" | "namespace"> {
	const deleted = String(definition.deleted);
	const path = row[deleted] === true ? (cursor?.field ?? deleted) : deleted;
	return {
		code: "deleted_without_time",
		reason: `${deleted} says that it is deleted, and ${path} does not say when`,
		path,
		raw: row,
	};
}

function refusalOf(problem: RowProblem, row: unknown, key: string[]): Omit<Reject, "stream" | "namespace"> {
	return {
		code: problem.code === "missing" && problem.path !== "" ? "missing_key" : "wrong_type",
		reason: problem.path === "" ? `it is ${problem.found}, not an object` : reasonOf(problem, key, row),
		...(problem.path !== "" && { path: problem.path }),
		raw: (row ?? null) as Json,
	};
}

/** `closed_at: "xxx" is not a time with its zone (2026-07-03T19:22:10Z)`, `id is missing`. */
function reasonOf({ path, code, expected, found }: RowProblem, key: string[] = [], row?: unknown): string {
	if (code === "missing") return `${path} is missing`;
	const shown = key.includes(path) ? maskValue(memberReader(path)(row as object), { key: true }) : found;
	return `${path}: ${shown} is not ${expected}`;
}

function isEmpty(row: unknown): boolean {
	for (const _field in row as object) return false;
	return true;
}
