/**
 * What `conversions` has of the ids and rows of a commit: read one time for all streams, into a table of the commit's
 * own, against which they are judged. Where all rows are new, and no id is there, that is asked of the ids alone.
 */
import {
	CONVERSIONS,
	conversionStageOf,
	type Dialect,
	type EpochStream,
	type SealedEpoch,
	verdictsOf,
} from "@growthnav/sdk/store";

const FOUND = "_gn_found";
/** All that the judgement reads of a conversion, beside the column of its day. */
const COLUMNS = ["_gn_generation_id", "_gn_hash", "_gn_key", "_gn_table", "conversion_id"];
/** Beside them for streams without key: the newest stays. */
const READ = "extracted_at";

interface Landing {
	at: number;
	stream: EpochStream;
}

function landingIn({ streams }: SealedEpoch): Landing[] {
	return streams
		.map((stream, at) => ({ at, stream }))
		.filter(({ stream }) => stream.rows.length > 0 && stream.conversionsTarget === CONVERSIONS);
}

/** Names of the statements that stand for a table of the commit. */
export function scratchOfFound(epoch: SealedEpoch): string[] {
	return landingIn(epoch).length === 0 ? [] : [FOUND];
}

/** `conversions`, as far as it was found. */
export function onFound(dialect: Dialect): Dialect {
	return { ...dialect, name: (one) => dialect.name(one === CONVERSIONS ? FOUND : one) };
}

/** After the verdicts on rows, before those on conversions. `asScript`: where IF is to be had. */
export function foundStatements(dialect: Dialect, epoch: SealedEpoch, asScript: boolean): string[] {
	const landing = landingIn(epoch);
	if (landing.length === 0) return [];
	const { name } = dialect;
	const day = dialect.partitions?.column(CONVERSIONS);
	const keyless = landing.some(({ stream }) => !stream.keyed);
	const more = [...(keyless ? [READ] : []), ...(day === undefined ? [] : [day])];
	const columns = [...new Set([...COLUMNS, ...more])].sort();
	const select = `SELECT ${columns.map((column) => `t.${name(column)}`).join(", ")} FROM ${name(CONVERSIONS)} AS t`;
	const days = dialect.partitions?.within(CONVERSIONS, "t", "find");
	const near = days === undefined ? "" : ` AND (${days})`;
	const sameId = `t.${name("conversion_id")} IN (${stagedIds(dialect, landing)})`;
	const known = landing.filter(({ stream }) => stream.keyed).map(({ at }) => knownRows(dialect, at));
	const sameRow = known.length === 0 ? "" : ` OR t.${name("_gn_key")} IN (${known.join(" UNION ALL ")})`;
	const all = dialect.scratch(FOUND, `${select} WHERE (${sameId}${sameRow})${near}`);
	if (!asScript) return [all];
	const cases = [
		...(known.length === 0 ? [] : [known.join(" UNION ALL ")]),
		`SELECT 1 FROM ${name(CONVERSIONS)} AS t WHERE ${sameId}${near}`,
	].map((query) => `EXISTS (${query}) THEN ${all};`);
	return [`IF ${cases.join(" ELSEIF ")} ELSE ${dialect.scratch(FOUND, `${select} WHERE FALSE`)}; END IF`];
}

function stagedIds({ name }: Dialect, landing: readonly Landing[]): string {
	return landing
		.map(({ at }) => `SELECT s.${name("conversion_id")} FROM ${name(conversionStageOf(at))} AS s`)
		.join(" UNION ALL ");
}

/** Keys of rows that were here before and came again: what they make no more goes. */
function knownRows({ name }: Dialect, at: number): string {
	return (
		`SELECT r.${name("_gn_key")} FROM ${name(verdictsOf(at))} AS r ` +
		`WHERE r.${name("converts")} AND r.${name("verdict")} IN ('changed', 'touch', 'same')`
	);
}
