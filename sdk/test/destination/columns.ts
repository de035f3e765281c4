/** Short forms for tests of rows. */
import type { JsonObject } from "@growthnav/spec";
import { compileRow, type RowOptions } from "../../src/destination/rows/row.ts";
import type { Column, ColumnType } from "../../src/destination/tables/columns.ts";
import { parseJson } from "../../src/protocol/parse.ts";

export function column(property: string, type: ColumnType, rest: Partial<Column> = {}): Column {
	return { property, name: property, type, ...rest };
}

/** The row of one record, given as JSON text, as plain data: its members parsed again, with all digits. */
export function rowOf(columns: Column[], record: string, options: RowOptions = { primaryKey: [] }) {
	const row = compileRow(columns, options)(parseJson(record) as JsonObject);
	if (!row.ok) throw new Error(`${row.code}: ${row.reason}`);
	return { ...row, values: parseJson(`{${row.members}}`) as JsonObject };
}

/** One value through a column of its own; `undefined` text where it became null. */
export function through(type: ColumnType, literal: string): { text: string | undefined; code: string | undefined } {
	const { members, changes } = rowOf([column("v", type)], `{"v":${literal}}`);
	return { text: members === "" ? undefined : members.slice('"v":'.length), code: changes?.[0]?.code };
}
