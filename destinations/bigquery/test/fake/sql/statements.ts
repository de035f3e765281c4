/** Statements that read or change rows, and those of transactions. */
import { alterTable, createTable } from "./definitions.ts";
import { expression, startsQuery } from "./expressions.ts";
import { fromClause, fromItem } from "./queries.ts";
import { listOf, type Parsing } from "./reader.ts";
import type { Assignment, Expression, MergeAction, MergeWhen, Statement } from "./syntax.ts";

export function statement(reader: Parsing): Statement {
	if (reader.is("SELECT") || reader.is("WITH") || reader.is("(")) return { is: "SELECT", query: reader.query() };
	if (reader.skip("INSERT")) return insert(reader);
	if (reader.skip("UPDATE")) return update(reader);
	if (reader.skip("DELETE")) return remove(reader);
	if (reader.skip("MERGE")) return merge(reader);
	if (reader.skip("TRUNCATE", "TABLE")) return { is: "TRUNCATE_TABLE", table: reader.tableName() };
	if (reader.skip("CREATE")) return createTable(reader);
	if (reader.skip("ALTER", "TABLE")) return alterTable(reader);
	if (reader.skip("DROP", "TABLE")) {
		const ifExists = reader.skip("IF", "EXISTS");
		return { is: "DROP_TABLE", ifExists, table: reader.tableName() };
	}
	if (reader.skip("ASSERT")) {
		const condition = expression(reader);
		return { is: "ASSERT", condition, message: reader.skip("AS") ? reader.string() : "Assertion failed" };
	}
	for (const word of ["BEGIN", "COMMIT", "ROLLBACK"] as const) {
		if (!reader.skip(word)) continue;
		reader.skip("TRANSACTION");
		return { is: `${word}_TRANSACTION` };
	}
	return reader.fail(`Unexpected ${reader.peek().text}: this statement is not one that the fake knows`);
}

function insert(reader: Parsing): Statement {
	reader.skip("INTO");
	const table = reader.tableName();
	if (!reader.is("("))
		reader.fail("INSERT without a list of columns: its meaning would hang on their order in the table");
	reader.expect("(");
	const columns = listOf(reader, () => reader.name());
	reader.expect(")");
	if (!reader.skip("VALUES")) {
		if (!startsQuery(reader)) reader.failHere();
		return { is: "INSERT", table, columns, source: reader.query() };
	}
	const source = listOf(reader, () => {
		reader.expect("(");
		const values = listOf(reader, () => expression(reader));
		reader.expect(")");
		if (values.length !== columns.length) {
			reader.fail(`Inserted row has wrong column count; Has ${values.length}, expected ${columns.length}`);
		}
		return values;
	});
	return { is: "INSERT", table, columns, source };
}

function update(reader: Parsing): Statement {
	const table = reader.tableName();
	const alias = reader.alias();
	reader.expect("SET");
	const set = assignments(reader, alias ?? table.at(-1)!);
	const from = reader.skip("FROM") ? fromClause(reader) : undefined;
	if (!reader.skip("WHERE")) reader.fail("UPDATE must have a WHERE clause");
	const where = expression(reader);
	return { is: "UPDATE", table, set, where, ...(alias !== undefined && { alias }), ...(from && { from }) };
}

function assignments(reader: Parsing, target: string): Assignment[] {
	return listOf(reader, () => {
		const first = reader.name();
		const column = first === target && reader.skip(".") ? reader.name() : first;
		if (reader.is(".")) reader.fail("fields of a column cannot be set one by one here");
		reader.expect("=");
		return { column, value: expression(reader) };
	});
}

function remove(reader: Parsing): Statement {
	reader.skip("FROM");
	const table = reader.tableName();
	const alias = reader.alias();
	if (!reader.skip("WHERE")) reader.fail("DELETE must have a WHERE clause");
	return { is: "DELETE", table, where: expression(reader), ...(alias !== undefined && { alias }) };
}

function merge(reader: Parsing): Statement {
	reader.skip("INTO");
	const table = reader.tableName();
	const alias = reader.alias();
	reader.expect("USING");
	const using = fromItem(reader);
	reader.expect("ON");
	const on = expression(reader);
	const whens: MergeWhen[] = [];
	while (reader.skip("WHEN")) whens.push(mergeWhen(reader, alias ?? table.at(-1)!));
	if (whens.length === 0) reader.failHere();
	return { is: "MERGE", table, using, on, whens, ...(alias !== undefined && { alias }) };
}

function mergeWhen(reader: Parsing, target: string): MergeWhen {
	const not = reader.skip("NOT");
	reader.expect("MATCHED");
	const bySource = not && reader.skip("BY", "SOURCE");
	if (not && !bySource) reader.skip("BY", "TARGET");
	const and: Expression | undefined = reader.skip("AND") ? expression(reader) : undefined;
	reader.expect("THEN");
	const matched = bySource ? "NOT MATCHED BY SOURCE" : not ? "NOT MATCHED" : "MATCHED";
	return { matched, action: mergeAction(reader, target), ...(and && { and }) };
}

function mergeAction(reader: Parsing, target: string): MergeAction {
	if (reader.skip("DELETE")) return { does: "delete" };
	if (reader.skip("UPDATE", "SET")) return { does: "update", set: assignments(reader, target) };
	reader.expect("INSERT");
	if (reader.skip("ROW")) return { does: "insert row" };
	reader.expect("(");
	const columns = listOf(reader, () => reader.name());
	reader.expect(")", "VALUES", "(");
	const values = listOf(reader, () => expression(reader));
	reader.expect(")");
	return { does: "insert", columns, values };
}
