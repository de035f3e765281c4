/** Files of the spool as temporary tables, typed as the tables they go to. */
import type { LoadPart, StagedColumn } from "@growthnav/sdk/store";
import { duckdbDialect } from "./dialect.ts";
import { emptyQuery, loadQueries } from "./load.ts";
import type { Session } from "./session.ts";

const { name } = duckdbDialect;

/**
 * A view: it reads the files again whenever it is asked, and of them only the columns that are asked for. That costs
 * less than a table, whose empty columns take memory too.
 */
export async function stage(
	session: Session,
	view: string,
	columns: StagedColumn[],
	parts: readonly LoadPart[],
): Promise<void> {
	const queries = loadQueries(columns, parts);
	const [first = emptyQuery(columns), ...rest] = queries;
	await session.run(`CREATE TEMP VIEW ${name(view)} AS ${[first, ...rest].join(" UNION ALL ")}`);
}
