/**
 * One row per connection, in a table of its own, since BigQuery's transactions conflict by table. Each commit moves it
 * from the number before to its own: of two writers one finds another number, or is cancelled.
 */

import { makeTable } from "./dataset.ts";
import { bigqueryDialect } from "./dialect.ts";
import { runSql, type Session } from "./session.ts";

export function leaseTable({ connection8 }: Session): string {
	return `_gn_lease_${connection8}`;
}

/** Made where it is missing; its row begins at the last epoch of the ledger. */
export async function openLease(session: Session, connection: string, epoch: number, exists: boolean): Promise<void> {
	const table = leaseTable(session);
	if (!exists) {
		await makeTable(session, {
			name: table,
			columns: [
				{ name: "connection", type: "string" },
				{ name: "epoch", type: "integer" },
				{ name: "batch_id", type: "string" },
			],
		});
	}
	const { name, text } = bigqueryDialect;
	await runSql(session, {
		step: "evolve",
		sql:
			`INSERT INTO ${name(table)} (${name("batch_id")}, ${name("connection")}, ${name("epoch")}) ` +
			`SELECT NULL, ${text(connection)}, ${epoch} FROM UNNEST([1]) AS ${name("one")} ` +
			`WHERE NOT EXISTS (SELECT 1 FROM ${name(table)} WHERE ${name("connection")} = ${text(connection)})`,
	});
}
