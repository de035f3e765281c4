/** The store of the destination core in one dataset of BigQuery. */
import { createHash, randomBytes } from "node:crypto";
import {
	COMMITS,
	CONVERSIONS,
	ConnectorError,
	type CoreConfig,
	contentsOf,
	type Evolution,
	type LedgerRow,
	ledgerInsert,
	nameMapStatements,
	type QueryResult,
	type Store,
	type StoreHooks,
	type TableChange,
	widenColumn,
} from "@growthnav/sdk/store";
import { openApi } from "./api/api.ts";
import { systemClock } from "./api/clock.ts";
import { openJobs } from "./api/jobs.ts";
import { openStorage } from "./api/storage.ts";
import { atOnce } from "./at-once.ts";
import { commitEpoch } from "./commit/commit.ts";
import { fenced } from "./commit/land.ts";
import { type Leftovers, leftBehind, sweep } from "./commit/sweep.ts";
import { type BigQueryConfig, datasetOf, stagingOf } from "./config.ts";
import { checkAdoptable } from "./dataset/adopt.ts";
import {
	addColumns,
	dropTable,
	findDataset,
	type KnownColumn,
	layOut,
	makeDataset,
	makeTable,
	readTables,
} from "./dataset/dataset.ts";
import { openDays } from "./dataset/day-keys.ts";
import { leaseTable, openLease } from "./dataset/lease.ts";
import { storeError } from "./errors/errors.ts";
import { queried } from "./query.ts";
import { ask, isOrdered, runSql, type Session } from "./session.ts";
import { bigqueryDialect } from "./sql/dialect.ts";
import { chosenLayout, type Layouts, layoutOf } from "./sql/layouts.ts";

/** Tables that are made, changed or dropped at a time: BigQuery takes 100 calls of a kind in a second. */
const TABLES_AT_ONCE = 8;

interface Open {
	session: Session;
	layouts: Layouts;
	conversions: ReadonlyMap<string, KnownColumn>;
	/** Days of conversions are kept by key. */
	keepsDays: boolean;
	hooks: StoreHooks | undefined;
	/** Drops of tables of commits, which nobody waits for. */
	cleaning: Promise<unknown>[];
	/** What earlier runs left, once that is known; it goes after the first commit. */
	left: { found?: Leftovers };
}

export function bigqueryStore(config: BigQueryConfig & CoreConfig): Store {
	let open: Open | undefined;

	const working = async <T>(work: () => Promise<T>): Promise<T> => {
		try {
			return await work();
		} catch (thrown) {
			throw storeError(thrown, config);
		}
	};

	return {
		name: datasetOf(config),
		open: (mode, hooks) =>
			working(async () => {
				const session = await openSession(config);
				const isThere = await findDataset(session);
				if (!isThere && mode === "read") return undefined;
				if (!isThere) await makeDataset(session);
				let tables = await readTables(session);
				if (mode === "write") checkConversions(session, tables.columns);
				if (mode === "write" && (await layOut(session, tables))) tables = await readTables(session);
				const conversions = tables.columns.get(CONVERSIONS) ?? new Map();
				if (mode === "write") checkAdoptable(conversions);
				const keepsDays = mode === "write" && (await openDays(session, tables));
				const left: Open["left"] = {};
				open = { session, layouts: tables.layouts, conversions, keepsDays, hooks, cleaning: [], left };
				// without transactions the lease keeps nobody out
				if (mode === "write" && !isOrdered(session)) void noteLeftovers(session, tables.columns.keys(), left);
				const names = new Map([...tables.columns].map(([table, columns]) => [table, [...columns.keys()]]));
				const connection = hooks?.connection ?? "default";
				const contents = await contentsOf(bigqueryDialect, connection, names, (query) => ask(session, query));
				if (mode === "write") {
					const epoch = Math.max(0, ...contents.commits.map((commit) => commit.epoch));
					await openLease(session, connection, epoch, names.has(leaseTable(session)));
				}
				return contents;
			}),
		evolve: (evolution) => working(() => evolve(open!, evolution)),
		commit: (epoch) =>
			working(async () => {
				const { session, layouts, conversions, keepsDays, hooks, cleaning, left } = open!;
				// what is found later may be of a run that began after this commit
				const { found } = left;
				open!.left = {};
				const context = { session, layouts, conversions, keepsDays, lease: leaseTable(session), crash: hooks?.crash };
				const { outcome, scratch, objects } = await commitEpoch(context, epoch);
				cleaning.push(atOnce(TABLES_AT_ONCE, scratch, (table) => dropTable(session, table).catch(() => {})));
				cleaning.push(atOnce(TABLES_AT_ONCE, objects, (name) => session.storage!.remove(name).catch(() => {})));
				if (found !== undefined) cleaning.push(sweep(session, found));
				return outcome;
			}),
		note: (row) => working(() => noteRow(open!, row)),
		query: (sql, signal) => working((): Promise<QueryResult> => queried(open!.session, sql, signal)),
		async close() {
			// what is not dropped in time ends by itself
			await Promise.all(open?.cleaning ?? []);
			open = undefined;
		},
	};
}

