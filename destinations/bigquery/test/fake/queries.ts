/** Query jobs: a statement or a script, dry runs, and a SELECT into a table. */
import { keyOf, type TableName } from "./catalog.ts";
import { collectJob } from "./collect.ts";
import { dryStatement } from "./dry-runs.ts";
import { duckText } from "./engine.ts";
import { invalid, invalidQuery, notFound } from "./refusal.ts";
import type { Answered, Parameter, Run, StatementDone } from "./run.ts";
import { duckType, fieldOfSql, quote } from "./schema.ts";
import { runScript } from "./scripts.ts";
import type { Service } from "./service.ts";
import { scriptOf } from "./sql/scripts.ts";
import { tokensOf } from "./sql/tokens.ts";
import { typedLiteral } from "./translate/expressions.ts";
import { writeInto } from "./write-into.ts";

export type QueryConfiguration = Record<string, unknown>;

export interface QueryOutcome {
	/** SCRIPT, or that of the only statement. */
	type: string;
	children: StatementDone[];
	answer?: Answered;
}

export interface QueryPlace {
	job: string;
	project: string;
	location: string;
	/** Milliseconds since 1970. */
	created: number;
	isCancelled(): boolean;
	abort: boolean;
	/** What was done is told here also when the query fails. */
	children: StatementDone[];
}

export async function query(
	service: Service,
	configuration: QueryConfiguration,
	place: QueryPlace,
): Promise<QueryOutcome> {
	const sql = textOf(configuration);
	const steps = scriptOf(sql);
	const [first] = steps;
	const isScript = steps.length > 1 || first!.is !== "statement";
	const session = await service.engine.session();
	const run: Run = { ...runOf(configuration, place), service, session, isScript };
	try {
		const collect = collectJob(run, sql);
		const into = configuration.destinationTable as Record<string, string> | undefined;
		if (into !== undefined && !(first!.is === "statement" && first!.statement.is === "SELECT" && !isScript)) {
			throw invalidQuery("configuration.query.destinationTable cannot be set for scripts, DDL and DML");
		}
		await runScript(run, steps);
		if (into !== undefined)
			await writeAnswer(run, configuration, {
				project: into.projectId!,
				dataset: into.datasetId!,
				table: into.tableId!,
			});
		collect();
		const type = isScript ? "SCRIPT" : (run.children[0]?.type ?? "SCRIPT");
		return { type, children: run.children, ...(run.answer !== undefined && { answer: run.answer }) };
	} finally {
		session.close();
	}
}

/** What it would read and cost. Of a script only its form is judged, as the service does. */
export async function dryRun(
	service: Service,
	configuration: QueryConfiguration,
	place: QueryPlace,
): Promise<QueryOutcome> {
	const steps = scriptOf(textOf(configuration));
	const [first] = steps;
	if (steps.length > 1 || first!.is !== "statement") return { type: "SCRIPT", children: [] };
	const session = await service.engine.session();
	try {
		const run: Run = { ...runOf(configuration, place), service, session, isScript: false };
		return { type: first!.statement.is, children: [await dryStatement(run, first!.statement, first!.text)] };
	} finally {
		session.close();
	}
}

function textOf({ query: sql, useLegacySql }: QueryConfiguration): string {
	if (typeof sql !== "string" || sql.trim() === "") throw invalid("Required parameter is missing: query");
	if (useLegacySql !== false)
		throw invalid("the fake knows GoogleSQL only: useLegacySql must be false, and true is its default");
	if (sql.length > 1_024_000)
		throw invalidQuery("The query is too large. The maximum standard SQL query length is 1024.00K characters");
	return sql;
}

function runOf(configuration: QueryConfiguration, place: QueryPlace): Omit<Run, "service" | "session" | "isScript"> {
	const { project, location, job } = place;
	const given = configuration.defaultDataset as { projectId?: string; datasetId?: string } | undefined;
	const { maximumBytesBilled } = configuration;
	return {
		job,
		project,
		location,
		parameters: parametersOf(configuration),
		temporary: new Map(),
		variables: new Map(),
		rowCount: 0,
		created: place.created,
		children: place.children,
		isCancelled: place.isCancelled,
		abortNext: place.abort,
		...(given?.datasetId !== undefined && { dataset: { project: given.projectId ?? project, id: given.datasetId } }),
		...(maximumBytesBilled !== undefined && { maximumBytes: Number(maximumBytesBilled) }),
	};
}

interface GivenParameter {
	name?: string;
	parameterType?: { type?: string; arrayType?: { type?: string } };
	parameterValue?: { value?: string | null; arrayValues?: { value: string }[] };
}

/** Named ones; one that the text does not name is an error, stricter than the service. */
function parametersOf({ queryParameters, parameterMode, query: sql }: QueryConfiguration): Map<string, Parameter> {
	if (queryParameters === undefined) return new Map();
	if (parameterMode !== "NAMED") throw invalid("the fake knows named parameters only: parameterMode must be NAMED");
	const used = new Set(
		tokensOf(String(sql)).flatMap((token) => (token.kind === "parameter" ? [token.value.toLowerCase()] : [])),
	);
	return new Map(
		(queryParameters as GivenParameter[]).map((given) => {
			const name = (given.name ?? "").toLowerCase();
			if (!used.has(name)) throw invalid(`The query does not use its parameter ${given.name}`);
			return [name, parameterOf(given)];
		}),
	);
}

function parameterOf({ name, parameterType, parameterValue }: GivenParameter): Parameter {
	const item = parameterType?.arrayType?.type;
	if (item !== undefined) {
		const items = (parameterValue?.arrayValues ?? []).map(({ value }) => scalar(item, value));
		return { sql: `CAST([${items.join(", ")}] AS ${duckOf(item)}[])`, constant: undefined, type: `ARRAY<${item}>` };
	}
	const type = parameterType?.type;
	if (type === undefined) throw invalid(`Query parameter ${name} has no type`);
	const value = parameterValue?.value ?? null;
	return { sql: value === null ? `CAST(NULL AS ${duckOf(type)})` : scalar(type, value), constant: value, type };
}

const TYPES: Record<string, string> = { INTEGER: "INT64", FLOAT: "FLOAT64", BOOLEAN: "BOOL" };

function duckOf(type: string): string {
	return duckType(fieldOfSql("parameter", { of: "scalar", name: TYPES[type] ?? type }));
}

function scalar(type: string, value: string): string {
	if (["TIMESTAMP", "DATE", "DATETIME", "TIME", "NUMERIC", "JSON"].includes(type)) return typedLiteral(type, value);
	return `CAST(${duckText(value)} AS ${duckOf(type)})`;
}

async function writeAnswer(run: Run, configuration: QueryConfiguration, name: TableName): Promise<void> {
	const { service, session } = run;
	const { fields } = run.answer!;
	service.quotas.load(keyOf(name));
	service.catalog.dataset(name.project, name.dataset, run.location);
	const existing = service.catalog.find(name);
	if (existing === undefined && configuration.createDisposition === "CREATE_NEVER")
		throw notFound(`Not found: Table ${keyOf(name)}`);
	const plan = { name, fields, ...(existing !== undefined && { existing }) };
	const disposition = configuration.writeDisposition ?? "WRITE_EMPTY";
	await writeInto(service, session, plan, { writeDisposition: disposition }, (table) =>
		session.run(
			`INSERT INTO ${table.physical} (${fields.map((field) => quote(field.name)).join(", ")}) ${run.answer!.sql}`,
		),
	);
}
