/** Expressions of GoogleSQL as DuckDB's. */
import { duckText } from "../engine.ts";
import { invalidQuery } from "../refusal.ts";
import { duckType, fieldOfSql, quote } from "../schema.ts";
import type { Expression, Ordering, SqlType } from "../sql/syntax.ts";
import { functionCall } from "./functions.ts";
import { interval } from "./intervals.ts";
import { jsonText } from "./json.ts";
import { resolve, type Scope, type Translation } from "./scope.ts";
import { isDate, isDatetime, isNumeric, isTime, microsOf } from "./times.ts";

export function expressionSql(translation: Translation, value: Expression, scope: Scope): string {
	const sql = (inner: Expression) => expressionSql(translation, inner, scope);
	const query = (inner: Parameters<Translation["query"]>[0]) => translation.query(inner, scope).sql;
	switch (value.is) {
		case "null":
			return "NULL";
		case "boolean":
			return value.value ? "TRUE" : "FALSE";
		case "integer":
			return integer(value.text);
		case "float":
			return `CAST('${value.text}' AS DOUBLE)`;
		case "string":
			return duckText(value.value);
		case "bytes":
			return `unhex('${Buffer.from(value.value, "utf8").toString("hex")}')`;
		case "typed":
			return typedLiteral(value.type, value.text);
		case "parameter":
			return translation.room.parameter(value.name).sql;
		case "system":
			return translation.room.system(value.name);
		case "path":
			return pathSql(translation, value.parts, scope);
		case "field":
			return `(${sql(value.of)}).${quote(value.name)}`;
		case "element":
			return element(sql(value.of), value.how, sql(value.at));
		case "unary":
			return `(${value.operator} ${sql(value.operand)})`;
		case "binary":
			return `(${sql(value.left)} ${value.operator} ${sql(value.right)})`;
		case "test":
			return `(${sql(value.operand)} IS ${value.not ? "NOT " : ""}${value.what})`;
		case "distinct":
			return `(${sql(value.left)} IS ${value.not ? "NOT " : ""}DISTINCT FROM ${sql(value.right)})`;
		case "between":
			return `(${sql(value.operand)} ${not(value)}BETWEEN ${sql(value.low)} AND ${sql(value.high)})`;
		case "like":
			return `(${sql(value.operand)} ${not(value)}LIKE ${sql(value.pattern)} ESCAPE '\\')`;
		case "in": {
			const { list } = value;
			const inner = Array.isArray(list)
				? list.map(sql).join(", ")
				: "unnest" in list
					? `SELECT unnest(${sql(list.unnest)})`
					: query(list);
			return `(${sql(value.operand)} ${not(value)}IN (${inner}))`;
		}
		case "case": {
			const whens = value.whens.map(({ when, result }) => ` WHEN ${sql(when)} THEN ${sql(result)}`).join("");
			const operand = value.operand === undefined ? "" : ` ${sql(value.operand)}`;
			const otherwise = value.otherwise === undefined ? "" : ` ELSE ${sql(value.otherwise)}`;
			return `(CASE${operand}${whens}${otherwise} END)`;
		}
		case "cast":
			if (value.operand.is === "null") return `CAST(NULL AS ${duckType(fieldOfSql("cast", value.type))})`;
			return castSql(sql(value.operand), value.type, value.safe);
		case "call":
			return functionCall(value, sql, translation.room, (orderings) => orderingSql(orderings, sql));
		case "array": {
			const items = `[${value.items.map(sql).join(", ")}]`;
			if (value.type !== undefined) return castSql(items, { of: "array", item: value.type }, false);
			return items;
		}
		case "struct": {
			if (value.fields.some((field) => field.name === undefined))
				return `row(${value.fields.map((f) => sql(f.value)).join(", ")})`;
			return `struct_pack(${value.fields.map((field) => `${quote(field.name!)} := ${sql(field.value)}`).join(", ")})`;
		}
		case "interval":
			return interval(sql(value.amount), value.part);
		case "extract":
			return extract(value.part, sql(value.from));
		case "exists":
			return `EXISTS (${query(value.query)})`;
		case "subquery":
			return `(${query(value.query)})`;
		case "array of query": {
			const { sql: inner, columns } = translation.query(value.query, scope);
			if (columns.length !== 1)
				throw invalidQuery("ARRAY subquery cannot have more than one column unless using SELECT AS STRUCT");
			return `ARRAY(${inner})`;
		}
	}
}

const not = ({ not: is }: { not: boolean }) => (is ? "NOT " : "");

function integer(text: string): string {
	const value = BigInt(text);
	if (value > 9223372036854775808n) throw invalidQuery(`Invalid integer literal: ${text}`);
	return `CAST(${value} AS BIGINT)`;
}

function pathSql(translation: Translation, parts: readonly string[], scope: Scope): string {
	const found = resolve(scope, parts);
	if (found !== undefined) return found;
	const variable = translation.room.variable(parts[0]!);
	if (variable === undefined) throw invalidQuery(`Unrecognized name: ${parts.join(".")}`);
	return parts.slice(1).reduce((of, field) => `(${of}).${quote(field)}`, variable);
}

export function typedLiteral(type: string, text: string): string {
	const checks: Record<string, (text: string) => boolean> = {
		TIMESTAMP: (one) => microsOf(one) !== undefined,
		DATE: isDate,
		DATETIME: isDatetime,
		TIME: isTime,
		NUMERIC: isNumeric,
	};
	if (type === "JSON") return `CAST(${duckText(jsonText(text))} AS JSON)`;
	if (!checks[type]!(text)) throw invalidQuery(`Invalid ${type} literal "${text}"`);
	if (type === "TIMESTAMP") return `make_timestamptz(${microsOf(text)})`;
	return castSql(duckText(type === "DATETIME" ? text.replace(/[Tt]/, " ") : text), { of: "scalar", name: type }, false);
}

export function castSql(operand: string, type: SqlType, safe: boolean): string {
	if (type.of === "scalar" && type.name === "STRING") return `gn_string(${operand})`;
	if (type.of === "scalar" && type.name === "JSON")
		throw invalidQuery("Invalid cast to JSON: use PARSE_JSON or TO_JSON");
	if (type.of === "scalar" && type.name === "BYTES") return `encode(${operand})`;
	return `${safe ? "TRY_CAST" : "CAST"}(${operand} AS ${duckType(fieldOfSql("cast", type))})`;
}

function element(of: string, how: string, at: string): string {
	const index = how.endsWith("OFFSET") ? `${at} + 1` : at;
	if (how.startsWith("SAFE")) return `(${of})[${index}]`;
	return `(CASE WHEN ${index} BETWEEN 1 AND len(${of}) THEN (${of})[${index}] ELSE error('Array index is out of bounds') END)`;
}

const PARTS = new Set(["YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "DATE"]);

function extract(part: string, from: string): string {
	if (!PARTS.has(part)) throw invalidQuery(`A valid date part name is required but found ${part}`);
	return part === "DATE" ? `CAST(${from} AS DATE)` : `extract('${part.toLowerCase()}' FROM ${from})`;
}

/** NULL stands before every value: first where it rises, last where it falls. */
export function orderingSql(orderings: readonly Ordering[], sql: (value: Expression) => string): string {
	const rendered = orderings.map(({ by, descending, nulls }) => {
		// the place of a column in the SELECT list
		const of = by.is === "integer" ? by.text : sql(by);
		return `${of} ${descending ? "DESC" : "ASC"} NULLS ${nulls ?? (descending ? "LAST" : "FIRST")}`;
	});
	return ` ORDER BY ${rendered.join(", ")}`;
}
