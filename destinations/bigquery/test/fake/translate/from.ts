/** FROM as DuckDB's, and what of the tables in it the conditions leave to be read. */
import { invalidQuery } from "../refusal.ts";
import { quote } from "../schema.ts";
import type { Expression, From } from "../sql/syntax.ts";
import { both, momentsOf } from "./moments.ts";
import { columnsMap, type Entry, type Scope, type TableUse, type Translation } from "./scope.ts";

/** The text, with its tables added to the scope. */
export function fromSql(translation: Translation, from: From, scope: Scope): string {
	switch (from.is) {
		case "table":
			return tableSql(translation, from, scope);
		case "derived": {
			// neither does it see its neighbours
			const { sql, columns } = translation.query(from.query, { ...scope, entries: [], merged: new Set() });
			const alias = from.alias ?? `_q${scope.entries.length}`;
			add(scope, { alias, columns: columnsMap(columns), isValue: false });
			return `(${sql}) AS ${quote(alias)}`;
		}
		case "unnest": {
			const value = translation.expression(from.value, scope);
			const alias = from.alias ?? `_u${scope.entries.length}`;
			add(scope, { alias, columns: columnsMap([alias]), isValue: true });
			if (from.offset !== undefined) throw invalidQuery("the fake does not know UNNEST … WITH OFFSET");
			return `UNNEST(${value}) AS ${quote(alias)}(${quote(alias)})`;
		}
		case "join":
			return joinSql(translation, from, scope);
	}
}

function tableSql(translation: Translation, from: Extract<From, { is: "table" }>, scope: Scope): string {
	const [first] = from.path as [string];
	const alias = from.alias ?? from.path.at(-1)!;
	const named = from.path.length === 1 ? namedQuery(scope, first) : undefined;
	if (named !== undefined) {
		add(scope, { alias, columns: columnsMap(named), isValue: false });
		return `${quote(first)} AS ${quote(alias)}`;
	}
	const source = translation.room.source(from.path);
	const entry: Entry = { alias, columns: columnsMap(source.columns), isValue: false };
	if (source.table !== undefined) {
		entry.use = { table: source.table, columns: new Set(), changes: false };
		translation.uses.push(entry.use);
	}
	add(scope, entry);
	return `${source.sql} AS ${quote(alias)}`;
}

function namedQuery(scope: Scope, name: string): string[] | undefined {
	for (let here: Scope | undefined = scope; here !== undefined; here = here.parent) {
		const columns = here.named.get(name.toLowerCase());
		if (columns !== undefined) return columns;
	}
	return undefined;
}

export function add(scope: Scope, entry: Entry): void {
	const taken = scope.entries.some((one) => one.alias.toLowerCase() === entry.alias.toLowerCase());
	if (taken) throw invalidQuery(`Duplicate table alias ${entry.alias} in the same FROM clause`);
	scope.entries.push(entry);
}

function joinSql(translation: Translation, from: Extract<From, { is: "join" }>, scope: Scope): string {
	const left = fromSql(translation, from.left, scope);
	const right = fromSql(translation, from.right, scope);
	const text = from.right.is === "join" ? `(${right})` : right;
	if (from.kind === "CROSS") return `${left} CROSS JOIN ${text}`;
	if (from.using !== undefined) {
		for (const column of from.using) scope.merged.add(column.toLowerCase());
		return `${left} ${from.kind} JOIN ${text} USING (${from.using.map(quote).join(", ")})`;
	}
	return `${left} ${from.kind} JOIN ${text} ON ${translation.expression(from.on!, scope)}`;
}

/** What conditions leave of the partitioned tables of a scope: those of WHERE, and those of ON where they drop rows. */
export function bound(
	translation: Translation,
	scope: Scope,
	from: From | undefined,
	where: readonly Expression[],
): void {
	const conditions = new Map<string, Expression[]>();
	const aliases = from === undefined ? [] : collect(from, conditions);
	for (const alias of aliases) conditions.set(alias, [...(conditions.get(alias) ?? []), ...where]);
	for (const entry of scope.entries) {
		if (entry.use === undefined) continue;
		for (const condition of conditions.get(entry.alias) ?? []) narrow(translation, scope, entry, condition);
	}
}

export function narrow(translation: Translation, scope: Scope, entry: Entry, condition: Expression): void {
	const use = entry.use as TableUse;
	const column = use.table.partition?.column.toLowerCase();
	if (column === undefined) return;
	const moments = momentsOf(condition, {
		isColumn: (value) => value.is === "path" && isColumnOf(scope, entry, value.parts, column),
		parameter: (name) => translation.room.parameter(name).constant,
	});
	if (moments !== undefined) use.moments = use.moments === undefined ? moments : both(use.moments, moments);
}

function isColumnOf(scope: Scope, entry: Entry, parts: readonly string[], column: string): boolean {
	if (parts.length === 2)
		return parts[0]!.toLowerCase() === entry.alias.toLowerCase() && parts[1]!.toLowerCase() === column;
	const owners = scope.entries.filter((one) => one.columns.has(column));
	return parts.length === 1 && parts[0]!.toLowerCase() === column && owners.length === 1 && owners[0] === entry;
}

/** Aliases below, and for each the ON conditions that leave rows of it out. */
function collect(from: From, conditions: Map<string, Expression[]>): string[] {
	if (from.is !== "join") return [from.is === "table" ? (from.alias ?? from.path.at(-1)!) : (from.alias ?? "")];
	const left = collect(from.left, conditions);
	const right = collect(from.right, conditions);
	const narrowed = { INNER: [...left, ...right], LEFT: right, RIGHT: left, FULL: [], CROSS: [] }[from.kind];
	for (const alias of narrowed) {
		if (from.on !== undefined) conditions.set(alias, [...(conditions.get(alias) ?? []), from.on]);
	}
	return [...left, ...right];
}
