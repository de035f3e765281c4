/** `growthnav new`: what it makes is green at once, by itself and in the repository, and stands on what npm would install. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { withReference } from "../sdk/src/cli/new-connector.ts";
import { growthnav, steady } from "./growthnav.ts";
import { type Ended, folder, run, writeFile } from "./processes.ts";
import { ROOT } from "./sources.ts";

const manifestOf = (path: string) => JSON.parse(readFileSync(join(path, "package.json"), "utf8"));

/** A folder whose node_modules has our packages as npm would unpack them, and all others as they are here. */
function installed(): string {
	const at = folder();
	const modules = join(at, "node_modules");
	mkdirSync(join(modules, "@growthnav"), { recursive: true });
	for (const name of readdirSync(join(ROOT, "node_modules")))
		if (name !== "@growthnav") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
	for (const name of ["spec", "sdk"]) {
		const packed = globSync(["package.json", ...manifestOf(join(ROOT, name)).files], { cwd: join(ROOT, name) });
		for (const path of packed)
			cpSync(join(ROOT, name, path), join(modules, "@growthnav", name, path), { recursive: true });
	}
	return at;
}

/** `npm <args>` there, without a network. */
function npm(cwd: string, ...args: string[]): Promise<{ code: number; out: string }> {
	const PATH = [join(cwd, "../node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
	const env = { ...process.env, PATH, NODE_ENV: undefined, VITEST: undefined, npm_config_offline: "true" };
	return new Promise((resolve) => {
		execFile("npm", args, { cwd, env, timeout: 100_000 }, (error, out, err) =>
			resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: out + err }),
		);
	});
}

interface Proposed {
	default: { streams: Record<string, { primaryKey?: string }> };
}

/** The proposal of a new connector, built by its own settings of the compiler. */
async function proposedIn(home: string): Promise<{ module: Proposed; text: string }> {
	const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
	const built = await run(tsc, [], { cwd: home });
	expect({ code: built.code, out: built.out }).toEqual({ code: 0, out: "" });
	const text = readFileSync(join(home, "src/proposed.ts"), "utf8");
	const load = `import("./dist/proposed.js").then((one) => process.stdout.write(JSON.stringify(one.default.streams, (name, value) => (["schema"].includes(name) ? undefined : value))))`;
	const loaded = await run(writeFile(join(home, "load.mjs"), load), [], { cwd: home });
	expect(loaded.code).toBe(0);
	return { module: { default: { streams: JSON.parse(loaded.out) } }, text };
}

