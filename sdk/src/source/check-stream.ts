/** What the types cannot tell of a stream's definition: told when it is loaded, with where it is and what to do. */
import { ConnectorError } from "../errors.ts";
import { listOf } from "../nearest.ts";
import { type Field, fieldOf } from "../schema/field.ts";
import { snakeCase } from "../snake-case.ts";
import { CURSOR_KINDS, type CursorKind, parseDuration, parseLookback } from "./cursor.ts";
import type { Streams } from "./plan.ts";

type Definition = Streams[string];
type Fields = ReadonlyMap<string, Field>;

/** Throws `internal.definition` for optional keys, cursors that do not grow, options that do not go together. */
export function checkStreams(source: string, streams: Streams): void {
	for (const [name, stream] of Object.entries(streams)) checkStream(`stream ${name} of source ${source}`, stream);
}

/** Throws `internal.definition` where the tables of two streams would have one name, since stores know no large letters. */
export function checkTables(where: string, streams: readonly string[]): void {
	const tables = new Map<string, string>();
	for (const stream of streams) {
		const table = snakeCase(stream);
		const other = tables.get(table);
		if (other !== undefined) {
			throw wrongly(where, `its streams ${other} and ${stream} both write the table ${table}`, "rename one of them");
		}
		tables.set(table, stream);
	}
}

function checkStream(where: string, stream: Definition): void {
	const { fields } = fieldOf(stream.schema);
	checkKey(where, stream, fields);
	if (stream.cursor === undefined) checkWithoutCursor(where, stream);
	else checkCursor(where, stream, known(where, "cursor", stream.cursor, fields));
	if (stream.lag !== undefined) checkLength(where, "lag", stream.lag);
	checkSlices(where, stream);
	if (stream.deleted !== undefined) checkDeleted(where, stream, fields);
}

const KEY_KINDS = ["string", "integer", "decimal", "boolean", "date", "timestamp", "datetime", "time", "one_of"];

function keyOf({ primaryKey }: Definition): string[] {
	return primaryKey === undefined ? [] : [primaryKey].flat();
}

function checkKey(where: string, stream: Definition, fields: Fields): void {
	const key = keyOf(stream);
	for (const name of key) {
		const field = known(where, "key", name, fields);
		if (!KEY_KINDS.includes(field.kind)) {
			throw wrongly(where, `its key ${name} is ${field.kind}`, "a key is one value");
		}
		if (field.optional) throw wrongly(where, `its key ${name} is optional`, "a record without key cannot be stored");
	}
	if (stream.write === "append_dedup" && key.length === 0) {
		throw wrongly(where, "it writes append_dedup and has no key", "name its primaryKey, or write append");
	}
}

function checkWithoutCursor(where: string, stream: Definition): void {
	const option = (["sorted", "lookback", "window", "start", "replaces"] as const).find(
		(name) => stream[name] !== undefined,
	);
	if (option === undefined) return;
	throw wrongly(
		where,
		`${option} is about a cursor, which it does not have`,
		`name its cursor, or leave ${option} out`,
	);
}

function checkCursor(where: string, stream: Definition, field: Field): void {
	const kind = field.kind as CursorKind;
	if (!CURSOR_KINDS.includes(kind)) {
		throw wrongly(where, `its cursor ${stream.cursor} is ${kind}`, `a cursor is ${listOf(CURSOR_KINDS)}`);
	}
	if (stream.ownState) throw wrongly(where, "it has a cursor and ownState", "keep one of them");
	if (stream.lookback !== undefined && parseLookback(kind, stream.lookback) === undefined) {
		const form = kind === "integer" ? 'a number such as "500"' : LENGTHS;
		throw wrongly(where, `its lookback "${stream.lookback}" cannot be read`, `write ${form}`);
	}
	const timed = (["window", "lag"] as const).find((name) => stream[name] !== undefined);
	if (kind === "integer" && timed !== undefined) {
		throw wrongly(
			where,
			`${timed} is a time, and its cursor ${stream.cursor} is a number`,
			`leave ${timed} out, or name a cursor that is a time`,
		);
	}
	if (stream.window !== undefined) checkWindow(where, stream, kind);
	if (stream.replaces) checkReplaces(where, stream, kind, fieldOf(stream.schema).fields);
}

