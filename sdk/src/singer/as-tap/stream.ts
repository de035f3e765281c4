/** A stream of the protocol as Singer sees it. Pure. */
import type { Json, JsonObject, JsonSchema, Stream } from "@growthnav/spec";
import { DELETED_AT } from "../../source/deletions.ts";
import { singerName } from "./names.ts";
import { hasDeletions, SDC_DELETED_AT, singerSchema } from "./schema.ts";
import { selectFields } from "./selection.ts";
import type { SingerStream } from "./to-singer.ts";

export interface StreamChoice {
	version?: number | undefined;
	isLeftOut?: (breadcrumb: string[]) => boolean;
	/** In place of what the stream declares. */
	key?: readonly string[][];
	cursor?: readonly string[] | undefined;
	/** Told of each field that the schema does not have, which is then left out; without it such fields go on. */
	onUnknown?: ((stream: string, field: string) => void) | undefined;
}

/** Milliseconds of a record's time, by the name that Stitch gave it. */
export const SDC_SEQUENCE = "_sdc_sequence";

/**
 * Keys and cursors that are nested are left out: Singer has them at the top level only. Every record has all fields of
 * the schema, in its order; what it lacks is null.
 */
export function singerStream(stream: Stream, choice: StreamChoice = {}): SingerStream {
	const { key = stream.source_defined_primary_key ?? [], cursor = stream.default_cursor_field } = choice;
	const selected = selectFields(singerSchema(stream.json_schema), choice.isLeftOut ?? (() => false));
	const numbered = hasNumbers(selected.schema);
	const schema = numbered ? selected.schema : withSequence(selected.schema);
	const renamed = hasDeletions(stream.json_schema);
	const none = Object.fromEntries(Object.keys(schema.properties ?? {}).map((name) => [name, null]));
	const fields = Object.keys(none).length;
	const name = singerName(stream);
	return {
		name,
		schema,
		key: key.every((path) => path.length === 1) ? key.map(([field]) => field!) : [],
		cursor: cursor?.length === 1 ? cursor[0] : undefined,
		version: choice.version,
		form(data, emittedAt) {
			const named = renamed ? deletionRenamed(data) : data;
			const sent = selected.form === undefined ? named : (selected.form(named) as JsonObject);
			// target-csv writes each row by its own fields: one that is absent would move all behind it
			const whole: JsonObject = { ...none, ...sent };
			if (!numbered && Number.isFinite(emittedAt)) whole[SDC_SEQUENCE] = Math.trunc(emittedAt);
			if (choice.onUnknown === undefined || Object.keys(whole).length === fields) return whole;
			return knownAlone(whole, none, (field) => choice.onUnknown!(name, field));
		},
	};
}

function knownAlone(data: JsonObject, known: JsonObject, onUnknown: (field: string) => void): JsonObject {
	const fields = Object.entries(data).filter(([name]) => {
		if (!Object.hasOwn(known, name)) onUnknown(name);
		return Object.hasOwn(known, name);
	});
	return Object.fromEntries(fields);
}

function deletionRenamed(data: JsonObject): JsonObject {
	if (!Object.hasOwn(data, DELETED_AT)) return data;
	const { [DELETED_AT]: at, ...rest } = data;
	return { ...rest, [SDC_DELETED_AT]: at as Json };
}

const NUMBERS = ["null", "number", "integer", "boolean"];

function hasNumbers({ properties = {} }: JsonSchema): boolean {
	return Object.values(properties).some(({ type }) => [type].flat().every((one) => NUMBERS.includes(one as string)));
}

/**
 * target-duckdb loses the first row of each batch of a table that has text and times alone: DuckDB takes it for the
 * header of the file between them. A column of numbers, also an empty one, keeps it.
 */
function withSequence(schema: JsonSchema): JsonSchema {
	return { ...schema, properties: { ...schema.properties, [SDC_SEQUENCE]: { type: ["null", "integer"] } } };
}
