/**
 * Before the transaction: what is staged is held against the tables, and the answers stand in tables of the commit's
 * own. That reads few columns, changes nothing, and tells which statements the commit needs, how many rows each will
 * change, and on which days. The lease makes sure that nobody writes the streams of this connection in between.
 */
import {
	CONVERSIONS,
	type ConversionTotal,
	conversionStageOf,
	conversionsShadowOf,
	conversionVerdictsOf,
	DEAD_LETTER_STAGE,
	DEAD_LETTERS,
	type Dialect,
	type EpochStream,
	type JsonObject,
	RESOLVED_STAGE,
	type SealedEpoch,
	type Step,
	streamSteps,
	totalOf,
	totalsQuery,
	type Verdict,
	verdictsOf,
} from "@growthnav/sdk/store";
import { answer } from "./answer.ts";
import { ADDED } from "./day-keys.ts";
import { foundStatements, onFound } from "./found.ts";
import { doubledAnswer, newOfKnownRows, sameAnswers } from "./seen-twice.ts";
import type { LoadedStage } from "./stage.ts";

export interface VerdictCount {
	verdict: Verdict;
	wins: boolean;
	rows: number;
}

/** What the commit will do, by stage, verdict table or stream number. */
export interface Judgement {
	/** Rows of each stage. */
	staged: Map<string, number>;
	verdicts: Map<string, VerdictCount[]>;
	/** By table: days on which rows stand that will be changed or removed; null for those without a day. */
	days: Map<string, (string | null)[]>;
	/** By stream: conversions that go because their row makes them no more. */
	removed: Map<number, number>;
	/** Those that go because a new generation does not make them. */
	outdated: number;
	totals: ConversionTotal[];
	/** Rows that stand twice, or would: by table, with the least of their keys. */
	doubled: { table: string; key: string }[];
	/** A conversion that two streams of one name make. */
	same: { at: number; id: string } | undefined;
	/** By stream: conversions that are new although their row is known. */
	suspects: Map<number, number>;
	/** Keys by which days are found again. */
	addedDays: number;
	/** Dead letters that are new, that open again, that are settled. */
	letters: { added: number; opened: number; settled: number };
}

/** The stages as tables of the commit's own, with the types of the tables they go to. */
export function stageStatements(dialect: Dialect, stages: readonly LoadedStage[]): string[] {
	return stages.map(({ stage, query }) => dialect.scratch(stage, query));
}

export interface JudgedWith {
	/** Makes the keys of days. */
	added?: readonly string[];
	/** IF is to be had. */
	asScript: boolean;
}

/**
 * Rows first, then what `conversions` has of them and of their conversions, and against that the conversions. The last
 * statement answers everything as rows (what, stream, key, wins, n, more).
 */
export function judgeStatements(
	dialect: Dialect,
	epoch: SealedEpoch,
	stages: readonly LoadedStage[],
	{ added = [], asScript }: JudgedWith,
): string[] {
	const ofRows: string[] = [];
	const ofConversions: string[] = [];
	const answers: string[] = stages.map(({ stage }) =>
		answer("staged", 0, { key: dialect.text(stage), n: "COUNT(*)" }, dialect.name(stage)),
	);
	for (const [at, stream] of epoch.streams.entries()) {
		for (const { judges, sql } of judgedSteps(onFound(dialect), epoch, at)) {
			if (judges === undefined) continue;
			(judges === verdictsOf(at) ? ofRows : ofConversions).push(sql);
			answers.push(...verdictAnswers(dialect, stream, at, judges), doubledAnswer(dialect, stream, at, judges));
		}
		const removing = judgedSteps(dialect, epoch, at).filter(({ counts }) => counts === "removed");
		answers.push(...removing.map((step) => removedAnswer(dialect, stream, at, step)));
		if (stream.rows.length > 0 && stream.conversionsTarget !== undefined) answers.push(totalsAnswer(dialect, at));
		if (stream.rows.length > 0 && stream.keyed && stream.conversionsTarget === CONVERSIONS) {
			answers.push(answer("suspects", at, { n: "COUNT(*)" }, newOfKnownRows(dialect, at)));
		}
		if (stream.publish && stream.conversionsTarget !== undefined) answers.push(publishedAnswer(dialect, stream, at));
	}
	answers.push(...sameAnswers(dialect, epoch));
	if (added.length > 0) answers.push(answer("added_days", 0, { n: "COUNT(*)" }, dialect.name(ADDED)));
	answers.push(...letterAnswers(dialect, epoch));
	const found = foundStatements(dialect, epoch, asScript);
	const answered = answers.length === 0 ? [] : [answers.join(" UNION ALL ")];
	return [...ofRows, ...found, ...ofConversions, ...added, ...answered];
}

