/** `growthnav discover`: streams, keys, cursors and the conversions they make. */
import type { ConfiguredStream, ConversionMapping } from "@growthnav/spec";
import { columnsOf } from "../../destination/schema-columns.ts";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import type { RunEvent } from "../../pipeline/events.ts";
import { askCheck } from "../../pipeline/one-shot.ts";
import type { SourcePlan } from "../../pipeline/plan.ts";
import { configureFor, discoverStreams } from "../../pipeline/preview.ts";
import { columnsScreen, discoverScreen } from "../screen/connectors.ts";
import { jsonLine } from "../screen/screen.ts";
import { nextLines } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { withSource } from "./planned.ts";
import type { GivenSource } from "./source-argument.ts";

interface DiscoverOptions extends GivenSource {
	stream?: string;
	mapping?: boolean;
}

type StreamEvent = Extract<RunEvent, { event: "stream" }>;

export async function discover(world: World, options: DiscoverOptions, [argument]: [string]): Promise<number> {
	await withSource(argument, options, world, async (plan) => {
		const streams = configureFor(plan, await discoverStreams(plan));
		if (options.stream !== undefined) return oneStream(streams, options, plan, world);
		if (world.terminal.mode === "json") {
			for (const stream of streams) world.terminal.out(jsonLine(eventOf(stream), world.terminal.now(), null, null));
			return;
		}
		world.say(await headLine(plan), "", ...discoverScreen(streams.map(eventOf), world.terminal.outStyle));
		const again = `${world.terminal.command} preview ${argument}${options.demo ? " --demo" : ""}${options.config ? ` --config ${options.config}` : ""}`;
		world.say(
			"",
			"Add   --stream <name>              its columns and types",
			"      --stream <name> --mapping    its mapping as YAML, for a pipeline file",
			...nextLines([{ command: again, shows: "" }], world.terminal.outStyle).slice(1),
		);
	});
	return 0;
}

async function headLine({ source }: SourcePlan): Promise<string> {
	const { connector, ask, config } = source;
	const checked = await askCheck(ask, config);
	const version = connector.version === undefined ? "" : ` ${connector.version}`;
	const says = checked.status === "SUCCEEDED" && checked.message ? `   ${checked.message}` : "";
	return `${connector.name}${version}${says}`;
}

async function oneStream(streams: ConfiguredStream[], options: DiscoverOptions, plan: SourcePlan, world: World) {
	const found = streams.find(({ stream }) => stream.name === options.stream);
	if (!found) throw unknownStream(options.stream!, streams, plan);
	if (options.mapping) return world.say(await mappingYaml(found));
	if (world.terminal.mode === "json")
		return world.terminal.out(jsonLine(eventOf(found), world.terminal.now(), null, null));
	world.say(...columnsScreen(eventOf(found), world.terminal.outStyle));
}

/** The stream's conversions as they may stand in a pipeline file. */
async function mappingYaml({ stream }: ConfiguredStream): Promise<string> {
	const { stringify } = await import("yaml");
	return stringify(
		{ streams: { [stream.name]: { conversions: stream.conversions ?? [] } } },
		{ lineWidth: 80 },
	).trimEnd();
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

/** "purchase when state is COMPLETED" */
function mappingWords({ type, when }: ConversionMapping): string {
	const lines = Object.entries(when ?? {}).map(([path, condition]) => `${path} is ${words(condition)}`);
	return lines.length === 0 ? type : `${type} when ${lines.join(" and ")}`;
}

function words(condition: unknown): string {
	if (Array.isArray(condition)) return listOf(condition.map(String));
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
