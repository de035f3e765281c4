/** `growthnav rejects`: refused rows and reasons; one in full; all of them once more. */
import { maskValue } from "../../mask.ts";
import type { RejectEvent } from "../../pipeline/events.ts";
import type { DestinationPlan } from "../../pipeline/file/plan.ts";
import { countRejects, type DeadLetterRow, explainReject, listRejects } from "../../pipeline/rejects.ts";
import { retryRejects } from "../../pipeline/retry.ts";
import { parseJson } from "../../protocol/index.ts";
import { redact } from "../../redact.ts";
import { visible } from "../../visible.ts";
import { count, plural, time } from "../screen/numbers.ts";
import { reasonWords } from "../screen/result.ts";
import { cellText, csvLine } from "../screen/rows.ts";
import { table } from "../screen/table.ts";
import { wrap } from "../screen/text.ts";
import { marked, type Next, nextLines, waitingSentence } from "../screen/verdict.ts";
import { shellWord, type World } from "../world.ts";
import { withPipeline, withStore } from "./planned.ts";

interface RejectsOptions {
	explain?: string;
	retry?: boolean;
	stream?: string;
	csv?: boolean;
}

/** So much of an id is typed; `--json` and `--csv` give it whole. */
const ID_SHOWN = 8;
/** Rows for people; above them every reason is counted. */
const ROWS_SHOWN = 20;

export async function rejects(world: World, options: RejectsOptions, [argument]: [string]): Promise<number> {
	if (options.retry) return retry(argument, options, world);
	const { explain } = options;
	await withStore(argument, world, async (plan) => {
		if (explain !== undefined) await explainOne(plan, explain, world);
		else if (options.csv || world.terminal.mode === "json") await listAll(plan, options, world);
		else await list(plan, options, world);
	});
	return 0;
}

async function listAll(plan: DestinationPlan, options: RejectsOptions, world: World): Promise<void> {
	const letters = await listRejects(plan, { stream: options.stream });
	if (options.csv) {
		const lines = letters.map((letter) =>
			csvLine(
				FIELDS.map((name) => cellText(letter[name])),
				world.terminal.outStyle.isTerminal,
			),
		);
		world.terminal.out(redact([csvLine([...FIELDS]), ...lines].join("")));
		return;
	}
	for (const letter of letters) world.tell({ event: "reject", ...eventOf(letter) });
	world.tell({ event: "rows", rows: letters.length, columns: [] });
}

const FIELDS = [
	...["id", "namespace", "stream", "kind", "code", "reason", "path", "file", "line", "record_id", "mapping"],
	"rejected_at",
] as (keyof DeadLetterRow)[];

/** The same words as in the events of a run. */
function eventOf(letter: DeadLetterRow): RejectEvent {
	const { id, namespace, stream, kind, code, reason: message, path, file, line, record_id, mapping } = letter;
	return {
		stream,
		namespace,
		table: namespace === null ? stream : `${namespace}__${stream}`,
		kind: kind === "conversion" ? kind : "record",
		code,
		path,
		file,
		line,
		record_id,
		value: null,
		message,
		id,
		mapping,
		rejected_at: letter.rejected_at,
	};
}

async function list(plan: DestinationPlan, options: RejectsOptions, world: World): Promise<void> {
	const style = world.terminal.outStyle;
	const reasons = await countRejects(plan, { stream: options.stream });
	const total = reasons.reduce((sum, { rows }) => sum + rows, 0);
	if (total === 0) return world.say(`${style.good(style.ok)} No reject waits for a decision.`);
	const letters = await listRejects(plan, { stream: options.stream, limit: ROWS_SHOWN });
	world.say(
		...table(
			[
				{ head: "Stream", fit: "end" },
				{ head: "Rows", align: "right" },
				{ head: "Why", fit: "wrap" },
			],
			reasons.map((one) => [visible(one.stream), count(one.rows), visible(reasonWords(one))]),
			style,
		),
		"",
		...table(
			[
				{ head: "Id" },
				{ head: "Stream", fit: "end" },
				{ head: "Record, or where", fit: letters.some(({ file }) => file !== null) ? "start" : "middle" },
				{ head: "Rejected", leaves: 1 },
				{ head: "Why", fit: "wrap" },
			],
			letters.map((one) => [
				one.id.slice(0, ID_SHOWN),
				visible(one.stream),
				placeOf(one),
				time(one.rejected_at),
				visible(shortReason(one)),
			]),
			style,
		),
		...(total > letters.length ? [`and ${count(total - letters.length)} more: --csv and --json print all`] : []),
		"",
		...marked(style.warn("!"), waitingSentence(total), style),
		...nextLines(nextOf(plan, letters[0]!), style),
	);
}

