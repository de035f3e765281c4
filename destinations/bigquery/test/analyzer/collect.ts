/**
 * What tests sent, kept for the analyzer as lines of JSON: one file per test file, begun anew each time that the test
 * file runs. Workers of one run never share a file, since a test file runs in one of them.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Script, SqlTables } from "./analyzer.ts";
import { shapeOf } from "./shape.ts";

const COLLECTION = fileURLToPath(
	new URL("../../../../node_modules/.cache/growthnav-bigquery-statements/", import.meta.url),
);

const begun = new Set<string>();

/** Of the test file that runs now; also what the fake's `collect` wants. */
export function collectionFile(): string {
	const { testPath } = expect.getState();
	if (testPath === undefined) throw new Error("statements are collected within tests");
	const file = join(COLLECTION, `${basename(testPath)}.ndjson`);
	if (begun.has(file)) return file;
	mkdirSync(COLLECTION, { recursive: true });
	writeFileSync(file, `${JSON.stringify({ testPath })}\n`);
	begun.add(file);
	return file;
}

/** A statement or script with the tables that it finds, from a test that has no fake. */
export function collect(sql: string, tables: SqlTables, parameters: Record<string, string> = {}): void {
	appendFileSync(collectionFile(), `${JSON.stringify({ sql, tables, parameters } satisfies Script)}\n`);
}

/** All that is collected, each shape one time, with the name of the test file; of test files that are no more, nothing. */
export function collectedScripts(): { from: string; script: Script }[] {
	if (!existsSync(COLLECTION)) return [];
	const seen = new Set<string>();
	return readdirSync(COLLECTION).flatMap((name) => {
		// what follows the last line break is still being written
		const [head, ...lines] = readFileSync(join(COLLECTION, name), "utf8").split("\n").slice(0, -1);
		if (head === undefined || !existsSync((JSON.parse(head) as { testPath: string }).testPath)) return [];
		return lines.flatMap((line) => {
			const shape = shapeOf(line);
			if (seen.has(shape)) return [];
			seen.add(shape);
			return [{ from: basename(name, ".ndjson"), script: JSON.parse(line) as Script }];
		});
	});
}
