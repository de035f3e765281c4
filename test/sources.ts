/** The project's own source files and what they import, read as text. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface Import {
	/** As it is written: `../errors.ts`, `node:fs`, `@growthnav/spec`. */
	what: string;
	/** Gone after compiling. */
	isType: boolean;
	/** `await import(…)`: loaded when it is needed. */
	isLate: boolean;
}

export interface Source {
	/** From the root, with `/`: `sdk/src/errors.ts`. */
	path: string;
	/** Folder of its package: `sdk`, `connectors/square`. */
	home: string;
	lines: number;
	/** Without comments. */
	code: string;
	imports: Import[];
}

export interface Package {
	name: string;
	home: string;
	dependencies: string[];
	devDependencies: string[];
}

const HOMES = ["spec", "sdk", "connectors/*", "destinations/*"];

export const packages: Package[] = globSync(
	HOMES.map((home) => `${home}/package.json`),
	{ cwd: ROOT },
).map((file) => {
	const { name, dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(ROOT, file), "utf8"));
	return {
		name,
		home: dirname(file).replaceAll("\\", "/"),
		dependencies: Object.keys(dependencies),
		devDependencies: Object.keys(devDependencies),
	};
});

/** Files of a folder (`src`, `test`) of every package. */
export function sourcesIn(folder: "src" | "test"): Source[] {
	return packages.flatMap(({ home }) =>
		globSync(`${home}/${folder}/**/*.ts`, { cwd: ROOT, exclude: ["**/dist/**", "**/node_modules/**"] }).map((file) =>
			read(file.replaceAll("\\", "/"), home),
		),
	);
}

function read(path: string, home: string): Source {
	const text = readFileSync(join(ROOT, path), "utf8");
	const code = withoutComments(text);
	return { path, home, lines: text.trimEnd().split("\n").length, code, imports: importsOf(code) };
}

/** Texts are kept, since a comment may seem to begin in one. */
export function withoutComments(text: string): string {
	const part = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g;
	return text.replace(part, (found) => (found.startsWith("/") ? "" : found));
}

export function importsOf(code: string): Import[] {
	const stated = code.matchAll(/^[ \t]*(import|export)\s+(type\s+)?(?:[\w*{][^;"']*?from\s*)?["']([^"']+)["']/gm);
	const late = code.matchAll(/(typeof\s+)?\bimport\(\s*["']([^"']+)["']/g);
	return [
		...[...stated].map(([whole, , type, what]) => ({
			what: what!,
			isType: type !== undefined || onlyTypes(whole),
			isLate: false,
		})),
		...[...late].map(([, type, what]) => ({ what: what!, isType: type !== undefined, isLate: true })),
	];
}

/** `import { type A, type B } from …` */
function onlyTypes(statement: string): boolean {
	const names = /\{([^}]*)\}/.exec(statement)?.[1]?.split(",") ?? [];
	const given = names.map((name) => name.trim()).filter((name) => name !== "");
	return given.length > 0 && /^\s*import\s*\{/.test(statement) && given.every((name) => name.startsWith("type "));
}

/** The path from the root of a relative import; undefined for a package. */
export function resolved({ path }: Source, { what }: Import): string | undefined {
	if (!what.startsWith(".")) return undefined;
	return relative(ROOT, join(ROOT, dirname(path), what)).replaceAll("\\", "/");
}

/** `@growthnav/sdk/testing` → `@growthnav/sdk`; undefined for relative paths and what Node brings. */
export function packageOf({ what }: Import): string | undefined {
	if (/^(?:\.|node:)/.test(what)) return undefined;
	return what
		.split("/")
		.slice(0, what.startsWith("@") ? 2 : 1)
		.join("/");
}
