/** How much code a connector is: lines of its sources that are neither blank nor comment, its scripted server left out. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { markdownTable } from "./blocks.ts";
import { ROOT } from "./packages.ts";

/** A table of all connectors here: streams, files, lines, lines a stream. */
export function sizes(): string {
	const streams = JSON.parse(readFileSync(join(ROOT, "registry.json"), "utf8")) as {
		connectors: { name: string; kind: string; streams: unknown[] }[];
	};
	const rows = globSync("connectors/*", { cwd: ROOT })
		.sort()
		.map((folder) => {
			const files = globSync(`${folder}/src/**/*.ts`, { cwd: ROOT, exclude: ["**/src/demo/**", "**/src/demo.ts"] });
			const lines = files.reduce((sum, file) => sum + codeLines(readFileSync(join(ROOT, file), "utf8")), 0);
			const name = basename(folder);
			const entry = streams.connectors.find((one) => one.kind === "source" && one.name === name);
			const count = entry?.streams.length ?? 0;
			const each = count === 0 ? "by the settings" : String(Math.round(lines / count));
			return [name, count === 0 ? "by the settings" : String(count), String(files.length), String(lines), each];
		});
	return markdownTable(["Connector", "Streams", "Files", "Lines of code", "Lines a stream"], rows);
}

/** Comments in the code of this repository stand on lines of their own; what stands behind code counts as code. */
function codeLines(text: string): number {
	const bare = text.replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, "");
	return bare.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//")).length;
}
