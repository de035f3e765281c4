/** The part of a commit that keeps days by key: what is asked, what is known, what is added. */
import {
	CONVERSIONS,
	conversionStageOf,
	conversionsShadowOf,
	conversionVerdictsOf,
	type Dialect,
	type EpochStream,
	publishedVerdictsOf,
	type SealedEpoch,
	stageOf,
} from "@growthnav/sdk/store";
import { askedById, askedByRow, DAY_KEY, DAYS, dayKeysOf, dayText, knownDayKeys } from "../sql/day-keys.ts";

/** Tables of the commit's own: keys that were found, and those that it adds. */
export const KNOWN = "_gn_known_days";
export const ADDED = "_gn_added_days";

/** Conversions that land in `conversions` itself; those of an overwrite wait beside it. */
function landing({ streams }: SealedEpoch): { at: number; stream: EpochStream }[] {
	return streams
		.map((stream, at) => ({ at, stream }))
		.filter(({ stream }) => stream.rows.length > 0 && stream.conversionsTarget === CONVERSIONS);
}

/** Tables that the statements name; KNOWN is made where days are asked for. */
export function scratchOfDays(epoch: SealedEpoch, keepsDays: boolean, asks: boolean): string[] {
	return keepsDays && landing(epoch).length > 0 ? [ADDED, ...(asks ? [KNOWN] : [])] : [];
}

/** Makes the table of known keys; nothing where no conversion lands. */
export function knownStatements(dialect: Dialect, epoch: SealedEpoch): string[] {
	const asked = landing(epoch).flatMap(({ at, stream }) => [
		askedById(dialect, conversionStageOf(at)),
		// only of a row with a key the conversions go that it makes no more
		...(stream.keyed ? [askedByRow(dialect, stageOf(at), stream.stream)] : []),
	]);
	return asked.length === 0 ? [] : [dialect.scratch(KNOWN, knownDayKeys(dialect, asked))];
}

/** The days of the known keys, as the probe answers them. */
export function knownDays(dialect: Dialect): string {
	const day = dayText(`k.${dialect.name(DAY_KEY)}`);
	return `SELECT DISTINCT ${dialect.text(DAYS)} AS what, ${day} AS day FROM ${dialect.name(KNOWN)} AS k`;
}

/**
 * Makes the table of the keys to add, of all conversions that are new or change: after the verdicts. `known`: those are
 * left out that were found; else a conversion that changes adds its keys once more, which does no harm.
 */
export function addedStatements(dialect: Dialect, epoch: SealedEpoch, known: boolean): string[] {
	const { name } = dialect;
	const key = name(DAY_KEY);
	const queries = landing(epoch).map(({ at }) =>
		dayKeysOf(dialect, `${name(conversionStageOf(at))} AS s ${judged(dialect, conversionVerdictsOf(at), "_gn_at")}`),
	);
	if (queries.length === 0) return [];
	const there = known ? ` WHERE a.${key} NOT IN (SELECT k.${key} FROM ${name(KNOWN)} AS k)` : "";
	const query = `SELECT DISTINCT a.${key} FROM (${queries.join(" UNION ALL ")}) AS a${there}`;
	return [dialect.scratch(ADDED, query)];
}

/** Before the rows: where statements are not one transaction, keys may be there without their rows, never the reverse. */
export function addStatement({ name }: Dialect): string {
	const key = name(DAY_KEY);
	return `INSERT INTO ${name(DAYS)} (${key}) SELECT a.${key} FROM ${name(ADDED)} AS a`;
}

/** The same for what an overwrite brings, when it is judged and before it takes its place. */
export function publishedStatement(dialect: Dialect, { table }: EpochStream, at: number): string {
	const { name } = dialect;
	const key = name(DAY_KEY);
	const from = `${name(conversionsShadowOf(table.name))} AS s ${judged(dialect, publishedVerdictsOf(at), "conversion_id")}`;
	return (
		`INSERT INTO ${name(DAYS)} (${key}) SELECT a.${key} FROM (${dayKeysOf(dialect, from)}) AS a ` +
		`WHERE a.${key} NOT IN (SELECT k.${key} FROM ${name(DAYS)} AS k)`
	);
}

function judged({ name }: Dialect, verdicts: string, id: string): string {
	return (
		`JOIN ${name(verdicts)} AS v ON v.${name(id)} = s.${name(id)} ` + `WHERE v.${name("verdict")} IN ('new', 'changed')`
	);
}
