/** The Markdown pages of the project, and the code in them. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./packages.ts";

export interface Block {
	/** `ts`, `yaml`, `console`, … */
	language: string;
	/** What stands behind the language: `file=teahouse.ts`. */
	file: string | undefined;
	text: string;
}

/** Code between fences: language, file, text. */
export const FENCED = /^```(\w*)(?:[ \t]+file=(\S+))?[ \t]*\n([\s\S]*?)^```$/gm;

/** Pages that people read, from the root. */
export const pages: string[] = globSync(["*.md", "docs/**/*.md", "{spec,sdk,connectors/*,destinations/*}/README.md"], {
	cwd: ROOT,
	exclude: ["**/node_modules/**"],
})
	.map((page) => page.replaceAll("\\", "/"))
	.sort();

export function textOf(page: string): string {
	return readFileSync(join(ROOT, page), "utf8");
}

/** In order. */
export function blocksOf(page: string): Block[] {
	return [...textOf(page).matchAll(FENCED)].map(([, language, file, text]) => ({
		language: language!,
		file,
		text: text!,
	}));
}

/** The block that a page calls by this name. */
export function fileIn(page: string, file: string): string {
	const block = blocksOf(page).find((one) => one.file === file);
	if (block === undefined) throw new Error(`${page} has no block file=${file}`);
	return block.text;
}
