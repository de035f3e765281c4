/**
 * No key and no `conversion_id` may stand twice. What could double them is looked for where that costs least:
 *
 * - What stands twice already is seen when it is judged, which reads it anyway: nothing is committed.
 * - Another connection of the customer may bring the same conversion after it was judged, and inserts do not exclude each
 *   other. Ten MiB of the ledger tell whether any other one committed meanwhile. Only then the days of the commit are
 *   searched: within the transaction, which is undone and judged anew, and after it for those that overlapped it.
 * - A conversion that moved to a day that is not looked at (`moved_rows: immutable`, `lookback`) is new there although
 *   its row is known. Only such ones are looked for on all days, before the commit, and only while that is cheap.
 */
import {
	COMMITS,
	CONVERSIONS,
	ConnectorError,
	conversionStageOf,
	conversionVerdictsOf,
	type Dialect,
	type EpochStream,
	type SealedEpoch,
} from "@growthnav/sdk/store";
import { datasetOf, movedRowsOf } from "../config.ts";
import { ask, dryBytes, type Session } from "../session.ts";
import { bigqueryDialect } from "../sql/dialect.ts";
import { type Judgement, landing } from "./judge.ts";
import { newOfKnownRows } from "./seen-twice.ts";

/** What looking for moved conversions may read: 23 million of them, for half a cent. */
const MOST_BYTES = 2 ** 30;

/** Commits of other connections, of which BigQuery itself keeps the order: no clock is asked. */
export async function commitsOfOthers(session: Session, { connection }: SealedEpoch): Promise<number> {
	const [row] = await ask(session, `SELECT ${othersSql(connection)} AS n`);
	return Number(row!.n);
}

export function othersSql(connection: string): string {
	const { name, text } = bigqueryDialect;
	return `(SELECT COUNT(*) FROM ${name(COMMITS)} WHERE ${name("connection")} <> ${text(connection)})`;
}

/** Streams whose new conversions land in `conversions` itself. */
function landingStreams({ streams }: SealedEpoch, judgement: Judgement): { at: number; stream: EpochStream }[] {
	return streams
		.map((stream, at) => ({ at, stream }))
		.filter(({ at, stream }) => stream.conversionsTarget === CONVERSIONS && insertsAny(judgement, at));
}

function insertsAny(judgement: Judgement, at: number): boolean {
	return landing(judgement, conversionVerdictsOf(at), ["new"]) > 0;
}

/** The conversions of this commit that stand twice on the days where they were looked for; undefined where it inserts none. */
export function doublesQuery(dialect: Dialect, epoch: SealedEpoch, judgement: Judgement): string | undefined {
	const { name } = dialect;
	const id = name("conversion_id");
	const staged = landingStreams(epoch, judgement).map(
		({ at }) => `SELECT s.${id} FROM ${name(conversionStageOf(at))} AS s`,
	);
	if (staged.length === 0) return undefined;
	const days = dialect.partitions?.within(CONVERSIONS, "t", "find");
	return (
		`SELECT t.${id} AS id FROM ${name(CONVERSIONS)} AS t WHERE t.${id} IN (${staged.join(" UNION ALL ")})` +
		`${days === undefined ? "" : ` AND (${days})`} GROUP BY t.${id} HAVING COUNT(*) > 1`
	);
}

/** After a commit that overlapped another one: throws `data.doubled`. */
export async function checkOverlap(session: Session, doubles: string): Promise<void> {
	const [row] = await ask(session, `${doubles} LIMIT 1`);
	if (row === undefined) return;
	throw doubled(session, CONVERSIONS, String(row.id), "two connections brought the same conversion at the same moment");
}

/** Throws `data.doubled` where what was judged stands twice, and `data.same_conversion` where it would. */
export function checkJudged(session: Session, { streams }: SealedEpoch, { doubled: found, same }: Judgement): void {
	const [first] = found;
	if (first !== undefined) {
		throw doubled(session, first.table, first.key, "rows were inserted by hand, or two connections brought the same");
	}
	if (same === undefined) return;
	const named = streams.filter(({ stream }) => stream === streams[same.at]!.stream);
	throw new ConnectorError("data.same_conversion", "Two streams make the same conversion", {
		where: `tables ${named.map(({ table }) => table.name).join(" and ")}, conversion_id ${same.id}`,
		why: "source_system, source_account, name of the stream and id of the record are the same; nothing was committed",
		next: "give the streams different source_account in their conversion_origin, then run again",
	});
}

function doubled(session: Session, table: string, key: string, how: string): ConnectorError {
	const column = table === CONVERSIONS ? "conversion_id" : "_gn_key";
	return new ConnectorError("data.doubled", `A row stands twice in ${table}`, {
		where: `dataset ${datasetOf(session.config)}, table ${table}, ${column} ${key}`,
		why: how,
		next: "delete all copies but one (docs/bigquery.md, Doubled rows, has the statement), then run again",
	});
}

/** Throws `config.moved_rows` where a conversion of a known row is new on its day because it stands on another. */
export async function checkMoved(
	session: Session,
	dialect: Dialect,
	epoch: SealedEpoch,
	judgement: Judgement,
): Promise<void> {
	const { mode } = movedRowsOf(session.config);
	if (mode === "exact") return;
	const { name } = dialect;
	const column = dialect.partitions?.column(CONVERSIONS);
	const suspects = landingStreams(epoch, judgement).filter(({ at }) => (judgement.suspects.get(at) ?? 0) > 0);
	if (column === undefined || suspects.length === 0) return;
	const ids = suspects.map(({ at }) => `SELECT c.${name("conversion_id")} FROM ${newOfKnownRows(dialect, at)}`);
	const sql =
		`SELECT t.${name("conversion_id")} AS id, CAST(DATE(t.${name(column)}) AS STRING) AS day ` +
		`FROM ${name(CONVERSIONS)} AS t WHERE t.${name("conversion_id")} IN (${ids.join(" UNION ALL ")}) LIMIT 1`;
	if ((await dryBytes(session, sql)) > MOST_BYTES) return;
	const [row] = await ask(session, sql);
	if (row === undefined) return;
	throw new ConnectorError(
		"config.moved_rows",
		`A conversion moved to another day, which moved_rows: ${mode} rules out`,
		{
			where: `dataset ${datasetOf(session.config)}, table conversions, conversion_id ${String(row.id)}`,
			why: `it stands on ${String(row.day)}, where it is not looked for, and would stand twice; nothing was committed`,
			next: `set moved_rows: exact${mode === "lookback" ? ", or lookback with more days" : ""}, then run again`,
		},
	);
}
