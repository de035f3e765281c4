/** The end of an overwrite: the shadow takes the place of the table, its conversions that of the stream's. */
import { conversionsShadowOf, type EpochStream, shadowOf } from "../epochs/epoch.ts";
import { CONVERSIONS } from "../tables/layout.ts";
import { type Landing, landingSteps, verdictTable } from "./conversions.ts";
import { type Dialect, names } from "./dialect.ts";
import { type Numbered, publishedVerdictsOf, type Step } from "./steps.ts";

/** In one transaction with everything else of the epoch, so that nobody sees half of it. The shadows end empty. */
export function publishSteps(dialect: Dialect, { at, stream }: Numbered): Step[] {
	const { name } = dialect;
	const shadow = name(shadowOf(stream.table.name));
	const table = name(stream.table.name);
	const columns = names(
		dialect,
		stream.table.columns.map((column) => column.name),
	);
	return [
		{ sql: dialect.empty(stream.table.name) },
		{ sql: `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${shadow}` },
		{ sql: dialect.empty(shadowOf(stream.table.name)) },
		...(stream.conversionsTarget === undefined ? [] : publishConversions(dialect, stream, publishedVerdictsOf(at))),
	];
}

function publishConversions(dialect: Dialect, stream: EpochStream, verdicts: string): Step[] {
	const { name } = dialect;
	const [id, conversions] = ["conversion_id", CONVERSIONS].map(name);
	const shadow = name(conversionsShadowOf(stream.table.name));
	// the shadow holds one row per id: which of several came last is settled
	const landing: Landing = { stage: shadow, id: "conversion_id", verdicts, target: CONVERSIONS, constants: new Map() };
	const candidates = `SELECT ${names(dialect, ["_gn_hash", "conversion_id"], "c")} FROM ${shadow} AS c`;
	return [
		{
			sql: verdictTable(dialect, landing, candidates, ["conversion_id"], {
				touch: `t.${name("_gn_generation_id")} <> ${stream.generation}`,
			}),
			judges: verdicts,
		},
		...landingSteps(dialect, landing),
		{
			sql:
				`DELETE FROM ${conversions} WHERE ${name("_gn_table")} = ${dialect.text(stream.table.name)} ` +
				`AND ${id} NOT IN (SELECT c.${id} FROM ${shadow} AS c)`,
			counts: "removed",
		},
		{ sql: dialect.empty(conversionsShadowOf(stream.table.name)) },
	];
}