/** The steps of a stream without those of its publishing, which come after its rows have landed. */
export function judgedSteps(dialect: Dialect, epoch: SealedEpoch, at: number): Step[] {
	return streamSteps(dialect, withoutPublish(epoch), at);
}

function withoutPublish(epoch: SealedEpoch): SealedEpoch {
	return { ...epoch, streams: epoch.streams.map((stream) => ({ ...stream, publish: false })) };
}

/** The steps of its publishing alone. */
export function publishingSteps(dialect: Dialect, epoch: SealedEpoch, at: number): Step[] {
	const stream = epoch.streams[at]!;
	return stream.publish ? streamSteps(dialect, epoch, at).slice(judgedSteps(dialect, epoch, at).length) : [];
}

function verdictAnswers(dialect: Dialect, stream: EpochStream, at: number, table: string): string[] {
	const { name } = dialect;
	const [verdict, wins] = ["verdict", "wins"].map(name);
	const counts = answer(
		"verdicts",
		at,
		{ key: `${dialect.text(`${table} `)} || ${verdict}`, wins: wins!, n: "COUNT(*)", group: `${verdict}, ${wins}` },
		name(table),
	);
	const target = table.endsWith("_conversions") ? stream.conversionsTarget! : stream.target;
	if (dialect.partitions?.column(target) === undefined) return [counts];
	const days = answer(
		"day",
		at,
		{ key: dialect.text(target), n: "COUNT(*)", more: `CAST(DATE(${name("found")}) AS STRING)`, group: "more" },
		`${name(table)} WHERE ${wins} AND ${verdict} IN ('changed', 'touch')`,
	);
	return [counts, days];
}

/**
 * The statement that removes, as a question: day by day where there are days, since asking twice is billed twice. It runs
 * after the updates, which give what they change to its new row: that is not of the old one any more.
 */
function removedAnswer(dialect: Dialect, stream: EpochStream, at: number, { sql }: Step): string {
	const target = stream.conversionsTarget!;
	const [id, place, verdict] = ["conversion_id", "_gn_at", "verdict"].map(dialect.name);
	const changed =
		`SELECT c.${id} FROM ${dialect.name(conversionStageOf(at))} AS c ` +
		`JOIN ${dialect.name(conversionVerdictsOf(at))} AS v ON v.${place} = c.${place} WHERE v.${verdict} = 'changed'`;
	const asked = `${onFound(dialect).name(target)} AS ${dialect.name(target)}`;
	const from = `${sql.replace(`DELETE FROM ${dialect.name(target)}`, asked)} AND ${dialect.name(target)}.${id} NOT IN (${changed})`;
	const column = dialect.partitions?.column(target);
	if (column === undefined) return answer("removed", at, { n: "COUNT(*)" }, from);
	const day = `CAST(DATE(${dialect.name(target)}.${dialect.name(column)}) AS STRING)`;
	return answer("removed", at, { key: dialect.text(target), n: "COUNT(*)", more: day, group: "more" }, from);
}

/** Conversions of the stream's table that its new generation does not make. */
function publishedAnswer(dialect: Dialect, stream: EpochStream, at: number): string {
	const { name } = dialect;
	const id = name("conversion_id");
	const shadow = `SELECT c.${id} FROM ${name(conversionsShadowOf(stream.table.name))} AS c`;
	const staged = stream.rows.length === 0 ? "" : ` UNION ALL SELECT s.${id} FROM ${name(conversionStageOf(at))} AS s`;
	return answer(
		"outdated",
		at,
		{ n: "COUNT(*)" },
		`${name("conversions")} WHERE ${name("_gn_table")} = ${dialect.text(stream.table.name)} AND ${id} NOT IN (${shadow}${staged})`,
	);
}

