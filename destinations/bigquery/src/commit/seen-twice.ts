/** What a judgement sees of rows that stand twice, or would: from tables of the commit's own, which it has read anyway. */
import {
	CONVERSIONS,
	conversionStageOf,
	conversionVerdictsOf,
	type Dialect,
	type EpochStream,
	type SealedEpoch,
	verdictsOf,
} from "@growthnav/sdk/store";
import { answer } from "./answer.ts";

/** A staged row is judged against one row: two verdicts mean that the table has two. */
export function doubledAnswer(
	dialect: Dialect,
	{ target, conversionsTarget }: EpochStream,
	at: number,
	table: string,
): string {
	const { name } = dialect;
	const ofRows = table === verdictsOf(at);
	const [id, key] = ofRows ? ["_gn_seq", "_gn_key"] : ["_gn_at", "conversion_id"];
	const keyed = ofRows
		? `${name(table)} AS v`
		: `${name(table)} AS v JOIN ${name(conversionStageOf(at))} AS c ON c.${name(id!)} = v.${name(id!)}`;
	return answer(
		"doubled",
		at,
		{ key: dialect.text(ofRows ? target : conversionsTarget!), n: "COUNT(*)", more: "MIN(d.id)" },
		`(SELECT MIN(${ofRows ? "v" : "c"}.${name(key!)}) AS id FROM ${keyed} GROUP BY v.${name(id!)} HAVING COUNT(*) > 1) AS d`,
	);
}

/** Ids hold the name of a stream and not its namespace: two streams of one name may make the same. */
export function sameAnswers(dialect: Dialect, { streams }: SealedEpoch): string[] {
	const { name } = dialect;
	const landing = streams
		.map((stream, at) => ({ at, stream }))
		.filter(({ stream }) => stream.rows.length > 0 && stream.conversionsTarget === CONVERSIONS);
	return [...Map.groupBy(landing, ({ stream }) => stream.stream).values()]
		.filter((some) => some.length > 1)
		.map((some) => {
			const news = some.map(
				({ at }) =>
					`SELECT c.${name("conversion_id")} AS id FROM ${name(conversionStageOf(at))} AS c ` +
					`JOIN ${name(conversionVerdictsOf(at))} AS v ON v.${name("_gn_at")} = c.${name("_gn_at")} ` +
					`WHERE v.${name("verdict")} = 'new'`,
			);
			const twice = `SELECT n.id FROM (${news.join(" UNION ALL ")}) AS n GROUP BY n.id HAVING COUNT(*) > 1`;
			return answer("same", some[0]!.at, { n: "COUNT(*)", more: "MIN(d.id)" }, `(${twice}) AS d`);
		});
}

/** What follows FROM: conversions that are new (as `c`) although their row was there before. */
export function newOfKnownRows({ name }: Dialect, at: number): string {
	return (
		`${name(conversionStageOf(at))} AS c ` +
		`JOIN ${name(conversionVerdictsOf(at))} AS v ON v.${name("_gn_at")} = c.${name("_gn_at")} ` +
		`JOIN ${name(verdictsOf(at))} AS r ON r.${name("_gn_seq")} = c.${name("_gn_seq")} ` +
		`WHERE v.${name("verdict")} = 'new' AND r.${name("verdict")} IN ('changed', 'touch', 'same')`
	);
}
