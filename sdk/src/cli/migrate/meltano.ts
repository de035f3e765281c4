/** An extractor of a Meltano project as a pipeline: its tap behind the bridge, its settings, its streams, its state. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { Json, JsonObject, PipelineStream, StatePayload } from "@growthnav/spec";
import { listOf } from "../../nearest.ts";
import { isObject } from "../../pipeline/file/shape.ts";
import { meltanoSettings } from "./meltano-settings.ts";
import { type Became, exportError, type Left, type Move, nameFrom, type Placed } from "./move.ts";

export interface MeltanoAsked {
	project: Placed<JsonObject>;
	/** Where meltano.yml stands. */
	folder: string;
	/** Where the pipeline file will stand: programs of the project are named from there. */
	out: string;
	/** Names of the variables in the project's .env. */
	variables: readonly string[];
	extractor: string | undefined;
	/** What `meltano state get` printed. */
	state: Placed | undefined;
}

export function fromMeltano(asked: MeltanoAsked): Move {
	const { project } = asked;
	const plugin = extractorOf(asked);
	const name = String(plugin.name);
	const [became, left]: [Became[], Left[]] = [[], []];
	const where = `${project.where}, extractor ${name}`;
	const prefix = `${name.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_`;
	const config = meltanoSettings(isObject(plugin.config) ? plugin.config : {}, prefix, asked.variables, left);
	const streams = streamsOf(plugin, left);
	for (const [stream, { mode = "as the tap suggests" }] of Object.entries(streams ?? {})) {
		became.push({ what: `${stream}, ${mode}`, becomes: `streams.${stream}` });
	}
	if (project.value.include_paths !== undefined) left.push({ what: "include_paths", why: "only meltano.yml was read" });
	const program = programOf(plugin, asked);
	return {
		from: "Meltano",
		name: nameFrom(name.replace(/^tap-/, "")),
		source: { connector: `singer:${/\s/.test(program) ? JSON.stringify(program) : program}` },
		program: name,
		config: { value: config, where },
		variable: (path) =>
			prefix +
			path
				.join("_")
				.toUpperCase()
				.replace(/[^A-Z0-9]+/g, "_"),
		streams,
		every: everyOf(asked.project.value, name, left),
		states: stateOf(asked.state, left),
		became,
		left,
	};
}

/** The one that is named, or the only one; with what the default environment says of it. */
function extractorOf({ project: { value, where }, extractor }: MeltanoAsked): JsonObject {
	const known = pluginsIn(value);
	const names = known.map(({ name }) => String(name));
	const found = extractor === undefined && known.length === 1 ? known[0] : known.find(({ name }) => name === extractor);
	if (found === undefined) {
		throw exportError(
			extractor === undefined
				? "It is not said which extractor to migrate"
				: `The project has no extractor ${extractor}`,
			`${where}, plugins.extractors`,
			names.length === 0 ? "it has none" : `it has ${listOf(names)}`,
			names.length === 0 ? "name a project with an extractor" : `add --extractor ${names[0]}`,
		);
	}
	const parent = known.find(({ name }) => name === found.inherit_from);
	const environments = Array.isArray(value.environments) ? value.environments.filter(isObject) : [];
	const environment = environments.find(({ name }) => name === value.default_environment);
	const inner = isObject(environment?.config) ? pluginsIn(environment.config) : [];
	return [parent, found, inner.find(({ name }) => name === found.name)].reduce<JsonObject>(over, {});
}

function over(before: JsonObject, more: JsonObject | undefined): JsonObject {
	const merged = (key: string): JsonObject => {
		const [one, other] = [before[key], more?.[key]];
		return isObject(one) && isObject(other) ? { [key]: { ...one, ...other } } : {};
	};
	return { ...before, ...more, ...merged("config"), ...merged("metadata") };
}

function pluginsIn(value: JsonObject): JsonObject[] {
	const extractors = isObject(value.plugins) ? value.plugins.extractors : undefined;
	return Array.isArray(extractors) ? extractors.filter(isObject) : [];
}

