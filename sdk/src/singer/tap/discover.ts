/** `spec`, `check` and `discover` of a tap: short starts of it, each of which answers and ends. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Catalog, ConnectionStatusPayload, Json, JsonObject, JsonSchema, SpecPayload } from "@growthnav/spec";
import { allErrors, ConnectorError } from "../../errors.ts";
import { openScratch, type Scratch } from "../../pipeline/connectors/scratch.ts";
import { isObject } from "../../pipeline/file/shape.ts";
import { failedStatus } from "../../protocol/connection-status.ts";
import { parseJson } from "../../protocol/index.ts";
import type { SingerCatalog } from "../messages.ts";
import { isSecretName, openSettings, type SingerSettings, settingsIn } from "../settings.ts";
import { catalogIn, ourCatalog, tapStreams } from "./catalog.ts";
import type { TapCommand } from "./command.ts";
import { readLog, tapFailed } from "./log.ts";
import { logger, startTap } from "./process.ts";
import { TAP_TIMES, type TapWorld } from "./world.ts";

const LARGEST = 256_000_000;

/** Work with a private folder, which goes with it. */
export async function withScratch<T>(world: TapWorld, work: (scratch: Scratch) => Promise<T>): Promise<T> {
	const scratch = await openScratch(world.host);
	try {
		return await work(scratch);
	} finally {
		await scratch.remove();
	}
}

/** Starts the tap and answers all of its stdout. Throws why it failed. */
async function outputOf(command: TapCommand, args: string[], world: TapWorld, where: string): Promise<string> {
	const tap = await startTap(command, args, world);
	try {
		const parts: Buffer[] = [];
		let bytes = 0;
		for await (const part of tap.child.stdout as AsyncIterable<Buffer>) {
			bytes += part.length;
			if (bytes > LARGEST) throw tooMuch(command, where);
			parts.push(part);
		}
		const { exit } = await tap.ended();
		world.signal.throwIfAborted();
		if (exit.code !== 0) throw tapFailed(exit, tap.words, tap.child.lastLines(), { program: command.program, where });
		return Buffer.concat(parts)
			.toString("utf8")
			.replace(/^\uFEFF/, "");
	} finally {
		await tap.close();
	}
}

function tooMuch({ program }: TapCommand, where: string): ConnectorError {
	return new ConnectorError("internal.tap_catalog", `${program} prints without an end`, {
		where,
		why: "its answer is longer than 256 MB",
		next: `see whether it knows the option: ${program} --help`,
	});
}

/** The catalog of the command, else what the tap discovers. What it printed beside it is told as LOG. */
export async function findCatalog(
	command: TapCommand,
	settings: SingerSettings,
	world: TapWorld,
): Promise<SingerCatalog> {
	if (command.catalog) return catalogFile(command.catalog.file, world.host.cwd);
	const where = `${command.program} --discover`;
	const text = await outputOf(command, ["--config", settings.file, "--discover"], world, where);
	const found = catalogIn(text);
	if (found === undefined) {
		throw new ConnectorError("internal.tap_catalog", `${command.program} --discover printed no catalog`, {
			where,
			why: text.trim() === "" ? "it ended well and printed nothing" : "what it printed has no list of streams",
			next: `report it to the author of ${command.program}, or give a catalog: --catalog catalog.json`,
		});
	}
	const log = logger(world);
	for (const line of found.others) log(readLog(line).level, line);
	return found.catalog;
}

async function catalogFile(file: string, cwd: string): Promise<SingerCatalog> {
	const text = await readFile(resolve(cwd, file), "utf8").catch((thrown: NodeJS.ErrnoException) => {
		throw unusable(file, thrown.code === "ENOENT" ? "there is no such file" : thrown.message);
	});
	const found = catalogIn(text.replace(/^\uFEFF/, ""));
	if (found === undefined) throw unusable(file, "it is no JSON with a list of streams");
	return found.catalog;
}

function unusable(file: string, why: string): ConnectorError {
	return new ConnectorError("config.tap_catalog", `${file} is no catalog of a tap`, {
		where: "--catalog",
		why,
		next: "give what the tap printed for --discover, or leave --catalog out",
	});
}

