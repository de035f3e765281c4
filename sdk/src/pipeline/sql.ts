/** Read-only queries on a destination of ours, by its `sql` command. */
import type { Json } from "@growthnav/spec";
import { ConnectorError, fromTraceError } from "../errors.ts";
import { lineBatches, parseJson } from "../protocol/index.ts";
import { asOne, diedError } from "./connectors/death.ts";
import { type OneShot, withChild } from "./connectors/one-shot.ts";
import type { Endpoint } from "./file/plan.ts";

export interface SqlColumn {
	name: string;
	type: string;
}

export interface SqlAnswer {
	columns: SqlColumn[];
	/** Values in the order of the columns; decimals and large integers are text. */
	rows: Json[][];
}

/** The whole answer in memory: for growthnav's own small questions. Throws what the destination says. */
export async function querySql(destination: Endpoint, query: string): Promise<SqlAnswer> {
	const rows: Json[][] = [];
	const columns = await streamSql(destination, query, (row) => {
		rows.push(row);
	});
	return { columns, rows };
}

/** One row at a time; `onRow` answering false ends the query. Answers the columns, which are known before the first row. */
export async function streamSql(
	destination: Pick<Endpoint, "ask" | "config" | "connector">,
	query: string,
	onRow: (row: Json[], columns: SqlColumn[]) => unknown,
): Promise<SqlColumn[]> {
	const { ask, config, connector } = destination;
	if (!connector.ours) {
		throw new ConnectorError("config.no_sql", `${connector.program} cannot be queried`, {
			why: "only destinations of GrowthNav have the command sql",
			next: "query the store with its own tools",
		});
	}
	const file = await ask.scratch.write("config.json", JSON.stringify(config));
	const unlimited: OneShot = { ...ask, deadline: 86_400 };
	return withChild(unlimited, ["sql", "--config", file, "--query", query], async (child) => {
		let columns: SqlColumn[] | undefined;
		const errors: ConnectorError[] = [];
		for await (const lines of lineBatches(child.stdout)) {
			for (const line of lines) {
				const value = line.oversize ? undefined : parseJson(line.bytes.toString("utf8"));
				if (Array.isArray(value) && columns) {
					if ((await onRow(value, columns)) === false) return columns;
				} else columns = headOf(value) ?? columns;
				const error = errorOf(value, child.program);
				if (error) errors.push(error);
			}
		}
		if (errors.length > 0) throw asOne(errors);
		const exit = await child.exited;
		if (exit.code !== 0 || !columns) throw diedError("query_died", exit, child.lastLines(), child.program);
		return columns;
	});
}

function headOf(value: Json | undefined): SqlColumn[] | undefined {
	return (value as { columns?: SqlColumn[] } | undefined)?.columns;
}

function errorOf(value: Json | undefined, program: string): ConnectorError | undefined {
	const trace = (value as { trace?: { error?: Parameters<typeof fromTraceError>[0] } } | undefined)?.trace;
	return trace?.error && fromTraceError(trace.error, program);
}

/** Text as an SQL literal. */
export function literal(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}
