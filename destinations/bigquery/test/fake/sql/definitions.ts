/** Statements that make and change tables. */
import { expression } from "./expressions.ts";
import { listOf, type Parsing } from "./reader.ts";
import type { AlterAction, ColumnDefinition, CreateTable, Option, Statement } from "./syntax.ts";
import { typeOf } from "./types.ts";

export function createTable(reader: Parsing): CreateTable {
	const orReplace = reader.skip("OR", "REPLACE");
	const temporary = reader.skip("TEMP") || reader.skip("TEMPORARY");
	reader.expect("TABLE");
	const ifNotExists = reader.skip("IF", "NOT", "EXISTS");
	if (orReplace && ifNotExists) reader.fail("OR REPLACE and IF NOT EXISTS do not go together");
	const table = reader.tableName();
	const columns: ColumnDefinition[] = [];
	if (reader.skip("(")) {
		columns.push(...listOf(reader, () => column(reader)));
		reader.expect(")");
	}
	const partitionBy = reader.skip("PARTITION", "BY") ? expression(reader) : undefined;
	const clusterBy = reader.skip("CLUSTER", "BY") ? listOf(reader, () => reader.name()) : [];
	const options = optionsOf(reader);
	const as = reader.skip("AS") ? reader.query() : undefined;
	if (as === undefined && columns.length === 0) reader.fail("CREATE TABLE needs columns or a query");
	const base = { is: "CREATE_TABLE" as const, table, orReplace, temporary, ifNotExists, columns, clusterBy, options };
	return { ...base, ...(partitionBy && { partitionBy }), ...(as && { as }) };
}

function column(reader: Parsing): ColumnDefinition {
	const name = reader.name();
	const type = typeOf(reader);
	const notNull = reader.skip("NOT", "NULL");
	return { name, type, notNull, options: optionsOf(reader) };
}

function optionsOf(reader: Parsing): Option[] {
	if (!reader.skip("OPTIONS")) return [];
	reader.expect("(");
	const options = reader.is(")")
		? []
		: listOf(reader, () => {
				const name = reader.name().toLowerCase();
				reader.expect("=");
				return { name, value: expression(reader) };
			});
	reader.expect(")");
	return options;
}

export function alterTable(reader: Parsing): Statement {
	const ifExists = reader.skip("IF", "EXISTS");
	const table = reader.tableName();
	return { is: "ALTER_TABLE", table, ifExists, actions: listOf(reader, () => alterAction(reader)) };
}

function alterAction(reader: Parsing): AlterAction {
	if (reader.skip("ADD", "COLUMN")) {
		const ifNotExists = reader.skip("IF", "NOT", "EXISTS");
		return { does: "add column", ifNotExists, column: column(reader) };
	}
	if (reader.skip("DROP", "COLUMN")) {
		const ifExists = reader.skip("IF", "EXISTS");
		return { does: "drop column", ifExists, column: reader.name() };
	}
	if (reader.skip("RENAME", "TO")) return { does: "rename", to: reader.name() };
	if (reader.skip("RENAME", "COLUMN")) {
		const ifExists = reader.skip("IF", "EXISTS");
		const name = reader.name();
		reader.expect("TO");
		return { does: "rename column", ifExists, column: name, to: reader.name() };
	}
	if (reader.skip("SET")) return { does: "options", options: optionsOf(reader) };
	reader.expect("ALTER", "COLUMN");
	const ifExists = reader.skip("IF", "EXISTS");
	const name = reader.name();
	if (reader.skip("SET", "DATA", "TYPE")) return { does: "set type", ifExists, column: name, type: typeOf(reader) };
	if (reader.skip("DROP", "NOT", "NULL")) return { does: "drop not null", ifExists, column: name };
	reader.expect("SET");
	return { does: "column options", ifExists, column: name, options: optionsOf(reader) };
}
