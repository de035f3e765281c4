/** Running scripts: variables, conditions, blocks; an error undoes the open transaction. */
import { columnTypes } from "./answers.ts";
import { invalidQuery, isRefusal, type Refusal } from "./refusal.ts";
import type { Run } from "./run.ts";
import { duckType, type Field, fieldOfSql, holds, sqlName } from "./schema.ts";
import type { Expression, ScriptStep } from "./sql/syntax.ts";
import { expressionOf, rollBack, runStatement, scalarOf } from "./statements.ts";
import { literal } from "./translate/changes.ts";

/** Throws what the job fails with; no transaction is open afterwards. */
export async function runScript(run: Run, steps: readonly ScriptStep[]): Promise<void> {
	try {
		await runSteps(run, steps);
	} finally {
		await rollBack(run);
	}
}

type Ending = "returned" | undefined;

async function runSteps(run: Run, steps: readonly ScriptStep[]): Promise<Ending> {
	for (const step of steps) {
		if ((await runStep(run, step)) === "returned") return "returned";
	}
	return undefined;
}

async function runStep(run: Run, step: ScriptStep): Promise<Ending> {
	switch (step.is) {
		case "statement":
			await runStatement(run, step.statement, step.text);
			return undefined;
		case "declare":
			await declare(run, step);
			return undefined;
		case "set":
			await assign(run, step.names, step.value);
			return undefined;
		case "if":
			for (const { condition, steps } of step.branches) {
				if ((await scalarOf(run, condition)) === true) return runSteps(run, steps);
			}
			return runSteps(run, step.otherwise);
		case "block":
			return runBlock(run, step);
		case "raise": {
			const message = step.message === undefined ? run.errorMessage : await scalarOf(run, step.message);
			throw invalidQuery(`Query error: ${message ?? "RAISE"}`);
		}
		case "return":
			return "returned";
	}
}

async function runBlock(run: Run, { steps, exception }: Extract<ScriptStep, { is: "block" }>): Promise<Ending> {
	const outside = new Map(run.variables);
	try {
		return await runSteps(run, steps);
	} catch (thrown) {
		if (exception === undefined || !isRefusal(thrown) || UNCAUGHT.has(thrown.reason)) throw thrown;
		run.errorMessage = (thrown as Refusal).message;
		return await runSteps(run, exception);
	} finally {
		run.variables = outside;
	}
}

const UNCAUGHT = new Set(["stopped", "bytesBilledLimitExceeded"]);

async function declare(run: Run, { names, type, value }: Extract<ScriptStep, { is: "declare" }>): Promise<void> {
	for (const name of names) {
		const key = name.toLowerCase();
		if (run.variables.has(key)) throw invalidQuery(`re-declaration of variable ${name}`);
		const sql = value === undefined ? "NULL" : await expressionOf(run, value);
		const field = type === undefined ? (await columnTypes(run.session, `SELECT ${sql}`))[0]! : fieldOfSql(name, type);
		await setVariable(run, name, sql, field);
		run.variables.set(key, { ...field, name });
	}
}

async function assign(run: Run, names: readonly string[], value: Expression): Promise<void> {
	const fields = names.map((name) => {
		const field = run.variables.get(name.toLowerCase());
		if (field === undefined) throw invalidQuery(`Undeclared variable: ${name}`);
		return field;
	});
	if (fields.length === 1) {
		const sql = await expressionOf(run, value);
		const [given] = await columnTypes(run.session, `SELECT ${sql}`);
		if (!holds(fields[0]!, given!) && literal(value) === undefined) {
			throw invalidQuery(
				`Cannot assign value of type ${sqlName(given!)} to variable ${names[0]} of type ${sqlName(fields[0]!)}`,
			);
		}
		return setVariable(run, names[0]!, sql, fields[0]!);
	}
	if (value.is !== "struct" || value.fields.length !== fields.length)
		throw invalidQuery("SET (a, b) takes as many values in brackets");
	const rendered: string[] = [];
	for (const field of value.fields) rendered.push(await expressionOf(run, field.value));
	for (const [at, field] of fields.entries()) await setVariable(run, names[at]!, rendered[at]!, field);
}

async function setVariable(run: Run, name: string, sql: string, field: Field): Promise<void> {
	await run.session.run(`SET VARIABLE v_${name.toLowerCase()} = CAST(${sql} AS ${duckType(field)})`);
}
