/** The shape of the house: who may import whom, what each room may touch, how long a file may be. */
import { expect, test } from "vitest";
import { importsOf, packageOf, packages, resolved, type Source, sourcesIn, withoutComments } from "./sources.ts";

const sources = sourcesIn("src");
const tests = sourcesIn("test");
const of = (home: RegExp) => sources.filter((source) => home.test(source.home));
const ours = packages.map(({ name }) => name);

/** `file → what it imports`, for every import that `isWrong`. */
function imports(files: Source[], isWrong: (what: string, source: Source) => boolean): string[] {
	return files.flatMap((source) =>
		source.imports.filter(({ what }) => isWrong(what, source)).map(({ what }) => `${source.path} → ${what}`),
	);
}

test("the sources are found", () => {
	expect(sources.length).toBeGreaterThan(80);
	expect(packages.map(({ home }) => home)).toEqual(
		expect.arrayContaining(["spec", "sdk", "connectors/file", "connectors/square", "destinations/duckdb"]),
	);
	expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(300);
});

test("imports are read from code, not from comments and texts", () => {
	const code = `
		// import a from "comment";
		/* import b from "comment"; */
		import type { C } from "types";
		import { type D, type E } from "types too";
		import { type F, g } from "./value.ts";
		import "./effect.ts";
		export * from "./face.ts";
		import {
			many,
			lines,
		} from "lines";
		const url = "https://example.com"; const late = await import("late");
		type Module = typeof import("type of");
	`;
	expect(importsOf(withoutComments(code)).map(({ what, isType, isLate }) => [what, isType, isLate])).toEqual([
		["types", true, false],
		["types too", true, false],
		["./value.ts", false, false],
		["./effect.ts", false, false],
		["./face.ts", false, false],
		["lines", false, false],
		["late", false, true],
		["type of", true, true],
	]);
});

test("spec imports nothing", () => {
	expect(imports(of(/^spec$/), (what) => !what.startsWith("./"))).toEqual([]);
	expect(packages.find(({ home }) => home === "spec")!.dependencies).toEqual([]);
});

test("the sdk imports spec and none of the packages built on it", () => {
	const others = ours.filter((name) => name !== "@growthnav/spec");
	expect(imports(of(/^sdk$/), (what) => others.some((name) => what === name || what.startsWith(`${name}/`)))).toEqual(
		[],
	);
});