/** Whole days must be known to have been read, and a state must not stand in the middle of one. */
function checkReplaces(where: string, stream: Definition, kind: CursorKind, fields: Fields): void {
	const { cursor, window, sorted } = stream;
	const wrong = (why: string, next: string) => wrongly(where, `it replaces days, ${why}`, next);
	if (kind !== "date") throw wrong(`and its cursor ${cursor} is ${kind}`, "name the date of the rows as its cursor");
	if (!keyOf(stream).includes(cursor!)) throw wrong(`and its key has no ${cursor}`, `add ${cursor} to its primaryKey`);
	const decimal = keyOf(stream).find((name) => fields.get(name)!.kind === "decimal");
	if (decimal !== undefined) throw wrong(`and its key ${decimal} is decimal`, "compare by text or whole numbers");
	if (window === undefined) throw wrong("and has no window, so no day is known to be whole", 'write window: "7d"');
	if (sorted) throw wrong("and is sorted: a state could stand in the middle of a day", "leave sorted out");
}

function checkWindow(where: string, { window, start }: Definition, kind: CursorKind): void {
	checkLength(where, "window", window!);
	const seconds = parseDuration(window!)!;
	if (seconds === 0 || (kind === "date" && seconds % 86_400 !== 0)) {
		throw wrongly(
			where,
			`its window is ${seconds === 0 ? "empty" : "no whole days, and its cursor is a date"}`,
			'write "1d" or "30d"',
		);
	}
	if (start === undefined) {
		throw wrongly(
			where,
			"it has a window and no start, so a first read knows no first window",
			"write start: (config) => config.start_date",
		);
	}
}

const LENGTHS = '"90s", "15m", "1h" or "3d"';

function checkLength(where: string, option: string, text: string): void {
	if (parseDuration(text) !== undefined) return;
	throw wrongly(where, `its ${option} "${text}" cannot be read`, `write ${LENGTHS}`);
}

const MOST_AT_ONCE = 64;

function checkSlices(where: string, { slices, concurrency, ownState, resumable }: Definition): void {
	if (resumable && slices !== undefined) {
		throw wrongly(
			where,
			"it is resumable and has slices",
			"a full refresh goes on from one state: leave out one of them",
		);
	}
	if (concurrency === undefined) return;
	if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= MOST_AT_ONCE)) {
		throw wrongly(where, `its concurrency is ${concurrency}`, `write a whole number from 1 to ${MOST_AT_ONCE}`);
	}
	if (slices === undefined) {
		throw wrongly(where, "it has concurrency and no slices to read at once", "write slices, or leave concurrency out");
	}
	if (ownState) {
		throw wrongly(
			where,
			"it has ownState and concurrency: slices read at once would write over each other's state",
			"leave concurrency out, or name a cursor in place of ownState",
		);
	}
}

/** A deletion needs a row that it is of, and a time that somebody gave. */
function checkDeleted(where: string, stream: Definition, fields: Fields): void {
	const name = stream.deleted!;
	const { kind } = known(where, "field of deletions", name, fields);
	if (kind !== "timestamp" && kind !== "boolean") {
		throw wrongly(where, `its field of deletions ${name} is ${kind}`, "it is a timestamp, or a boolean");
	}
	if (kind === "boolean" && fields.get(stream.cursor ?? "")?.kind !== "timestamp") {
		throw wrongly(
			where,
			`${name} says that a row is deleted, and nothing says when`,
			"name a cursor that is a timestamp, or a field with the time of the deletion",
		);
	}
	if (keyOf(stream).length === 0) {
		throw wrongly(where, `it has deletions (${name}) and no key to find the deleted row by`, "name its primaryKey");
	}
}

function known(where: string, role: string, name: string, fields: Fields): Field {
	const field = fields.get(name);
	if (field !== undefined) return field;
	throw wrongly(where, `its ${role} ${name} is not in the schema`, `it has ${listOf([...fields.keys()])}`);
}

/** A mistake in a connector's literal. */
export function wrongly(where: string, why: string, next: string): ConnectorError {
	return new ConnectorError("internal.definition", `A connector is defined wrongly: ${where}`, { where, why, next });
}
