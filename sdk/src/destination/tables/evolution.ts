/**
 * How the columns of a table follow the schema of its stream: by adding. No column is dropped or renamed, and the only
 * type that changes in place is integer, to decimal, which holds all of it. So a change that is made, and whose commit
 * then fails, does no harm.
 */
import type { Column, ColumnType } from "./columns.ts";

/** `path` is the property. `column` is the new column of `added` and `retyped`, the changed one of `widened`. */
export interface ColumnChange {
	path: string;
	change: "added" | "widened" | "retyped" | "vanished";
	from?: ColumnType;
	to?: ColumnType;
	column: string;
}

export interface EvolutionPlan {
	/** All columns of the table, old ones first, in their order; `kept` where new rows leave them null. */
	columns: Column[];
	changes: ColumnChange[];
}

const SUFFIXES: Record<ColumnType, string> = {
	string: "str",
	integer: "int",
	decimal: "num",
	float: "float",
	boolean: "bool",
	date: "date",
	timestamp: "ts",
	datetime: "dt",
	time: "time",
	json: "json",
	bytes: "bytes",
};

/**
 * `existing` are the columns as the name map has them, `wanted` those of the schema that the stream has now. A property
 * goes to the column that it already has in the wanted type; else a whole number to its decimal column; else its
 * integer column is widened to decimal; else it gets a new column, `ticket_number__str`. Planning again changes nothing.
 */
export function planEvolution(existing: readonly Column[], wanted: readonly Column[]): EvolutionPlan {
	const columns = existing.map((column): Column => ({ ...without(column), kept: true }));
	const columnsOf = Map.groupBy(columns, (column) => column.property);
	const used = new Set(columns.map((column) => column.name.toLowerCase()));
	const changes: ColumnChange[] = [];
	for (const want of wanted) {
		const old = columnsOf.get(want.property) ?? [];
		const match = matchOf(old, want.type);
		if (match === undefined) {
			const name = old.length === 0 ? want.name : newName(`${want.name}__${SUFFIXES[want.type]}`, used);
			used.add(name.toLowerCase());
			columns.push({ ...want, name });
			changes.push(addition(want, name, old.length === 0 ? undefined : lastType(existing, want.property)));
			continue;
		}
		if (match.type === "integer" && want.type === "decimal") {
			match.type = "decimal";
			changes.push({ path: want.property, change: "widened", from: "integer", to: "decimal", column: match.name });
		}
		delete match.kept;
		if (want.required) match.required = true;
	}
	return { columns, changes: [...changes, ...vanished(existing, wanted)] };
}

function without({ required: _, ...column }: Column): Column {
	return column;
}

function matchOf(columns: Column[], type: ColumnType): Column | undefined {
	const has = (one: ColumnType) => columns.find((column) => column.type === one);
	if (type === "integer") return has("integer") ?? has("decimal");
	return has(type) ?? (type === "decimal" ? has("integer") : undefined);
}

function addition({ property, type }: Column, column: string, from: ColumnType | undefined): ColumnChange {
	if (from === undefined) return { path: property, change: "added", to: type, column };
	return { path: property, change: "retyped", from, to: type, column };
}

/** The type that the property had until now. */
function lastType(existing: readonly Column[], property: string): ColumnType | undefined {
	const columns = existing.filter((column) => column.property === property);
	return (columns.find((column) => column.kept !== true) ?? columns.at(-1))?.type;
}

function vanished(existing: readonly Column[], wanted: readonly Column[]): ColumnChange[] {
	const properties = new Set(wanted.map((column) => column.property));
	return existing
		.filter((column) => column.kept !== true && !properties.has(column.property))
		.map(({ property, type, name }) => ({ path: property, change: "vanished", from: type, column: name }));
}

function newName(name: string, used: ReadonlySet<string>): string {
	let candidate = name;
	for (let number = 2; used.has(candidate.toLowerCase()); number++) candidate = `${name}_${number}`;
	return candidate;
}
