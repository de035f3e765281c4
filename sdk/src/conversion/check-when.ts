/** Whether the conditions of a `when` have a form that can hold. */
import { isRawNumber } from "../protocol/numbers.ts";
import { isRecord, type Keys, type Report } from "./check-value.ts";

export function checkWhen(when: unknown, keys: Keys, report: Report): void {
	if (when === undefined) return;
	const lines = isRecord(when) ? Object.entries(when) : undefined;
	if (lines === undefined) {
		report({
			code: "config.mapping_when",
			message: "when is a list of paths with their conditions",
			why: "all lines must hold",
			next: "write it as when: { state: COMPLETED }",
			keys,
		});
		return;
	}
	for (const [path, condition] of lines) {
		const why = path === "" ? "the path is empty" : conditionProblem(condition);
		if (why === undefined) continue;
		report({
			code: "config.mapping_when",
			message: "A condition of when can never be understood",
			why,
			next: "write one literal, a list of them, { not: … } or { exists: true }",
			keys: [...keys, path],
		});
	}
}

function conditionProblem(condition: unknown): string | undefined {
	if (!isRecord(condition)) return literalsProblem(condition);
	const keys = Object.keys(condition);
	if (keys.length === 1 && keys[0] === "not") return literalsProblem(condition.not);
	if (keys.length === 1 && keys[0] === "exists") {
		return typeof condition.exists === "boolean" ? undefined : "exists is true or false";
	}
	return `it has ${keys.length === 0 ? "nothing" : keys.join(" and ")}`;
}

function literalsProblem(literals: unknown): string | undefined {
	if (Array.isArray(literals)) {
		if (literals.length === 0) return "an empty list holds for nothing";
		return literals.every(isLiteral) ? undefined : "a list holds texts, numbers, true, false and null";
	}
	return isLiteral(literals) ? undefined : "a literal is text, a number, true, false or null";
}

function isLiteral(value: unknown): boolean {
	return value === null || ["string", "number", "boolean"].includes(typeof value) || isRawNumber(value);
}
