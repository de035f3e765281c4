/** From what a person names (a connector, a package, a command) to how it is started. Knows no connector by name. */
import { access, constants } from "node:fs/promises";
import { basename, delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { RegistryEntry } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import type { Host } from "../host.ts";
import { commandWords } from "./command-words.ts";
import { type ConnectorPackage, findPackage, installedPackages, packageAround, readRegistry } from "./packages.ts";

export type ConnectorKind = "source" | "destination";

export interface Connector {
	kind: ConnectorKind;
	/** "square"; for a command the name of its program. */
	name: string;
	/** For messages: "source-square". */
	program: string;
	/** Program and first arguments; the command (`read`, `write`, …) follows, or stands where `{args}` does. */
	argv: string[];
	foundIn: "registry" | "node_modules" | "command";
	/** Built on this SDK: it knows our additions to the protocol. Commands are asked by `spec`. */
	ours: boolean;
	package?: string;
	version?: string;
	title?: string;
	owner?: string;
	status?: string;
	/** Its folder and its own module, for trials. */
	folder?: string;
	module?: string;
	/** Module that exports `start()`, its scripted source. */
	demo?: string;
	/** The demo is one of those that run when none is named. */
	tour: boolean;
	/** Destinations that are one file: endings of that file. */
	fileExtensions: string[];
	entry?: RegistryEntry;
}

export interface ConnectorReference {
	/** Registry name, package, or a command as one text with spaces. */
	connector?: string;
	command?: string[];
}

type World = Pick<Host, "cwd" | "env" | "node" | "platform">;

/** Throws config.unknown_connector, config.connector_not_installed or config.command. */
export async function findConnector(
	reference: ConnectorReference,
	kind: ConnectorKind,
	host: World,
): Promise<Connector> {
	if (reference.command) return fromCommand(reference.command, kind);
	const name = reference.connector ?? "";
	if (SINGER.test(name)) return fromSinger(name.replace(SINGER, ""), kind, host.node);
	if (/\s/.test(name.trim()) || /^\.{0,2}[/\\]/.test(name)) return fromCommand(commandWords(name), kind);
	const entry = (await readRegistry())?.connectors.find((one) => one.kind === kind && isNamed(one, name));
	const found = entry
		? await findPackage(entry.package, host.cwd)
		: ((await findPackage(name, host.cwd)) ?? (await installedUnder(name, kind, host.cwd)));
	if (found) return fromPackage(found, kind, host.node, entry);
	if (entry) throw notInstalled(entry);
	if (name.startsWith(`${kind}-`) && (await isOnPath(name, host))) return fromCommand([name], kind);
	throw await unknown(name, kind, host.cwd);
}

/** The connector whose package a folder is, or lies in; undefined where it lies in none. */
export async function connectorAround(
	folder: string,
	kind: ConnectorKind,
	host: World,
): Promise<Connector | undefined> {
	const found = await packageAround(folder);
	return found && fromPackage(found, kind, host.node, undefined);
}

/** Everything that can be read or written here, by name: the registry's connectors and other installed packages. */
export async function listConnectors(host: World): Promise<Connector[]> {
	const entries = (await readRegistry())?.connectors ?? [];
	const packages = await installedPackages(host.cwd);
	const connectors = packages.flatMap((one) =>
		kindsOf(one).map((kind) =>
			fromPackage(
				one,
				kind,
				host.node,
				entries.find((entry) => entry.package === one.name && entry.kind === kind),
			),
		),
	);
	return connectors.sort((a, b) => (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind === "source" ? -1 : 1));
}

function isNamed(entry: RegistryEntry, name: string): boolean {
	return entry.name === name || entry.package === name || entry.bin === name;
}

async function installedUnder(name: string, kind: ConnectorKind, cwd: string): Promise<ConnectorPackage | undefined> {
	const bin = name.startsWith(`${kind}-`) ? name : `${kind}-${name}`;
	return (await installedPackages(cwd)).find((one) => one.bin[bin] !== undefined);
}

function kindsOf(one: ConnectorPackage): ConnectorKind[] {
	return (["source", "destination"] as const).filter((kind) => binOf(one, kind) !== undefined);
}

function binOf(one: ConnectorPackage, kind: ConnectorKind): string | undefined {
	return Object.keys(one.bin).find((name) => name.startsWith(`${kind}-`));
}

function fromPackage(
	found: ConnectorPackage,
	kind: ConnectorKind,
	node: string,
	entry: RegistryEntry | undefined,
): Connector {
	const bin = entry?.bin ?? binOf(found, kind);
	const file = bin === undefined ? undefined : found.bin[bin];
	if (bin === undefined || file === undefined) {
		throw new ConnectorError("config.unknown_connector", `${found.name} is no ${kind}`, {
			why: `it has no executable that is called ${kind}-...`,
			next: `name a ${kind}; growthnav connectors lists them`,
		});
	}
	const { title, owner, status } = found.growthnav;
	return {
		kind,
		name: bin.slice(kind.length + 1),
		program: bin,
		argv: [node, file],
		foundIn: entry ? "registry" : "node_modules",
		ours: true,
		package: found.name,
		version: found.version,
		...(title !== undefined && { title }),
		...(owner !== undefined && { owner }),
		...(status !== undefined && { status }),
		folder: found.folder,
		...(found.module !== undefined && { module: found.module }),
		...(found.demo !== undefined && { demo: found.demo }),
		tour: found.growthnav.tour === true,
		fileExtensions: found.growthnav.file_extensions ?? [],
		...(entry && { entry }),
	};
}

function fromCommand(argv: string[], kind: ConnectorKind): Connector {
	if (argv[0] === undefined || argv[0] === "") {
		throw new ConnectorError("config.command", "A command is empty", { why: "it names no program", next: "name one" });
	}
	const program = programOf(argv);
	const name = program.replace(new RegExp(`^${kind}-`), "");
	return { kind, name, program, argv, foundIn: "command", ours: false, tour: false, fileExtensions: [] };
}

/** In a command: `read --config …` stands here, and what follows stands behind it. */
export const OUR_ARGUMENTS = "{args}";

const SINGER = /^singer:\s*/;
const GROWTHNAV = fileURLToPath(new URL("../../../bin.js", import.meta.url));

/** A program of Singer, a tap or a target, behind the bridge that speaks our protocol for it. */
function fromSinger(line: string, kind: ConnectorKind, node: string): Connector {
	const argv = commandWords(line);
	const { program, ...command } = fromCommand(argv, kind);
	const role = kind === "source" ? "tap" : "target";
	const words = argv.map((word) => basename(word)).filter((word) => word.startsWith(`${role}-`));
	const shown = words[0]?.replace(/\.\w+$/, "") ?? program;
	return { ...command, program: shown, name: shown, argv: [node, GROWTHNAV, "bridge", role, line] };
}

const RUNNERS = /^(node|deno|bun|python[\d.]*|ruby|java|env|npx|uvx|docker|podman)$/;

/** What a command is called: `node ./source-x.mjs`, `docker run -i airbyte/source-x:1.2` and `source-x` are source-x. */
function programOf(argv: readonly string[]): string {
	const bare = (word: string) => basename(word).replace(/\.(m?[jt]s|py|exe|cmd|jar)$/i, "");
	const first = bare(argv[0] ?? "");
	if (!RUNNERS.test(first)) return first;
	const end = argv.indexOf(OUR_ARGUMENTS);
	const words = argv.slice(1, end < 0 ? undefined : end).filter((word) => !/^-|=/.test(word));
	const image = first === "docker" || first === "podman" ? words.at(-1)?.replace(/[:@][^/]*$/, "") : words[0];
	return image === undefined ? first : bare(image);
}

async function isOnPath(program: string, { env, platform }: World): Promise<boolean> {
	const endings = platform === "win32" ? ["", ".exe", ".cmd"] : [""];
	const files = (env.PATH ?? "")
		.split(delimiter)
		.flatMap((folder) => endings.map((end) => join(folder, program + end)));
	const found = files.filter((file) => file !== "").map((file) => access(resolve(file), constants.X_OK));
	return (await Promise.allSettled(found)).some(({ status }) => status === "fulfilled");
}

function notInstalled(entry: RegistryEntry): ConnectorError {
	return new ConnectorError("config.connector_not_installed", `${entry.name} is known but not installed here`, {
		why: `no node_modules above this folder or growthnav has ${entry.package}`,
		next: `npm install ${entry.package}`,
	});
}

async function unknown(name: string, kind: ConnectorKind, cwd: string): Promise<ConnectorError> {
	const entries = (await readRegistry())?.connectors ?? [];
	const installed = (await installedPackages(cwd)).flatMap((one) => binOf(one, kind)?.slice(kind.length + 1) ?? []);
	const known = [
		...new Set([...entries.filter((one) => one.kind === kind).map((one) => one.name), ...installed]),
	].sort();
	return new ConnectorError("config.unknown_connector", `There is no ${kind} called ${name}`, {
		why: `${kind}s here are ${listOf(known)}`,
		next: didYouMean(name, known) ?? "name one of them, an installed package, or a command in quotes",
	});
}
