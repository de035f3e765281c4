/**
 * One row per connection, in a table of its own, since BigQuery's transactions conflict by table. Each commit moves it
 * from the number before to its own: of two writers one finds another number, or is cancelled.
 */

import { problemOf } from "../errors/problem.ts";
import { runSql, type Session } from "../session.ts";
import { bigqueryDialect } from "../sql/dialect.ts";

export function leaseTable({ connection8 }: Session): string {
	return `_gn_lease_${connection8}`;
}

/** Made where it is missing; its row begins at the last epoch of the ledger. */
export async function openLease(session: Session, connection: string, epoch: number, exists: boolean): Promise<void> {
	const { name, text } = bigqueryDialect;
	const table = leaseTable(session);
	const key = session.config.kms_key;
	const columns =
		`CAST(NULL AS STRING) AS ${name("batch_id")}, ${text(connection)} AS ${name("connection")}, ` +
		`${epoch} AS ${name("epoch")}`;
	if (exists) {
		// only where somebody has emptied it by hand
		const sql =
			`INSERT INTO ${name(table)} (${name("batch_id")}, ${name("connection")}, ${name("epoch")}) ` +
			`SELECT ${columns} FROM UNNEST([1]) AS ${name("one")} ` +
			`WHERE NOT EXISTS (SELECT 1 FROM ${name(table)} WHERE ${name("connection")} = ${text(connection)})`;
		await runSql(session, { step: "evolve", sql });
		return;
	}
	// with its row at once: of two inserts at the same time neither sees the other, and two rows would lock out both
	await session.jobs.pace.metadata(table);
	const options = key == null ? "" : ` OPTIONS (kms_key_name = ${text(key)})`;
	const sql = `CREATE TABLE IF NOT EXISTS ${name(table)}${options} AS SELECT ${columns}`;
	await runSql(session, { step: "evolve", sql }).catch((thrown) => {
		// somebody else was faster
		if (problemOf(thrown)?.reason !== "duplicate") throw thrown;
	});
}
