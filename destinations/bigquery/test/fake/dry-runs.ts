/** A statement judged and estimated, and not run. */
import { checkDistinctNames, columnTypes } from "./answers.ts";
import { nameIn, type Run, roomOf, type StatementDone, tableIn } from "./run.ts";
import type { Statement } from "./sql/syntax.ts";
import { changeOf, checkTypes, estimate } from "./statements.ts";
import { expressionSql } from "./translate/expressions.ts";
import { translationIn } from "./translate/queries.ts";
import { scopeOf } from "./translate/scope.ts";

export async function dryStatement(run: Run, statement: Statement, text: string): Promise<StatementDone> {
	const done: StatementDone = { type: statement.is, text, scans: [], processed: 0, billed: 0 };
	const translation = translationIn(roomOf(run));
	switch (statement.is) {
		case "SELECT": {
			const { sql, columns } = translation.query(statement.query, scopeOf());
			checkDistinctNames(columns);
			await columnTypes(run.session, sql);
			break;
		}
		case "ASSERT":
			expressionSql(translation, statement.condition, scopeOf());
			break;
		case "CREATE_TABLE":
			nameIn(run, statement.table);
			if (statement.as !== undefined) translation.query(statement.as, scopeOf());
			break;
		case "ALTER_TABLE":
		case "DROP_TABLE":
			if (!statement.ifExists) tableIn(run, statement.table);
			break;
		case "INSERT":
		case "UPDATE":
		case "DELETE":
		case "MERGE":
		case "TRUNCATE_TABLE":
			await checkTypes(run, changeOf(translation, statement, tableIn(run, statement.table)));
			break;
		default:
	}
	await estimate(run, translation, done);
	return done;
}
