/** SELECT as DuckDB's: every name resolved, every star written out, NULLs ordered as BigQuery orders them. */
import { invalidQuery } from "../refusal.ts";
import { quote } from "../schema.ts";
import type { Expression, Query, QueryBody, Select, SelectItem } from "../sql/syntax.ts";
import { expressionSql, orderingSql } from "./expressions.ts";
import { bound, fromSql } from "./from.ts";
import { columnOf, type Rendered, type Room, type Scope, scopeOf, type TableUse, type Translation } from "./scope.ts";

export function translationIn(room: Room, uses: TableUse[] = []): Translation {
	const translation: Translation = {
		room,
		uses,
		query: (query, parent) => querySql(translation, query, parent),
		expression: (value, scope) => expressionSql(translation, value, scope),
	};
	return translation;
}

function querySql(translation: Translation, query: Query, parent: Scope): Rendered {
	const named = new Map(allNamed(parent));
	const heads = query.with.map(({ name, query: inner }) => {
		const { sql, columns } = querySql(translation, inner, { ...parent, named });
		named.set(name.toLowerCase(), columns);
		return `${quote(name)} AS (${sql})`;
	});
	const body = bodySql(translation, query.body, { ...parent, named }, query);
	const head = heads.length === 0 ? "" : `WITH ${heads.join(", ")} `;
	const { limit, offset } = query;
	const tail =
		(limit === undefined ? "" : ` LIMIT ${countSql(translation, limit)}`) +
		(offset === undefined ? "" : ` OFFSET ${countSql(translation, offset)}`);
	return { sql: `${head}${body.sql}${tail}`, columns: body.columns };
}

function allNamed(scope: Scope): Map<string, string[]> {
	const outer = scope.parent === undefined ? [] : allNamed(scope.parent);
	return new Map([...outer, ...scope.named]);
}

function countSql(translation: Translation, count: Expression): string {
	if (count.is !== "integer" && count.is !== "parameter")
		throw invalidQuery("LIMIT and OFFSET take a literal or parameter");
	return expressionSql(translation, count, scopeOf());
}

/** The outermost ORDER BY may name columns of the SELECT below it. */
function bodySql(translation: Translation, body: QueryBody, parent: Scope, query?: Query): Rendered {
	const orderBy = query?.orderBy ?? [];
	if (body.is === "select") return selectSql(translation, body, parent, orderBy);
	if (body.is === "nested") {
		const inner = querySql(translation, body.query, parent);
		if (orderBy.length === 0) return { sql: `(${inner.sql})`, columns: inner.columns };
		return {
			sql: `SELECT * FROM (${inner.sql})${orderedByName(translation, orderBy, inner.columns)}`,
			columns: inner.columns,
		};
	}
	const parts = body.parts.map((part) => bodySql(translation, part, parent));
	const [first, ...rest] = parts as [Rendered, ...Rendered[]];
	if (rest.some((part) => part.columns.length !== first.columns.length)) {
		throw invalidQuery(`Queries in ${body.operator} have mismatched column count`);
	}
	const operator = body.operator.replace(" DISTINCT", "");
	const sql = parts.map((part) => `(${part.sql})`).join(` ${operator} `);
	return {
		sql: sql + (orderBy.length === 0 ? "" : orderedByName(translation, orderBy, first.columns)),
		columns: first.columns,
	};
}

function orderedByName(translation: Translation, orderBy: Query["orderBy"], columns: string[]): string {
	const scope = scopeOf();
	scope.aliases = new Set(columns.map((column) => column.toLowerCase()));
	return orderingSql(orderBy, (value) => expressionSql(translation, value, scope));
}