/** They are made before the ledger: where it is and they are not, somebody took them away. */
function checkConversions({ dataset }: Session, tables: ReadonlyMap<string, unknown>): void {
	if (tables.has(CONVERSIONS) || !tables.has(COMMITS)) return;
	throw new ConnectorError("config.table_changed", "Table conversions is gone: somebody deleted or renamed it", {
		where: `dataset ${dataset}`,
		why: "the sources would go on from their last states, and the conversions before them would be missing",
		next:
			`bring it back from the last 7 days: bq cp ${dataset}.conversions@-3600000 ${dataset}.conversions (one hour ago); ` +
			"to begin anew delete the dataset, and run again",
	});
}

/** A list that cannot be had is no reason not to run: what is left ends by itself. */
async function noteLeftovers(session: Session, tables: Iterable<string>, left: Open["left"]): Promise<void> {
	const found = await leftBehind(session, tables).catch(() => undefined);
	if (found !== undefined) left.found = found;
}

async function openSession(config: BigQueryConfig): Promise<Session> {
	const api = await openApi(config);
	const staging = stagingOf(config);
	return {
		config,
		api,
		jobs: openJobs(api, { config }),
		storage: staging && openStorage(api, staging, { config, clock: systemClock }),
		project: api.project,
		dataset: datasetOf(config),
		nonce: randomBytes(3).toString("hex"),
		connection8: createHash("sha256").update(config.connection).digest("hex").slice(0, 8),
	};
}

async function evolve(open: Open, { tables, names }: Evolution): Promise<void> {
	const { session } = open;
	const byTable = Map.groupBy(tables, ({ table }) => (typeof table === "string" ? table : table.name));
	await atOnce(TABLES_AT_ONCE, byTable, ([table, changes]) => evolveTable(open, table, changes));
	const statements = nameMapStatements(bigqueryDialect, names);
	if (statements.length === 0) return;
	const sql = ["BEGIN TRANSACTION", ...statements, "COMMIT TRANSACTION"].map((statement) => `${statement};`).join("\n");
	await runSql(session, { step: "evolve", sql });
}

/** The changes of one table, in order; columns that are added come last, in one statement. */
async function evolveTable({ session, layouts }: Open, name: string, changes: readonly TableChange[]): Promise<void> {
	for (const change of changes) {
		if (change.change === "create") {
			const { table } = change;
			await makeTable(session, table);
			const layout = layoutOf(chosenLayout(table, session.config.stream_tables?.[name]), (column) => {
				const found = table.columns.find((one) => one.name === column);
				return found === undefined ? undefined : bigqueryDialect.type(found);
			});
			if (layout !== undefined) layouts.set(name, layout);
		} else if (change.change === "widen") {
			await session.jobs.pace.metadata(name);
			await runSql(session, { step: "evolve", sql: widenColumn(bigqueryDialect, name, change.column) });
		} else if (change.change === "drop") await dropTable(session, name);
	}
	const added = changes.flatMap((change) => (change.change === "add" ? [change.column] : []));
	if (added.length > 0) await addColumns(session, name, added);
}

/** A row of the ledger that comes with no epoch takes the lease too. */
async function noteRow({ session }: Open, row: LedgerRow): Promise<void> {
	const { name, text } = bigqueryDialect;
	const lease =
		`UPDATE ${name(leaseTable(session))} SET ${name("epoch")} = ${row.epoch}, ${name("batch_id")} = ${text(String(row.batch_id))} ` +
		`WHERE ${name("connection")} = ${text(String(row.connection))} AND ${name("epoch")} = ${Number(row.epoch) - 1}`;
	const sql = [
		"BEGIN TRANSACTION",
		lease,
		"ASSERT @@row_count = 1 AS 'gn_fence: another process wrote this connection'",
		ledgerInsert(bigqueryDialect, row),
		"COMMIT TRANSACTION",
	];
	await runSql(session, { step: "evolve", sql: sql.map((statement) => `${statement};`).join("\n") }).catch((thrown) => {
		throw fenced(thrown, { connection: String(row.connection), epoch: Number(row.epoch) });
	});
}
