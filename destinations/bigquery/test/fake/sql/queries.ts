/** SELECT and what may stand around it. */
import { orderings } from "./calls.ts";
import { expression } from "./expressions.ts";
import { listOf, type Parsing, readerOf } from "./reader.ts";
import type { Expression, From, Query, QueryBody, Select, SelectItem } from "./syntax.ts";

export function parsingOf(sql: string): Parsing {
	const parsing: Parsing = { ...readerOf(sql), query: () => query(parsing) };
	return parsing;
}

function query(reader: Parsing): Query {
	const named: Query["with"] = [];
	if (reader.skip("WITH")) {
		named.push(
			...listOf(reader, () => {
				const name = reader.name();
				reader.expect("AS", "(");
				const inner = query(reader);
				reader.expect(")");
				return { name, query: inner };
			}),
		);
	}
	const body = queryBody(reader);
	const orderBy = reader.is("ORDER") ? orderings(reader, expression) : [];
	const limit = reader.skip("LIMIT") ? expression(reader) : undefined;
	const offset = limit !== undefined && reader.skip("OFFSET") ? expression(reader) : undefined;
	return { with: named, body, orderBy, ...(limit && { limit }), ...(offset && { offset }) };
}

const OPERATORS = ["UNION ALL", "UNION DISTINCT", "EXCEPT DISTINCT", "INTERSECT DISTINCT"] as const;

function queryBody(reader: Parsing): QueryBody {
	const parts = [queryTerm(reader)];
	const operatorHere = () => OPERATORS.find((one) => reader.is(...one.split(" ")));
	const operator = operatorHere();
	if (operator === undefined) {
		// a bare UNION says neither ALL nor DISTINCT
		return reader.is("UNION") ? reader.failHere() : parts[0]!;
	}
	while (reader.skip(...operator.split(" "))) parts.push(queryTerm(reader));
	if (operatorHere() !== undefined)
		reader.fail("Different set operations cannot be used in the same query without brackets");
	return { is: "union", operator, parts };
}

function queryTerm(reader: Parsing): QueryBody {
	if (!reader.skip("(")) return select(reader);
	const inner = query(reader);
	reader.expect(")");
	return { is: "nested", query: inner };
}

function select(reader: Parsing): Select {
	reader.expect("SELECT");
	const distinct = reader.skip("DISTINCT");
	if (!distinct) reader.skip("ALL");
	const asStruct = reader.skip("AS", "STRUCT");
	const items = listOf(reader, () => item(reader));
	const clause = (...words: string[]): Expression | undefined =>
		reader.skip(...words) ? expression(reader) : undefined;
	const from = reader.skip("FROM") ? fromClause(reader) : undefined;
	const where = clause("WHERE");
	const groupBy = reader.skip("GROUP", "BY")
		? reader.skip("ALL")
			? "ALL"
			: listOf(reader, () => expression(reader))
		: [];
	const having = clause("HAVING");
	const qualify = clause("QUALIFY");
	return {
		is: "select",
		distinct,
		asStruct,
		items,
		groupBy,
		...(from && { from }),
		...(where && { where }),
		...(having && { having }),
		...(qualify && { qualify }),
	};
}

function item(reader: Parsing): SelectItem {
	if (reader.skip("*")) return star(reader);
	if (["word", "quoted"].includes(reader.peek().kind) && reader.peek(1).upper === "." && reader.peek(2).upper === "*") {
		const of = reader.name();
		reader.expect(".", "*");
		return star(reader, of);
	}
	const value = expression(reader);
	const alias = reader.alias();
	return { is: "value", value, ...(alias !== undefined && { alias }) };
}

function star(reader: Parsing, of?: string): SelectItem {
	const except: string[] = [];
	const replace: { value: Expression; name: string }[] = [];
	if (reader.skip("EXCEPT", "(")) {
		except.push(...listOf(reader, () => reader.name()));
		reader.expect(")");
	}
	if (reader.skip("REPLACE", "(")) {
		replace.push(
			...listOf(reader, () => {
				const value = expression(reader);
				reader.expect("AS");
				return { value, name: reader.name() };
			}),
		);
		reader.expect(")");
	}
	return { is: "star", except, replace, ...(of !== undefined && { of }) };
}

export function fromClause(reader: Parsing): From {
	let left = fromItem(reader);
	for (;;) {
		if (reader.skip(",")) {
			left = { is: "join", kind: "CROSS", left, right: fromItem(reader) };
			continue;
		}
		const kind = joinKind(reader);
		if (kind === undefined) return left;
		const right = fromItem(reader);
		if (kind === "CROSS") left = { is: "join", kind, left, right };
		else if (reader.skip("USING", "(")) {
			left = { is: "join", kind, left, right, using: listOf(reader, () => reader.name()) };
			reader.expect(")");
		} else {
			reader.expect("ON");
			left = { is: "join", kind, left, right, on: expression(reader) };
		}
	}
}

function joinKind(reader: Parsing): Extract<From, { is: "join" }>["kind"] | undefined {
	if (reader.skip("JOIN") || reader.skip("INNER", "JOIN")) return "INNER";
	if (reader.skip("CROSS", "JOIN")) return "CROSS";
	for (const kind of ["LEFT", "RIGHT", "FULL"] as const) {
		if (reader.skip(kind, "OUTER", "JOIN") || reader.skip(kind, "JOIN")) return kind;
	}
	return undefined;
}

export function fromItem(reader: Parsing): From {
	if (reader.skip("UNNEST", "(")) {
		const value = expression(reader);
		reader.expect(")");
		const alias = reader.alias();
		const offset = reader.skip("WITH", "OFFSET") ? (reader.alias() ?? "offset") : undefined;
		return { is: "unnest", value, ...(alias !== undefined && { alias }), ...(offset !== undefined && { offset }) };
	}
	if (reader.skip("(")) {
		const startsJoin = !(reader.is("SELECT") || reader.is("WITH") || reader.is("("));
		if (startsJoin) {
			const joined = fromClause(reader);
			reader.expect(")");
			return joined;
		}
		const inner = query(reader);
		reader.expect(")");
		const alias = reader.alias();
		return { is: "derived", query: inner, ...(alias !== undefined && { alias }) };
	}
	const path = reader.tableName();
	const alias = reader.alias();
	return { is: "table", path, ...(alias !== undefined && { alias }) };
}
