/** `growthnav rejects`: refused rows and reasons; one in full; all of them once more. */
import { maskValue } from "../../mask.ts";
import type { DestinationPlan } from "../../pipeline/plan.ts";
import { countRejects, type DeadLetterRow, explainReject, listRejects } from "../../pipeline/rejects.ts";
import { retryRejects } from "../../pipeline/retry.ts";
import { redact } from "../../redact.ts";
import { visible, visibleJson } from "../../visible.ts";
import { count, plural, time } from "../screen/numbers.ts";
import { cellText, csvLine, ROWS_SHOWN } from "../screen/rows.ts";
import { table } from "../screen/table.ts";
import { cutStart } from "../screen/text.ts";
import { nextLines, waitingSentence } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { withPipeline, withStore } from "./planned.ts";

interface RejectsOptions {
	explain?: string;
	retry?: boolean;
	stream?: string;
	csv?: boolean;
}

/** So much of an id is typed; `--json` and `--csv` give it whole. */
const ID_SHOWN = 8;

export async function rejects(world: World, options: RejectsOptions, [argument]: [string]): Promise<number> {
	if (options.retry) return retry(argument, options, world);
	await withStore(argument, world, (plan) =>
		options.explain === undefined ? list(plan, argument, options, world) : explainOne(plan, options.explain, world),
	);
	return 0;
}

async function list(plan: DestinationPlan, argument: string, options: RejectsOptions, world: World): Promise<void> {
	const all = options.csv || world.terminal.mode === "json";
	const letters = await listRejects(plan, { stream: options.stream, ...(!all && { limit: ROWS_SHOWN }) });
	if (all) {
		for (const letter of letters) tellMachine(letter, letter === letters[0], options, world);
		return;
	}
	const style = world.terminal.outStyle;
	const reasons = await countRejects(plan, { stream: options.stream });
	const total = reasons.reduce((sum, { rows }) => sum + rows, 0);
	if (total === 0) return world.say(`${style.good(style.ok)} No reject waits for a decision.`);
	world.say(
		...table(
			[{ head: "Stream" }, { head: "Rows", align: "right" }, { head: "Why", cuttable: true }],
			reasons.map((one) => [visible(one.stream), count(one.rows), visible(reasonWords(one))]),
			style,
		),
		"",
		...table(
			[
				{ head: "Id" },
				{ head: "Stream" },
				{ head: "Record, or where", cuttable: true },
				{ head: "Rejected", leaves: 1 },
				{ head: "Why", cuttable: true },
			],
			letters
				.slice(0, 20)
				.map((one) => [
					one.id.slice(0, ID_SHOWN),
					visible(one.stream),
					placeOf(one),
					time(one.rejected_at),
					visible(reasonWords(one)),
				]),
			style,
		),
		...(total > 20 ? [`and ${count(total - 20)} more: --csv and --json print all`] : []),
		"",
		waitingSentence(total),
	);
	const { command } = world.terminal;
	const isStore = plan.destination.config.connection === undefined;
	world.say(
		...nextLines(
			[
				{
					command: `${command} rejects ${argument} --explain ${letters[0]!.id.slice(0, ID_SHOWN)}`,
					shows: "one with its raw row",
				},
				...(isStore ? [] : [{ command: `${command} rejects ${argument} --retry`, shows: "after a fix" }]),
			],
			style,
		),
	);
}

function reasonWords({ kind, reason }: Pick<DeadLetterRow, "kind" | "reason">): string {
	return kind === "conversion" ? `loaded, but no conversion: ${reason}` : reason;
}

function placeOf({ file, line, record_id }: DeadLetterRow): string {
	if (file !== null) return `${cutStart(visible(file), 30)}${line === null ? "" : `:${line}`}`;
	if (record_id !== null) return visible(record_id);
	return line === null ? "-" : `line ${count(line)} of the input`;
}

const FIELDS = [
	"id",
	"namespace",
	"stream",
	"kind",
	"code",
	"reason",
	"path",
	"file",
	"line",
	"record_id",
	"mapping",
	"rejected_at",
] as const;

function tellMachine(letter: DeadLetterRow, isFirst: boolean, { csv }: RejectsOptions, world: World): void {
	const head = csv && isFirst ? csvLine([...FIELDS]) : "";
	const line = csv ? csvLine(FIELDS.map((name) => cellText(letter[name]))) : `${visibleJson(letter)}\n`;
	world.terminal.out(redact(head + line));
}

async function explainOne(plan: DestinationPlan, id: string, world: World): Promise<void> {
	const letter = await explainReject(plan, id);
	const raw = world.showValues ? letter.raw : maskedText(letter.raw);
	if (world.terminal.mode === "json") return world.terminal.out(`${visibleJson({ ...letter, raw })}\n`);
	const facts: [string, string | null][] = [
		["id", letter.id],
		["stream", letter.namespace === null ? letter.stream : `${letter.namespace} ${letter.stream}`],
		["why", reasonWords(letter)],
		["code", letter.code],
		["path", letter.path],
		["place", letter.file === null ? null : `${letter.file}${letter.line === null ? "" : `:${letter.line}`}`],
		["record", letter.record_id],
		["mapping", letter.mapping],
		["rejected", time(letter.rejected_at)],
	];
	world.say(
		...facts.flatMap(([name, value]) =>
			value === null || value === "" ? [] : [`${name.padEnd(8)}  ${visible(value)}`],
		),
		"",
		visible(raw),
		...(letter.whole ? [] : ["(only the beginning was kept; it was longer than the record limit)"]),
		...(world.showValues
			? []
			: ["", world.terminal.outStyle.dim("Values of text are shown by their shape; --show-values shows them.")]),
	);
}

/** A JSON text with its values masked; any other text by its shape. */
function maskedText(raw: string): string {
	try {
		return JSON.stringify(JSON.parse(raw), (_, value) => (typeof value === "string" ? maskValue(value) : value));
	} catch {
		return maskValue(raw);
	}
}

async function retry(argument: string, options: RejectsOptions, world: World): Promise<number> {
	return withPipeline(argument, world, async (plan) => {
		const result = await retryRejects(plan, { stream: options.stream });
		if (world.terminal.mode === "json") {
			world.terminal.out(`${visibleJson({ v: 1, event: "rejects_retried", ...result })}\n`);
			return 0;
		}
		const style = world.terminal.outStyle;
		const { tried, resolved, notRetryable } = result;
		world.say(
			`${plural(tried, "row")} tried again: ${count(resolved)} accepted, ${count(tried - resolved)} refused again.`,
		);
		if (notRetryable > 0) {
			world.say(
				`${plural(notRetryable, "reject")} cannot be tried again from the store: no whole record could be made of ${notRetryable === 1 ? "it" : "them"}.`,
				...nextLines(
					[{ command: `${world.terminal.command} state reset ${argument}`, shows: "reads them at the source again" }],
					style,
				),
			);
		}
		return 0;
	});
}
