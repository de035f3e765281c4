/** `<source>` on the command line: a pipeline file, a connector's name, an installed package or a command in quotes. */
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Json, JsonObject, Pipeline, PipelineDestination } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { loadPipeline, type PipelineFile, valueAt } from "../../pipeline/file/file.ts";
import { pathText } from "../../pipeline/host.ts";
import { parseJson } from "../../protocol/index.ts";
import { shellWord, type World } from "../world.ts";

const PIPELINE_FILE = /\.(ya?ml|json)$/i;

export function isPipelineFile(argument: string): boolean {
	return PIPELINE_FILE.test(argument) && !argument.includes(" ");
}

export interface GivenSource {
	config?: string;
	demo?: boolean;
}

/** A pipeline file as it is, or one made of the arguments, with a store that is never touched. Throws all that is wrong. */
export async function pipelineFor(argument: string, given: GivenSource, world: World): Promise<PipelineFile> {
	if (isPipelineFile(argument)) return loadedFile(argument, world);
	const config = given.config === undefined ? undefined : settingsFile(given.config, world);
	return madePipeline(
		{
			name: nameOf(argument),
			source: {
				...sourceOf(argument),
				...(given.demo === true && { demo: true as const }),
				...(config !== undefined && { config }),
			},
			destination: { connector: "duckdb" },
		},
		given.config ?? argument,
		world,
	);
}

/** The command that asks the same source: "growthnav preview square --demo". */
export function commandOf(verb: string, argument: string, given: GivenSource, { terminal, passOn }: World): string {
	const config = given.config === undefined ? "" : ` --config ${shellWord(given.config)}`;
	return `${terminal.command} ${verb} ${shellWord(argument)}${given.demo ? " --demo" : ""}${config}${passOn}`;
}

/** Commands on the same pipeline file, or store, as next steps name them. */
export function commandsOn(argument: string, { terminal, passOn }: World) {
	const file = shellWord(argument);
	const { command } = terminal;
	return {
		again: `${command} run ${file}${passOn}`,
		discover: `${command} discover ${file}${passOn}`,
		rejects: () => `${command} rejects ${file}${passOn}`,
		reset: (stream: string) => `${command} state reset ${file} --stream ${shellWord(stream)}${passOn}`,
	};
}

/** Loads a pipeline file; throws what is wrong with it, the first with the others behind it. */
export async function loadedFile(path: string, world: World): Promise<PipelineFile> {
	const { file, errors } = await loadPipeline(path, world.host);
	if (file) return file;
	throw new AggregateError(errors, "the pipeline file has errors");
}

export function sourceOf(argument: string): { connector: string } {
	return { connector: argument };
}

export interface MadePipeline {
	name: string;
	customer?: string;
	source: Pipeline["source"];
	destination: PipelineDestination;
}

/** A pipeline that stands in no file: places in it are settings' names. */
export function madePipeline(made: MadePipeline, shownAs: string, world: World): PipelineFile {
	const where: PipelineFile["where"] = (path, part) => {
		const shown = pathText(part === "key" ? path.slice(0, -1) : path);
		return shown === "" ? shownAs : `${shownAs}, ${shown}`;
	};
	return {
		pipeline: { version: 1, ...made } as PipelineFile["pipeline"],
		file: shownAs,
		folder: world.host.cwd,
		where,
		at: () => shownAs,
	};
}

/** The settings of a connector from a JSON file. */
export function settingsFile(path: string, world: World): JsonObject {
	const absolute = resolve(world.host.cwd, path);
	const problem = (why: string) =>
		new ConnectorError("config.file_unreadable", `${path} cannot be read`, {
			where: path,
			why,
			next: "name a JSON file with the connector's settings",
		});
	if (!existsSync(absolute)) throw problem("there is no such file");
	let value: Json;
	try {
		value = parseJson(readFileSync(absolute, "utf8"));
	} catch (thrown) {
		throw problem(thrown instanceof Error ? thrown.message : "it is no JSON");
	}
	if (valueAt(value, []) === null || typeof value !== "object" || Array.isArray(value))
		throw problem("it is no object");
	return value as JsonObject;
}

/** Letters that a connection may have. */
export function nameOf(argument: string): string {
	return basename(argument.trim().split(/\s+/)[0] ?? "source")
		.replace(/[^\w.-]/g, "_")
		.slice(0, 100);
}

export function inFolder(world: World, name: string): string {
	return join(world.host.cwd, name);
}
