/** `growthnav sql`: a read-only query on the result. */
import type { Json, JsonObject } from "@growthnav/spec";
import { ConnectorError, toConnectorError } from "../../errors.ts";
import { type SqlColumn, streamSql } from "../../pipeline/sql.ts";
import { redact } from "../../redact.ts";
import { count, plural } from "../screen/numbers.ts";
import { cellText, csvLine, ROWS_SHOWN, rowsTable } from "../screen/rows.ts";
import { shellWord, type World } from "../world.ts";
import { withStore } from "./planned.ts";

export async function sql(world: World, options: { csv?: boolean }, [store, query]: [string, string]): Promise<number> {
	const { terminal } = world;
	const isJson = terminal.mode === "json";
	await withStore(store, world, async ({ destination }) => {
		const kept: Json[][] = [];
		let rows = 0;
		const limit = terminal.outStyle.isTerminal ? ROWS_SHOWN : Number.POSITIVE_INFINITY;
		const columns = await asked(store, world, destination, query, (row, heads) => {
			if (rows++ === 0 && options.csv) terminal.out(csvLine(heads.map(({ name }) => name)));
			if (options.csv) return terminal.out(redact(csvLine(row.map(cellText), terminal.outStyle.isTerminal)));
			if (isJson) return world.tell({ event: "row", row: asObject(heads, row) });
			if (rows <= limit) kept.push(row);
		});
		if (options.csv) {
			if (rows === 0) terminal.out(csvLine(columns.map(({ name }) => name)));
			return;
		}
		world.tell({ event: "rows", rows, columns });
		const objects = kept.map((row) => asObject(columns, row));
		world.say(...rowsTable(columns, objects, terminal.outStyle));
		if (rows > kept.length) world.say("", `${count(kept.length)} of ${count(rows)} rows; --csv and --json print all.`);
		else if (rows === 0) world.say(plural(0, "row"));
	});
	return 0;
}

/** A table that is not there: the next step is to see which are. */
async function asked(store: string, world: World, ...[destination, query, onRow]: Parameters<typeof streamSql>) {
	try {
		return await streamSql(destination, query, onRow);
	} catch (thrown) {
		const { code, message, where, why } = toConnectorError(thrown);
		if (code !== "config.query" || !why?.startsWith("Catalog Error: Table")) throw thrown;
		const next = `${world.terminal.command} sql ${shellWord(store)} "show tables"`;
		throw new ConnectorError("config.query", message, { ...(where !== undefined && { where }), why, next });
	}
}

function asObject(columns: SqlColumn[], row: Json[]): JsonObject {
	return Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]));
}
