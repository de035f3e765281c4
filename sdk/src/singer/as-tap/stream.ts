/** A stream of the protocol as Singer sees it. Pure. */
import type { Json, JsonObject, Stream } from "@growthnav/spec";
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
}

/** Keys and cursors that are nested are left out: Singer has them at the top level only. */
export function singerStream(stream: Stream, choice: StreamChoice = {}): SingerStream {
	const { key = stream.source_defined_primary_key ?? [], cursor = stream.default_cursor_field } = choice;
	const { schema, form } = selectFields(singerSchema(stream.json_schema), choice.isLeftOut ?? (() => false));
	const forms = [
		...(hasDeletions(stream.json_schema) ? [deletionRenamed] : []),
		...(form === undefined ? [] : [form as (data: JsonObject) => JsonObject]),
	];
	return {
		name: singerName(stream),
		schema,
		key: key.every((path) => path.length === 1) ? key.map(([field]) => field!) : [],
		cursor: cursor?.length === 1 ? cursor[0] : undefined,
		version: choice.version,
		form: forms.length === 0 ? undefined : (data) => forms.reduce((formed, one) => one(formed), data),
	};
}

function deletionRenamed(data: JsonObject): JsonObject {
	if (!Object.hasOwn(data, DELETED_AT)) return data;
	const { [DELETED_AT]: at, ...rest } = data;
	return { ...rest, [SDC_DELETED_AT]: at as Json };
}
