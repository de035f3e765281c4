/** INSERT, UPDATE, DELETE and MERGE as DuckDB's, with what must be asked before they run. */
import { invalidQuery } from "../refusal.ts";
import { duckType, type Field, quote } from "../schema.ts";
import type { Assignment, Expression, MergeWhen, Statement } from "../sql/syntax.ts";
import { add, bound, fromSql, narrow } from "./from.ts";
import { columnsMap, type Entry, type Scope, type Source, scopeOf, type Translation } from "./scope.ts";

export interface Change {
	/** The statement itself. */
	sql: string;
	/** Answers a row where one target row has several source rows: an error, never an accident. */
	twice?: string;
	/** Answers the partition column of the rows as they are written; only for a partitioned table. */
	written?: string;
	/** Answers columns in the order of `into`, for the check of their types. */
	values?: string;
	into: Field[];
	/** Of `into`: literals, which fit more types than what has a type of its own. */
	literals: (Expression | undefined)[];
	/** A MERGE that answers what it did with each row. */
	answersActions: boolean;
}

type Of<T extends Statement["is"]> = Extract<Statement, { is: T }>;

export function insertChange(translation: Translation, { columns, source }: Of<"INSERT">, target: Source): Change {
	const into = columns.map((column) => fieldNamed(target, column));
	const missing = target.table!.fields.filter((field) => field.mode === "REQUIRED" && !into.includes(field));
	if (missing.length > 0) throw invalidQuery(`Required column value for column ${missing[0]!.name} is missing`);
	if (new Set(into).size < into.length) throw invalidQuery("INSERT has columns with duplicate name");
	const scope = scopeOf();
	const isQuery = !Array.isArray(source);
	const values = isQuery ? queryValues(translation, source, into) : rowsSql(translation, source, scope);
	const names = into.map((field) => quote(field.name)).join(", ");
	const given = into.map((field, at) => kept(`q.c${at}`, field)).join(", ");
	const aliases = into.map((_, at) => `c${at}`).join(", ");
	return {
		sql: `INSERT INTO ${target.sql} (${names}) SELECT ${given} FROM (${values}) AS q(${aliases})`,
		values,
		...writtenSql(target, into, values),
		into,
		literals: isQuery ? literalItems(source, into.length) : into.map((_, at) => allLiteral(source, at)),
		answersActions: false,
	};
}

function allLiteral(rows: Expression[][], at: number): Expression | undefined {
	return rows.every((row) => literal(row[at]!) !== undefined) ? literal(rows[0]![at]!) : undefined;
}

/** Only where the partition column is among what is written: else rows stay where they are. */
function writtenSql(target: Source, into: readonly Field[], values: string): { written?: string } {
	const at = into.findIndex((field) => field.name === target.table?.partition?.column);
	if (at < 0) return {};
	const names = into.map((_, index) => `c${index}`).join(", ");
	return { written: `SELECT c${at} AS ${quote(into[at]!.name)} FROM (${values}) AS q(${names})` };
}

function queryValues(
	translation: Translation,
	query: Extract<Of<"INSERT">["source"], { body: unknown }>,
	into: Field[],
): string {
	const { sql, columns } = translation.query(query, scopeOf());
	if (columns.length !== into.length) {
		throw invalidQuery(`Inserted row has wrong column count; Has ${columns.length}, expected ${into.length}`);
	}
	return sql;
}

function rowsSql(translation: Translation, rows: Expression[][], scope: Scope): string {
	const rendered = rows.map((row) => `(${row.map((value) => translation.expression(value, scope)).join(", ")})`);
	return `VALUES ${rendered.join(", ")}`;
}

/** Items of the outermost SELECT that are literals. */
function literalItems(
	query: Extract<Of<"INSERT">["source"], { body: unknown }>,
	count: number,
): (Expression | undefined)[] {
	const { body } = query;
	if (body.is !== "select" || body.items.some((item) => item.is === "star")) return Array(count).fill(undefined);
	return body.items.map((item) => (item.is === "value" ? literal(item.value) : undefined));
}

export function literal(value: Expression): Expression | undefined {
	return ["null", "string", "integer", "float", "array", "parameter"].includes(value.is) ? value : undefined;
}

/** There are no null arrays. */
function kept(value: string, field: Field): string {
	return field.mode === "REPEATED" ? `COALESCE(${value}, CAST([] AS ${duckType(field)}))` : value;
}

export function updateChange(translation: Translation, statement: Of<"UPDATE">, target: Source): Change {
	const scope = scopeOf();
	const entry = targetEntry(translation, scope, target, statement);
	const fromText = statement.from === undefined ? undefined : fromSql(translation, statement.from, scope);
	bound(translation, scope, statement.from, [statement.where]);
	narrow(translation, scope, entry, statement.where);
	const where = translation.expression(statement.where, scope);
	const { into, values, sets } = assignmentsSql(translation, statement.set, target, scope);
	const rows = `${target.sql} AS ${quote(entry.alias)}${fromText === undefined ? "" : `, ${fromText}`}`;
	const given = `SELECT ${values.join(", ")} FROM ${rows} WHERE ${where}`;
	return {
		sql: `UPDATE ${target.sql} AS ${quote(entry.alias)} SET ${sets}${fromText === undefined ? "" : ` FROM ${fromText}`} WHERE ${where}`,
		...(fromText !== undefined && { twice: twiceSql(`${rows} WHERE ${where}`, entry) }),
		values: given,
		...writtenSql(target, into, given),
		into,
		literals: statement.set.map(({ value }) => literal(value)),
		answersActions: false,
	};
}

