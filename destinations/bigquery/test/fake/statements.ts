/** One statement: translated, estimated, checked, run. */

import { answeredOf, checkDistinctNames, columnTypes } from "./answers.ts";
import { billedFor, type Scan, scansOf } from "./bytes.ts";
import { nameOf, type Table } from "./catalog.ts";
import { alterTable, createTable, dropTable } from "./definitions.ts";
import { invalidQuery, isRefusal, refusal } from "./refusal.ts";
import { type Run, roomOf, type StatementDone, sourceOf, tableIn } from "./run.ts";
import { type Field, fieldOfDuck, holds, sqlName } from "./schema.ts";
import type { Expression, Statement } from "./sql/syntax.ts";
import { concurrentUpdate } from "./transactions.ts";
import { type Change, deleteChange, insertChange, mergeChange, updateChange } from "./translate/changes.ts";
import { expressionSql } from "./translate/expressions.ts";
import { translationIn } from "./translate/queries.ts";
import { scopeOf, type Translation } from "./translate/scope.ts";
import { checkPartitions } from "./write-into.ts";

export async function runStatement(run: Run, statement: Statement, text: string): Promise<void> {
	const { service } = run;
	if (run.isCancelled()) throw refusal(400, "stopped", "Job execution was cancelled: User requested cancellation");
	await service.options.beforeStatement?.({ job: run.job, type: statement.is, text });
	delete run.answer;
	const done: StatementDone = { type: statement.is, text, scans: [], processed: 0, billed: 0 };
	try {
		await perform(run, statement, done);
	} catch (thrown) {
		throw readable(run, thrown);
	}
	run.children.push(done);
	service.journal.event("statement", {
		job: run.job,
		type: statement.is,
		text,
		scans: done.scans,
		...(done.rows !== undefined && { rows: done.rows }),
	});
}

async function perform(run: Run, statement: Statement, done: StatementDone): Promise<void> {
	const translation = translationIn(roomOf(run));
	switch (statement.is) {
		case "SELECT": {
			const { sql, columns } = translation.query(statement.query, scopeOf());
			checkDistinctNames(columns);
			await estimate(run, translation, done);
			const { columns: types, rows } = await run.session.read(sql);
			run.answer = answeredOf(
				sql,
				types.map(({ name, type }) => fieldOfDuck(name, type)),
				rows,
			);
			return;
		}
		case "ASSERT": {
			const condition = expressionSql(translation, statement.condition, scopeOf());
			await estimate(run, translation, done);
			const { rows } = await run.session.read(`SELECT ${condition}`);
			if (rows[0]![0] !== true) throw invalidQuery(`Query error: ${statement.message}`);
			return;
		}
		case "CREATE_TABLE":
			if (statement.as !== undefined) {
				checkDistinctNames(translationIn(roomOf(run), translation.uses).query(statement.as, scopeOf()).columns);
				await estimate(run, translation, done);
			}
			done.type = statement.as === undefined ? "CREATE_TABLE" : "CREATE_TABLE_AS_SELECT";
			done.rows = await createTable(run, statement, translation);
			return;
		case "ALTER_TABLE":
			return alterTable(run, statement, translation);
		case "DROP_TABLE":
			return dropTable(run, statement);
		case "BEGIN_TRANSACTION":
		case "COMMIT_TRANSACTION":
		case "ROLLBACK_TRANSACTION":
			return transactionStatement(run, statement.is);
		default:
			return changeRows(run, statement, translation, done);
	}
}

type Changing = Extract<Statement, { is: "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE_TABLE" }>;

