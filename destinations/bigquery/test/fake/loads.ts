/** Load jobs: newline-delimited JSON into a table, whole or not at all. */
import { createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { keyOf, type Table, type TableName } from "./catalog.ts";
import { duckText } from "./engine.ts";
import { isGzip, linesOf } from "./lines.ts";
import type { ErrorProto } from "./refusal.ts";
import { invalid, isRefusal, notFound } from "./refusal.ts";
import { parseRow, textsOf } from "./rows.ts";
import { duckType, type Field, fieldsOf, holds, quote, sqlName } from "./schema.ts";
import type { Service } from "./service.ts";
import { layoutOf, type TablePlan } from "./tables.ts";
import { checkPartitions, writeInto } from "./write-into.ts";

export interface LoadOutcome {
	rows: number;
	/** As sent. */
	inputBytes: number;
}

export type LoadConfiguration = Record<string, unknown>;

/** So many wrong lines are told. */
const PAGE = 5;
const UNCHECKED_LINE = 32 * 1024 * 1024;

/** Throws what the job fails with; nothing of it is in the table then. */
export async function load(
	service: Service,
	configuration: LoadConfiguration,
	file: string,
	where: { name: TableName; location: string },
	refuse?: { line: string; message: string },
): Promise<LoadOutcome> {
	const { quotas, engine } = service;
	quotas.load(keyOf(where.name));
	const session = await engine.session();
	const staged = `${file}.rows`;
	try {
		const target = targetOf(service, configuration, where.name);
		const source = await sourceOf(service, file, staged, target.fields, refuse);
		const rows = await writeInto(service, session, target, configuration, async (table) => {
			const count = await session.run(insertSql(table, target.fields, source));
			await checkPartitions(session, table, `SELECT * FROM ${table.physical}`);
			return count;
		});
		return { rows, inputBytes: (await stat(file)).size };
	} finally {
		session.close();
		await rm(staged, { force: true });
	}
}

interface Source {
	file: string;
	longest: number;
	gzip: boolean;
	/** As sent, or checked and written anew with text for all that is single. */
	isRaw: boolean;
}

async function sourceOf(
	{ options }: Service,
	file: string,
	staged: string,
	fields: readonly Field[],
	refuse: { line: string; message: string } | undefined,
): Promise<Source> {
	if (options.checkRows === false) return { file, longest: UNCHECKED_LINE, gzip: await isGzip(file), isRaw: true };
	return { file: staged, longest: await checkRows(file, staged, fields, refuse), gzip: false, isRaw: false };
}

/** The table as it will be: as it is, or by the schema of the job. */
function targetOf(
	service: Service,
	configuration: LoadConfiguration,
	name: TableName,
): TablePlan & { existing?: Table } {
	const existing = service.catalog.find(name);
	const schema = configuration.schema === undefined ? undefined : fieldsOf(configuration.schema);
	const truncates = configuration.writeDisposition === "WRITE_TRUNCATE";
	if (existing === undefined) {
		if (configuration.createDisposition === "CREATE_NEVER") throw notFound(`Not found: Table ${keyOf(name)}`);
		if (schema === undefined) throw invalid("No schema specified on job or table.");
	} else if (schema !== undefined && !truncates) checkSameSchema(existing, schema);
	const properties = (configuration.destinationTableProperties ?? {}) as Record<string, unknown>;
	const expires = properties.expirationTime === undefined ? undefined : timeOf(String(properties.expirationTime));
	return {
		name,
		fields: schema !== undefined && (existing === undefined || truncates) ? schema : existing!.fields,
		...layoutOf(configuration),
		...(existing !== undefined && { existing }),
		...(expires !== undefined && { expires }),
	};
}

const timeOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Date.parse(text));

