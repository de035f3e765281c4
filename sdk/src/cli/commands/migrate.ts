/** `growthnav migrate`: a connection of Airbyte or Meltano as a pipeline file that goes on where it stopped. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseEnv } from "node:util";
import type { Json, JsonObject, JsonSchema } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { commandWords } from "../../pipeline/connectors/command-words.ts";
import { findConnector } from "../../pipeline/connectors/connectors.ts";
import { askSpec } from "../../pipeline/connectors/one-shot.ts";
import { readRegistry } from "../../pipeline/connectors/packages.ts";
import { openScratch } from "../../pipeline/connectors/scratch.ts";
import { isReference } from "../../pipeline/file/references.ts";
import { beginState } from "../../pipeline/state.ts";
import { readExport, readValue } from "../migrate/files.ts";
import type { Left, Move } from "../migrate/move.ts";
import { pipelineText } from "../migrate/pipeline-text.ts";
import { withReferences } from "../migrate/settings.ts";
import { migrateScreen } from "../screen/migrate.ts";
import type { World } from "../world.ts";
import { withStore } from "./planned.ts";
import { settingsFile } from "./source-argument.ts";

interface MigrateOptions {
	customer?: string;
	name?: string;
	source?: string;
	extractor?: string;
	state?: string;
	destination?: string;
	destinationConfig?: string;
	out?: string;
}

export async function migrate(world: World, options: MigrateOptions, [given]: [string]): Promise<number> {
	const customer = customerOf(options);
	const folder = options.out === undefined ? world.host.cwd : dirname(resolve(world.host.cwd, options.out));
	const move = await moveOf(given, folder, options, world);
	const name = options.name ?? move.name;
	const file = options.out ?? `${name}.yaml`;
	if (existsSync(resolve(world.host.cwd, file))) throw notWritten(file, { code: "EEXIST" });
	const spec = await specOf(move, folder, world);
	if (spec === undefined) move.left.push(UNASKED);
	const { config, secrets } = withReferences(move, spec);
	const destination = await destinationOf(options, world);
	const text = await pipelineText(move, { name, customer, destination, config });
	await suggest(move);
	const ledger = await writeAndBegin(file, text, move, world);
	const references = referencesIn(config);
	world.tell({
		event: "migrated",
		from: move.from,
		name,
		file: resolve(world.host.cwd, file),
		streams: move.streams === undefined ? null : Object.keys(move.streams),
		states: move.states.length,
		variables: references,
		left: move.left.map(({ what, why }) => `${what}: ${why}`),
	});
	world.say(...migrateScreen({ move, file, config, secrets, references, ledger }, world));
	return 0;
}

/** Whose data it is stands in no export, and is nothing to guess. */
function customerOf({ customer }: MigrateOptions): string {
	if (customer !== undefined && /^[a-z0-9_]{1,64}$/.test(customer)) return customer;
	const isMissing = customer === undefined;
	throw new ConnectorError(
		isMissing ? "config.missing" : "config.wrong_value",
		isMissing ? "It is not said whose data this is" : `${customer} cannot be the name of a customer`,
		{
			where: "--customer",
			why: isMissing
				? "every conversion is of one, and no export says of which"
				: "it must be 1 to 64 small letters, digits and _",
			next: "add --customer and a name: --customer acme",
		},
	);
}

async function moveOf(given: string, out: string, options: MigrateOptions, world: World): Promise<Move> {
	const found = await readExport(given, world.host.cwd);
	const stateFile = options.state;
	const state =
		stateFile === undefined
			? undefined
			: { value: await readValue(resolve(world.host.cwd, stateFile), stateFile), where: stateFile };
	if (found.kind === "airbyte") {
		const { fromAirbyte } = await import("../migrate/airbyte.ts");
		return fromAirbyte([...found.files, ...(state === undefined ? [] : [state])], given, options.source);
	}
	const { fromMeltano } = await import("../migrate/meltano.ts");
	const { project, folder } = found;
	const env = resolve(folder, ".env");
	const variables = existsSync(env) ? Object.keys(parseEnv(readFileSync(env, "utf8"))) : [];
	return fromMeltano({ project, folder, out, variables, extractor: options.extractor, state });
}

const UNASKED: Left = {
	what: "the source's own word on its secrets",
	why: "it cannot be started here: settings that are called like secrets are references",
};

/** Which settings are secrets, the source knows best. Undefined where it cannot be asked here. */
async function specOf({ source }: Move, folder: string, { host, signal }: World): Promise<JsonSchema | undefined> {
	const scratch = await openScratch(host);
	try {
		const connector = await findConnector(source, "source", host);
		return (await askSpec({ connector, folder, host, scratch, signal, deadline: 60 })).connectionSpecification;
	} catch {
		signal.throwIfAborted();
		return undefined;
	} finally {
		await scratch.remove();
	}
}

/** Known before anything is written: the file it would be wrong in is gone again when that is told. */
async function destinationOf(options: MigrateOptions, world: World): Promise<Json> {
	const connector = options.destination ?? "duckdb";
	await findConnector({ connector }, "destination", world.host);
	const isCommand = /\s/.test(connector) && !connector.startsWith("singer:");
	const named = isCommand ? { command: commandWords(connector) } : { connector };
	if (options.destinationConfig === undefined) return isCommand ? named : connector;
	return { ...named, config: settingsFile(options.destinationConfig, world) };
}

/** A connector of ours for the same vendor is told; it would read all again. */
async function suggest(move: Move): Promise<void> {
	const vendor = basename(move.program)
		.replace(/^(source|tap)-/, "")
		.replace(/[:@].*$/, "");
	const own = (await readRegistry())?.connectors.find(({ kind, name }) => kind === "source" && name === vendor);
	if (own === undefined) return;
	const why = "its settings and states are its own: a pipeline with it reads from the start";
	move.left.push({ what: `${own.title} by growthnav itself (${own.name})`, why });
}

/** Both or neither. Answers where the states are. */
async function writeAndBegin(file: string, text: string, move: Move, world: World): Promise<string> {
	const absolute = resolve(world.host.cwd, file);
	try {
		writeFileSync(absolute, text, { flag: "wx" });
	} catch (thrown) {
		throw notWritten(file, thrown);
	}
	try {
		let ledger = "";
		await withStore(file, world, async (plan) => {
			const { path } = plan.destination.config;
			ledger = plan.destination.connector.ours
				? `the ledger of ${typeof path === "string" ? basename(path) : plan.destination.connector.name}`
				: `.growthnav/${basename(plan.runs.path)}/state.json`;
			await beginState(plan, move.states);
		});
		return ledger;
	} catch (thrown) {
		rmSync(absolute, { force: true });
		throw thrown;
	}
}

function notWritten(file: string, thrown: unknown): ConnectorError {
	const { code, message } = thrown as NodeJS.ErrnoException;
	const there = code === "EEXIST";
	return new ConnectorError("config.file_exists", there ? `${file} is there already` : `${file} cannot be written`, {
		where: file,
		why: there ? "a pipeline file is not overwritten" : message,
		next: "choose another file with --out, or another name with --name",
		cause: thrown,
	});
}

function referencesIn(value: Json): string[] {
	if (typeof value === "string") return isReference(value) ? [value] : [];
	if (Array.isArray(value)) return value.flatMap(referencesIn);
	if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return [];
	return [...new Set(Object.values(value as JsonObject).flatMap((one) => referencesIn(one as Json)))];
}