async function changeRows(run: Run, statement: Changing, translation: Translation, done: StatementDone): Promise<void> {
	const { service, session } = run;
	const table = tableIn(run, statement.table);
	const isTemporary = run.temporary.get(table.id) === table;
	const change = changeOf(translation, statement, table);
	await estimate(run, translation, done);
	if (!isTemporary) service.quotas.dml(nameOf(table));
	const onlyInserts = statement.is === "INSERT" || (statement.is === "MERGE" && change.twice === undefined);
	if (run.transaction !== undefined && run.abortNext) {
		run.abortNext = false;
		throw concurrentUpdate(nameOf(table), run.transaction.id);
	}
	if (run.transaction !== undefined && !isTemporary) {
		service.transactions.claim(run.transaction, nameOf(table), onlyInserts ? "insert" : "change");
	}
	const alone = run.transaction === undefined && !isTemporary && !onlyInserts;
	const release = alone ? await service.transactions.alone(nameOf(table)) : undefined;
	try {
		await checkChange(run, change, table);
		if (change.answersActions) {
			const { rows } = await session.read(change.sql);
			done.rows = rows.length;
		} else done.rows = await session.run(change.sql);
		// once more, as far as the changed rows themselves reach
		table.version++;
		table.modified = service.now();
	} finally {
		release?.();
	}
	done.target = { project: table.project, dataset: table.dataset, table: table.id };
	run.rowCount = done.rows;
}

export function changeOf(translation: Translation, statement: Changing, table: Table): Change {
	const target = sourceOf(table);
	switch (statement.is) {
		case "INSERT":
			return insertChange(translation, statement, target);
		case "UPDATE":
			return updateChange(translation, statement, target);
		case "DELETE":
			return deleteChange(translation, statement, target);
		case "MERGE":
			return mergeChange(translation, statement, target);
		case "TRUNCATE_TABLE":
			return { sql: `DELETE FROM ${table.physical}`, into: [], literals: [], answersActions: false };
	}
}

/** Types that BigQuery would not coerce, rows that would be changed twice, partitions without number. */
async function checkChange(run: Run, change: Change, table: Table): Promise<void> {
	const { session } = run;
	await checkTypes(run, change);
	if (change.twice !== undefined && (await session.read(change.twice)).rows.length > 0) {
		throw invalidQuery("UPDATE/MERGE must match at most one source row for each target row");
	}
	if (change.written !== undefined) await checkPartitions(session, table, change.written);
}

export async function checkTypes(run: Run, change: Change): Promise<void> {
	if (change.values === undefined) return;
	const types = await columnTypes(run.session, change.values);
	for (const [at, field] of change.into.entries()) {
		if (fits(field, types[at]!, change.literals[at] !== undefined)) continue;
		throw invalidQuery(
			`Value has type ${sqlName(types[at]!)} which cannot be inserted into column ${field.name}, which has type ${sqlName(field)}`,
		);
	}
}

/** A literal of text fits dates and times, one of a number NUMERIC; NULL and lists fit what they are written to. */
function fits(field: Field, given: Field, isLiteral: boolean): boolean {
	if (holds(field, given)) return true;
	if (!isLiteral) return false;
	if (given.mode === "REPEATED" || field.mode === "REPEATED") return true;
	const times = ["DATE", "TIME", "DATETIME", "TIMESTAMP"];
	return (
		given.type === "INTEGER" ||
		(given.type === "STRING" && times.includes(field.type)) ||
		(given.type === "FLOAT" && field.type === "NUMERIC")
	);
}

/** An expression of a script, as DuckDB's SQL; what it reads is billed like a statement of its own. */
export async function expressionOf(run: Run, value: Expression): Promise<string> {
	const translation = translationIn(roomOf(run));
	const sql = expressionSql(translation, value, scopeOf());
	if (translation.uses.length === 0) return sql;
	const done: StatementDone = { type: "SELECT", text: "", scans: [], processed: 0, billed: 0 };
	await estimate(run, translation, done);
	run.children.push(done);
	run.service.journal.event("expression", { job: run.job, type: done.type, scans: done.scans });
	return sql;
}

/** Its value. */
export async function scalarOf(run: Run, value: Expression): Promise<unknown> {
	try {
		const { rows } = await run.session.read(`SELECT ${await expressionOf(run, value)}`);
		return rows[0]![0];
	} catch (thrown) {
		throw readable(run, thrown);
	}
}

