/** The scripts of a commit, as they are sent: every change of theirs is seen. */
import {
	CONVERSIONS,
	type EpochOutcome,
	type EpochStream,
	type SealedEpoch,
	type TableColumn,
} from "@growthnav/sdk/store";
import { expect, test } from "vitest";
import { addedStatements } from "../src/commit/day-keys.ts";
import { judgeStatements, readJudgement, stageStatements } from "../src/commit/judge.ts";
import { probeStatements } from "../src/commit/probe.ts";
import { commitOf, commitScript, outcomeOf, script } from "../src/commit/script.ts";
import { condition, rangesOf } from "../src/sql/days.ts";
import { commitDialect } from "../src/sql/dialect.ts";
import type { Layouts } from "../src/sql/layouts.ts";

const META: TableColumn[] = [
	{ name: "_gn_deleted_at", type: "timestamp" },
	{ name: "_gn_emitted_at", type: "timestamp" },
	{ name: "_gn_extra", type: "json" },
	{ name: "_gn_hash", type: "string" },
	{ name: "_gn_key", type: "string" },
	{ name: "_gn_meta", type: "json" },
	{ name: "_gn_seq", type: "integer" },
];
const OF_COMMIT: TableColumn[] = [
	{ name: "_gn_batch_id", type: "string" },
	{ name: "_gn_generation_id", type: "integer" },
	{ name: "_gn_loaded_at", type: "timestamp" },
];
const OWN: TableColumn[] = [
	{ name: "id", type: "string" },
	{ name: "total", type: "decimal" },
	{ name: "updated_at", type: "timestamp" },
];
const PART = { file: "/spool/rows", rows: 5, bytes: 900, longestLine: 200 };

function orders(more: Partial<EpochStream> = {}): EpochStream {
	const table = { name: "shop__orders", columns: [...OWN, ...META, ...OF_COMMIT] };
	return {
		stream: "orders",
		namespace: "shop",
		table,
		target: table.name,
		conversionsTarget: CONVERSIONS,
		columns: [...OWN, ...META],
		keyed: true,
		cursor: "updated_at",
		deletions: false,
		generation: 0,
		rows: [PART],
		rowCount: 5,
		conversions: [{ ...PART, file: "/spool/conversions" }],
		conversionCount: 5,
		publish: false,
		...more,
	};
}

function epochOf(stream: EpochStream, letters: boolean): SealedEpoch {
	return {
		epoch: 7,
		batchId: "0123456789abcdef0123456789abcdef",
		connection: "default",
		customerId: "acme",
		syncId: "sync",
		loadedAt: "2026-07-03T10:00:00.000Z",
		streams: [stream],
		deadLetters: letters ? [PART] : [],
		resolved: letters ? [PART] : [],
		lag: () => undefined,
		refuse: () => Promise.reject(new Error("not here")),
		ledgerRow: (_outcome: EpochOutcome) => ({
			batch_id: "0123456789abcdef0123456789abcdef",
			connection: "default",
			customer_id: "acme",
			epoch: 7,
			states: '[{"stream":"orders"}]',
			counts: '{"epoch":7}',
			rows: 5,
			committed_at: "2026-07-03T10:00:00.000Z",
			finished: false,
		}),
	};
}

const verdict = (table: string, name: string, wins: boolean, n: number) => ({
	what: "verdicts",
	stream: 0,
	key: `${table} ${name}`,
	wins,
	n,
});

const scratch = new Map(
	[
		"stage_0",
		"stage_0_conversions",
		"verdicts_0",
		"verdicts_0_conversions",
		"stage_dead_letters",
		"stage_resolved",
		"found",
		"known_days",
		"added_days",
	].map((name) => [`_gn_${name}`, `_gn_stg_0a1b2c3d_0123456789abcdef_f00_${name}`]),
);
const staged = rangesOf(["2026-07-01", "2026-07-03", "2025-12-31"]);