function totalsAnswer(dialect: Dialect, at: number): string {
	const columns = [
		"source_system",
		"source_account",
		"conversion_type",
		"currency",
		"mapped_rows",
		"mapped_value",
		"loaded_rows",
		"loaded_value",
	];
	const texts = columns.map((column) => `CAST(t.${dialect.name(column)} AS STRING) AS ${dialect.name(column)}`);
	return answer(
		"totals",
		at,
		{ n: "0", more: `TO_JSON_STRING(STRUCT(${texts.join(", ")}))` },
		`(${totalsQuery(dialect, at).replace(/ ORDER BY [^)]*$/, "")}) AS t`,
	);
}

function letterAnswers(dialect: Dialect, epoch: SealedEpoch): string[] {
	const { name } = dialect;
	const [id, resolved, letters] = ["_gn_id", "resolved_at", DEAD_LETTERS].map(name);
	const staged = `SELECT ${id} FROM ${name(DEAD_LETTER_STAGE)}`;
	const settled = `SELECT ${id} FROM ${name(RESOLVED_STAGE)}`;
	return [
		...(epoch.deadLetters.length === 0
			? []
			: [
					answer(
						"letters_added",
						0,
						{ n: `COUNT(DISTINCT ${id})` },
						`${name(DEAD_LETTER_STAGE)} WHERE ${id} NOT IN (SELECT ${id} FROM ${letters})`,
					),
					answer(
						"letters_opened",
						0,
						{ n: "COUNT(*)" },
						`${letters} WHERE ${resolved} IS NOT NULL AND ${id} IN (${staged})`,
					),
				]),
		...(epoch.resolved.length === 0
			? []
			: [
					answer(
						"letters_settled",
						0,
						{ n: "COUNT(*)" },
						`${letters} WHERE ${resolved} IS NULL AND ${id} IN (${settled})`,
					),
				]),
	];
}

export function readJudgement(rows: readonly JsonObject[]): Judgement {
	const judgement: Judgement = {
		staged: new Map(),
		verdicts: new Map(),
		days: new Map(),
		removed: new Map(),
		outdated: 0,
		totals: [],
		doubled: [],
		same: undefined,
		suspects: new Map(),
		addedDays: 0,
		letters: { added: 0, opened: 0, settled: 0 },
	};
	for (const row of rows) {
		const [what, at, key, n] = [row.what, Number(row.stream), String(row.key ?? ""), Number(row.n)];
		if (what === "day" || (what === "removed" && key !== "")) {
			const day = row.more == null ? null : String(row.more);
			judgement.days.set(key, [...(judgement.days.get(key) ?? []), day]);
		}
		if (what === "staged") judgement.staged.set(key, n);
		else if (what === "verdicts") {
			const [table = "", verdict] = key.split(" ");
			const counts = judgement.verdicts.get(table) ?? [];
			judgement.verdicts.set(table, [...counts, { verdict: verdict as Verdict, wins: row.wins === true, rows: n }]);
		} else if (what === "removed") judgement.removed.set(at, (judgement.removed.get(at) ?? 0) + n);
		else if (what === "doubled" && n > 0) judgement.doubled.push({ table: key, key: String(row.more) });
		else if (what === "same" && n > 0) judgement.same = { at, id: String(row.more) };
		else if (what === "suspects") judgement.suspects.set(at, n);
		else if (what === "added_days") judgement.addedDays = n;
		else if (what === "outdated") judgement.outdated += n;
		else if (what === "totals") judgement.totals.push(totalOf(JSON.parse(String(row.more))));
		else if (what === "letters_added") judgement.letters.added = n;
		else if (what === "letters_opened") judgement.letters.opened = n;
		else if (what === "letters_settled") judgement.letters.settled = n;
	}
	return judgement;
}

/** Rows of a stage whose verdict is one of these and wins. */
export function landing({ verdicts }: Judgement, table: string, any: readonly Verdict[]): number {
	return (verdicts.get(table) ?? [])
		.filter(({ wins, verdict }) => wins && any.includes(verdict))
		.reduce((sum, { rows }) => sum + rows, 0);
}
