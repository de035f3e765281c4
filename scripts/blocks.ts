/** Parts of Markdown pages that are derived: what stands between `<!-- generated:name -->` and `<!-- /generated -->`. */
import { globSync } from "node:fs";
import { ROOT } from "./packages.ts";

/** What goes into a block, by its name. */
export type Blocks = { [name: string]: () => string };

const BLOCK = /<!-- generated:([a-z-]+) -->\n[\s\S]*?<!-- \/generated -->/g;

/** Pages that may have such parts, from the root. */
export function pagesWithBlocks(): string[] {
	const pages = [
		"README.md",
		"docs/**/*.md",
		"{spec,sdk,sdk/template}/README.md",
		"{connectors,destinations}/*/README.md",
	];
	return globSync(pages, { cwd: ROOT, exclude: ["**/node_modules/**"] })
		.map((page) => page.replaceAll("\\", "/"))
		.sort();
}

/** The page with its blocks as they must be. Throws where it asks for a block that nobody makes. */
export function filled(page: string, text: string, blocks: Blocks): string {
	return text.replace(BLOCK, (_, name: string) => {
		const block = Object.hasOwn(blocks, name) ? blocks[name] : undefined;
		if (block === undefined)
			throw new Error(`${page} has a block "${name}"; known are ${Object.keys(blocks).join(", ")}`);
		return `<!-- generated:${name} -->\n\n${block()}\n\n<!-- /generated -->`;
	});
}

/** A Markdown table; cells may hold anything but line ends. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
	return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

export const code = (text: string): string => `\`${text}\``;
