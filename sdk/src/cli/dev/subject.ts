/** Which connector is tried, which of its files run, and which are watched. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { ConnectorError } from "../../errors.ts";
import { type Connector, connectorAround, findConnector } from "../../pipeline/connectors/connectors.ts";
import type { World } from "../world.ts";

export interface Subject {
	name: string;
	/** The package, which errors count their places from. */
	folder: string;
	/** Its sources where this Node runs them, else what was built of them. */
	module: string;
	/** Null where settings are given. */
	demo: string | null;
	/** The settings, as they were named. */
	config: string | undefined;
	/** Of its sources, watched with all that lies in it. */
	sources: string;
	/** Its compiler and its settings, where it has both. */
	compiler: { tsc: string; project: string } | undefined;
}

/** `argument`: a folder, a connector's name or a package. Throws where there is none, or nothing to read from. */
export async function subjectOf(argument: string, config: string | undefined, world: World): Promise<Subject> {
	const { host } = world;
	const path = resolve(host.cwd, argument);
	const isFolder = existsSync(path) && statSync(path).isDirectory();
	const connector = isFolder
		? ((await connectorAround(path, "source", host)) ?? noPackage(argument, world))
		: await findConnector({ connector: argument }, "source", host);
	const { module, demo, folder } = connector;
	if (module === undefined || folder === undefined) throw noModule(connector);
	if (demo === undefined && config === undefined) throw noDemo(connector);
	const source = sourceOf(module, folder);
	return {
		name: connector.name,
		folder,
		module: source,
		demo: config === undefined ? sourceOf(demo!, folder) : null,
		config,
		sources: dirname(source),
		compiler: source === module ? undefined : compilerOf(folder),
	};
}

/** `src/x.ts` where `dist/x.js` is made of it. Node runs no TypeScript from inside of node_modules. */
function sourceOf(built: string, folder: string): string {
	const inside = relative(folder, built).split(sep);
	if (inside[0] !== "dist" || folder.split(sep).includes("node_modules")) return built;
	const source = join(folder, "src", ...inside.slice(1)).replace(/\.js$/, ".ts");
	return existsSync(source) ? source : built;
}

function compilerOf(folder: string): Subject["compiler"] {
	const project = join(folder, "tsconfig.json");
	const tsc = above(folder, join("node_modules", "typescript", "bin", "tsc"));
	return tsc === undefined || !existsSync(project) ? undefined : { tsc, project };
}

function above(folder: string, path: string): string | undefined {
	const found = join(folder, path);
	if (existsSync(found)) return found;
	return dirname(folder) === folder ? undefined : above(dirname(folder), path);
}

function noPackage(argument: string, { terminal }: World): never {
	throw new ConnectorError("config.no_connector_here", "No connector lies in this folder, or above it", {
		where: argument,
		why: "no package.json here has a growthnav field",
		next: `${terminal.command} new <name> makes one; or name one: ${terminal.command} dev <name>`,
	});
}

function noModule({ name }: Connector): ConnectorError {
	return new ConnectorError("config.no_sources", `${name} has no sources to watch`, {
		why: "it is a command, not a package",
		next: "name the folder of a connector, or its package",
	});
}

function noDemo({ name }: Connector): ConnectorError {
	return new ConnectorError("config.no_demo", `${name} has no demo`, {
		why: "its package exports no ./demo",
		next: "give its settings: --config <file>",
	});
}