export async function estimate(run: Run, translation: Translation, done: StatementDone): Promise<void> {
	for (const use of translation.uses) {
		if (!use.table.requirePartitionFilter || use.moments !== undefined) continue;
		throw invalidQuery(
			`Cannot query over table '${use.table.dataset}.${use.table.id}' without a filter over column(s) '${use.table.partition!.column}' that can be used for partition elimination`,
		);
	}
	done.scans = await scansIn(run, translation);
	done.processed = done.scans.reduce((sum, scan) => sum + scan.bytes, 0);
	done.billed = billedFor(done.scans);
	if (run.maximumBytes === undefined) return;
	const needed = done.billed + run.children.reduce((sum, child) => sum + child.billed, 0);
	if (needed > run.maximumBytes) {
		throw refusal(
			400,
			"bytesBilledLimitExceeded",
			`Query exceeded limit for bytes billed: ${run.maximumBytes}. ${needed} or higher required.`,
		);
	}
}

async function scansIn(run: Run, { uses }: Translation): Promise<Scan[]> {
	if (run.service.options.bytes !== false) return scansOf(run.session, uses);
	return uses.map(({ table, columns, changes, moments }) => ({
		table: nameOf(table),
		columns: [...columns],
		pruned: moments !== undefined,
		changes,
		rows: 0,
		bytes: 0,
	}));
}

async function transactionStatement(run: Run, what: Extract<Statement["is"], `${string}_TRANSACTION`>): Promise<void> {
	const { service, session } = run;
	if (!run.isScript) throw invalidQuery("Transaction control statements are supported only in scripts or sessions");
	if (what === "BEGIN_TRANSACTION") {
		if (run.transaction !== undefined) throw invalidQuery("Transaction is already in progress");
		// from before what DuckDB sees: a commit that falls between would rather be taken for a conflict
		const transaction = service.transactions.begin();
		await session.run("BEGIN TRANSACTION");
		run.transaction = transaction;
		run.temporaryBefore = new Map(run.temporary);
		service.journal.event("transaction begun", { job: run.job });
		return;
	}
	if (run.transaction === undefined) throw invalidQuery("There is no active transaction");
	if (what === "ROLLBACK_TRANSACTION") return rollBack(run);
	const { transaction } = run;
	await session.run("COMMIT").catch((thrown) => {
		throw isConflict(thrown) ? concurrentUpdate([...transaction.touched].join(", "), transaction.id) : thrown;
	});
	service.transactions.committed(transaction);
	service.transactions.ended(transaction);
	delete run.transaction;
	service.journal.event("transaction committed", { job: run.job, tables: [...transaction.touched] });
}

/** Also what a script does that ends, or fails, within a transaction. */
export async function rollBack(run: Run): Promise<void> {
	const { transaction, service, session } = run;
	if (transaction === undefined) return;
	await session.run("ROLLBACK").catch(() => {});
	for (const name of transaction.touched) {
		const [project, dataset, table] = name.split(/[:.]/) as [string, string, string];
		const found = service.catalog.find({ project, dataset, table });
		if (found !== undefined) found.version++;
	}
	run.temporary = run.temporaryBefore ?? new Map();
	service.transactions.ended(transaction);
	delete run.transaction;
	service.journal.event("transaction rolled back", { job: run.job, tables: [...transaction.touched] });
}

const isConflict = (thrown: unknown): boolean =>
	thrown instanceof Error && /TransactionContext Error|Conflict on|has been altered/.test(thrown.message);

/** DuckDB's own words for what the checks before did not find. */
function readable(run: Run, thrown: unknown): unknown {
	if (isRefusal(thrown) || !(thrown instanceof Error)) return thrown;
	if (isConflict(thrown) && run.transaction !== undefined) return concurrentUpdate("?", run.transaction.id);
	return Object.assign(invalidQuery(`Query error: ${thrown.message.split("\n")[0]}`), { cause: thrown });
}