function scriptsOf(stream: EpochStream, answers: readonly object[], { letters = false, near = false } = {}) {
	const epoch = epochOf(stream, letters);
	const dialect = commitDialect({
		tables: scratch,
		expires: "2026-07-10T10:00:00.000Z",
		partitions: {
			column: (table) => (table === CONVERSIONS ? "timestamp" : undefined),
			within: (table, alias, use) =>
				table === CONVERSIONS && (use === "change" || near)
					? condition(`\`${alias}\`.\`timestamp\``, "TIMESTAMP", staged)
					: undefined,
		},
	});
	const stages = [...scratch.keys()]
		.filter((name) => name.includes("stage") && (letters || !/dead|resolved/.test(name)))
		.map((stage) => ({ stage, query: `SELECT * FROM \`${scratch.get(stage)}_file\`` }));
	const judgement = readJudgement(answers as never);
	const layouts: Layouts = new Map([[CONVERSIONS, { column: "timestamp", type: "TIMESTAMP" }]]);
	const commit = commitOf(
		{ dialect, lease: "_gn_lease_0a1b2c3d", judgement, layouts, keepsDays: true, staged: new Map(), others: 3 },
		epoch,
		outcomeOf(epoch, judgement),
	);
	const lined = (sql: string) =>
		sql.replace(/ (?=FROM |WHERE |LEFT JOIN |JOIN |SET |SELECT |UNION ALL|QUALIFY |GROUP BY |AND \()/g, "\n  ");
	const scripts = {
		probe: script([...stageStatements(dialect, stages), ...probeStatements(dialect, epoch, layouts, true)]),
		judge: script(
			judgeStatements(dialect, epoch, stages, { added: addedStatements(dialect, epoch, true), asScript: true }),
		),
		commit: commitScript(commit, dialect, epoch, { billed: 31_457_280, lag: 2.5 }),
	};
	return Object.entries(scripts)
		.map(([name, sql]) => `-- ${name}\n${lined(sql)}\n`)
		.join("\n");
}

const golden = (name: string) => `golden/${name}.sql`;

test("all rows are new: inserts alone", async () => {
	const answers = [
		{ what: "staged", stream: 0, key: "_gn_stage_0", n: 5 },
		{ what: "staged", stream: 0, key: "_gn_stage_0_conversions", n: 5 },
		verdict("_gn_verdicts_0", "new", true, 5),
		verdict("_gn_verdicts_0_conversions", "new", true, 5),
		{ what: "added_days", stream: 0, n: 5 },
	];
	await expect(scriptsOf(orders(), answers, { near: true })).toMatchFileSnapshot(golden("all-new"));
});

test("rows of every verdict, conversions that go, dead letters", async () => {
	const answers = [
		{ what: "staged", stream: 0, key: "_gn_stage_0", n: 9 },
		{ what: "staged", stream: 0, key: "_gn_stage_0_conversions", n: 9 },
		...["new", "changed", "touch", "same", "older"].map((name) => verdict("_gn_verdicts_0", name, true, 1)),
		...["new", "changed", "touch", "same"].map((name) => verdict("_gn_verdicts_0_conversions", name, true, 1)),
		{ what: "removed", stream: 0, n: 2 },
		{ what: "added_days", stream: 0, n: 2 },
		{ what: "letters_added", stream: 0, n: 1 },
		{ what: "letters_opened", stream: 0, n: 1 },
		{ what: "letters_settled", stream: 0, n: 1 },
	];
	await expect(scriptsOf(orders({ deletions: true }), answers, { letters: true })).toMatchFileSnapshot(golden("mixed"));
});

test("rows without key", async () => {
	const answers = [
		{ what: "staged", stream: 0, key: "_gn_stage_0", n: 5 },
		{ what: "staged", stream: 0, key: "_gn_stage_0_conversions", n: 5 },
		verdict("_gn_verdicts_0_conversions", "new", true, 4),
		verdict("_gn_verdicts_0_conversions", "older", true, 1),
		{ what: "added_days", stream: 0, n: 4 },
	];
	const stream = orders({ keyed: false, cursor: undefined });
	await expect(scriptsOf(stream, answers)).toMatchFileSnapshot(golden("without-key"));
});

test("an overwrite that is complete", async () => {
	const answers = [
		{ what: "staged", stream: 0, key: "_gn_stage_0", n: 5 },
		{ what: "staged", stream: 0, key: "_gn_stage_0_conversions", n: 5 },
		verdict("_gn_verdicts_0", "new", true, 5),
		verdict("_gn_verdicts_0_conversions", "new", true, 5),
		{ what: "removed", stream: 0, n: 1 },
		{ what: "outdated", stream: 0, n: 3 },
	];
	const stream = orders({
		target: "_gn_new__shop__orders",
		conversionsTarget: "_gn_new_conversions__shop__orders",
		publish: true,
		generation: 3,
	});
	await expect(scriptsOf(stream, answers)).toMatchFileSnapshot(golden("overwrite"));
});
