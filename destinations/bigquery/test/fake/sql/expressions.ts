/** Expressions of GoogleSQL, by rising strength of their operators. */
import { callOf } from "./calls.ts";
import { listOf, type Parsing } from "./reader.ts";
import type { Expression } from "./syntax.ts";
import { typeOf } from "./types.ts";

export function expression(reader: Parsing): Expression {
	let left = conjunction(reader);
	while (reader.skip("OR")) left = { is: "binary", operator: "OR", left, right: conjunction(reader) };
	return left;
}

function conjunction(reader: Parsing): Expression {
	let left = negation(reader);
	while (reader.skip("AND")) left = { is: "binary", operator: "AND", left, right: negation(reader) };
	return left;
}

function negation(reader: Parsing): Expression {
	if (reader.skip("NOT")) return { is: "unary", operator: "NOT", operand: negation(reader) };
	return comparison(reader);
}

const COMPARISONS = ["=", "<>", "!=", "<=", ">=", "<", ">"];

function comparison(reader: Parsing): Expression {
	const left = bits(reader);
	const operator = COMPARISONS.find((one) => reader.skip(one));
	if (operator !== undefined) {
		const right = bits(reader);
		if (COMPARISONS.some((one) => reader.is(one))) reader.failHere();
		return { is: "binary", operator: operator === "!=" ? "<>" : operator, left, right };
	}
	if (reader.skip("IS")) return test(reader, left);
	const not = reader.skip("NOT");
	if (reader.skip("IN")) return membership(reader, left, not);
	if (reader.skip("BETWEEN")) {
		const low = concatenation(reader);
		reader.expect("AND");
		return { is: "between", operand: left, low, high: concatenation(reader), not };
	}
	if (reader.skip("LIKE")) return { is: "like", operand: left, pattern: concatenation(reader), not };
	return not ? reader.failHere() : left;
}

function test(reader: Parsing, operand: Expression): Expression {
	const not = reader.skip("NOT");
	for (const what of ["NULL", "TRUE", "FALSE"] as const) {
		if (reader.skip(what)) return { is: "test", operand, what, not };
	}
	reader.expect("DISTINCT", "FROM");
	return { is: "distinct", left: operand, right: concatenation(reader), not };
}

function membership(reader: Parsing, operand: Expression, not: boolean): Expression {
	if (reader.skip("UNNEST")) {
		reader.expect("(");
		const unnest = expression(reader);
		reader.expect(")");
		return { is: "in", operand, list: { unnest }, not };
	}
	reader.expect("(");
	const list = startsQuery(reader) ? reader.query() : listOf(reader, () => expression(reader));
	reader.expect(")");
	return { is: "in", operand, list, not };
}

/** Of the operators on bits only `&`. */
function bits(reader: Parsing): Expression {
	let left = concatenation(reader);
	while (reader.skip("&")) left = { is: "binary", operator: "&", left, right: concatenation(reader) };
	return left;
}

function concatenation(reader: Parsing): Expression {
	let left = sum(reader);
	while (reader.skip("||")) left = { is: "binary", operator: "||", left, right: sum(reader) };
	return left;
}

function sum(reader: Parsing): Expression {
	let left = product(reader);
	for (;;) {
		const operator = ["+", "-"].find((one) => reader.skip(one));
		if (operator === undefined) return left;
		left = { is: "binary", operator, left, right: product(reader) };
	}
}

function product(reader: Parsing): Expression {
	let left = sign(reader);
	for (;;) {
		const operator = ["*", "/"].find((one) => reader.skip(one));
		if (operator === undefined) return left;
		left = { is: "binary", operator, left, right: sign(reader) };
	}
}

function sign(reader: Parsing): Expression {
	if (reader.skip("-")) return { is: "unary", operator: "-", operand: sign(reader) };
	if (reader.skip("+")) return { is: "unary", operator: "+", operand: sign(reader) };
	return postfix(reader);
}

function postfix(reader: Parsing): Expression {
	let value = primary(reader);
	for (;;) {
		if (reader.skip(".")) value = { is: "field", of: value, name: reader.take().value };
		else if (reader.skip("[")) {
			const how = ["OFFSET", "ORDINAL", "SAFE_OFFSET", "SAFE_ORDINAL"].find((one) => reader.skip(one, "("));
			const at = expression(reader);
			if (how !== undefined) reader.expect(")");
			reader.expect("]");
			value = { is: "element", of: value, how: how ?? "OFFSET", at };
		} else return value;
	}
}

const TYPED = new Set(["TIMESTAMP", "DATE", "DATETIME", "TIME", "NUMERIC", "JSON"]);

