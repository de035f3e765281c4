/** A query job under way: what its statements share. */
import type { Scan } from "./bytes.ts";
import type { Table, TableName } from "./catalog.ts";
import { type DuckSession, duckText } from "./engine.ts";
import { informationSchema } from "./information-schema.ts";
import { invalidQuery, notFound } from "./refusal.ts";
import type { Field } from "./schema.ts";
import type { Service } from "./service.ts";
import type { Transaction } from "./transactions.ts";
import type { Room, Source } from "./translate/scope.ts";
import type { Row } from "./values.ts";

export interface Run {
	service: Service;
	job: string;
	project: string;
	/** Of `defaultDataset`. */
	dataset?: { project: string; id: string };
	location: string;
	session: DuckSession;
	parameters: Map<string, Parameter>;
	/** Temporary tables by name. */
	temporary: Map<string, Table>;
	/** Declared variables, by lower-case name, with their fields. */
	variables: Map<string, Field>;
	/** Of the last DML statement. */
	rowCount: number;
	/** When the job was made, in milliseconds since 1970. */
	created: number;
	transaction?: Transaction;
	/** Temporary tables as they were when the transaction began. */
	temporaryBefore?: Map<string, Table>;
	/** Whether the text is a script; only there are temporary tables and transactions. */
	isScript: boolean;
	maximumBytes?: number;
	children: StatementDone[];
	/** Of a SELECT, where it was the last statement. */
	answer?: Answered;
	isCancelled(): boolean;
	/** The next change of rows in a transaction is to be cancelled. */
	abortNext: boolean;
	errorMessage?: string;
}

export interface Parameter {
	sql: string;
	/** Its text, where it may prune. */
	constant: unknown;
	type: string;
}

export interface Answered {
	/** The query, as DuckDB's. */
	sql: string;
	fields: Field[];
	/** In both forms of timestamps. */
	rows(int64Timestamps: boolean): Row[];
	count: number;
}

export interface StatementDone {
	type: string;
	text: string;
	scans: Scan[];
	processed: number;
	billed: number;
	rows?: number;
	target?: TableName;
}

export function nameIn(run: Pick<Run, "project" | "dataset">, path: readonly string[]): TableName {
	const [table, dataset, project] = [...path].reverse() as [string, string?, string?];
	if (path.length > 3) throw invalidQuery(`Invalid table name: ${path.join(".")}`);
	if (dataset !== undefined) return { project: project ?? run.project, dataset, table };
	if (run.dataset === undefined) {
		throw invalidQuery(`Table "${table}" must be qualified with a dataset (e.g. dataset.table).`);
	}
	return { project: run.dataset.project, dataset: run.dataset.id, table };
}

/** A temporary table, or one of a dataset in the job's location. */
export function tableIn(run: Run, path: readonly string[]): Table {
	const temporary = path.length === 1 ? run.temporary.get(path[0]!) : undefined;
	return temporary ?? run.service.catalog.table(nameIn(run, path), run.location);
}

export function sourceOf(table: Table): Source {
	return { sql: table.physical, columns: table.fields.map((field) => field.name), table };
}

export function roomOf(run: Run): Room {
	return {
		source(path) {
			const at = path.findIndex((part) => part.toUpperCase() === "INFORMATION_SCHEMA");
			if (at >= 0)
				return informationSchema(run.service.catalog, datasetNamed(run, path.slice(0, at)), path.slice(at + 1));
			return sourceOf(tableIn(run, path));
		},
		variable: (name) => (run.variables.has(name.toLowerCase()) ? variableSql(name) : undefined),
		parameter(name) {
			const found = run.parameters.get(name.toLowerCase());
			if (found === undefined) throw invalidQuery(`Query parameter '${name}' not found`);
			return found;
		},
		system: (name) => systemVariable(run, name),
		now: () => `make_timestamptz(${BigInt(run.service.now()) * 1000n})`,
	};
}

export const variableSql = (name: string): string => `getvariable('v_${name.toLowerCase()}')`;

function systemVariable(run: Run, name: string): string {
	switch (name.toLowerCase()) {
		case "row_count":
			return `CAST(${run.rowCount} AS BIGINT)`;
		case "error.message":
			if (run.errorMessage === undefined) break;
			return duckText(run.errorMessage);
		case "script.job_id":
			return duckText(run.job);
		case "script.bytes_billed":
			return `CAST(${run.children.reduce((sum, { billed }) => sum + billed, 0)} AS BIGINT)`;
		case "script.creation_time":
			return `make_timestamptz(${BigInt(run.created) * 1000n})`;
		case "project_id":
			return duckText(run.project);
		default:
	}
	throw invalidQuery(`Unrecognized name: @@${name}`);
}

function datasetNamed(run: Run, path: readonly string[]) {
	const [id = run.dataset?.id, project = run.dataset?.project ?? run.project] = [...path].reverse();
	if (id === undefined) throw invalidQuery("INFORMATION_SCHEMA must be qualified with a dataset");
	if (path.some((part) => part.startsWith("region-")))
		throw notFound("the fake knows no INFORMATION_SCHEMA of a region");
	return run.service.catalog.dataset(project, id, run.location);
}
