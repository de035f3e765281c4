/**
 * Everything that is derived from something else: `npm run generate` writes it, a test fails when any of it is stale.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GENERATED, schemaText } from "../spec/generate.ts";
import { filled, pagesWithBlocks } from "./blocks.ts";
import { dockerfileOf } from "./dockerfile.ts";
import { docsBlocks } from "./docs-blocks.ts";
import { packageBlocks } from "./package-blocks.ts";
import { loadPackage, loadPackages, ROOT, TEMPLATE } from "./packages.ts";
import { registryOf } from "./registry.ts";

/** Text by file, from the root: `spec/conversion.json`, `docs/conversion.md`. */
export async function generated(): Promise<Map<string, string>> {
	const files = new Map(Object.entries(GENERATED).map(([file, schema]) => [`spec/${file}`, schemaText(schema())]));
	const packages = await loadPackages();
	files.set("registry.json", schemaText(registryOf(packages)));
	for (const one of packages) files.set(`${one.folder}/Dockerfile`, dockerfileOf(one));
	const homes = [...packages, await loadPackage(TEMPLATE)];
	for (const page of pagesWithBlocks()) {
		const home = homes.find(({ folder }) => page.startsWith(`${folder}/`));
		const blocks = home === undefined ? docsBlocks : packageBlocks(home);
		files.set(page, filled(page, readFileSync(join(ROOT, page), "utf8"), blocks));
	}
	return files;
}

if (import.meta.main) {
	for (const [file, text] of await generated()) {
		const path = join(ROOT, file);
		if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
		writeFileSync(path, text);
		console.log(`written: ${file}`);
	}
}