function nextOf({ rejects, destination }: DestinationPlan, { id }: DeadLetterRow): Next[] {
	const isStore = destination.config.connection === undefined;
	return [
		{ command: `${rejects} --explain ${id.slice(0, ID_SHOWN)}`, shows: "one with its raw row" },
		...(isStore ? [] : [{ command: `${rejects} --retry`, shows: "after a fix" }]),
	];
}

/** That the row itself is loaded stands above, with the counts. */
function shortReason({ kind, reason }: DeadLetterRow): string {
	return kind === "conversion" ? `no conversion: ${reason}` : reason;
}

function placeOf({ file, line, record_id }: DeadLetterRow): string {
	if (file !== null) return `${visible(file)}${line === null ? "" : `:${line}`}`;
	if (record_id !== null) return visible(record_id);
	return line === null ? "-" : `row ${count(line)} of its run`;
}

async function explainOne(plan: DestinationPlan, id: string, world: World): Promise<void> {
	const letter = await explainReject(plan, id);
	const raw = world.showValues ? letter.raw : maskedText(letter.raw);
	world.tell({ event: "reject", ...eventOf(letter), raw, whole: letter.whole });
	const style = world.terminal.outStyle;
	const facts: [string, string | null][] = [
		["id", letter.id],
		["stream", letter.namespace === null ? letter.stream : `${letter.namespace} ${letter.stream}`],
		["why", reasonWords(letter)],
		["code", letter.code],
		["path", letter.path],
		["where", letter.file === null ? null : `${letter.file}${letter.line === null ? "" : `:${letter.line}`}`],
		["record", letter.record_id],
		["mapping", letter.mapping],
		["rejected", time(letter.rejected_at)],
	];
	world.say(
		...facts.flatMap(([name, value]) => {
			if (value === null || value === "") return [];
			const [first, ...more] = wrap(visible(value), Math.max(20, style.width - 10));
			return [`${style.dim(name.padEnd(8))}  ${first}`, ...more.map((line) => `          ${line}`)];
		}),
		"",
		...pretty(raw).map(visible),
		...(letter.whole ? [] : ["(only the beginning was kept; it was longer than the record limit)"]),
		...(world.showValues
			? []
			: ["", style.dim("Texts are shown by their shape; --show-values on a terminal shows them.")]),
	);
}

/** JSON over several lines; any other text as it is. */
function pretty(raw: string): string[] {
	try {
		return JSON.stringify(parseJson(raw), null, 2).split("\n");
	} catch {
		return [raw];
	}
}

/** A JSON text with its values masked; any other text by its shape. */
function maskedText(raw: string): string {
	try {
		const masked = (_: string, value: unknown) => (typeof value === "string" ? maskedWord(value) : value);
		return JSON.stringify(parseJson(raw), masked);
	} catch {
		return maskedWord(raw);
	}
}

/** The text without the quotation marks that `maskValue` puts around it. */
function maskedWord(value: string): string {
	return JSON.parse(maskValue(value)) as string;
}

async function retry(argument: string, options: RejectsOptions, world: World): Promise<number> {
	return withPipeline(argument, world, async (plan) => {
		const result = await retryRejects(plan, { stream: options.stream });
		const { tried, resolved, notRetryable } = result;
		world.tell({ event: "rejects_retried", tried, resolved, not_retryable: notRetryable });
		const style = world.terminal.outStyle;
		const refused = tried - resolved;
		const next: Next[] = [];
		if (tried + notRetryable === 0) world.say(`${style.good(style.ok)} No reject waits for a decision.`);
		if (tried > 0) {
			const mark = refused === 0 ? style.good(style.ok) : style.warn("!");
			const text = `${plural(tried, "row")} tried again: ${count(resolved)} accepted, ${count(refused)} refused again.`;
			world.say(...marked(mark, text, style));
		}
		if (refused > 0) next.push({ command: plan.rejects, shows: "why" });
		if (notRetryable > 0) {
			const [are, them] = notRetryable === 1 ? ["is no whole record", "it"] : ["are no whole records", "them"];
			const text = `${plural(notRetryable, "reject")} ${are}: correct ${them} at the source, then have ${them} read again.`;
			world.say(...marked(style.warn("!"), text, style));
			next.push({
				command: `${world.terminal.command} state reset ${shellWord(argument)}${world.passOn}`,
				shows: "the next run reads all",
			});
		}
		world.say(...nextLines(next, style));
		return 0;
	});
}
