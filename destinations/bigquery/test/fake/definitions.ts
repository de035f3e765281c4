/** DDL: tables made, changed, dropped. Inside a transaction only temporary tables may be made. */

import { columnTypes } from "./answers.ts";
import { keyOf, type Partition, type Table } from "./catalog.ts";
import { duplicate, invalidQuery } from "./refusal.ts";
import { nameIn, type Run, tableIn } from "./run.ts";
import { checkColumns, duckType, type Field, fieldOfSql, holds, quote, sqlName } from "./schema.ts";
import type { AlterAction, CreateTable, Expression, Option, SqlType } from "./sql/syntax.ts";
import { makeTable, type TablePlan } from "./tables.ts";
import { expressionSql } from "./translate/expressions.ts";
import { scopeOf, type Translation } from "./translate/scope.ts";
import { checkPartitions } from "./write-into.ts";

export function refuseInTransaction(run: Run, what: string): void {
	if (run.transaction !== undefined)
		throw invalidQuery(`Transaction control: ${what} is not supported inside a transaction`);
}

export async function createTable(run: Run, statement: CreateTable, translation: Translation): Promise<number> {
	const { service, session, temporary: temporaries } = run;
	const { catalog, now } = service;
	const { table: path, temporary, as } = statement;
	if (temporary && !run.isScript) throw invalidQuery("Use of CREATE TEMPORARY TABLE requires a script or session");
	if (temporary && path.length > 1) throw invalidQuery("a temporary table has no dataset");
	const name = temporary ? { project: run.project, dataset: "_script", table: path[0]! } : nameIn(run, path);
	if (!temporary) refuseInTransaction(run, "CREATE TABLE");
	const dataset = temporary ? undefined : catalog.dataset(name.project, name.dataset, run.location);
	const existing = temporary ? temporaries.get(name.table) : catalog.find(name);
	if (existing !== undefined && statement.ifNotExists) return 0;
	if (existing !== undefined && !statement.orReplace) throw duplicate(`Already Exists: Table ${keyOf(name)}`);
	if (!temporary) service.quotas.operation(keyOf(name));
	const query = as === undefined ? undefined : translation.query(as, scopeOf());
	const fields = query === undefined ? definedFields(statement.columns) : await queryFields(run, statement, query.sql);
	const plan: TablePlan = {
		name,
		fields,
		...layoutOf(statement),
		...(await optionsOf(run, statement.options, translation)),
	};
	const made = await makeTable(session, catalog, plan, {
		location: dataset?.location ?? run.location,
		now: now(),
		temporary,
	});
	try {
		const rows =
			query === undefined ? 0 : await session.run(`INSERT INTO ${made.physical} ${typedQuery(query.sql, fields)}`);
		if (query !== undefined) await checkPartitions(session, made, `SELECT * FROM ${made.physical}`);
		// another may have come first while DuckDB was at work
		const before = temporary ? temporaries.get(name.table) : catalog.find(name);
		if (before !== undefined && !statement.orReplace) {
			await session.run(`DROP TABLE ${made.physical}`);
			if (statement.ifNotExists) return 0;
			throw duplicate(`Already Exists: Table ${keyOf(name)}`);
		}
		made.version = (before?.version ?? 0) + 1;
		if (temporary) temporaries.set(name.table, made);
		else catalog.add(made);
		if (before !== undefined) await session.run(`DROP TABLE ${before.physical}`);
		return rows;
	} catch (thrown) {
		await session.run(`DROP TABLE IF EXISTS ${made.physical}`).catch(() => {});
		throw thrown;
	}
}

function definedFields(columns: CreateTable["columns"]): Field[] {
	return columns.map(({ name, type, notNull, options }) => {
		const field = fieldOfSql(name, type);
		const description = options.find((option) => option.name === "description")?.value;
		return {
			...field,
			...(notNull && { mode: "REQUIRED" as const }),
			...(description?.is === "string" && { description: description.value }),
		};
	});
}

