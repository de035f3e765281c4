/** `growthnav sql`: a read-only query on the result. */
import type { Json, JsonObject } from "@growthnav/spec";
import { type SqlColumn, streamSql } from "../../pipeline/sql.ts";
import { redact } from "../../redact.ts";
import { visibleJson } from "../../visible.ts";
import { count } from "../screen/numbers.ts";
import { cellText, csvLine, ROWS_SHOWN, rowsTable } from "../screen/rows.ts";
import type { World } from "../world.ts";
import { withStore } from "./planned.ts";

export async function sql(world: World, options: { csv?: boolean }, [store, query]: [string, string]): Promise<number> {
	await withStore(store, world, async ({ destination }) => {
		const kept: Json[][] = [];
		let rows = 0;
		const limit = world.terminal.outStyle.isTerminal ? ROWS_SHOWN : Number.POSITIVE_INFINITY;
		const columns = await streamSql(destination, query, (row, heads) => {
			if (rows++ === 0 && options.csv) world.terminal.out(csvLine(heads.map(({ name }) => name)));
			if (options.csv) return world.terminal.out(redact(csvLine(row.map(cellText))));
			if (world.terminal.mode === "json") return world.terminal.out(`${redact(visibleJson(asObject(heads, row)))}\n`);
			if (rows <= limit) kept.push(row);
		});
		if (options.csv || world.terminal.mode === "json") return;
		world.say(
			...rowsTable(
				columns,
				kept.map((row) => asObject(columns, row)),
				world.terminal.outStyle,
			),
		);
		if (rows > kept.length) world.say("", `${count(kept.length)} of ${count(rows)} rows; --csv and --json print all.`);
	});
	return 0;
}

export function asObject(columns: SqlColumn[], row: Json[]): JsonObject {
	return Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]));
}
