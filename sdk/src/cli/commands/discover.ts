/** `growthnav discover`: streams, keys, cursors and the conversions they make. */
import type { ConfiguredStream, ConversionMapping } from "@growthnav/spec";
import { columnsOf } from "../../destination/tables/schema-columns.ts";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import { asOne } from "../../pipeline/connectors/death.ts";
import { askCheck } from "../../pipeline/connectors/one-shot.ts";
import type { RunEvent } from "../../pipeline/events.ts";
import type { SourcePlan } from "../../pipeline/file/plan.ts";
import { discoverStreams, tryConfigure } from "../../pipeline/preview.ts";
import { visible } from "../../visible.ts";
import { columnsScreen, discoverScreen } from "../screen/connectors.ts";
import { nextLines } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { withSource } from "./planned.ts";
import { commandOf, type GivenSource } from "./source-argument.ts";

interface DiscoverOptions extends GivenSource {
	stream?: string;
	mapping?: boolean;
}

type StreamEvent = Extract<RunEvent, { event: "stream" }>;

/** What is wrong with a pipeline file's wishes is told after the list: its errors send people here. */
export async function discover(world: World, options: DiscoverOptions, [argument]: [string]): Promise<number> {
	await withSource(argument, options, world, async (plan) => {
		const offered = await discoverStreams(plan);
		const { streams, errors } = tryConfigure(plan, offered);
		const all = errors.length === 0 ? streams : tryConfigure({ ...plan, streams: undefined }, offered).streams;
		if (options.stream === undefined) await allStreams(all, options, argument, plan, world);
		else await oneStream(all, options, plan, world);
		if (errors.length > 0) throw asOne(errors);
	});
	return 0;
}

async function allStreams(
	streams: ConfiguredStream[],
	options: DiscoverOptions,
	argument: string,
	plan: SourcePlan,
	world: World,
): Promise<void> {
	for (const stream of streams) world.tell(eventOf(stream));
	if (world.terminal.mode === "json") return;
	const style = world.terminal.outStyle;
	const example = exampleOf(streams);
	const width = Math.max(0, example.length - "orders".length);
	world.say(
		await headLine(plan),
		"",
		...discoverScreen(streams.map(eventOf), style),
		"",
		`${style.bold("Add")}   --stream ${example}              its columns and types`,
		`      --stream ${example} --mapping    its mapping as YAML${width > 14 ? "" : ", for a pipeline file"}`,
		...nextLines([{ command: commandOf("preview", argument, options, world), shows: "" }], style).slice(1),
	);
}

/** A stream that has a mapping to look at. */
function exampleOf(streams: ConfiguredStream[]): string {
	const converting = streams.find(({ stream }) => (stream.conversions ?? []).length > 0);
	return visible((converting ?? streams[0])?.stream.name ?? "<name>");
}

async function headLine({ source }: SourcePlan): Promise<string> {
	const { connector, ask, config } = source;
	const checked = await askCheck(ask, config);
	const version = connector.version === undefined ? "" : ` ${connector.version}`;
	const says = checked.status === "SUCCEEDED" && checked.message ? `   ${checked.message}` : "";
	return visible(`${connector.name}${version}${says}`);
}

async function oneStream(streams: ConfiguredStream[], options: DiscoverOptions, plan: SourcePlan, world: World) {
	const found = streams.find(({ stream }) => stream.name === options.stream);
	if (!found) throw unknownStream(options.stream!, streams, plan);
	world.tell(eventOf(found));
	world.say(...(options.mapping ? await mappingYaml(found) : columnsScreen(eventOf(found), world.terminal.outStyle)));
}

/** The stream's conversions as they may stand in a pipeline file. */
async function mappingYaml({ stream }: ConfiguredStream): Promise<string[]> {
	const { stringify } = await import("yaml");
	const text = stringify({ streams: { [stream.name]: { conversions: stream.conversions ?? [] } } }, { lineWidth: 80 });
	return text.trimEnd().split("\n").map(visible);
}

function eventOf({ stream, primary_key, cursor_field }: ConfiguredStream): StreamEvent {
	const key = (primary_key ?? []).map((path) => path.join("."));
	const names = Object.keys(stream.json_schema.properties ?? {});
	const columns = columnsOf(stream.json_schema, new Map(names.map((name) => [name, name])));
	return {
		event: "stream",
		stream: stream.name,
		key,
		cursor: cursor_field?.join(".") ?? null,
		modes: stream.supported_sync_modes,
		conversions: (stream.conversions ?? []).map(mappingWords),
		note: stream.note ?? null,
		columns: columns.map(({ property, type }) => ({ name: property, type })),
	};
}

/** "purchase when state is COMPLETED", "refund for each of refunds" */
function mappingWords({ type, when, each }: ConversionMapping): string {
	const lines = Object.entries(when ?? {}).map(([path, condition]) => `${path} is ${words(condition)}`);
	const rows = each === undefined ? type : `${type} for each of ${Object.values(each)[0]}`;
	return lines.length === 0 ? rows : `${rows} when ${lines.join(" and ")}`;
}

function words(condition: unknown): string {
	if (Array.isArray(condition)) return condition.map(String).join(" or ");
	if (typeof condition !== "object" || condition === null) return String(condition);
	if ("exists" in condition) return condition.exists ? "there" : "absent";
	return `not ${words((condition as { not: unknown }).not)}`;
}

function unknownStream(name: string, streams: ConfiguredStream[], { source }: SourcePlan): ConnectorError {
	const known = streams.map(({ stream }) => stream.name);
	return new ConnectorError("config.unknown_stream", `${source.connector.name} has no stream ${name}`, {
		where: "--stream",
		why: `there are ${listOf(known)}`,
		next: didYouMean(name, known) ?? "name one of them",
	});
}
