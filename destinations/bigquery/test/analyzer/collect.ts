/**
 * Statements that tests send, kept for the analyzer: one file per test file, begun anew each time that the test file
 * runs. Workers of one run never share a file, since a test file runs in one of them.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Script, SqlTables } from "./analyzer.ts";

export const COLLECTION = fileURLToPath(
	new URL("../../../../node_modules/.cache/growthnav-bigquery-statements/", import.meta.url),
);

/** By file of the collection: shapes of the statements that stand in it. */
const collected = new Map<string, Set<string>>();

/**
 * A statement or script with the tables that are there before it. Of statements that differ only in literals, numbers
 * and ids the first is kept.
 */
export function collect(sql: string, tables: SqlTables, parameters: Record<string, string> = {}): void {
	const testPath = expect.getState().testPath;
	if (testPath === undefined) return;
	const file = join(COLLECTION, `${basename(testPath)}.ndjson`);
	const shapes = collected.get(file) ?? begin(file, testPath);
	const shape = shapeOf(sql);
	if (shapes.has(shape)) return;
	shapes.add(shape);
	// case is all the same to the analyzer's columns, not to a search
	const named = Object.entries(tables).filter(([name]) => sql.includes(name));
	const script: Script = { sql, tables: Object.fromEntries(named), parameters };
	appendFileSync(file, `${JSON.stringify(script)}\n`);
}

function begin(file: string, testPath: string): Set<string> {
	mkdirSync(COLLECTION, { recursive: true });
	writeFileSync(file, `${JSON.stringify({ testPath })}\n`);
	const shapes = new Set<string>();
	collected.set(file, shapes);
	return shapes;
}

function shapeOf(sql: string): string {
	return sql
		.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''")
		.replaceAll(/[0-9a-f]{6,}/g, "x")
		.replaceAll(/\d+/g, "0");
}

/** All that is collected, with the name of the test file; of test files that are no more, nothing. */
export function collectedScripts(): { from: string; script: Script }[] {
	if (!existsSync(COLLECTION)) return [];
	const seen = new Set<string>();
	return readdirSync(COLLECTION).flatMap((name) => {
		// the last line is whole, or empty, or still being written
		const [head, ...lines] = readFileSync(join(COLLECTION, name), "utf8").split("\n").slice(0, -1);
		if (head === undefined || !existsSync((JSON.parse(head) as { testPath: string }).testPath)) return [];
		return lines.flatMap((line) => {
			const script = JSON.parse(line) as Script;
			const shape = shapeOf(script.sql);
			if (seen.has(shape)) return [];
			seen.add(shape);
			return [{ from: basename(name, ".ndjson"), script }];
		});
	});
}