/** The program in the project's own environment, or on the PATH. */
function programOf(plugin: JsonObject, { folder, out }: MeltanoAsked): string {
	const [name, parent] = [String(plugin.name), plugin.inherit_from];
	const executable = String(plugin.executable ?? parent ?? name).replace(/^\.\//, "");
	for (const owner of [name, parent]) {
		const installed = join(folder, ".meltano", "extractors", String(owner), "venv", "bin", executable);
		if (existsSync(installed)) return `./${relative(out, installed)}`;
	}
	return executable;
}

const GLOB = /[*?[]/;

/** `select` names streams and fields; `metadata` says how they are replicated. Undefined: all streams. */
function streamsOf(plugin: JsonObject, left: Left[]): Record<string, PipelineStream> | undefined {
	const patterns = (Array.isArray(plugin.select) ? plugin.select : []).map(String);
	const parts = patterns.map((pattern) => pattern.split(/(?<!\\)\./).map((part) => part.replaceAll("\\.", ".")));
	const wanted = parts.filter(([stream = ""]) => !stream.startsWith("!")).map(([stream = ""]) => stream);
	const fields = patterns.filter((_, i) => parts[i]!.slice(1).some((field) => field !== "*"));
	if (fields.length > 0) left.push({ what: `select ${fields.join(", ")}`, why: "all fields of a stream are kept" });
	const all = wanted.length === 0 || wanted.some((stream) => GLOB.test(stream));
	const without = patterns.filter(
		(pattern, i) => /^!/.test(pattern) && !fields.includes(pattern) && parts[i]![0] !== "",
	);
	if (without.length > 0) left.push({ what: `select ${without.join(", ")}`, why: "name the wanted ones in streams" });
	const metadata = isObject(plugin.metadata) ? plugin.metadata : {};
	if (all) {
		for (const stream of Object.keys(metadata)) {
			left.push({
				what: `metadata of ${stream}`,
				why: "all streams are selected: say it below streams, with the others",
			});
		}
		return undefined;
	}
	const unknown = Object.keys(metadata).filter((stream) => !wanted.includes(stream));
	for (const stream of unknown) left.push({ what: `metadata of ${stream}`, why: "select does not name the stream" });
	return Object.fromEntries(wanted.map((stream) => [stream, wishOf(metadata[stream], stream, left)]));
}

function wishOf(metadata: Json | undefined, stream: string, left: Left[]): PipelineStream {
	if (!isObject(metadata)) return {};
	const method = metadata["replication-method"];
	const key = metadata["replication-key"];
	const keys = metadata["table-key-properties"] ?? metadata["view-key-properties"];
	if (method === "LOG_BASED") left.push({ what: `${stream}: LOG_BASED`, why: "read as the tap reads incrementally" });
	const mode = method === "FULL_TABLE" ? "full_refresh" : typeof method === "string" ? "incremental" : undefined;
	return {
		...(mode !== undefined && { mode }),
		...(typeof key === "string" && mode !== "full_refresh" && { cursor: key }),
		...(Array.isArray(keys) && keys.length > 0 && { key: keys.map(String) }),
	};
}

/** A tap has one state for all. It is a GLOBAL one until the tap says where each stream stands. */
function stateOf(state: Placed | undefined, left: Left[]): StatePayload[] {
	if (state === undefined) {
		left.push({ what: "a state", why: "none was given: meltano state get <id> > state.json, then --state state.json" });
		return [];
	}
	const { value, where } = state;
	const outer = isObject(value) && isObject(value.completed_state) ? value.completed_state : value;
	const inner = isObject(outer) && isObject(outer.singer_state) ? outer.singer_state : outer;
	if (!isObject(inner) || (inner === value && "type" in value)) {
		const next = "give what meltano state get prints";
		throw exportError("The state cannot be taken over", where, "it is no state of a Singer tap", next);
	}
	if (Object.keys(inner).length === 0) return [];
	const names = Object.keys(isObject(inner.bookmarks) ? inner.bookmarks : {});
	const stream_states = names.map((name) => ({ stream_descriptor: { name }, stream_state: { n: 0 } }));
	return [{ type: "GLOBAL", global: { shared_state: inner, stream_states } }];
}

const EVERY: Record<string, string> = { "@hourly": "1h", "@daily": "1d", "@weekly": "7d" };

function everyOf(project: JsonObject, extractor: string, left: Left[]): string | undefined {
	const schedules = Array.isArray(project.schedules) ? project.schedules.filter(isObject) : [];
	const own = schedules.find((one) => one.extractor === extractor);
	const interval = own?.interval;
	if (typeof interval !== "string") return undefined;
	if (EVERY[interval] === undefined)
		left.push({ what: `schedule ${interval}`, why: "cron itself starts growthnav run" });
	return EVERY[interval];
}
