/** `growthnav preview`: rows, what they become, which are refused and why. */
import type { ConfiguredStream } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { maskValue } from "../../mask.ts";
import type { SourcePlan } from "../../pipeline/plan.ts";
import { configureFor, discoverStreams, type PreviewedRow, previewStream } from "../../pipeline/preview.ts";
import { type PreviewRow, previewScreen } from "../screen/preview.ts";
import { jsonLine } from "../screen/screen.ts";
import { nextLines } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { withSource } from "./planned.ts";
import type { GivenSource } from "./source-argument.ts";

interface PreviewOptions extends GivenSource {
	stream?: string[];
	rows?: string;
	row?: string;
}

const ROWS = 4;

export async function preview(world: World, options: PreviewOptions, [argument]: [string]): Promise<number> {
	const row = options.row === undefined ? undefined : whole(options.row, "--row");
	const rows = Math.max(row ?? 0, options.rows === undefined ? ROWS : whole(options.rows, "--rows"));
	await withSource(argument, options, world, async (plan) => {
		const streams = configureFor(plan, await discoverStreams(plan));
		for (const stream of chosen(streams, options.stream)) {
			const found = await previewStream(plan, streams, { stream, rows });
			tell(stream, found, row, plan, world);
		}
		const stream = options.stream?.[0] ?? chosen(streams, undefined)[0];
		const flags = `${options.demo ? " --demo" : ""}${options.config ? ` --config ${options.config}` : ""}`;
		const command = `${world.terminal.command} preview ${argument}${flags} --stream ${stream} --row ${row === undefined ? 2 : row + 1}`;
		world.say(...nextLines([{ command, shows: "all of that row" }], world.terminal.outStyle));
	});
	return 0;
}

/** Those that were named; else those with conversions, else all. */
function chosen(streams: ConfiguredStream[], named: string[] | undefined): string[] {
	if (named !== undefined) return named;
	const converting = streams.filter(({ stream }) => (stream.conversions ?? []).length > 0);
	return (converting.length > 0 ? converting : streams).map(({ stream }) => stream.name);
}

function tell(stream: string, found: PreviewedRow[], full: number | undefined, plan: SourcePlan, world: World): void {
	if (world.terminal.mode === "json") {
		for (const { event } of found)
			world.terminal.out(jsonLine(masked(event, world), world.terminal.now(), null, plan.name));
		return;
	}
	const shown = full ?? found.find(({ explanation }) => explanation !== null)?.event.row;
	const rows = full === undefined ? found : found.filter(({ event }) => event.row === full);
	const screen = rows.map((row) => shownRow(row, row.event.row === shown, plan, world));
	world.say(...previewScreen(stream, screen, world.terminal.outStyle), "");
}

function shownRow({ event, explanation }: PreviewedRow, full: boolean, plan: SourcePlan, world: World): PreviewRow {
	const types = [...new Set(event.conversions.map(({ conversion_type }) => String(conversion_type)))];
	const count = event.conversions.length;
	const why = explanation?.because === undefined ? "" : `, because ${explanation.because}`;
	const noId = plan.customer === undefined ? [{ column: "conversion_id", value: "(needs customer)", words: "" }] : [];
	const known = (explanation?.details ?? []).filter(
		({ column }) => plan.customer !== undefined || column !== "conversion_id",
	);
	const details = known.map((one) => ({
		...one,
		value: shownValue(one.column, one.value, world),
	}));
	return {
		...event,
		details: full && explanation ? [...noId, ...details] : null,
		empty: explanation?.empty ?? [],
		because:
			count === 0
				? null
				: `becomes ${count === 1 ? "1 conversion" : `${count} conversions`}: ${types.join(", ")}${why}`,
	};
}

/** Columns that hold what people are or wrote; shown by their shape unless asked for. */
const PERSONAL = new Set(["identity_fragments", "landing_page", "referrer"]);

function shownValue(column: string, value: string, world: World): string {
	return PERSONAL.has(column) && !world.showValues && !/^\d+$/.test(value) ? maskValue(value) : value;
}

function masked(event: PreviewedRow["event"], world: World): PreviewedRow["event"] {
	if (world.showValues) return event;
	const hide = (conversion: Record<string, unknown>) =>
		Object.fromEntries(
			Object.entries(conversion).map(([name, value]) => [
				name,
				PERSONAL.has(name) && value != null ? maskedDeep(value) : value,
			]),
		);
	return { ...event, conversions: event.conversions.map(hide) };
}

function maskedDeep(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(maskedDeep);
	if (typeof value !== "object" || value === null) return typeof value === "string" ? maskValue(value) : value;
	return Object.fromEntries(
		Object.entries(value).map(([name, one]) => [
			name,
			name === "type" || name === "source_field" ? one : maskedDeep(one),
		]),
	);
}

function whole(text: string, where: string): number {
	const number = Number(text);
	if (/^\d{1,6}$/.test(text) && number > 0) return number;
	throw new ConnectorError("config.usage", `${text} is no number of rows`, {
		where,
		why: "it is a whole number from 1",
		next: `${where} 4`,
	});
}
