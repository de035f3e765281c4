/** Scripts: statements one after the other, variables, conditions, blocks. */
import { expression } from "./expressions.ts";
import { parsingOf } from "./queries.ts";
import { listOf, type Parsing } from "./reader.ts";
import { statement } from "./statements.ts";
import type { Expression, ScriptStep } from "./syntax.ts";
import { typeOf } from "./types.ts";

/** The steps of a text; one that is a single statement is no script. */
export function scriptOf(sql: string): ScriptStep[] {
	const reader = parsingOf(sql);
	const steps = stepsUntil(reader, () => reader.peek().kind === "end");
	if (steps.length === 0) reader.fail("Unexpected end of statement");
	return steps;
}

function stepsUntil(reader: Parsing, ends: () => boolean): ScriptStep[] {
	const steps: ScriptStep[] = [];
	while (!ends()) {
		if (reader.skip(";")) continue;
		steps.push(step(reader, steps.length === 0 || steps.every((one) => one.is === "declare")));
		if (!ends() || reader.is("END") || reader.is("ELSE")) reader.expect(";");
	}
	return steps;
}

function step(reader: Parsing, atStart: boolean): ScriptStep {
	if (reader.is("DECLARE"))
		return atStart ? declare(reader) : reader.fail("DECLARE stands at the start of a script or block");
	if (reader.skip("SET")) return set(reader);
	if (reader.skip("IF")) return condition(reader);
	if (reader.skip("RETURN")) return { is: "return" };
	if (reader.skip("RAISE")) {
		if (!reader.skip("USING", "MESSAGE", "=")) return { is: "raise" };
		return { is: "raise", message: expression(reader) };
	}
	if (reader.is("BEGIN") && !reader.is("BEGIN", "TRANSACTION") && !reader.is("BEGIN", ";")) return block(reader);
	const from = reader.peek().at;
	const read = statement(reader);
	return { is: "statement", statement: read, text: reader.sql.slice(from, reader.peek().at).trim() };
}

function declare(reader: Parsing): ScriptStep {
	reader.expect("DECLARE");
	const names = listOf(reader, () => reader.name());
	const type = reader.is("DEFAULT") ? undefined : typeOf(reader);
	const value = reader.skip("DEFAULT") ? expression(reader) : undefined;
	return { is: "declare", names, ...(type && { type }), ...(value && { value }) };
}

function set(reader: Parsing): ScriptStep {
	const several = reader.skip("(");
	const names = several ? listOf(reader, () => reader.name()) : [reader.name()];
	if (several) reader.expect(")");
	reader.expect("=");
	return { is: "set", names, value: expression(reader) };
}

function condition(reader: Parsing): ScriptStep {
	const branches: { condition: Expression; steps: ScriptStep[] }[] = [];
	const ends = () => reader.is("ELSEIF") || reader.is("ELSE") || reader.is("END", "IF");
	do {
		const when = expression(reader);
		reader.expect("THEN");
		branches.push({ condition: when, steps: stepsUntil(reader, ends) });
	} while (reader.skip("ELSEIF"));
	const otherwise = reader.skip("ELSE") ? stepsUntil(reader, () => reader.is("END", "IF")) : [];
	reader.expect("END", "IF");
	return { is: "if", branches, otherwise };
}

function block(reader: Parsing): ScriptStep {
	reader.expect("BEGIN");
	const steps = stepsUntil(reader, () => reader.is("END") || reader.is("EXCEPTION"));
	const exception = reader.skip("EXCEPTION", "WHEN", "ERROR", "THEN")
		? stepsUntil(reader, () => reader.is("END"))
		: undefined;
	reader.expect("END");
	return { is: "block", steps, ...(exception && { exception }) };
}