function primary(reader: Parsing): Expression {
	const token = reader.peek();
	switch (token.kind) {
		case "integer":
		case "float":
			return { is: token.kind, text: reader.take().text };
		case "string":
			return { is: "string", value: strings(reader) };
		case "bytes":
			return { is: "bytes", value: reader.take().value };
		case "parameter":
		case "system":
			return { is: token.kind, name: reader.take().value };
		case "symbol":
			return bracketed(reader);
		case "end":
			return reader.failHere();
		default:
	}
	if (token.kind === "word") {
		if (TYPED.has(token.upper) && reader.peek(1).kind === "string") {
			reader.take();
			return { is: "typed", type: token.upper, text: reader.string() };
		}
		const special = SPECIAL[token.upper];
		if (special !== undefined) {
			reader.take();
			return special(reader);
		}
	}
	// a name before an open bracket is a function
	if (token.kind === "word" && reader.peek(1).upper === "(") return callOf(reader, expression);
	return { is: "path", parts: path(reader) };
}

function path(reader: Parsing): string[] {
	const parts = [reader.name()];
	while (reader.is(".") && reader.peek(1).upper !== "*") {
		reader.take();
		parts.push(reader.take().value);
	}
	return parts;
}

/** Neighbouring string literals are no one literal in GoogleSQL. */
function strings(reader: Parsing): string {
	const text = reader.string();
	return reader.peek().kind === "string" ? reader.failHere() : text;
}

function bracketed(reader: Parsing): Expression {
	if (reader.skip("[")) return arrayItems(reader);
	reader.expect("(");
	if (startsQuery(reader)) {
		const query = reader.query();
		reader.expect(")");
		return { is: "subquery", query };
	}
	const first = expression(reader);
	if (!reader.is(",")) {
		reader.expect(")");
		return first;
	}
	const fields = [{ value: first }];
	while (reader.skip(",")) fields.push({ value: expression(reader) });
	reader.expect(")");
	return { is: "struct", fields };
}

function arrayItems(reader: Parsing): Expression {
	const items = reader.is("]") ? [] : listOf(reader, () => expression(reader));
	reader.expect("]");
	return { is: "array", items };
}

export function startsQuery(reader: Parsing): boolean {
	let ahead = 0;
	while (reader.peek(ahead).upper === "(") ahead++;
	return ["SELECT", "WITH"].includes(reader.peek(ahead).upper);
}

/** Words that begin an expression of their own form. */
const SPECIAL: Record<string, (reader: Parsing) => Expression> = {
	NULL: () => ({ is: "null" }),
	TRUE: () => ({ is: "boolean", value: true }),
	FALSE: () => ({ is: "boolean", value: false }),
	CASE(reader) {
		const operand = reader.is("WHEN") ? undefined : expression(reader);
		const whens: { when: Expression; result: Expression }[] = [];
		while (reader.skip("WHEN")) {
			const when = expression(reader);
			reader.expect("THEN");
			whens.push({ when, result: expression(reader) });
		}
		if (whens.length === 0) reader.failHere();
		const otherwise = reader.skip("ELSE") ? expression(reader) : undefined;
		reader.expect("END");
		return { is: "case", whens, ...(operand && { operand }), ...(otherwise && { otherwise }) };
	},
	CAST: (reader) => cast(reader, false),
	SAFE_CAST: (reader) => cast(reader, true),
	IF(reader) {
		reader.expect("(");
		const args = listOf(reader, () => expression(reader));
		reader.expect(")");
		if (args.length !== 3) reader.fail("IF takes a condition and two values");
		return { is: "case", whens: [{ when: args[0]!, result: args[1]! }], otherwise: args[2]! };
	},
	EXISTS(reader) {
		reader.expect("(");
		const query = reader.query();
		reader.expect(")");
		return { is: "exists", query };
	},
	ARRAY(reader) {
		if (reader.skip("(")) {
			const query = reader.query();
			reader.expect(")");
			return { is: "array of query", query };
		}
		if (reader.skip("[")) return arrayItems(reader);
		reader.expect("<");
		const type = typeOf(reader);
		reader.expect(">", "[");
		return { ...(arrayItems(reader) as Extract<Expression, { is: "array" }>), type };
	},
	STRUCT(reader) {
		reader.expect("(");
		const fields = listOf(reader, () => {
			const value = expression(reader);
			const name = reader.skip("AS") ? reader.name() : value.is === "path" ? value.parts.at(-1) : undefined;
			return { value, ...(name !== undefined && { name }) };
		});
		reader.expect(")");
		return { is: "struct", fields };
	},
	INTERVAL(reader) {
		const amount = sign(reader);
		return { is: "interval", amount, part: reader.name().toUpperCase() };
	},
	EXTRACT(reader) {
		reader.expect("(");
		const part = reader.name().toUpperCase();
		reader.expect("FROM");
		const from = expression(reader);
		reader.expect(")");
		return { is: "extract", part, from };
	},
};

function cast(reader: Parsing, safe: boolean): Expression {
	reader.expect("(");
	const operand = expression(reader);
	reader.expect("AS");
	const type = typeOf(reader);
	reader.expect(")");
	return { is: "cast", operand, type, safe };
}
