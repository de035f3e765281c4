import fc from "fast-check";
import { expect, it } from "vitest";
import {
	conversionsShadowOf,
	type EpochStream,
	type SealedEpoch,
	shadowOf,
} from "../../src/destination/epochs/epoch.ts";
import { letterSteps, streamSteps } from "../../src/destination/sql/commit.ts";
import { totalsQuery } from "../../src/destination/sql/conversions.ts";
import type { Dialect } from "../../src/destination/sql/dialect.ts";
import { commitsQuery, customersQuery, ledgerInsert } from "../../src/destination/sql/ledger.ts";
import { nameMapQuery, nameMapStatements } from "../../src/destination/sql/name-map.ts";
import type { Step } from "../../src/destination/sql/steps.ts";
import { addColumn, createTable, dropTable, widenColumn } from "../../src/destination/sql/tables.ts";
import type { Column } from "../../src/destination/tables/columns.ts";
import { CONVERSIONS, OWN_TABLES, streamTable } from "../../src/destination/tables/layout.ts";

/** As BigQuery writes it: what a second store would send. */
const DIALECT: Dialect = {
	name: (identifier) => `\`${identifier}\``,
	text: (value) => `"${value}"`,
	instant: (text) => `TIMESTAMP "${text}"`,
	json: (text) => `JSON "${text}"`,
	scratch: (table, query) => `CREATE TEMP TABLE ${DIALECT.name(table)} AS ${query}`,
	empty: (table) => `DELETE FROM ${DIALECT.name(table)} WHERE TRUE`,
	type: (column) => (column.repeated === undefined ? column.type.toUpperCase() : `ARRAY<${column.type.toUpperCase()}>`),
};

const COLUMNS: Column[] = [
	{ property: "id", name: "id", type: "string" },
	{ property: "updatedAt", name: "updated_at", type: "timestamp" },
	{ property: "old", name: "old", type: "integer", kept: true },
];

function orders(more: Partial<EpochStream> = {}): EpochStream {
	const table = streamTable("shop__orders", COLUMNS);
	const filled = table.columns.filter(({ name }) => !/^(old|_gn_(batch_id|generation_id|loaded_at))$/.test(name));
	return {
		stream: "orders",
		namespace: "shop",
		table,
		target: table.name,
		conversionsTarget: CONVERSIONS,
		columns: filled,
		keyed: true,
		cursor: "updated_at",
		deletions: false,
		generation: 3,
		rows: [{ file: "/spool/1", rows: 1, bytes: 1, longestLine: 1 }],
		rowCount: 1,
		conversions: [],
		conversionCount: 0,
		publish: false,
		...more,
	};
}

function epoch(stream: EpochStream): SealedEpoch {
	const part = { file: "/spool/2", rows: 1, bytes: 1, longestLine: 1 };
	return {
		epoch: 7,
		batchId: "batch",
		connection: "default",
		customerId: "acme",
		syncId: "sync",
		loadedAt: "2026-07-03T10:00:00.000Z",
		streams: [stream],
		deadLetters: [part],
		resolved: [part],
		lag: () => undefined,
		refuse: () => Promise.reject(new Error("not here")),
		ledgerRow: () => ({}),
	};
}

/** One clause a line, so that a changed statement is a short difference. */
function shown(steps: (Step | string)[]): string {
	return steps
		.map((step) => {
			if (typeof step === "string") return step;
			const when = step.when === undefined ? "" : `-- when ${step.when.verdicts} has ${step.when.any.join(" or ")}\n`;
			const all = step.whenAllNew === undefined ? "" : `\n-- or, when all are new\n${step.whenAllNew}`;
			return `${when}${step.sql}${all}`;
		})
		.map(
			(sql) =>
				`${sql.replace(/ (FROM|WHERE|SELECT|LEFT JOIN|JOIN|SET|CASE|QUALIFY|WITH|AND|GROUP BY) /g, "\n  $1 ")};\n`,
		)
		.join("\n");
}

const cases: Record<string, () => (Step | string)[]> = {
	"keyed-rows-with-conversions": () => streamSteps(DIALECT, epoch(orders()), 0),
	"keyed-rows-some-deleted": () =>
		streamSteps(DIALECT, epoch(orders({ deletions: true, conversionsTarget: undefined })), 0),
	"rows-without-key": () => streamSteps(DIALECT, epoch(orders({ keyed: false, cursor: undefined })), 0),
	"overwrite-published": () => {
		const { name } = orders().table;
		const shadows = { target: shadowOf(name), conversionsTarget: conversionsShadowOf(name) };
		return streamSteps(DIALECT, epoch(orders({ ...shadows, publish: true, rows: [] })), 0);
	},
	"dead-letters": () => letterSteps(DIALECT, epoch(orders())),
	queries: () => [
		totalsQuery(DIALECT, 0),
		commitsQuery(DIALECT, "default"),
		customersQuery(DIALECT),
		nameMapQuery(DIALECT),
		ledgerInsert(DIALECT, { batch_id: "batch", epoch: 7, finished: true, committed_at: "2026-07-03T10:00:00Z" }),
	],
	tables: () => [
		...OWN_TABLES.map((table) => createTable(DIALECT, table)),
		createTable(DIALECT, orders().table),
		addColumn(DIALECT, "shop__orders", { name: "note", type: "string" }),
		widenColumn(DIALECT, "shop__orders", { name: "old", type: "decimal" }),
		dropTable(DIALECT, shadowOf("shop__orders")),
		...nameMapStatements(DIALECT, [nameRow("id"), nameRow(null)]),
	],
};

function nameRow(column: string | null) {
	const of = { namespace: "shop", stream: "orders", table: "shop__orders", column, property: column };
	return { ...of, type: null, position: null, kept: false, key: null, cursor: null, mode: null, connection: null };
}

it.each(Object.keys(cases))("%s", async (name) => {
	await expect(shown(cases[name]!())).toMatchFileSnapshot(`golden/${name}.sql`);
});

it("names and texts stand in a statement only as the dialect quotes them", () => {
	// private characters, which no name or text of the test has
	const marking: Dialect = {
		name: (identifier) => `\ue000${identifier}\ue001`,
		text: (value) => `\ue000${value}\ue001`,
		instant: (text) => `\ue000${text}\ue001`,
		json: (text) => `\ue000${text}\ue001`,
		scratch: (table, query) => `CREATE TEMP TABLE \ue000${table}\ue001 AS ${query}`,
		empty: (table) => `DELETE FROM \ue000${table}\ue001 WHERE TRUE`,
		type: () => "TYPE",
	};
	const hostile = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).map((text) => `"'\`;--${text}`);
	fc.assert(
		fc.property(hostile, hostile, hostile, fc.boolean(), (table, column, value, keyed) => {
			const columns: Column[] = [{ property: column, name: column, type: "string" }];
			const made = streamTable(table, columns);
			const stream = orders({
				table: made,
				target: table,
				columns: made.columns,
				keyed,
				cursor: column,
				publish: true,
			});
			const all = { ...epoch(stream), batchId: value, syncId: value, connection: value };
			const statements = [
				...streamSteps(marking, all, 0),
				...letterSteps(marking, all),
				...nameMapStatements(marking, [{ ...nameRow(column), table, namespace: value }]).map((sql) => ({ sql })),
				{ sql: ledgerInsert(marking, { connection: value, states: value }) },
				{ sql: commitsQuery(marking, value) },
			];
			for (const { sql } of statements)
				expect(sql.replaceAll(/\ue000[^\ue001]*\ue001/g, "")).toMatch(/^[\w\s().,=<>*'+-]+$/);
		}),
	);
});
