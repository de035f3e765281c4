/** Packages on this machine that are connectors: their package.json has a `growthnav` field. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Registry } from "@growthnav/spec";

export interface ConnectorPackage {
	name: string;
	version: string;
	folder: string;
	/** Executables by name, as absolute files. */
	bin: Record<string, string>;
	/** The module of the package itself. */
	module: string | undefined;
	/** The module behind `./demo`; undefined without one. */
	demo: string | undefined;
	/** What is written by hand in its package.json. */
	growthnav: {
		title?: string;
		owner?: string;
		status?: string;
		docs?: string;
		file_extensions?: string[];
		reads?: string;
		conversions?: string;
		/** Its demo is a part of `growthnav demo` without a name. */
		tour?: boolean;
	};
}

/** The folder of growthnav's own package, from `src/pipeline` and from `dist/pipeline`. */
const SDK = resolve(import.meta.dirname, "../../..");

/** registry.json beside growthnav's package, or at the root of its workspace; undefined where there is none. */
export async function readRegistry(): Promise<Registry | undefined> {
	for (const file of [join(SDK, "registry.json"), join(SDK, "../registry.json")]) {
		const registry = (await readJson(file)) as Registry | undefined;
		if (registry !== undefined) return registry;
	}
	return undefined;
}

/** A connector package by its exact name: the one that `cwd` lies in, one that is installed there, else beside growthnav. */
export async function findPackage(name: string, cwd: string): Promise<ConnectorPackage | undefined> {
	if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(name)) return undefined;
	const around = await packageAround(cwd);
	if (around?.name === name) return around;
	for (const folder of await moduleFolders(cwd)) {
		const found = await readPackage(join(folder, name));
		if (found) return found;
	}
	return undefined;
}

/** Every connector package that is installed, or that `cwd` lies in; each once, the nearest to `cwd` first. */
export async function installedPackages(cwd: string): Promise<ConnectorPackage[]> {
	const found = new Map<string, ConnectorPackage>();
	const around = await packageAround(cwd);
	if (around) found.set(around.name, around);
	for (const folder of await moduleFolders(cwd)) {
		const names = await packageNames(folder);
		for (const one of await Promise.all(names.map((name) => readPackage(join(folder, name))))) {
			if (one && !found.has(one.name)) found.set(one.name, one);
		}
	}
	return [...found.values()];
}

/** The connector in whose own folder one stands: its author has it nowhere else. */
export async function packageAround(cwd: string): Promise<ConnectorPackage | undefined> {
	for (const folder of withParents(resolve(cwd))) {
		const found = await readPackage(folder);
		if (found) return found;
	}
	return undefined;
}

async function moduleFolders(cwd: string): Promise<string[]> {
	const starts = [resolve(cwd), SDK, await realpath(SDK)];
	return [...new Set(starts.flatMap(withParents))].map((folder) => join(folder, "node_modules"));
}

function withParents(folder: string): string[] {
	const parent = dirname(folder);
	return parent === folder ? [folder] : [folder, ...withParents(parent)];
}

async function packageNames(folder: string): Promise<string[]> {
	const names = await readdir(folder).catch(() => []);
	const scoped = names
		.filter((name) => name.startsWith("@"))
		.map(async (scope) => (await readdir(join(folder, scope)).catch(() => [])).map((name) => `${scope}/${name}`));
	return [...names.filter((name) => !/^[.@]/.test(name)), ...(await Promise.all(scoped)).flat()];
}

async function readPackage(folder: string): Promise<ConnectorPackage | undefined> {
	const manifest = (await readJson(join(folder, "package.json"))) as Manifest | undefined;
	if (typeof manifest?.growthnav !== "object" || manifest.growthnav === null) return undefined;
	const real = await realpath(folder);
	const bin = typeof manifest.bin === "string" ? { [lastPart(manifest.name)]: manifest.bin } : (manifest.bin ?? {});
	const exported = (name: string) => {
		const found = manifest.exports?.[name];
		const file = typeof found === "string" ? found : found?.default;
		return file === undefined ? undefined : join(real, file);
	};
	return {
		name: manifest.name,
		version: manifest.version,
		folder: real,
		bin: Object.fromEntries(Object.entries(bin).map(([name, file]) => [name, join(real, file)])),
		module: exported("."),
		demo: exported("./demo"),
		growthnav: manifest.growthnav,
	};
}

interface Manifest {
	name: string;
	version: string;
	bin?: string | Record<string, string>;
	exports?: Record<string, string | { default?: string }>;
	growthnav?: ConnectorPackage["growthnav"];
}

function lastPart(name: string): string {
	return name.slice(name.lastIndexOf("/") + 1);
}

async function readJson(file: string): Promise<unknown> {
	try {
		return JSON.parse(await readFile(file, "utf8"));
	} catch {
		return undefined;
	}
}
