/** The connectors and destinations of this repository, loaded from their sources: `node --conditions=growthnav-source`. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Destination } from "../sdk/src/destination/definition.ts";
import type { Source } from "../sdk/src/source/definition.ts";
import type { RegistryEntry } from "../spec/src/index.ts";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The connector that `growthnav new` copies: in no registry. */
export const TEMPLATE = "sdk/template";

export interface Package {
	/** From the root: `connectors/square`. */
	folder: string;
	manifest: Manifest;
	definition: Source | Destination;
}

export interface Manifest {
	name: string;
	version: string;
	description: string;
	bin: { [program: string]: string };
	exports: { ".": { "growthnav-source": string }; "./demo"?: object };
	/** What cannot be derived; `reads` and `conversions` in words, where the settings decide about streams. */
	growthnav: Pick<RegistryEntry, "title" | "owner" | "status" | "reads" | "conversions" | "file_extensions">;
}

/** Sources first, each kind by name. */
export async function loadPackages(): Promise<Package[]> {
	const manifests = ["connectors", "destinations"].flatMap((home) =>
		globSync(`${home}/*/package.json`, { cwd: ROOT }).sort(),
	);
	return Promise.all(manifests.map((file) => loadPackage(dirname(file).replaceAll("\\", "/"))));
}

/** One of them, or the template of new ones. */
export async function loadPackage(folder: string): Promise<Package> {
	const manifest = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as Manifest;
	const entry = pathToFileURL(join(ROOT, folder, manifest.exports["."]["growthnav-source"]));
	const { default: definition } = (await import(/* @vite-ignore */ entry.href)) as { default: Source | Destination };
	return { folder, manifest, definition };
}
