/** The functions that the fake knows, by name; any other is refused. */

import { duckText } from "../engine.ts";
import { invalidQuery } from "../refusal.ts";
import type { Call, Expression, Ordering } from "../sql/syntax.ts";
import { jsonText } from "./json.ts";
import type { Room } from "./scope.ts";
import { timeFunctions } from "./time-functions.ts";

export type Render = (value: Expression) => string;
/** From the arguments as DuckDB's SQL; the call itself for what stands beside them. */
export type FunctionSql = (args: string[], call: Call, sql: Render, room: Room) => string;

/** A function with from so many to so many arguments. */
export interface Known {
	least: number;
	most: number;
	sql: FunctionSql;
	/** Arguments that are no expressions: parts of dates. */
	raw?: readonly number[];
}

const named = (name: string, least: number, most = least): Known => ({
	least,
	most,
	sql: (args) => `${name}(${args.join(", ")})`,
});
const of = (least: number, most: number, sql: FunctionSql): Known => ({ least, most, sql });
const MANY = 100;

const PLAIN: Record<string, Known> = {
	COALESCE: named("coalesce", 1, MANY),
	IFNULL: named("coalesce", 2),
	NULLIF: named("nullif", 2),
	GREATEST: of(
		1,
		MANY,
		(args) =>
			`(CASE WHEN ${args.map((arg) => `${arg} IS NULL`).join(" OR ")} THEN NULL ELSE greatest(${args.join(", ")}) END)`,
	),
	LEAST: of(
		1,
		MANY,
		(args) =>
			`(CASE WHEN ${args.map((arg) => `${arg} IS NULL`).join(" OR ")} THEN NULL ELSE least(${args.join(", ")}) END)`,
	),
	ABS: named("abs", 1),
	SIGN: named("sign", 1),
	FLOOR: named("floor", 1),
	CEIL: named("ceil", 1),
	POW: named("pow", 2),
	ROUND: named("round", 1, 2),
	MOD: of(2, 2, ([a, b]) => `(${a} % ${b})`),
	DIV: of(2, 2, ([a, b]) => `(${a} // ${b})`),
	SAFE_DIVIDE: of(2, 2, ([a, b]) => `(${a} / nullif(${b}, 0))`),
	// DuckDB's concat passes over NULL
	CONCAT: of(1, MANY, (args) => `(${args.join(" || ")})`),
	LENGTH: named("length", 1),
	CHAR_LENGTH: named("length", 1),
	BYTE_LENGTH: of(1, 1, ([text]) => `octet_length(encode(${text}))`),
	LOWER: named("lower", 1),
	UPPER: named("upper", 1),
	TRIM: named("trim", 1, 2),
	LTRIM: named("ltrim", 1, 2),
	RTRIM: named("rtrim", 1, 2),
	SUBSTR: named("substr", 2, 3),
	SUBSTRING: named("substr", 2, 3),
	STRPOS: named("strpos", 2),
	REPLACE: named("replace", 3),
	REVERSE: named("reverse", 1),
	REPEAT: named("repeat", 2),
	LPAD: of(2, 3, ([text, size, pad = "' '"]) => `lpad(${text}, CAST(${size} AS INTEGER), ${pad})`),
	STARTS_WITH: named("starts_with", 2),
	ENDS_WITH: named("suffix", 2),
	CONTAINS_SUBSTR: of(2, 2, ([text, part]) => `contains(lower(${text}), lower(${part}))`),
	SPLIT: of(1, 2, ([text, by = "','"]) => `string_split(${text}, ${by})`),
	REGEXP_CONTAINS: named("regexp_matches", 2),
	REGEXP_REPLACE: of(3, 3, ([text, pattern, by]) => `regexp_replace(${text}, ${pattern}, ${by}, 'g')`),
	REGEXP_EXTRACT: of(2, 2, ([text, pattern]) => `nullif(regexp_extract(${text}, ${pattern}), '')`),
	NORMALIZE: named("nfc_normalize", 1),
	FARM_FINGERPRINT: named("gn_farm_fingerprint", 1),
	MD5: of(1, 1, ([text]) => `unhex(md5(${text}))`),
	SHA256: of(1, 1, ([text]) => `unhex(sha256(${text}))`),
	TO_HEX: of(1, 1, ([bytes]) => `lower(hex(${bytes}))`),
	FROM_HEX: named("unhex", 1),
	TO_BASE64: named("to_base64", 1),
	FROM_BASE64: named("from_base64", 1),
	GENERATE_UUID: of(0, 0, () => "CAST(uuid() AS VARCHAR)"),
	SESSION_USER: of(0, 0, () => "'fake@example.com'"),
	ERROR: named("error", 1),
	ARRAY_LENGTH: of(1, 1, ([array]) => `len(${array})`),
	ARRAY_TO_STRING: named("array_to_string", 2),
	ARRAY_CONCAT: of(1, MANY, (args) => `(${args.join(" || ")})`),
	ARRAY_REVERSE: named("list_reverse", 1),
	GENERATE_ARRAY: named("generate_series", 2, 3),
	PARSE_JSON: of(1, 1, ([text], call) => {
		const [given] = call.args;
		return given!.is === "string" ? `CAST(${duckText(jsonText(given!.value))} AS JSON)` : `json(${text})`;
	}),
	TO_JSON: named("to_json", 1),
	TO_JSON_STRING: named("gn_json_string", 1),
	JSON_VALUE: of(1, 2, ([json, path = "'$'"]) => `json_extract_string(${json}, ${path})`),
	JSON_QUERY: of(1, 2, ([json, path = "'$'"]) => `json_extract(${json}, ${path})`),
	JSON_OBJECT: named("json_object", 0, MANY),
	JSON_TYPE: of(
		1,
		1,
		([json]) =>
			`(CASE lower(json_type(${json})) WHEN 'varchar' THEN 'string' WHEN 'null' THEN 'null' WHEN 'object' THEN 'object' WHEN 'array' THEN 'array' WHEN 'boolean' THEN 'boolean' ELSE 'number' END)`,
	),
	ROW_NUMBER: named("row_number", 0),
	RANK: named("rank", 0),
	DENSE_RANK: named("dense_rank", 0),
	LAG: named("lag", 1, 3),
	LEAD: named("lead", 1, 3),
	FIRST_VALUE: named("first_value", 1),
	LAST_VALUE: named("last_value", 1),
};

