/** Statements that no golden file holds, made by the sources themselves, which are handed a session that only listens. */
import {
	contentsOf,
	type JsonObject,
	type LoadPart,
	nameMapStatements,
	OWN_TABLES,
	type SealedEpoch,
	SPOOLED_META,
	type TableColumn,
	widenColumn,
} from "@growthnav/sdk/store";
import { addColumns } from "../../src/dataset.ts";
import { bigqueryDialect } from "../../src/dialect.ts";
import { openLease } from "../../src/lease.ts";
import type { Field } from "../../src/schema.ts";
import type { Session } from "../../src/session.ts";
import { loadStages } from "../../src/stage.ts";
import type { Script, SqlTables } from "./analyzer.ts";

export async function statementsOfSources(tables: SqlTables): Promise<{ from: string; script: Script }[]> {
	const scripts: Script[] = [];
	const session = listening((sql) => scripts.push({ sql, tables }));
	await openLease(session, "default", 3, true);
	const every = Object.keys(EVERY_TYPE) as TableColumn["type"][];
	await addColumns(session, "shop__orders", [
		...every.map((type) => ({ name: `new_${type}`, type })),
		{ name: "new_list", type: "string", repeated: true },
		{ name: "new_rows", type: "json", repeated: [{ name: "a", type: "decimal" }] },
	]);
	scripts.push({ sql: widenColumn(bigqueryDialect, "shop__orders", { name: "_gn_seq", type: "decimal" }), tables });
	const own = new Map(OWN_TABLES.map(({ name, columns }) => [name, columns.map((column) => column.name)]));
	await contentsOf(bigqueryDialect, "default", own, async (sql) => {
		scripts.push({ sql, tables });
		return [];
	});
	scripts.push({ sql: nameMapStatements(bigqueryDialect, NAMES).join(";\n"), tables });
	scripts.push(...(await stageScripts()));
	return scripts.map((script) => ({ from: "sources", script }));
}

const EVERY_TYPE: Record<TableColumn["type"], true> = {
	string: true,
	integer: true,
	decimal: true,
	float: true,
	boolean: true,
	date: true,
	timestamp: true,
	datetime: true,
	time: true,
	json: true,
	bytes: true,
};

const nothing = { namespace: null, property: null, type: null, position: null, key: null, cursor: null, mode: null };
const NAMES = [
	{ ...nothing, stream: "orders", table: "shop__orders", column: null, kept: false, key: '[["id"]]', connection: "a" },
	{ ...nothing, stream: "orders", table: "shop__orders", column: "id", property: "id", kept: true, connection: null },
];

/** A session whose jobs are told and never run. */
function listening(hear: (sql: string) => void): Session {
	return {
		project: "p",
		dataset: "acme",
		nonce: "f00",
		connection8: "0a1b2c3d",
		jobs: {
			run: async ({ configuration }: { configuration: JsonObject }) => {
				const query = configuration.query as { query: string } | undefined;
				if (query !== undefined) hear(query.query);
				return { id: "", attempt: 1, adopted: false, resource: {}, bytesBilled: 0 };
			},
		},
		config: {},
	} as unknown as Session;
}

/** The queries that put the loaded files of a stage together, of columns of every type, and of no file at all. */
async function stageScripts(): Promise<Script[]> {
	const part: LoadPart = { file: "/spool/a", rows: 1, bytes: 1, longestLine: 1 };
	const halves = [
		{ ...part, through: 4 },
		{ ...part, after: 4, through: 9 },
		{ ...part, file: "/spool/b" },
	];
	const columns: TableColumn[] = (Object.keys(EVERY_TYPE) as TableColumn["type"][]).map((type) => ({
		name: `a_${type}`,
		type,
	}));
	const stream = { rows: halves, conversions: halves, conversionsTarget: "conversions" };
	const epoch = {
		batchId: "0123456789abcdef",
		loadedAt: "2026-07-03T10:00:00Z",
		streams: [
			{ ...stream, columns: [...columns, ...SPOOLED_META] },
			{ ...stream, columns: SPOOLED_META, conversions: [{ ...part, rows: 0 }] },
		],
		deadLetters: halves,
		resolved: halves,
	} as unknown as SealedEpoch;
	const loaded = new Map<string, [string, string][]>();
	const session = listening(() => {});
	session.jobs.run = async ({ configuration }) => {
		const { destinationTable, schema } = configuration.load as unknown as {
			destinationTable: { tableId: string };
			schema: { fields: Field[] };
		};
		loaded.set(destinationTable.tableId, schema.fields.map(typedField));
		return { id: "", attempt: 1, adopted: false, resource: {}, bytesBilled: 0 };
	};
	const { stages } = await loadStages(session, epoch, () => {});
	const tables = Object.fromEntries(loaded);
	return stages.map(({ stage, query }) => ({ sql: bigqueryDialect.scratch(stage, query), tables }));
}

function typedField(field: Field): [string, string] {
	const type =
		field.fields === undefined
			? field.type
			: `STRUCT<${field.fields.map((inner) => `\`${inner.name}\` ${inner.type}`).join(", ")}>`;
	return [field.name, field.mode === "REPEATED" ? `ARRAY<${type}>` : type];
}