async function queryFields(run: Run, statement: CreateTable, sql: string): Promise<Field[]> {
	const found = await columnTypes(run.session, sql);
	if (statement.columns.length === 0) return found;
	const defined = definedFields(statement.columns);
	const fits = defined.length === found.length && defined.every((field, at) => holds(field, found[at]!));
	if (!fits) throw invalidQuery("The columns of CREATE TABLE and those of its query do not match");
	return defined;
}

function typedQuery(sql: string, fields: readonly Field[]): string {
	const columns = fields.map((field, at) => {
		const value = `CAST(q.c${at} AS ${duckType(field)})`;
		return field.mode === "REPEATED" ? `COALESCE(${value}, [])` : value;
	});
	return `SELECT ${columns.join(", ")} FROM (${sql}) AS q(${fields.map((_, at) => `c${at}`).join(", ")})`;
}

function layoutOf({ partitionBy, clusterBy }: CreateTable): Pick<TablePlan, "partition" | "clustering"> {
	return { clustering: clusterBy, ...(partitionBy !== undefined && { partition: partitionOf(partitionBy) }) };
}

const UNITS = ["HOUR", "DAY", "MONTH", "YEAR"];

/** `day`, `DATE(at)`, `TIMESTAMP_TRUNC(at, HOUR)` and their like. */
function partitionOf(by: Expression): Partition {
	const single = (value: Expression | undefined) =>
		value?.is === "path" && value.parts.length === 1 ? value.parts[0]! : undefined;
	const bare = single(by);
	if (bare !== undefined) return { column: bare, by: "DAY" };
	if (by.is === "call") {
		const column = single(by.args[0]);
		const unit = by.name === "DATE" ? "DAY" : single(by.args[1])?.toUpperCase();
		const known = ["DATE", "TIMESTAMP_TRUNC", "DATE_TRUNC", "DATETIME_TRUNC"].includes(by.name);
		if (known && column !== undefined && UNITS.includes(unit ?? "")) return { column, by: unit as Partition["by"] };
	}
	throw invalidQuery("PARTITION BY expression must be a column, DATE(column) or a …_TRUNC(column, unit)");
}

/** Options that the fake keeps, as the resource of a table says them. */
async function optionsOf(run: Run, options: readonly Option[], translation: Translation): Promise<Partial<TablePlan>> {
	const plan: Partial<TablePlan> & { facts: Record<string, unknown> } = { facts: {} };
	for (const { name, value } of options) {
		if (name === "expiration_timestamp") {
			const { rows } = await run.session.read(`SELECT epoch_ms(${expressionSql(translation, value, scopeOf())})`);
			if (rows[0]![0] !== null) plan.expires = Number(rows[0]![0]);
		} else if (name === "require_partition_filter") plan.requirePartitionFilter = value.is === "boolean" && value.value;
		else if (name === "description" && value.is === "string") plan.facts.description = value.value;
		else if (name === "friendly_name" && value.is === "string") plan.facts.friendlyName = value.value;
		else if (name === "kms_key_name" && value.is === "string")
			plan.facts.encryptionConfiguration = { kmsKeyName: value.value };
		else if (name === "labels") plan.facts.labels = labelsOf(value);
		else throw invalidQuery(`Unknown option: ${name}`);
	}
	return plan;
}

function labelsOf(value: Expression): Record<string, string> {
	const items = value.is === "array" ? value.items : [];
	return Object.fromEntries(
		items.map((item) => {
			const [key, label] = item.is === "struct" ? item.fields.map((field) => field.value) : [];
			if (key?.is !== "string" || label?.is !== "string") throw invalidQuery("labels are pairs of texts");
			return [key.value, label.value];
		}),
	);
}

export async function alterTable(
	run: Run,
	{ table: path, ifExists, actions }: { table: string[]; ifExists: boolean; actions: AlterAction[] },
	translation: Translation,
): Promise<void> {
	refuseInTransaction(run, "ALTER TABLE");
	const name = nameIn(run, path);
	if (ifExists && run.service.catalog.find(name) === undefined) return;
	const table = run.service.catalog.table(name, run.location);
	run.service.quotas.operation(keyOf(name));
	for (const action of actions) await alter(run, table, action, translation);
	table.version++;
	table.modified = run.service.now();
}

