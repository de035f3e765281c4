/**
 * One row per connection, in a table of its own, since BigQuery's transactions conflict by table. Each commit moves it
 * from the number before to its own: of two writers one finds another number, or is cancelled. A lease never expires, so
 * no clock decides anything: whoever sleeps in the middle of a commit and wakes a day later finds another number, too.
 */
import { COMMITS } from "@growthnav/sdk/store";
import { problemOf } from "../errors/problem.ts";
import { ask, isOrdered, runSql, type Session } from "../session.ts";
import { bigqueryDialect } from "../sql/dialect.ts";

const { name, text } = bigqueryDialect;
const [BATCH, CONNECTION, EPOCH] = ["batch_id", "connection", "epoch"].map(name);

export function leaseTable({ connection8 }: Session): string {
	return `_gn_lease_${connection8}`;
}

/** Made where it is missing, mended where it is not one row at the last epoch of the ledger. */
export async function openLease(session: Session, connection: string, epoch: number, exists: boolean): Promise<void> {
	if (!exists) return makeLease(session, connection, epoch);
	const held = `SELECT ${EPOCH} FROM ${name(leaseTable(session))} WHERE ${CONNECTION} = ${text(connection)}`;
	const rows = await ask(session, held);
	if (rows.length !== 1 || Number(rows[0]!.epoch) !== epoch) await mendLease(session, connection);
}

async function makeLease(session: Session, connection: string, epoch: number): Promise<void> {
	const table = leaseTable(session);
	const key = session.config.kms_key;
	// with its row at once: of two inserts at the same time neither sees the other, and two rows would lock out both
	await session.jobs.pace.metadata(table);
	const options = key == null ? "" : ` OPTIONS (kms_key_name = ${text(key)})`;
	const row = `SELECT CAST(NULL AS STRING) AS ${BATCH}, ${text(connection)} AS ${CONNECTION}, ${epoch} AS ${EPOCH}`;
	const sql = `CREATE TABLE IF NOT EXISTS ${name(table)}${options} AS ${row}`;
	await runSql(session, { step: "evolve", sql }).catch((thrown) => {
		// somebody else was faster
		if (problemOf(thrown)?.reason !== "duplicate") throw thrown;
	});
}

/**
 * Emptied by hand, left behind when the ledger was restored, or with the two rows that two first writers of an older
 * version made. Ledger and lease are read in one transaction: they move together, so what differs there is a fault,
 * and a commit that is under way and this exclude each other.
 */
async function mendLease(session: Session, connection: string): Promise<void> {
	const table = name(leaseTable(session));
	const own = `WHERE ${CONNECTION} = ${text(connection)}`;
	const statements = [
		`DELETE FROM ${table} ${own}`,
		`INSERT INTO ${table} (${BATCH}, ${CONNECTION}, ${EPOCH}) ` +
			`SELECT CAST(NULL AS STRING), ${text(connection)}, COALESCE(MAX(${EPOCH}), 0) FROM ${name(COMMITS)} ${own}`,
	];
	if (isOrdered(session)) {
		for (const sql of statements) await runSql(session, { step: "evolve", sql });
		return;
	}
	const sql = ["BEGIN TRANSACTION", ...statements, "COMMIT TRANSACTION"].map((one) => `${one};`).join("\n");
	await runSql(session, { step: "evolve", sql });
}
