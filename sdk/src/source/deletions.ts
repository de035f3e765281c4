/** Records that the vendor says are deleted, in the form in which destinations know them. */
import type { JsonObject } from "@growthnav/spec";
import { memberReader } from "../schema/member.ts";
import { parseInstant } from "../schema/time.ts";
import { optional, timestamp } from "../schema/vocabulary.ts";
import type { RecordSchema, StreamDefinition } from "./definition.ts";

/** The field by which the protocol's destinations know a deleted row: the time of its deletion. */
export const DELETED_AT = "_ab_cdc_deleted_at";

/** The schema of what is sent: with the field where a stream has deletions. */
export function sentSchema({ schema, deleted, replaces }: Sent): RecordSchema {
	return deleted === undefined && !replaces ? schema : schema.extend({ [DELETED_AT]: optional(timestamp()) });
}

type Sent = Pick<StreamDefinition, "schema" | "deleted" | "replaces">;

/** Undefined: it lives. Null: it is deleted, and nothing says when. */
type Deletion = (row: JsonObject) => string | null | undefined;

/** When a row was deleted, as the vendor gave it: the time itself, or with a boolean the cursor's value. */
export function deletionOf({ deleted, cursor }: Pick<StreamDefinition, "deleted" | "cursor">): Deletion {
	if (deleted === undefined) return () => undefined;
	const read = memberReader(deleted);
	const moved = cursor === undefined ? () => undefined : memberReader(cursor);
	return (row) => {
		const said = read(row);
		if (said === undefined || said === null || said === false || said === "") return undefined;
		const time = said === true ? moved(row) : said;
		return typeof time === "string" && parseInstant(time) !== undefined ? time : null;
	};
}
