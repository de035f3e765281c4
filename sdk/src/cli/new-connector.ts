/** A connector made from the one in `template/`, which is tested as it is: copied, and named anew. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Of this package, from `src/cli` and from `dist/cli`. */
export const TEMPLATE = fileURLToPath(new URL("../../template", import.meta.url));
const NAME = "teahouse";
const TITLE = "Tea House";

export interface Naming {
	/** "tea-house" */
	name: string;
	/** "Tea House" */
	title: string;
}

/** Where a connector is made. */
export interface Home {
	/** Of the connector. */
	folder: string;
	/** The repository whose `connectors` it joins; undefined for a package by itself. */
	workspace: string | undefined;
}

/** Inside of this repository a folder of `connectors`, elsewhere one beside what is here. */
export function homeFor(name: string, cwd: string): Home {
	const workspace = workspaceAbove(resolve(cwd));
	const folder = workspace === undefined ? join(cwd, `source-${name}`) : join(workspace, "connectors", name);
	return { folder, workspace };
}

function workspaceAbove(folder: string): string | undefined {
	const workspaces = workspacesIn(folder);
	if (["sdk", "connectors/*"].every((one) => workspaces.includes(one))) return folder;
	const parent = dirname(folder);
	return parent === folder ? undefined : workspaceAbove(parent);
}

function workspacesIn(folder: string): unknown[] {
	try {
		const { workspaces } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
		return Array.isArray(workspaces) ? workspaces : [];
	} catch {
		return [];
	}
}

interface Manifest {
	[field: string]: unknown;
	exports: Record<string, Record<string, string>>;
}

/** Text by path in the new folder. */
export function filesOf(naming: Naming, { folder, workspace }: Home): Map<string, string> {
	const files = new Map(templateFiles().map((path) => [renamed(path, naming), read(path, naming)]));
	const manifest = JSON.parse(files.get("package.json")!) as Manifest;
	if (workspace === undefined) {
		files.set("package.json", json(byItself(manifest, naming.name)));
		files.set("bin.js", files.get("bin.js")!.replace("@growthnav/source-", "source-"));
		files.set(".gitignore", files.get("gitignore")!);
		files.set("README.md", files.get("README.md")!.replace(/<!-- \/?generated.*? -->\n\n?/g, ""));
	} else {
		const up = relative(folder, workspace).replaceAll("\\", "/");
		files.set("package.json", json(inWorkspace(manifest, naming.name)));
		files.set("tsconfig.json", tsconfigBelow(up));
	}
	files.delete("gitignore");
	return files;
}

/** Writes the files; in the repository the build's list of packages gets one more. */
export function writeConnector(files: Map<string, string>, name: string, { folder, workspace }: Home): void {
	for (const [path, text] of files) {
		const file = join(folder, path);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, text);
	}
	const config = join(workspace ?? folder, "tsconfig.json");
	if (workspace !== undefined && existsSync(config))
		writeFileSync(config, withReference(readFileSync(config, "utf8"), `connectors/${name}`));
}

function templateFiles(): string[] {
	return readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map(({ parentPath, name }) => relative(TEMPLATE, join(parentPath, name)).replaceAll("\\", "/"))
		.filter((path) => !/^(dist|node_modules)\//.test(path))
		.sort();
}

function read(path: string, naming: Naming): string {
	return renamed(readFileSync(join(TEMPLATE, path), "utf8"), naming);
}

function renamed(text: string, { name, title }: Naming): string {
	return text.replaceAll(NAME, name).replaceAll(TITLE, () => title);
}

/** A package of one's own has no scope, and its tests read the build of the SDK, whose package has no sources. */
function byItself(manifest: Manifest, name: string): Manifest {
	const builds = Object.entries(manifest.exports).map(([path, { "growthnav-source": _, ...build }]) => [path, build]);
	return { ...manifest, name: `source-${name}`, exports: Object.fromEntries(builds) };
}

/** What the tools of the repository do for all. */
function inWorkspace({ devDependencies: _, scripts: __, growthnav, ...manifest }: Manifest, name: string) {
	return { ...manifest, scripts: { test: `vitest run --root ../.. connectors/${name}` }, growthnav };
}

function tsconfigBelow(up: string): string {
	return `{
	"extends": "${up}/tsconfig.base.json",
	"compilerOptions": { "rootDir": "src", "outDir": "dist" },
	"include": ["src"],
	"references": [{ "path": "${up}/sdk" }]
}
`;
}

/** The text of a tsconfig with one more reference, among those of its kind by name. */
export function withReference(text: string, path: string): string {
	return text.replace(/("references": )(\[[^\]]*\])/, (_, key: string, list: string) => {
		const paths = (JSON.parse(list) as { path: string }[]).map((one) => one.path);
		if (paths.includes(path)) return `${key}${list}`;
		const kind = (one: string) => one.startsWith("connectors/");
		const after = paths.findLastIndex((one) => kind(one) && one < path);
		const at = after >= 0 ? after + 1 : paths.findIndex(kind);
		paths.splice(at < 0 ? paths.length : at, 0, path);
		return `${key}[\n${paths.map((one) => `\t\t{ "path": ${JSON.stringify(one)} }`).join(",\n")}\n\t]`;
	});
}

function json(value: unknown): string {
	return `${JSON.stringify(value, null, "\t")}\n`;
}