test("connectors and destinations import the sdk and spec, never each other", () => {
	const allowed = ["@growthnav/sdk", "@growthnav/spec"];
	const isForeign = (what: string) => {
		const name = packageOf({ what, isType: false, isLate: false });
		return name?.startsWith("@growthnav/") === true && !allowed.includes(name);
	};
	expect(imports(of(/^(connectors|destinations)\//), isForeign)).toEqual([]);
	const declared = packages.filter(({ home }) => /^(connectors|destinations)\//.test(home));
	for (const { name, dependencies } of declared) {
		expect({ [name]: dependencies.filter(isForeign) }).toEqual({ [name]: [] });
	}
});

test("no file reaches into another package by its path", () => {
	const leaves = (what: string, source: Source) =>
		resolved(source, { what, isType: false, isLate: false })?.startsWith(`${source.home}/`) === false;
	expect(imports(sources, leaves)).toEqual([]);
});

test("of the sdk, destinations use the faces for destinations and stores, connectors the face for sources", () => {
	const isInner = (what: string) =>
		what.startsWith("@growthnav/sdk/") && !/^@growthnav\/sdk\/(destination|store|testing|start\.js)$/.test(what);
	expect(imports([...sources, ...tests], isInner)).toEqual([]);
	expect(imports(of(/^connectors\//), (what) => /^@growthnav\/sdk\/(destination|store)$/.test(what))).toEqual([]);
});

/** In the order in which data flows. What all rooms may use comes first. */
const ROOMS = [
	...["", "protocol", "schema", "http", "source", "conversion"],
	...["destination", "pipeline", "singer", "testing", "cli"],
];
const roomOf = (path: string) => /^sdk\/src\/(?:(\w+)\/)?/.exec(path)?.[1] ?? "";
/** What authors import: it looks into all rooms, and no room looks at it. */
const FACE = "sdk/src/index.ts";

test("each room of the sdk uses only the rooms before it", () => {
	const sdk = of(/^sdk$/);
	expect(new Set(sdk.map(({ path }) => roomOf(path)))).toEqual(new Set(ROOMS));
	const wrong = imports(sdk, (what, source) => {
		const target = resolved(source, { what, isType: false, isLate: false });
		if (target === undefined || source.path === FACE) return false;
		return target === FACE || ROOMS.indexOf(roomOf(target)) > ROOMS.indexOf(roomOf(source.path));
	});
	expect(wrong).toEqual([]);
});

test("no import goes round in a circle, of types neither", () => {
	const byPath = new Map(sources.map((source) => [source.path, source]));
	const circles: string[] = [];
	const done = new Set<string>();
	const visit = (path: string, way: string[]) => {
		if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
		if (done.has(path) || way.includes(path)) return;
		const source = byPath.get(path);
		for (const one of source?.imports ?? []) {
			const target = resolved(source!, one);
			if (target !== undefined) visit(target, [...way, path]);
		}
		done.add(path);
	};
	for (const { path } of sources) visit(path, []);
	expect(circles).toEqual([]);
});

test("only the cli touches the process", () => {
	const touching = sources.filter(({ path, code }) => {
		if (path.startsWith("sdk/src/cli/")) return false;
		const withoutTexts = code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
		return /\bprocess\s*(?:\.|\?\.|\[)/.test(withoutTexts) || /from "(?:node:)?process"/.test(code);
	});
	expect(touching.map(({ path }) => path)).toEqual([]);
});

test("every package that is imported is declared where it is imported", () => {
	const undeclared = (files: Source[], allowed: (home: string) => string[]) =>
		imports(files, (what, { home }) => {
			const name = packageOf({ what, isType: false, isLate: false });
			return name !== undefined && !allowed(home).includes(name);
		});
	const packageAt = (home: string) => packages.find((one) => one.home === home)!;
	expect(undeclared(sources, (home) => packageAt(home).dependencies)).toEqual([]);
	const forTests = ["vitest", "fast-check"];
	const withDev = (home: string) => {
		const { name, dependencies, devDependencies } = packageAt(home);
		return [name, ...dependencies, ...devDependencies, ...forTests];
	};
	expect(undeclared(tests, withDev)).toEqual([]);
	const builtIn = (what: string) => /^(fs|path|url|os|crypto|stream|zlib|util|events|child_process)(\/|$)/.test(what);
	expect(imports([...sources, ...tests], builtIn)).toEqual([]);
});

test("what is slow to load is loaded when it is needed", () => {
	const slow = /^(undici|ajv|ajv-formats|yaml|csv-parse|sax|@duckdb\/|@google-cloud\/)/;
	const early = sources.flatMap((source) =>
		source.imports
			.filter(({ what, isType, isLate }) => slow.test(what) && !isType && !isLate)
			.map(({ what }) => `${source.path} → ${what}`),
	);
	expect(early).toEqual([]);
});

test("the only class is the error", () => {
	const withClass = sources.filter(({ code }) =>
		/^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s/m.test(code),
	);
	expect(withClass.map(({ path }) => path)).toEqual(["sdk/src/errors.ts"]);
});

test("no file is called after nothing", () => {
	const vague = /(?:^|\/|-)(utils?|helpers?|common|shared|misc|manager|base)(?:-|\.|\/)/;
	expect(sources.filter(({ path }) => vague.test(path)).map(({ path }) => path)).toEqual([]);
});

/** Longer than 300 lines, and why that serves the reader. */
const LONG: { [path: string]: string } = {
	"spec/src/conversion.ts": "one list of columns: the only place where they are written down",
	"spec/src/messages.ts": "one page with every message of the wire",
};

test("a file over 300 lines has a reason", () => {
	const long = sources.filter(({ lines }) => lines > 300);
	expect(long.filter(({ path }) => LONG[path] === undefined).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
	expect(Object.keys(LONG).filter((path) => !long.some((one) => one.path === path))).toEqual([]);
});