export function deleteChange(translation: Translation, statement: Of<"DELETE">, target: Source): Change {
	const scope = scopeOf();
	const entry = targetEntry(translation, scope, target, statement);
	narrow(translation, scope, entry, statement.where);
	const where = translation.expression(statement.where, scope);
	return {
		sql: `DELETE FROM ${target.sql} AS ${quote(entry.alias)} WHERE ${where}`,
		into: [],
		literals: [],
		answersActions: false,
	};
}

export function mergeChange(translation: Translation, statement: Of<"MERGE">, target: Source): Change {
	const { using, whens } = statement;
	const scope = scopeOf();
	const changing = whens.some(({ action }) => action.does === "update" || action.does === "delete");
	const entry = targetEntry(translation, scope, target, statement, changing);
	const usingText = fromSql(translation, using, scope);
	// rows that ON leaves out are not matched, and stay: unless WHEN NOT MATCHED BY SOURCE asks for them
	if (!whens.some(({ matched }) => matched === "NOT MATCHED BY SOURCE"))
		narrow(translation, scope, entry, statement.on);
	const on = translation.expression(statement.on, scope);
	const fromSource: Scope = { ...scope, entries: scope.entries.filter((one) => one !== entry) };
	const head = `MERGE INTO ${target.sql} AS ${quote(entry.alias)} USING ${usingText} ON ${on}`;
	const actions = whens.map((when) => mergeAction(translation, when, target, scope, fromSource));
	const rows = `${target.sql} AS ${quote(entry.alias)}, ${usingText} WHERE ${on}`;
	const matching = whens.filter(({ matched }) => matched === "MATCHED");
	const chosen = matching.some(({ and }) => and === undefined)
		? ""
		: ` AND (${matching.map(({ and }) => translation.expression(and!, scope)).join(" OR ")})`;
	return {
		sql: `${head} ${actions.join(" ")} RETURNING merge_action`,
		...(matching.length > 0 && { twice: twiceSql(rows + chosen, entry) }),
		into: [],
		literals: [],
		answersActions: true,
	};
}

function mergeAction(
	translation: Translation,
	{ matched, and, action }: MergeWhen,
	target: Source,
	scope: Scope,
	fromSource: Scope,
): string {
	const visible = matched === "NOT MATCHED" ? fromSource : scope;
	const word = matched === "NOT MATCHED" ? "NOT MATCHED BY TARGET" : matched;
	const when = `WHEN ${word}${and === undefined ? "" : ` AND ${translation.expression(and, visible)}`} THEN `;
	if ((matched === "NOT MATCHED") !== action.does.startsWith("insert")) {
		throw invalidQuery(`${action.does.toUpperCase()} is not allowed in WHEN ${matched}`);
	}
	switch (action.does) {
		case "delete":
			return `${when}DELETE`;
		case "update":
			return `${when}UPDATE SET ${assignmentsSql(translation, action.set, target, scope).sets}`;
		case "insert row":
			throw invalidQuery("the fake does not know INSERT ROW: its meaning would hang on the order of columns");
		case "insert": {
			const into = action.columns.map((column) => fieldNamed(target, column));
			if (into.length !== action.values.length) throw invalidQuery("Inserted row has wrong column count");
			const values = action.values.map((value, at) => kept(translation.expression(value, fromSource), into[at]!));
			return `${when}INSERT (${into.map((field) => quote(field.name)).join(", ")}) VALUES (${values.join(", ")})`;
		}
	}
}

function targetEntry(
	translation: Translation,
	scope: Scope,
	target: Source,
	{ table, alias }: { table: string[]; alias?: string },
	changes = true,
): Entry {
	const use = { table: target.table!, columns: new Set<string>(), changes };
	translation.uses.push(use);
	const entry: Entry = { alias: alias ?? table.at(-1)!, columns: columnsMap(target.columns), isValue: false, use };
	add(scope, entry);
	return entry;
}

function assignmentsSql(translation: Translation, set: readonly Assignment[], target: Source, scope: Scope) {
	const into = set.map(({ column }) => fieldNamed(target, column));
	if (new Set(into).size < into.length) throw invalidQuery("Update item assigned more than once");
	const values = set.map(({ value }) => translation.expression(value, scope));
	const sets = into.map((field, at) => `${quote(field.name)} = ${kept(values[at]!, field)}`).join(", ");
	return { into, values, sets };
}

function fieldNamed(target: Source, column: string): Field {
	const field = target.table!.fields.find((one) => one.name.toLowerCase() === column.toLowerCase());
	if (field === undefined) throw invalidQuery(`Column ${column} is not present in table ${target.table!.id}`);
	return field;
}

function twiceSql(rows: string, { alias }: Entry): string {
	return `SELECT 1 FROM (SELECT ${quote(alias)}.rowid AS r FROM ${rows}) GROUP BY r HAVING count(*) > 1 LIMIT 1`;
}
