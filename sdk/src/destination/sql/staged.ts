/** The columns of staged files, typed as the tables they go to; what a commit adds is not among them. */
import type { EpochStream } from "../epochs/epoch.ts";
import {
	CONVERSION_COMMIT_COLUMNS,
	CONVERSION_TABLE_COLUMNS,
	DEAD_LETTER_COLUMNS,
	type TableColumn,
} from "../tables/layout.ts";

export interface StagedColumn extends TableColumn {
	/** A timestamp that the spool holds as microseconds. */
	micros?: boolean;
	/** No file has it: it is null everywhere, and need not be looked for. */
	absent?: boolean;
}

const SEQ: TableColumn = { name: "_gn_seq", type: "integer" };

/** Ours are microseconds in the spool, those of the records text. */
const MICROS = new Set(["_gn_emitted_at", "_gn_deleted_at"]);

export function streamStage(stream: EpochStream): StagedColumn[] {
	return stream.columns.map((column) => ({ ...column, micros: MICROS.has(column.name) }));
}

const OF_COMMIT: ReadonlySet<string> = new Set(CONVERSION_COMMIT_COLUMNS);

export const CONVERSION_STAGE: StagedColumn[] = [
	...CONVERSION_TABLE_COLUMNS.filter((column) => !OF_COMMIT.has(column.name)),
	SEQ,
	{ name: "_gn_at", type: "integer" } as const,
].map((column) => ({ ...column, micros: column.name === "extracted_at" }));

/** The same, with what is known of the files of a stream. */
export function conversionStage({ conversionColumns: filled }: EpochStream): StagedColumn[] {
	if (filled === undefined) return CONVERSION_STAGE;
	return CONVERSION_STAGE.map((column) => (filled.has(column.name) ? column : { ...column, absent: true }));
}

const NOT_SPOOLED = new Set(["batch_id", "connection", "rejected_at", "resolved_at", "sync_id"]);

export const DEAD_LETTERS_STAGE: StagedColumn[] = [
	...DEAD_LETTER_COLUMNS.filter((column) => !NOT_SPOOLED.has(column.name)),
	SEQ,
].map((column) => ({ ...column, micros: column.name === "emitted_at" }));

export const RESOLVED_IDS_STAGE: StagedColumn[] = [{ name: "_gn_id", type: "string" }, SEQ];
