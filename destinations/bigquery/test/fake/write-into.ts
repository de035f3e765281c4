/** Writing a whole answer into a table, by the dispositions of a job: all of it or nothing. */

import { partitionSql } from "./bytes.ts";
import { keyOf, nameOf, type Table } from "./catalog.ts";
import type { DuckSession } from "./engine.ts";
import { duplicate, invalid } from "./refusal.ts";
import type { Service } from "./service.ts";
import { makeTable, type TablePlan } from "./tables.ts";

export const MOST_PARTITIONS = 4000;

/**
 * `fill` writes into the table it is given. WRITE_TRUNCATE fills another one, which then takes the place; so does a
 * table that is not there yet.
 */
export async function writeInto(
	service: Service,
	session: DuckSession,
	plan: TablePlan & { existing?: Table },
	{ writeDisposition = "WRITE_APPEND" }: { writeDisposition?: unknown },
	fill: (table: Table) => Promise<number>,
): Promise<number> {
	const { catalog, now } = service;
	const { existing } = plan;
	if (!["WRITE_APPEND", "WRITE_TRUNCATE", "WRITE_EMPTY"].includes(String(writeDisposition))) {
		throw invalid(`Invalid value for writeDisposition: ${writeDisposition}`);
	}
	if (existing !== undefined && writeDisposition === "WRITE_EMPTY" && (await countOf(session, existing)) > 0) {
		throw duplicate(`Already Exists: Table ${nameOf(existing)}`);
	}
	if (existing !== undefined && writeDisposition !== "WRITE_TRUNCATE") {
		await session.run("BEGIN TRANSACTION");
		try {
			const rows = await fill(existing);
			await session.run("COMMIT");
			existing.version++;
			existing.modified = now();
			return rows;
		} catch (thrown) {
			await session.run("ROLLBACK").catch(() => {});
			throw thrown;
		}
	}
	const { location } = catalog.dataset(plan.name.project, plan.name.dataset);
	const layout = existing === undefined ? plan : { ...kept(existing), ...plan };
	const made = await makeTable(session, catalog, layout, { location, now: now() });
	try {
		const rows = await fill(made);
		const before = catalog.find(plan.name);
		if (before !== undefined && existing === undefined) throw duplicate(`Already Exists: Table ${keyOf(plan.name)}`);
		made.version = (before?.version ?? 0) + 1;
		if (before !== undefined) made.created = before.created;
		catalog.add(made);
		if (before !== undefined) await session.run(`DROP TABLE ${before.physical}`);
		return rows;
	} catch (thrown) {
		await session.run(`DROP TABLE IF EXISTS ${made.physical}`).catch(() => {});
		throw thrown;
	}
}

/** What of a table outlives a replacement of its rows. */
function kept(table: Table): Partial<TablePlan> {
	const { partition, clustering, expires, requirePartitionFilter, facts } = table;
	return {
		clustering,
		requirePartitionFilter,
		facts,
		...(partition !== undefined && { partition }),
		...(expires !== undefined && { expires }),
	};
}

async function countOf(session: DuckSession, table: Table): Promise<number> {
	const { rows } = await session.read(`SELECT count(*) FROM ${table.physical}`);
	return Number(rows[0]![0]);
}

/** No job writes into more than 4,000 partitions; `rows` is a query of the rows it writes. */
export async function checkPartitions(session: DuckSession, table: Table, rows: string): Promise<number> {
	if (table.partition === undefined) return 0;
	const { rows: found } = await session.read(`SELECT count(DISTINCT ${partitionSql(table.partition)}) FROM (${rows})`);
	const count = Number(found[0]![0]);
	if (count <= MOST_PARTITIONS) return count;
	throw invalid(
		`Too many partitions produced by query, allowed ${MOST_PARTITIONS}, query produces at least ${count} partitions`,
	);
}
