/** DuckDB, which holds the rows and computes: one connection for each job, so that transactions are apart. */
import {
	BIGINT,
	type DuckDBConnection,
	DuckDBInstance,
	DuckDBScalarFunction,
	type DuckDBType,
	type DuckDBValue,
	VARCHAR,
} from "@duckdb/node-api";
import { farmFingerprint } from "./farmhash.ts";

export interface Engine {
	session(): Promise<DuckSession>;
	close(): void;
}

export interface DuckSession {
	/** Answers how many rows it wrote. */
	run(sql: string): Promise<number>;
	read(sql: string): Promise<Answer>;
	/** The columns that a query would answer. */
	columns(sql: string): Promise<{ name: string; type: DuckDBType }[]>;
	close(): void;
}

export interface Answer {
	columns: { name: string; type: DuckDBType }[];
	rows: DuckDBValue[][];
}

/** Functions whose meaning hangs on the type of a value, which only DuckDB knows. */
const MACROS = [
	`CREATE MACRO gn_shortest(x) AS CASE WHEN contains(CAST(x AS VARCHAR), '.')
		THEN rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.') ELSE CAST(x AS VARCHAR) END`,
	`CREATE MACRO gn_string(x) AS CASE WHEN typeof(x) LIKE 'DECIMAL%' OR typeof(x) = 'DOUBLE'
		THEN gn_shortest(x) ELSE CAST(x AS VARCHAR) END`,
	`CREATE MACRO gn_json_string(x) AS CASE
		WHEN x IS NULL THEN 'null'
		WHEN typeof(x) LIKE 'DECIMAL%' OR typeof(x) = 'DOUBLE' THEN gn_shortest(x)
		WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' OR typeof(x) = 'TIMESTAMP'
			THEN '"' || replace(replace(CAST(x AS VARCHAR), ' ', 'T'), '+00', 'Z') || '"'
		ELSE CAST(to_json(x) AS VARCHAR) END`,
];

export async function openEngine(options: { file?: string; memory?: string } = {}): Promise<Engine> {
	const instance = await DuckDBInstance.create(options.file ?? ":memory:", {
		threads: "2",
		...(options.memory !== undefined && { memory_limit: options.memory }),
	});
	const first = await instance.connect();
	// known to every connection
	first.registerScalarFunction(fingerprint());
	// a transaction sees what was there when it began, not what is there at its first statement
	for (const sql of ["SET GLOBAL TimeZone = 'UTC'", "SET GLOBAL immediate_transaction_mode = true", ...MACROS]) {
		await first.run(sql);
	}
	return {
		session: async () => sessionOn(await instance.connect()),
		close() {
			first.closeSync();
			instance.closeSync();
		},
	};
}

/** DuckDB has no FarmHash. */
function fingerprint(): DuckDBScalarFunction {
	return DuckDBScalarFunction.create({
		name: "gn_farm_fingerprint",
		returnType: BIGINT,
		parameterTypes: [VARCHAR],
		mainFunction(_info, input, output) {
			const texts = input.getColumnVector(0);
			for (let row = 0; row < input.rowCount; row++) {
				const text = texts.getItem(row) as string | null;
				output.setItem(row, text === null ? null : farmFingerprint(text));
			}
			output.flush();
		},
	});
}

function sessionOn(connection: DuckDBConnection): DuckSession {
	const columnsOf = (result: { columnNames(): string[]; columnTypes(): DuckDBType[] }) => {
		const types = result.columnTypes();
		return result.columnNames().map((name, at) => ({ name, type: types[at]! }));
	};
	return {
		run: async (sql) => (await connection.run(sql)).rowsChanged,
		async read(sql) {
			const reader = await connection.runAndReadAll(sql);
			return { columns: columnsOf(reader), rows: reader.getRows() };
		},
		async columns(sql) {
			const prepared = await connection.prepare(sql);
			const columns = Array.from({ length: prepared.columnCount }, (_, at) => ({
				name: prepared.columnName(at),
				type: prepared.columnType(at),
			}));
			prepared.destroySync();
			return columns;
		},
		close: () => connection.closeSync(),
	};
}

/** A text literal of DuckDB's, without NUL, at which it would take a statement for ended. */
export function duckText(value: string): string {
	const quoted = (part: string) => `'${part.replaceAll("'", "''")}'`;
	if (!value.includes("\0")) return quoted(value);
	return `(${value.split("\0").map(quoted).join(" || chr(0) || ")})`;
}
