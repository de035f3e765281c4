/** The store of the destination core in one DuckDB file. */
import { basename } from "node:path";
import {
	addColumn,
	contentsOf,
	createTable,
	dropTable,
	ledgerInsert,
	nameMapStatements,
	OWN_TABLES,
	type Store,
	type StoreHooks,
	type TableChange,
	widenColumn,
} from "@growthnav/sdk/store";
import { commitEpoch } from "./commit.ts";
import type { DuckdbConfig } from "./config.ts";
import { duckdbDialect } from "./dialect.ts";
import { storeError } from "./errors.ts";
import { checkPath, exists, type OpenDatabase, openDatabase } from "./open.ts";
import { asked } from "./query.ts";
import { openRoom } from "./room.ts";
import { openSession, type Session } from "./session.ts";

const FEW_TABLES = 8;

export function duckdbStore(config: DuckdbConfig): Store {
	let open: { database: OpenDatabase; session: Session; hooks: StoreHooks | undefined; mode: string } | undefined;

	const room = openRoom(config);
	let failed = false;

	const working = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
		try {
			return await work(open!.session);
		} catch (thrown) {
			failed = true;
			throw await storeError(thrown, config);
		}
	};

	return {
		name: basename(config.path),
		async open(mode, hooks) {
			if (mode === "read" && !(await exists(config.path))) return undefined;
			if (mode === "write") await checkPath(config.path);
			const database = await openDatabase(config, mode);
			open = { database, session: openSession(database.connection), hooks, mode };
			return working(async (session) => {
				if (mode === "write") await layOut(session);
				return contentsOf(duckdbDialect, hooks?.connection ?? "default", await tablesOf(session), (query) =>
					session.rows(query),
				);
			});
		},
		evolve: (evolution) =>
			working((session) =>
				transaction(session, [
					...evolution.tables.map(changeStatement),
					...nameMapStatements(duckdbDialect, evolution.names),
				]),
			),
		commit: (epoch) =>
			working(async (session) => {
				const outcome = await room.within(session, () => commitEpoch(session, epoch, open?.hooks?.crash));
				// rows of many small tables stay in memory until a checkpoint; those of large ones are in the file already
				if (epoch.streams.length > FEW_TABLES) await room.within(session, () => session.run("CHECKPOINT"));
				return outcome;
			}),
		note: (row) => working((session) => transaction(session, [ledgerInsert(duckdbDialect, row)])),
		query: (sql, signal) => working((session) => asked(() => session.stream(sql, signal))),
		async close() {
			const closing = open;
			open = undefined;
			if (closing === undefined) return;
			const { database, session, mode } = closing;
			try {
				// after a failure it would fail for the same reason; the next run makes it
				if (mode === "write" && !failed) await room.within(session, () => session.run("CHECKPOINT"));
			} catch (thrown) {
				throw await storeError(thrown, config);
			} finally {
				database.close();
			}
		},
	};
}

async function transaction(session: Session, statements: string[]): Promise<void> {
	if (statements.length === 0) return;
	await session.run("BEGIN TRANSACTION");
	try {
		for (const statement of statements) await session.run(statement);
		await session.run("COMMIT");
	} catch (thrown) {
		await session.run("ROLLBACK").catch(() => {});
		throw thrown;
	}
}

function changeStatement(change: TableChange): string {
	switch (change.change) {
		case "create":
			return createTable(duckdbDialect, change.table);
		case "add":
			return addColumn(duckdbDialect, change.table, change.column);
		case "widen":
			return widenColumn(duckdbDialect, change.table, change.column);
		case "drop":
			return dropTable(duckdbDialect, change.table);
	}
}

/** Our own tables with all their columns, also in a file that an older version made. */
async function layOut(session: Session): Promise<void> {
	const tables = await tablesOf(session);
	await transaction(
		session,
		OWN_TABLES.flatMap((table) => {
			const columns = tables.get(table.name);
			if (columns === undefined) return [createTable(duckdbDialect, table)];
			return table.columns
				.filter((column) => !columns.includes(column.name))
				.map((column) => addColumn(duckdbDialect, table.name, column));
		}),
	);
}

async function tablesOf(session: Session): Promise<Map<string, string[]>> {
	const rows = await session.rows(
		"SELECT table_name, list(column_name ORDER BY column_index) AS columns FROM duckdb_columns() " +
			"WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal GROUP BY table_name",
	);
	return new Map(rows.map((row) => [row.table_name as string, row.columns as string[]]));
}
