/** Tables in `docs/`, from the lists in the code. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { duckdbDialect } from "../destinations/duckdb/src/dialect.ts";
import { HTTP_LIMIT_NOTES, HTTP_LIMITS, limitSetting } from "../sdk/src/http/limits.ts";
import {
	CONVERSION_COLUMNS,
	type ConversionColumnDefinition,
	type ConversionColumnType,
	MONEY_TYPES,
	REVERSAL_TYPES,
} from "../spec/src/index.ts";
import { type Blocks, code, markdownTable } from "./blocks.ts";
import { errorTable } from "./errors.ts";
import { ROOT } from "./packages.ts";
import { sizes } from "./sizes.ts";

export const docsBlocks: Blocks = {
	"conversion-columns": conversionColumns,
	"conversion-types": conversionTypes,
	"http-limits": httpLimits,
	errors: errorTable,
	decisions,
	sizes,
	"pipeline-smallest": () => example("pipeline-smallest.yaml"),
	"pipeline-everything": () => example("pipeline-everything.yaml"),
};

const COLUMNS: readonly ConversionColumnDefinition[] = CONVERSION_COLUMNS;

const BIGQUERY: Record<ConversionColumnType, string> = {
	string: "STRING",
	integer: "INT64",
	decimal: "NUMERIC",
	boolean: "BOOL",
	timestamp: "TIMESTAMP",
	date: "DATE",
	json: "JSON",
};

/** A table per group; lists of rows have a table of their own below. */
function conversionColumns(): string {
	return [...Map.groupBy(COLUMNS, ({ group }) => group)]
		.map(([group, columns]) => {
			const rows = columns.map((column) => [code(column.name), ...typesOf(column), meaningOf(column)]);
			const table = markdownTable(["Column", "BigQuery", "DuckDB", "Meaning"], withoutRepeats(rows));
			return [`### ${capital(group)}`, table, ...columns.flatMap(fieldsOf)].join("\n\n");
		})
		.join("\n\n");
}

/** Neighbours of which the same is said stand in one row. */
function withoutRepeats(rows: string[][]): string[][] {
	const said = ([, ...words]: string[]) => words.join("\n");
	return [...Map.groupBy(rows, said).values()].map((same) => [
		same.map(([name]) => name).join(" "),
		...same[0]!.slice(1),
	]);
}

function typesOf({ name, type, repeated }: ConversionColumnDefinition): [string, string] {
	if (repeated !== undefined && repeated !== true) return ["STRUCT, repeated", "STRUCT[]"];
	const duckdb = duckdbDialect.type({ name, type, ...(repeated && { repeated }) });
	return [repeated ? `${BIGQUERY[type]}, repeated` : BIGQUERY[type], duckdb];
}

function meaningOf({ name, description, required, values }: ConversionColumnDefinition): string {
	const isTold = name === "conversion_type" || values?.every((value) => description.includes(value));
	const words = values === undefined || isTold ? "" : ` (${values.join(", ")})`;
	return `${required ? "**Never null.** " : ""}${description}${words}`;
}

function fieldsOf({ name, repeated }: ConversionColumnDefinition): string[] {
	if (repeated === undefined || repeated === true) return [];
	const rows = repeated.map((field) => [
		code(field.name),
		BIGQUERY[field.type],
		duckdbDialect.type(field),
		field.description,
	]);
	return [`Each element of ${code(name)}:`, markdownTable(["Field", "BigQuery", "DuckDB", "Meaning"], rows)];
}

function conversionTypes(): string {
	const types = COLUMNS.find(({ name }) => name === "conversion_type")?.values ?? [];
	const has = (list: readonly string[], type: string) => list.includes(type);
	const rows = types.map((type) => [
		code(type),
		has(MONEY_TYPES, type) ? "required, with `currency`" : "optional; where it is there, `currency` is too",
		has(REVERSAL_TYPES, type) ? "zero or below" : "any",
	]);
	return markdownTable(["`conversion_type`", "`value`", "Sign"], rows);
}

/** Pages by their headings: "# 3. A row's key is text, not a hash". */
function decisions(): string {
	return globSync("docs/decisions/0*.md", { cwd: ROOT })
		.sort()
		.map((page) => {
			const [, number, title] = /^# (\d+)\. (.+)$/m.exec(readFileSync(join(ROOT, page), "utf8"))!;
			return `${number}. [${title}](${basename(page)})`;
		})
		.join("\n");
}

/** An example of `spec`, which its schema and the runner are tested with. */
function example(file: string): string {
	const text = readFileSync(join(ROOT, "spec/examples", file), "utf8");
	return `\`\`\`yaml\n${text.trimEnd()}\n\`\`\``;
}

function httpLimits(): string {
	const names = Object.keys(HTTP_LIMITS) as (keyof typeof HTTP_LIMITS)[];
	const rows = names.map((name) => [
		code(limitSetting(name)),
		HTTP_LIMITS[name].toLocaleString("en-US"),
		HTTP_LIMIT_NOTES[name],
	]);
	return markdownTable(["Setting", "Default", "Meaning"], rows);
}

function capital(text: string): string {
	return text.slice(0, 1).toUpperCase() + text.slice(1);
}
