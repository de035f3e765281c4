/** Calls of functions, with what may stand inside and after their brackets. */
import { listOf, type Parsing, type Reader } from "./reader.ts";
import type { Call, Expression, Ordering, Window } from "./syntax.ts";

type Read = (reader: Parsing) => Expression;

export function callOf(reader: Parsing, expression: Read): Call {
	const name = reader.take().upper;
	reader.expect("(");
	const call: Call = { is: "call", name, args: [], star: false, distinct: false, ignoreNulls: false, orderBy: [] };
	if (reader.skip("*")) call.star = true;
	else if (!reader.is(")")) {
		call.distinct = reader.skip("DISTINCT");
		call.args = listOf(reader, () => expression(reader));
		call.ignoreNulls = reader.skip("IGNORE", "NULLS");
		if (!call.ignoreNulls) reader.skip("RESPECT", "NULLS");
		if (reader.is("ORDER")) call.orderBy = orderings(reader, expression);
		if (reader.skip("LIMIT")) call.limit = expression(reader);
	}
	reader.expect(")");
	if (reader.skip("OVER")) call.over = window(reader, expression);
	return call;
}

export function orderings(reader: Parsing, expression: Read): Ordering[] {
	reader.expect("ORDER", "BY");
	return listOf(reader, () => {
		const by = expression(reader);
		const descending = reader.skip("DESC");
		if (!descending) reader.skip("ASC");
		const nulls = reader.skip("NULLS", "FIRST") ? "FIRST" : reader.skip("NULLS", "LAST") ? "LAST" : undefined;
		return { by, descending, ...(nulls !== undefined && { nulls }) };
	});
}

function window(reader: Parsing, expression: Read): Window {
	reader.expect("(");
	const partitionBy = reader.skip("PARTITION", "BY") ? listOf(reader, () => expression(reader)) : [];
	const orderBy = reader.is("ORDER") ? orderings(reader, expression) : [];
	const frame = reader.is("ROWS") || reader.is("RANGE") ? frameOf(reader) : undefined;
	reader.expect(")");
	return { partitionBy, orderBy, ...(frame !== undefined && { frame }) };
}

function frameOf(reader: Reader): string {
	const unit = reader.take().upper;
	if (!reader.skip("BETWEEN")) return `${unit} ${bound(reader)}`;
	const from = bound(reader);
	reader.expect("AND");
	return `${unit} BETWEEN ${from} AND ${bound(reader)}`;
}

function bound(reader: Reader): string {
	if (reader.skip("CURRENT", "ROW")) return "CURRENT ROW";
	const amount = reader.skip("UNBOUNDED") ? "UNBOUNDED" : reader.take();
	const text = typeof amount === "string" ? amount : amount.kind === "integer" ? amount.text : reader.failHere();
	if (reader.skip("PRECEDING")) return `${text} PRECEDING`;
	reader.expect("FOLLOWING");
	return `${text} FOLLOWING`;
}
