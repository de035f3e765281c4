/** Which names mean what at a place of a statement. */
import type { Table } from "../catalog.ts";
import { invalidQuery } from "../refusal.ts";
import { quote } from "../schema.ts";
import type { Expression, Query } from "../sql/syntax.ts";
import type { Moments } from "./moments.ts";

/** What the statement stands in: tables, variables, parameters. */
export interface Room {
	/** A table, temporary or of the dataset; throws `notFound`. */
	source(path: readonly string[]): Source;
	/** As DuckDB reads it; undefined where nothing of this name was declared. */
	variable(name: string): string | undefined;
	parameter(name: string): { sql: string; constant: unknown };
	system(name: string): string;
	/** The moment at which the job began, as DuckDB's literal. */
	now(): string;
}

export interface Source {
	sql: string;
	columns: readonly string[];
	/** Absent for views like INFORMATION_SCHEMA. */
	table?: Table;
}

/** A table read or changed by a statement: what of it the statement needs. */
export interface TableUse {
	table: Table;
	columns: Set<string>;
	/** Of the partition column; undefined where nothing bounds it. */
	moments?: Moments;
	/** Rows of it are updated or deleted. */
	changes: boolean;
}

export interface Entry {
	alias: string;
	/** By lower case. */
	columns: Map<string, string>;
	/** An UNNEST, whose alias is the value itself. */
	isValue: boolean;
	use?: TableUse;
}

export interface Scope {
	entries: Entry[];
	/** Columns that USING made one. */
	merged: Set<string>;
	/** Aliases of the SELECT list, where clauses after it may name them. */
	aliases?: Set<string>;
	parent?: Scope;
	/** Queries of WITH by lower-case name. */
	named: Map<string, string[]>;
}

/** Rendered, with the names of its columns. */
export interface Rendered {
	sql: string;
	columns: string[];
}

/** What the parts of a translation share. */
export interface Translation {
	room: Room;
	uses: TableUse[];
	query(query: Query, parent: Scope): Rendered;
	expression(value: Expression, scope: Scope): string;
}

export function scopeOf(parent?: Scope, named: Map<string, string[]> = new Map()): Scope {
	return { entries: [], merged: new Set(), named, ...(parent !== undefined && { parent }) };
}

/** The first scope outwards that knows the name; undefined where none does. */
export function resolve(scope: Scope, parts: readonly string[]): string | undefined {
	for (let here: Scope | undefined = scope; here !== undefined; here = here.parent) {
		const found = resolveHere(here, parts);
		if (found !== undefined) return found;
	}
	return undefined;
}

function resolveHere(scope: Scope, parts: readonly string[]): string | undefined {
	const [first, second, ...rest] = parts as [string, ...string[]];
	const entry = scope.entries.find((one) => one.alias.toLowerCase() === first.toLowerCase());
	if (entry !== undefined && second !== undefined && !entry.isValue) {
		const column = entry.columns.get(second.toLowerCase());
		if (column === undefined) throw invalidQuery(`Name ${second} not found inside ${first}`);
		return member(columnOf(entry, column), rest);
	}
	if (second === undefined && scope.aliases?.has(first.toLowerCase()) === true) return quote(first);
	const owners = scope.entries.filter((one) => one.columns.has(first.toLowerCase()));
	if (owners.length > 1 && !scope.merged.has(first.toLowerCase())) {
		throw invalidQuery(`Column name ${first} is ambiguous`);
	}
	const owner = owners[0];
	if (owner === undefined) return undefined;
	return member(columnOf(owner, owner.columns.get(first.toLowerCase())!), parts.slice(1));
}

export function columnOf(entry: Entry, column: string): string {
	entry.use?.columns.add(column);
	return `${quote(entry.alias)}.${quote(column)}`;
}

function member(sql: string, fields: readonly string[]): string {
	return fields.length === 0 ? sql : `(${sql})${fields.map((field) => `.${quote(field)}`).join("")}`;
}

export function columnsMap(columns: readonly string[]): Map<string, string> {
	return new Map(columns.map((column) => [column.toLowerCase(), column]));
}