/** Stricter than the service, which lets a job leave columns out. */
function checkSameSchema(table: Table, schema: readonly Field[]): void {
	const known = new Map(table.fields.map((field) => [field.name, field]));
	for (const field of schema) {
		const column = known.get(field.name);
		if (column === undefined) {
			throw invalid(
				`Provided Schema does not match Table ${keyOfTable(table)}. Cannot add fields (field: ${field.name})`,
			);
		}
		if (sqlName(column) !== sqlName(field) || !holds(column, field)) {
			const change = `Field ${field.name} has changed type from ${sqlName(column)} to ${sqlName(field)}`;
			throw invalid(`Provided Schema does not match Table ${keyOfTable(table)}. ${change}`);
		}
	}
	const missing = table.fields.find((field) => !schema.some((one) => one.name === field.name));
	if (missing !== undefined) {
		throw invalid(
			`Provided Schema does not match Table ${keyOfTable(table)}. Field ${missing.name} is missing in new schema`,
		);
	}
}

const keyOfTable = (table: Table): string => keyOf({ project: table.project, dataset: table.dataset, table: table.id });

/** Every line, checked and written anew as texts; answers the longest. Throws with the first lines that do not fit. */
async function checkRows(
	file: string,
	into: string,
	fields: readonly Field[],
	refuse: { line: string; message: string } | undefined,
): Promise<number> {
	const wrong = refuse && new RegExp(refuse.line);
	const out = createWriteStream(into, { mode: 0o600 });
	const closed = new Promise<void>((resolve, reject) => void out.on("finish", resolve).on("error", reject));
	const errors: ErrorProto[] = [];
	let rows = 0;
	// what DuckDB needs at least
	let longest = 16 * 1024 * 1024;
	try {
		for await (const { text, number, position } of linesOf(file)) {
			rows++;
			try {
				if (wrong?.test(text)) throw invalid(refuse!.message);
				const row = JSON.stringify(textsOf(parseRow(text), fields));
				longest = Math.max(longest, Buffer.byteLength(row));
				if (!out.write(`${row}\n`)) await new Promise<void>((resolve) => void out.once("drain", resolve));
			} catch (thrown) {
				if (!isRefusal(thrown)) throw thrown;
				errors.push({
					reason: "invalid",
					message:
						`Error while reading data, error message: JSON parsing error in row starting at position ${position} ` +
						`(line ${number}): ${thrown.message}`,
				});
				if (errors.length >= PAGE) break;
			}
		}
	} finally {
		out.end();
		await closed;
	}
	if (errors.length === 0) return longest;
	const message =
		"Error while reading data, error message: JSON table encountered too many errors, giving up. " +
		`Rows: ${rows}; errors: ${errors.length}. Please look into the errors[] collection for more details.`;
	throw Object.assign(invalid(message), { details: errors });
}

function insertSql(table: Table, fields: readonly Field[], { file, longest, gzip, isRaw }: Source): string {
	const columns = fields.map((field) => `${duckText(field.name)}: ${duckText(readType(field, isRaw))}`);
	const casts = fields.map((field) => {
		const value = isRaw && field.type === "BYTES" ? `from_base64(${quote(field.name)})` : quote(field.name);
		const cast = `CAST(${value} AS ${duckType(field)})`;
		return field.mode === "REPEATED" ? `COALESCE(${cast}, [])` : cast;
	});
	const names = fields.map((field) => quote(field.name)).join(", ");
	const options =
		`format = 'newline_delimited', records = true, compression = '${gzip ? "gzip" : "uncompressed"}', ` +
		`maximum_object_size = ${longest + 2}`;
	return (
		`INSERT INTO ${table.physical} (${names}) SELECT ${casts.join(", ")} ` +
		`FROM read_json(${duckText(file)}, ${options}, columns = {${columns.join(", ")}})`
	);
}

/** The shape of a column with texts for all that is single. */
function readType(field: Field, isRaw: boolean): string {
	const fields = (field.fields ?? []).map((inner) => `${quote(inner.name)} ${readType(inner, isRaw)}`);
	const single = isRaw && field.type === "JSON" ? "JSON" : "VARCHAR";
	const one = field.type === "RECORD" ? `STRUCT(${fields.join(", ")})` : single;
	return field.mode === "REPEATED" ? `${one}[]` : one;
}
