/** `defineSource`: the literal of a connector, checked once when it is loaded. */

import { ConnectorError } from "../errors.ts";
import { httpLimitsSetting } from "../http/limits.ts";
import { listOf } from "../nearest.ts";
import { type Field, fieldOf } from "../schema/field.ts";
import { CURSOR_KINDS, type CursorKind, parseLookback } from "./cursor.ts";
import type { RecordSchema, Source, SourceDefinition } from "./definition.ts";
import type { Streams } from "./plan.ts";

/** A source, ready to run. Everything is inferred from the literal; its mistakes throw `internal.definition`. */
export function defineSource<Config extends RecordSchema, Streams extends Record<string, RecordSchema>>(
	definition: SourceDefinition<Config, Streams>,
): Source {
	const { config, http } = definition;
	const settings = http === undefined ? config : config.extend({ http_limits: httpLimitsSetting });
	const source = { ...definition, config: settings, kind: "source" } as unknown as Source;
	checkSourceDefinition(source);
	return source;
}

function checkSourceDefinition({ name, version, config, streams }: Source): void {
	if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name)) {
		throw wrong(
			`source ${name}`,
			"its name is not small letters, digits, _ and -",
			"it names a namespace and a program",
		);
	}
	if (version === "") throw wrong(`source ${name}`, "it has no version", "version of package.json");
	fieldOf(config);
	if (typeof streams !== "function") checkStreams(name, streams);
}

/** Throws `internal.definition` for what the types cannot tell: optional keys, cursors that do not grow, bad lookbacks. */
export function checkStreams(source: string, streams: Streams): void {
	for (const [name, stream] of Object.entries(streams)) checkStream(`stream ${name} of source ${source}`, stream);
}

const KEY_KINDS = ["string", "integer", "decimal", "boolean", "date", "timestamp", "datetime", "time", "one_of"];

function checkStream(where: string, stream: Streams[string]): void {
	const { fields } = fieldOf(stream.schema);
	const key = stream.primaryKey === undefined ? [] : [stream.primaryKey].flat();
	for (const name of key) {
		const field = known(where, "key", name, fields);
		if (!KEY_KINDS.includes(field.kind)) throw wrong(where, `its key ${name} is ${field.kind}`, "a key is one value");
		if (field.optional) throw wrong(where, `its key ${name} is optional`, "a record without key cannot be stored");
	}
	if (stream.cursor !== undefined) checkCursor(where, stream, known(where, "cursor", stream.cursor, fields));
	else if (stream.sorted || stream.lookback !== undefined) {
		throw wrong(
			where,
			"sorted and lookback are about a cursor, which it does not have",
			"name its cursor, or leave them out",
		);
	}
	if (stream.write === "append_dedup" && key.length === 0) {
		throw wrong(where, "it writes append_dedup and has no key", "name its primaryKey, or write append");
	}
}

function checkCursor(where: string, stream: Streams[string], { kind }: Field): void {
	if (!CURSOR_KINDS.includes(kind as CursorKind)) {
		throw wrong(where, `its cursor ${stream.cursor} is ${kind}`, `a cursor is ${listOf(CURSOR_KINDS)}`);
	}
	if (stream.ownState) throw wrong(where, "it has a cursor and ownState", "keep one of them");
	if (stream.lookback !== undefined && parseLookback(kind as CursorKind, stream.lookback) === undefined) {
		const form = kind === "integer" ? 'a number such as "500"' : '"90s", "15m", "1h" or "3d"';
		throw wrong(where, `its lookback "${stream.lookback}" cannot be read`, `write ${form}`);
	}
}

function known(where: string, role: string, name: string, fields: ReadonlyMap<string, Field>): Field {
	const field = fields.get(name);
	if (field === undefined)
		throw wrong(where, `its ${role} ${name} is not in the schema`, `it has ${listOf([...fields.keys()])}`);
	return field;
}

function wrong(where: string, why: string, next: string): ConnectorError {
	return new ConnectorError("internal.definition", `A connector is defined wrongly: ${where}`, { where, why, next });
}
