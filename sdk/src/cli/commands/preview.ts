/** `growthnav preview`: rows, what they become, which are refused and why. */
import type { ConfiguredStream } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import type { SourcePlan } from "../../pipeline/file/plan.ts";
import { configureFor, discoverStreams, type PreviewedRow, previewStream } from "../../pipeline/preview.ts";
import { type PreviewRow, previewScreen, recordPaths } from "../screen/preview.ts";
import { type Next, nextLines } from "../screen/verdict.ts";
import { shownEvent, shownField, shownValue } from "../shown.ts";
import { shellWord, type World } from "../world.ts";
import { withSource } from "./planned.ts";
import { commandOf, type GivenSource, isPipelineFile } from "./source-argument.ts";

interface PreviewOptions extends GivenSource {
	stream?: string[];
	rows?: string;
	row?: string;
}

const ROWS = 4;

export async function preview(world: World, options: PreviewOptions, [argument]: [string]): Promise<number> {
	const only = options.row === undefined ? undefined : whole(options.row, "--row");
	const rows = Math.max(only ?? 0, options.rows === undefined ? ROWS : whole(options.rows, "--rows"));
	await withSource(argument, options, world, async (plan) => {
		// a source that does not know the account is asked for its own streams
		const known = plan.source.connector.ours ? plan : { ...plan, account: undefined };
		const streams = configureFor(known, await discoverStreams(plan));
		let next: { stream: string; row: number } | undefined;
		for (const stream of chosen(streams, options.stream)) {
			const all = await previewStream(plan, streams, { stream, rows, signal: world.signal });
			const found = only === undefined ? all : all.filter(({ event }) => event.row === only);
			for (const { event } of found) world.tell(shownEvent(event, world), plan.name);
			const shown = only ?? found.find(({ explanation }) => explanation !== null)?.event.row;
			const screen = found.map((row) => shownRow(row, row.event.row === shown, only !== undefined, plan, world));
			world.say(...previewScreen(stream, screen, only, world.terminal.outStyle), "");
			next ??= nextRow(stream, found, shown);
		}
		const again = commandOf("preview", argument, options, world);
		const lines: Next[] = [];
		if (next) {
			const command = `${again} --stream ${shellWord(next.stream)} --row ${next.row}`;
			lines.push({ command, shows: `all of row ${next.row}` });
		}
		if (isPipelineFile(argument)) lines.push({ command: plan.again, shows: "load them" });
		world.say(...nextLines(lines, world.terminal.outStyle).slice(1));
	});
	return 0;
}

/** Those that were named; else those with conversions, else all. */
function chosen(streams: ConfiguredStream[], named: string[] | undefined): string[] {
	if (named !== undefined) return named;
	const converting = streams.filter(({ stream }) => (stream.conversions ?? []).length > 0);
	return (converting.length > 0 ? converting : streams).map(({ stream }) => stream.name);
}

/** What one would look at next: a row that was refused or left out, else the one after. */
function nextRow(stream: string, rows: PreviewedRow[], shown: number | undefined) {
	const others = rows.filter(({ event }) => event.row !== shown);
	const odd = (["rejected", "left_out"] as const).flatMap((word) =>
		others.filter(({ event }) => event.outcome === word),
	)[0];
	const row = (odd ?? others[0])?.event.row;
	return row === undefined ? undefined : { stream, row };
}

function shownRow(
	{ event, explanation, record, place }: PreviewedRow,
	full: boolean,
	withRecord: boolean,
	plan: SourcePlan,
	world: World,
): PreviewRow {
	const types = [...new Set(event.conversions.map(({ conversion_type }) => String(conversion_type)))];
	const count = event.conversions.length;
	const why = explanation?.because === undefined ? "" : `, because ${explanation.because}`;
	const needed = plan.customer === undefined;
	const noId = needed ? [{ column: "conversion_id", value: "(needs customer)", words: "" }] : [];
	const known = (explanation?.details ?? []).filter(({ column }) => !needed || column !== "conversion_id");
	const details = known.map((one) => ({ ...one, value: shownValue(one.column, one.value, world) }));
	return {
		...event,
		place,
		details: full && explanation ? [...noId, ...details] : null,
		empty: full ? (explanation?.empty ?? []) : [],
		because: count === 0 ? null : `becomes ${counted(count)}: ${types.join(", ")}${why}`,
		record: full && withRecord && record ? recordPaths(record, (path, value) => shownField(path, value, world)) : null,
	};
}

function counted(conversions: number): string {
	return conversions === 1 ? "1 conversion" : `${conversions} conversions`;
}

/** Throws config.usage for what is no number of rows. */
export function whole(text: string, where: string): number {
	const number = Number(text);
	if (/^\d{1,6}$/.test(text) && number > 0) return number;
	throw new ConnectorError("config.usage", `${text} is no number of rows`, {
		where,
		why: "it is a whole number from 1",
		next: `write ${where} 4`,
	});
}