describe.concurrent("growthnav new", { timeout: 120_000 }, () => {
	test("by itself: npm test is green at once, and every rule holds", async ({ expect }) => {
		const at = installed();
		const own = (cwd: string, ...args: string[]): Promise<Ended> =>
			run(join(at, "node_modules/@growthnav/sdk/bin.js"), args, { cwd });
		const made = await own(at, "new", "tea-room", "--title", "O'Hara & Sons");
		await expect(steady(`${made.out}${made.err}`, at)).toMatchFileSnapshot(
			join(import.meta.dirname, "golden/new-connector.txt"),
		);
		const home = join(at, "source-tea-room");
		const tested = await npm(home, "test");
		expect(tested).toEqual({ code: 0, out: expect.stringMatching(/2 passed/) });
		const trial = await own(home, "test", "tea-room");
		expect(trial).toMatchObject({ code: 0, out: expect.stringMatching(/\d+ rules hold/) });
		const shown = await own(home, "preview", "tea-room", "--demo");
		expect(shown).toMatchObject({ code: 0, out: expect.stringContaining("becomes 1 conversion: purchase") });
		const help = await run(join(home, "bin.js"), ["--help"], { cwd: home });
		expect(help.out).toContain("source-tea-room <command> [options]      reads O'Hara & Sons");
		const texts = globSync("**/*", { cwd: home, exclude: ["node_modules", "dist"], withFileTypes: true });
		const left = texts
			.filter((entry) => entry.isFile())
			.filter(({ parentPath, name }) => /teahouse|generated:/i.test(readFileSync(join(parentPath, name), "utf8")));
		expect(left.map(({ name }) => name)).toEqual([]);
	});

	test("in the repository: a folder of connectors that the build knows and the tests find", async ({ expect }) => {
		const at = folder();
		mkdirSync(join(at, "connectors"));
		const others = globSync("connectors/*", { cwd: ROOT });
		for (const name of ["node_modules", "sdk", "spec", "destinations", ...others])
			symlinkSync(join(ROOT, name), join(at, name));
		for (const name of ["package.json", "tsconfig.json", "tsconfig.base.json", "vitest.config.ts"])
			cpSync(join(ROOT, name), join(at, name));
		const made = await growthnav(join(at, "connectors"), ["new", "shoply", "--json"]);
		expect(JSON.parse(made.out)).toMatchObject({
			event: "connector_made",
			folder: join(at, "connectors/shoply"),
			files: expect.arrayContaining(["README.md", "package.json", "src/index.ts", "test/shoply.test.ts"]),
		});
		const { references } = JSON.parse(readFileSync(join(at, "tsconfig.json"), "utf8"));
		expect(references).toContainEqual({ path: "connectors/shoply" });
		expect(manifestOf(join(at, "connectors/shoply"))).toMatchObject({
			name: "@growthnav/source-shoply",
			exports: { "./demo": { "growthnav-source": "./src/demo.ts" } },
			dependencies: { "@growthnav/sdk": manifestOf(join(ROOT, "sdk")).version },
		});
		expect(readFileSync(join(at, "connectors/shoply/README.md"), "utf8")).toContain("<!-- generated:streams -->");
		const tested = await npm(join(at, "connectors/shoply"), "test");
		expect(tested).toEqual({ code: 0, out: expect.stringMatching(/2 passed/) });
	});

	const documents = ["square/square-openapi-trimmed", "clover/clover-platform-v3-openapi-thirdparty"];
	for (const document of documents) {
		const [vendor = ""] = document.split("/");
		const file = join(ROOT, "../shared/data/apis", `${document}.json`);
		test.skipIf(!existsSync(file))(
			`--openapi: what is proposed of ${vendor}'s document compiles and loads`,
			async ({ expect }) => {
				const at = installed();
				const made = await growthnav(at, ["new", `my-${vendor}`, "--openapi", file]);
				expect({ code: made.code, err: made.err }).toEqual({ code: 0, err: "" });
				const { module, text } = await proposedIn(join(at, `source-my-${vendor}`));
				const streams = Object.entries(module.default.streams);
				expect(streams.length).toBeGreaterThan(5);
				expect(streams.filter(([, { primaryKey }]) => primaryKey === "id").length).toBeGreaterThan(5);
				expect(streams.map(([name]) => name)).toEqual(expect.arrayContaining(["orders", "payments", "customers"]));
				expect(text).toContain("// uncertain: ");
			},
		);
	}

	test("--openapi: paging, references in a circle, and a document that would like to write code", async ({
		expect,
	}) => {
		const at = installed();
		const evil = "*/ process.exit(9) /* \n process.exit(9) //`$" + "{process.exit(9)}`";
		const row = {
			type: "object",
			properties: { id: { type: "string" }, parent: { $ref: "#/components/schemas/Row" } },
		};
		const list = (items: object) => ({ content: { "application/json": { schema: { type: "array", items } } } });
		const one = (name: string, items: object) => ({
			get: {
				summary: evil,
				parameters: [{ name, in: "query", schema: { type: "integer" } }],
				responses: { 200: list(items) },
			},
		});
		const total = {
			allOf: [{ $ref: "#/components/schemas/Row" }, { properties: { total: { type: "number" }, [evil]: {} } }],
		};
		const document = {
			info: { title: evil, version: evil },
			paths: {
				"/by-page": one("page", { $ref: "#/components/schemas/Row" }),
				"/by-offset": one("offset", total),
				[`/evil/${evil}`]: one(evil, total),
				"/shops/{id}/rows": one("page", total),
			},
			components: { schemas: { Row: row } },
		};
		const file = writeFile(join(at, "openapi.json"), JSON.stringify(document));
		expect((await growthnav(at, ["new", "mine", "--openapi", file])).code).toBe(0);
		const { module, text } = await proposedIn(join(at, "source-mine"));
		expect(Object.keys(module.default.streams)).toHaveLength(3);
		expect(text).toContain("next: nextPage(), // until a page is empty");
		expect(text).toContain("next: nextOffset(), // until a page is empty");
		expect(text).toContain("total: optional(decimal()),");
		expect(text).toContain("// GET /shops/{id}/rows");
		const wrong = await growthnav(at, ["new", "other", "--openapi", "nosuch.json"]);
		expect([wrong.code, wrong.err]).toEqual([10, expect.stringContaining("config.openapi")]);
	});

	test("names that cannot be, that are taken, and folders that exist", async ({ expect }) => {
		const at = folder();
		mkdirSync(join(at, "source-mine"));
		const refused = async (...args: string[]) => {
			const { code, err } = await growthnav(at, ["new", ...args]);
			return [code, /✗ (\S+)/.exec(err)?.[1], /next {3}(.*)/.exec(err)?.[1]];
		};
		expect(await refused("square")).toEqual([10, "config.connector_taken", expect.stringContaining("another name")]);
		expect(await refused("Tea Room")).toEqual([10, "config.connector_name", "growthnav new tea-room"]);
		expect(await refused("source-tea")).toEqual([10, "config.connector_name", "growthnav new tea"]);
		expect(await refused("../tea")).toEqual([10, "config.connector_name", "growthnav new tea"]);
		expect(await refused("mine")).toEqual([10, "config.folder_exists", expect.stringContaining("another name")]);
		expect(await refused("ours", "--title", '"x"')).toEqual([10, "config.usage", '--title "Tea House"']);
		expect(globSync("{source-,connectors}*", { cwd: at })).toEqual(["source-mine"]);
	});
});

test("a reference stands among its kind, once", () => {
	const text =
		'{\n\t"files": [],\n\t"references": [{ "path": "sdk" }, { "path": "connectors/b" }, { "path": "z" }]\n}\n';
	const paths = (of: string) => JSON.parse(of).references.map(({ path }: { path: string }) => path);
	expect(paths(withReference(text, "connectors/c"))).toEqual(["sdk", "connectors/b", "connectors/c", "z"]);
	const once = withReference(text, "connectors/a");
	expect(paths(once)).toEqual(["sdk", "connectors/a", "connectors/b", "z"]);
	expect(withReference(once, "connectors/a")).toBe(once);
});

test("the template has the versions and the strictness of the repository", () => {
	const [root, sdk, template] = [ROOT, join(ROOT, "sdk"), join(ROOT, "sdk/template")].map(manifestOf);
	expect(root.devDependencies).toMatchObject(template.devDependencies);
	expect(template.dependencies).toEqual({ "@growthnav/sdk": sdk.version });
	const options = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8")).compilerOptions;
	const { composite: _, sourceMap: __, ...base } = options("tsconfig.base.json");
	expect(options("sdk/template/tsconfig.json")).toEqual({ ...base, rootDir: "src", outDir: "dist" });
});