/** CONTROL where the tap renewed what it was given; a file of its own it keeps itself, as under any Singer runner. */
export async function tellRenewed(settings: SingerSettings, world: TapWorld): Promise<void> {
	const renewed = await settings.renewed();
	if (renewed === undefined) return;
	if (settings.isOwn) {
		const message = `the tap rewrote its settings: ${renewed.names.join(", ")}`;
		await world.say({ type: "LOG", log: { level: "INFO", message } });
		return;
	}
	const control = { type: "CONNECTOR_CONFIG", connectorConfig: { config: renewed.config } } as const;
	await world.say({ type: "CONTROL", control: { ...control, emitted_at: world.host.now() } });
	await world.written();
}

export async function discoverTap(command: TapCommand, config: JsonObject, world: TapWorld): Promise<Catalog> {
	return withScratch(world, async (scratch) => {
		const settings = await openSettings(command.configs, config, world.host.cwd, scratch);
		try {
			const catalog = await findCatalog(command, settings, world);
			return ourCatalog(tapStreams(catalog), command.catalog !== undefined);
		} finally {
			await tellRenewed(settings, world);
		}
	});
}

/** A tap is checked by its discovery, which is all that Singer has; not where a catalog stands in its place. */
export async function checkTap(
	command: TapCommand,
	config: JsonObject,
	world: TapWorld,
): Promise<ConnectionStatusPayload> {
	try {
		const { streams } = await discoverTap(command, config, world);
		const found = `${streams.length} ${streams.length === 1 ? "stream" : "streams"}`;
		const message = command.catalog
			? `${found} in ${command.catalog.file}, which stands for a discovery`
			: `${found} discovered`;
		return { status: "SUCCEEDED", message };
	} catch (thrown) {
		world.signal.throwIfAborted();
		return failedStatus(allErrors(thrown));
	}
}

/** From `--about --format=json`, which taps of Meltano's SDK answer; any other tap takes what it is given. */
export async function specTap(command: TapCommand, world: TapWorld): Promise<SpecPayload> {
	const quiet = { ...world, say: () => undefined };
	const late = AbortSignal.timeout(world.times?.about ?? TAP_TIMES.about);
	const about = await outputOf(
		command,
		["--about", "--format=json"],
		{ ...quiet, signal: AbortSignal.any([world.signal, late]) },
		`${command.program} --about`,
	).catch((thrown) => {
		world.signal.throwIfAborted();
		// a program that is not there is told; one that does not know the option is an ordinary tap
		if ((thrown as { code?: string }).code === "config.command_not_found") throw thrown;
		return "";
	});
	const given = await Promise.all(command.configs.map((file) => settingsIn(resolve(world.host.cwd, file), file)));
	const settings = settingsOf(about);
	return {
		connectionSpecification: connectionSpecification(settings, new Set(given.flatMap(Object.keys))),
		supportsIncremental: true,
	};
}

function settingsOf(about: string): JsonSchema {
	try {
		const value = parseJson(about.slice(Math.max(0, about.indexOf("{"))));
		const settings = isObject(value) ? value.settings : undefined;
		return isObject(settings) ? (settings as JsonSchema) : {};
	} catch {
		return {};
	}
}

/** `given`: settings that stand in files of the command, and so are no longer asked for. */
function connectionSpecification(settings: JsonSchema, given: ReadonlySet<string>): JsonSchema {
	const properties = Object.entries(settings.properties ?? {}).map(([name, schema]): [string, JsonSchema] => [
		name,
		withSecret(name, schema),
	]);
	const required = (Array.isArray(settings.required) ? settings.required : []).filter((name) => !given.has(name));
	return {
		type: "object",
		properties: Object.fromEntries(properties),
		...(required.length > 0 && { required }),
		additionalProperties: true,
	};
}

/** The SDK says secret, writeOnly or a format of password; older taps say it by the name alone. */
function withSecret(name: string, schema: JsonSchema): JsonSchema {
	if (!isObject(schema as Json)) return {};
	const types = [schema.type ?? "string"].flat();
	const said = schema.secret === true || schema.writeOnly === true || schema.format === "password";
	const isSecret = said || (isSecretName(name) && types.some((one) => one === "string" || one === "object"));
	if (!isObject(schema.properties as Json)) return isSecret ? { ...schema, airbyte_secret: true } : schema;
	const properties = Object.entries(schema.properties!).map(([inner, one]) => [inner, withSecret(inner, one)]);
	return { ...schema, ...(isSecret && { airbyte_secret: true }), properties: Object.fromEntries(properties) };
}