const aggregate = (name: string): Known =>
	of(1, 1, ([arg], call) => `${name}(${call.distinct ? "DISTINCT " : ""}${arg})`);

const AGGREGATES: Record<string, Known> = {
	COUNT: of(0, 1, ([arg = "*"], call) => {
		if (call.args.length === 0 && !call.star) throw invalidQuery("COUNT needs an argument or *");
		return `count(${call.distinct ? "DISTINCT " : ""}${arg})`;
	}),
	COUNTIF: of(1, 1, ([arg]) => `count_if(${arg})`),
	SUM: of(1, 1, ([arg], call) => `sum(${call.distinct ? "DISTINCT " : ""}${arg})`),
	AVG: aggregate("avg"),
	MIN: aggregate("min"),
	MAX: aggregate("max"),
	ANY_VALUE: aggregate("any_value"),
	LOGICAL_AND: aggregate("bool_and"),
	LOGICAL_OR: aggregate("bool_or"),
	BIT_XOR: aggregate("bit_xor"),
	APPROX_COUNT_DISTINCT: of(1, 1, ([arg]) => `count(DISTINCT ${arg})`),
};

export function functionCall(
	call: Call,
	sql: Render,
	room: Room,
	ordering: (orderings: readonly Ordering[]) => string,
): string {
	const rendered = bare(call, sql, room, ordering);
	if (call.over === undefined) {
		if (NEEDS_OVER.has(call.name))
			throw invalidQuery(`Analytic function ${call.name} cannot be called without an OVER clause`);
		return rendered;
	}
	const { partitionBy, orderBy, frame } = call.over;
	const parts = partitionBy.length === 0 ? "" : `PARTITION BY ${partitionBy.map(sql).join(", ")}`;
	const order = orderBy.length === 0 ? "" : ordering(orderBy);
	return `${rendered} OVER (${parts}${order}${frame === undefined ? "" : ` ${frame}`})`;
}

const NEEDS_OVER = new Set(["ROW_NUMBER", "RANK", "DENSE_RANK", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE"]);
const ORDERED = new Set(["ARRAY_AGG", "STRING_AGG"]);

function bare(call: Call, sql: Render, room: Room, ordering: (orderings: readonly Ordering[]) => string): string {
	if (ORDERED.has(call.name)) return collected(call, sql, ordering);
	const isAggregate = Object.hasOwn(AGGREGATES, call.name);
	const known = [PLAIN, AGGREGATES, timeFunctions].find((some) => Object.hasOwn(some, call.name))?.[call.name];
	if (known === undefined) throw invalidQuery(`Function not found: ${call.name}`);
	const { args } = call;
	if (args.length < known.least || args.length > known.most) {
		throw invalidQuery(`No matching signature for function ${call.name} with ${args.length} arguments`);
	}
	if ((call.distinct || call.star) && !isAggregate)
		throw invalidQuery(`Function ${call.name} does not support DISTINCT or *`);
	if (call.orderBy.length > 0 || call.limit !== undefined || call.ignoreNulls) {
		throw invalidQuery(`the fake does not know ${call.name} with ORDER BY, LIMIT or IGNORE NULLS`);
	}
	const rendered = args.map((arg, at) => (known.raw?.includes(at) === true ? "" : sql(arg)));
	return known.sql(rendered, call, sql, room);
}

/** ARRAY_AGG and STRING_AGG, whose order may be given. */
function collected(call: Call, sql: Render, ordering: (orderings: readonly Ordering[]) => string): string {
	const { name, args, distinct, orderBy, limit, ignoreNulls } = call;
	const [value, separator] = args.map(sql);
	if (value === undefined) throw invalidQuery(`No matching signature for aggregate function ${name}`);
	const inner = `${distinct ? "DISTINCT " : ""}${value}`;
	const order = orderBy.length === 0 ? "" : ordering(orderBy);
	const list = `list(${inner}${order})${ignoreNulls || name === "STRING_AGG" ? ` FILTER (WHERE ${value} IS NOT NULL)` : ""}`;
	const part = limit === undefined ? list : `(${list})[1:${sql(limit)}]`;
	return name === "STRING_AGG" ? `array_to_string(${part}, ${separator ?? "','"})` : part;
}