function selectSql(translation: Translation, select: Select, parent: Scope, orderBy: Query["orderBy"]): Rendered {
	const scope = scopeOf(parent);
	const { from, where, having, qualify } = select;
	const conditions = where === undefined ? [] : [where];
	const fromText = from === undefined ? "" : ` FROM ${fromSql(translation, from, scope)}`;
	if (from === undefined && where !== undefined)
		throw invalidQuery("Query without FROM clause cannot have a WHERE clause");
	bound(translation, scope, from, conditions);
	const items = select.items.flatMap((item, at) => itemSql(translation, item, scope, at));
	const later: Scope = { ...scope, aliases: aliasesOf(select.items) };
	const clause = (word: string, condition: Expression | undefined, at: Scope) =>
		condition === undefined ? "" : ` ${word} ${expressionSql(translation, condition, at)}`;
	const output = select.asStruct
		? `struct_pack(${items.map(({ sql, name }) => `${quote(name)} := ${sql}`).join(", ")}) AS "f0_"`
		: items.map(({ sql, name }) => `${sql} AS ${quote(name)}`).join(", ");
	const sql =
		`SELECT ${select.distinct ? "DISTINCT " : ""}${output}${fromText}${clause("WHERE", where, scope)}` +
		groupSql(translation, select, scope) +
		clause("HAVING", having, later) +
		clause("QUALIFY", qualify, later) +
		(orderBy.length === 0 ? "" : orderingSql(orderBy, (value) => expressionSql(translation, value, later)));
	return { sql, columns: select.asStruct ? ["f0_"] : items.map(({ name }) => name) };
}

function groupSql(translation: Translation, { groupBy, items }: Select, scope: Scope): string {
	if (groupBy === "ALL") return " GROUP BY ALL";
	if (groupBy.length === 0) return "";
	const aliases = new Map(
		items.flatMap((item) =>
			item.is === "value" && item.alias !== undefined ? [[item.alias.toLowerCase(), item.value] as const] : [],
		),
	);
	const parts = groupBy.map((value) => {
		if (value.is === "integer") return value.text;
		const alias =
			value.is === "path" && value.parts.length === 1 ? aliases.get(value.parts[0]!.toLowerCase()) : undefined;
		return expressionSql(translation, alias ?? value, scope);
	});
	return ` GROUP BY ${parts.join(", ")}`;
}

/** Those given by AS: a column of the same name means the column itself. */
function aliasesOf(items: readonly SelectItem[]): Set<string> {
	return new Set(
		items.flatMap((item) => (item.is === "value" && item.alias !== undefined ? [item.alias.toLowerCase()] : [])),
	);
}

interface Item {
	sql: string;
	name: string;
}

function itemSql(translation: Translation, item: SelectItem, scope: Scope, at: number): Item[] {
	if (item.is === "value") {
		const { value, alias } = item;
		const own = value.is === "path" ? value.parts.at(-1) : value.is === "field" ? value.name : undefined;
		return [{ sql: expressionSql(translation, value, scope), name: alias ?? own ?? `f${at}_` }];
	}
	const entries =
		item.of === undefined
			? scope.entries
			: scope.entries.filter((entry) => entry.alias.toLowerCase() === item.of!.toLowerCase());
	if (entries.length === 0)
		throw invalidQuery(item.of === undefined ? "SELECT * must have a FROM clause" : `Unrecognized name: ${item.of}`);
	const except = new Set(item.except.map((name) => name.toLowerCase()));
	const replaced = new Map(item.replace.map(({ name, value }) => [name.toLowerCase(), value]));
	const merged = new Set<string>();
	const items = entries.flatMap((entry) =>
		[...entry.columns.values()].flatMap((column): Item[] => {
			const key = column.toLowerCase();
			if (except.delete(key) || merged.has(key)) return [];
			if (scope.merged.has(key)) merged.add(key);
			const other = replaced.get(key);
			return [
				{ sql: other === undefined ? columnOf(entry, column) : expressionSql(translation, other, scope), name: column },
			];
		}),
	);
	if (except.size > 0) throw invalidQuery(`Column ${[...except][0]} in SELECT * EXCEPT list does not exist`);
	return items;
}
