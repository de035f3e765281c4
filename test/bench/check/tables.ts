/**
 * What stands in a table of a DuckDB file: how many rows, and one hash of what is in them, whatever types the columns
 * have. A file of a later DuckDB than ours is read by the Python of who wrote it.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Outcome } from "../harness/case.ts";
import type { Size } from "../workloads/orders.ts";

const PYTHON = `
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as store:
    print(*store.execute(sys.argv[2]).fetchone())
`;

/** Columns of orders. Texts of exact types and whole milliseconds are the same in every version of DuckDB. */
const CONTENT: Record<Size, [column: string, type: string][]> = {
	small: [
		["id", "varchar"],
		["customer_id", "varchar"],
		["total", "decimal(18,2)"],
		["quantity", "bigint"],
		["currency", "varchar"],
		["state", "varchar"],
		["created_at", "timestamptz"],
	],
	large: [
		["id", "varchar"],
		["number", "bigint"],
		["email", "varchar"],
		["created_at", "timestamptz"],
		["total", "decimal(18,2)"],
		["tax", "decimal(18,2)"],
		["is_test", "boolean"],
		["note", "varchar"],
		["landing_page", "varchar"],
	],
};

function queryOf(table: string, size: Size): string {
	const texts = CONTENT[size].map(([column, type]) =>
		type === "timestamptz" ? `epoch_ms(${column}::timestamptz)::varchar` : `${column}::${type}::varchar`,
	);
	return `SELECT count(*)::varchar, coalesce(bit_xor(md5_number_lower(concat_ws('|', ${texts.join(", ")}))), 0)::varchar
	FROM ${table}`;
}

export interface Table {
	file: string;
	table: string;
	size: Size;
	/** Of the venv that wrote the file. */
	python?: string;
}

export async function outcomeOfTable({ file, table, size, python }: Table): Promise<Outcome> {
	const query = queryOf(table, size);
	const [records, hash] = python === undefined ? await ask(file, query) : await askPython(python, file, query);
	return { records: Number(records), hash: hash! };
}

/** Of the lines that are put in, read by DuckDB itself, so that none who loads them is trusted. */
export function outcomeOfJsonLines(file: string, size: Size): Promise<Outcome> {
	const columns = CONTENT[size].map(([column]) => `${column}: 'varchar'`).join(", ");
	const table = `read_json('${file}', format = 'newline_delimited', columns = {${columns}})`;
	return outcomeOfTable({ file: ":memory:", table, size });
}

/** How many conversions there are, each id once. */
export async function conversionsIn(file: string): Promise<number> {
	const [count] = await ask(file, "SELECT count(DISTINCT conversion_id)::varchar FROM conversions");
	return Number(count);
}

async function ask(file: string, query: string): Promise<string[]> {
	const instance = await DuckDBInstance.create(file, file === ":memory:" ? {} : { access_mode: "READ_ONLY" });
	const connection = await instance.connect();
	try {
		const [row] = (await connection.runAndReadAll(query)).getRowsJson();
		return row as string[];
	} finally {
		connection.closeSync();
		instance.closeSync();
	}
}

async function askPython(python: string, file: string, query: string): Promise<string[]> {
	const { stdout } = await promisify(execFile)(python, ["-c", PYTHON, file, query]);
	return stdout.trim().split(" ");
}