async function alter(run: Run, table: Table, action: AlterAction, translation: Translation): Promise<void> {
	const sql = (text: string) => run.session.run(`ALTER TABLE ${table.physical} ${text}`);
	if (action.does === "options") {
		const { expires, requirePartitionFilter, facts } = await optionsOf(run, action.options, translation);
		if (expires !== undefined) table.expires = expires;
		if (requirePartitionFilter !== undefined) table.requirePartitionFilter = requirePartitionFilter;
		Object.assign(table.facts, facts);
		return;
	}
	if (action.does === "rename") throw invalidQuery("the fake does not rename tables");
	if (action.does === "add column") {
		const [field] = definedFields([action.column]);
		const isThere = table.fields.some((one) => one.name.toLowerCase() === field!.name.toLowerCase());
		if (isThere && action.ifNotExists) return;
		if (isThere) throw duplicate(`Column already exists: ${field!.name}`);
		if (field!.mode === "REQUIRED") throw invalidQuery("Cannot add a required column to an existing table");
		checkColumns([...table.fields, field!]);
		await sql(`ADD COLUMN ${quote(field!.name)} ${duckType(field!)}`);
		table.fields = [...table.fields, field!];
		return;
	}
	const field = table.fields.find((one) => one.name.toLowerCase() === action.column.toLowerCase());
	if (field === undefined && action.ifExists) return;
	if (field === undefined) throw invalidQuery(`Column not found: ${action.column}`);
	const replaced = (changed: Field[]) => {
		table.fields = table.fields.flatMap((one) => (one === field ? changed : [one]));
	};
	switch (action.does) {
		case "drop column":
			if (table.partition?.column === field.name || table.clustering.includes(field.name)) {
				throw invalidQuery(`Column ${field.name} is a partitioning or clustering column and cannot be dropped`);
			}
			await sql(`DROP COLUMN ${quote(field.name)}`);
			return replaced([]);
		case "rename column":
			checkColumns([...table.fields, { ...field, name: action.to }]);
			await sql(`RENAME COLUMN ${quote(field.name)} TO ${quote(action.to)}`);
			return replaced([{ ...field, name: action.to }]);
		case "drop not null":
			if (field.mode === "REQUIRED") await sql(`ALTER COLUMN ${quote(field.name)} DROP NOT NULL`);
			return replaced([{ ...field, mode: "NULLABLE" }]);
		case "set type":
			return replaced([await retyped(sql, field, action.type)]);
		default:
			return replaced([{ ...field, ...definedDescription(action.options) }]);
	}
}

function definedDescription(options: readonly Option[]): Partial<Field> {
	const value = options.find((option) => option.name === "description")?.value;
	return value?.is === "string" ? { description: value.value } : {};
}

async function retyped(sql: (text: string) => Promise<number>, field: Field, type: SqlType): Promise<Field> {
	const wide = {
		...fieldOfSql(field.name, type),
		...(field.description !== undefined && { description: field.description }),
	};
	if (!holds(wide, field)) {
		throw invalidQuery(
			`ALTER COLUMN SET DATA TYPE requires that the existing column type (${sqlName(field)}) is assignable to the new type (${sqlName(wide)})`,
		);
	}
	if (wide.type !== field.type) await sql(`ALTER COLUMN ${quote(field.name)} SET DATA TYPE ${duckType(wide)}`);
	return { ...wide, mode: field.mode };
}

export async function dropTable(
	run: Run,
	{ table: path, ifExists }: { table: string[]; ifExists: boolean },
): Promise<void> {
	const temporary = path.length === 1 ? run.temporary.get(path[0]!) : undefined;
	if (temporary !== undefined) {
		run.temporary.delete(path[0]!);
		await run.session.run(`DROP TABLE ${temporary.physical}`);
		return;
	}
	refuseInTransaction(run, "DROP TABLE");
	const name = nameIn(run, path);
	if (ifExists && run.service.catalog.find(name) === undefined) return;
	const table = tableIn(run, path);
	run.service.quotas.operation(keyOf(name));
	run.service.catalog.remove(name);
	await run.session.run(`DROP TABLE ${table.physical}`);
}
