/** What the pages say is so: links lead somewhere, code compiles and runs, lists are complete. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineSource, object, string } from "@growthnav/sdk";
import { readSource, type ScriptedRequest, startServer } from "@growthnav/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { blocksOf, fileIn, pages, textOf } from "../scripts/pages.ts";
import { ROOT } from "./sources.ts";

const AUTHORS = "docs/write-a-connector.md";

/** Inside the project, so that its packages are found; ignored by git. */
const folder = join(ROOT, ".cache", `docs-${process.pid}`);
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const moduleIn = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href);

for (const { file, text } of blocksOf(AUTHORS)) if (file !== undefined) writeFileSync(join(folder, file), text);

// the test of the page, as one of ours
await moduleIn("teahouse.test.ts");

test("the connector of the page has about 40 lines", () => {
	expect(fileIn(AUTHORS, "teahouse.ts").trim().split("\n").length).toBeLessThan(55);
});

test("the code for authors compiles, and a misspelt path does not", () => {
	expect(compiled()).toBe("");
	writeFileSync(join(folder, "teahouse.ts"), fileIn(AUTHORS, "teahouse.ts").replace(': "paid_at"', ': "payed_at"'));
	expect(compiled()).toContain("payed_at");
	writeFileSync(join(folder, "teahouse.ts"), fileIn(AUTHORS, "teahouse.ts"));
});

/** What tsc says of the code of the page; "" when it is right. */
function compiled(): string {
	const config = { extends: "../../tsconfig.test.json", include: ["*.ts"], exclude: [] };
	writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
	const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
	return spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" }).stdout;
}

test("every way of paging reads all rows", async () => {
	const rows = (...ids: string[]) => ids.map((id) => ({ id }));
	const second = (asked: unknown) => (asked === "2" ? { data: rows("c") } : { data: rows("a", "b"), next_cursor: "2" });
	const server = await startServer({
		"GET /cursor": ({ query }) => ({ json: second(query.cursor) }),
		"POST /search": ({ body }) => ({ json: second((body as { cursor?: string }).cursor) }),
		"GET /linked": ({ query }) =>
			query.page === "2"
				? { json: { data: rows("c") } }
				: { json: { data: rows("a", "b") }, headers: { link: `<${server.url}/linked?page=2>; rel="next"` } },
		"GET /numbered": ({ query }) => ({
			json: { data: query.page === "2" ? rows("c") : rows("a", "b"), page: Number(query.page), pages: 2 },
		}),
		"GET /counted": ({ query }: ScriptedRequest) => ({
			json: { data: query.offset === "0" ? rows("a", "b") : rows("c") },
		}),
	});
	const ways = (await moduleIn("paging.ts")) as Record<string, never>;
	expect(Object.keys(ways).length).toBe(5);
	for (const [way, read] of Object.entries(ways)) {
		const source = defineSource({
			...{ name: "pages", version: "1", title: "Pages", config: object({}), check: async () => "" },
			http: () => ({ vendor: "Pages", baseUrl: server.url }),
			streams: { rows: { schema: object({ id: string() }), primaryKey: "id", read } },
		});
		const messages = await Array.fromAsync(readSource(source, { config: {} }));
		const ids = messages.flatMap((message) => (message.type === "RECORD" ? [message.record.data.id] : []));
		expect({ [way]: ids }).toEqual({ [way]: ["a", "b", "c"] });
	}
	await server.close();
});

test("docs/rejects.md tells every code of a reject", () => {
	const told = new Set([...textOf("docs/rejects.md").matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!));
	const codes = rejectCodes();
	expect(codes.size).toBeGreaterThan(20);
	expect([...codes].filter((code) => !told.has(code))).toEqual([]);
});

/** Codes in the sources; those of errors have a kind and a dot. */
function rejectCodes(): Set<string> {
	const rooms = ["sdk/src/{conversion,destination,source}/**/*.ts", "connectors/*/src/**/*.ts"];
	const texts = globSync(rooms, { cwd: ROOT, exclude: ["**/demo/**"] }).map((file) =>
		readFileSync(join(ROOT, file), "utf8"),
	);
	const written = /\b(?:code|wrong|changed): "([a-z_]+)"|(?:Letter\(|changes\.add\(|bytes, text, )"([a-z_]+)"/g;
	const unions = /(?:type (?:WrongCode|ConversionRejectCode) =|^\tcode:|const code = [^;?]+\?)([^;]+);/gm;
	return new Set(
		texts.flatMap((text) => [
			...[...text.matchAll(written)].map(([, code, other]) => code ?? other!),
			...[...text.matchAll(unions)].flatMap(([, union]) =>
				[...union!.matchAll(/"([a-z_]+)"/g)].map(([, code]) => code!),
			),
		]),
	);
}

test("docs/cli.md tells every event of --json with its fields", () => {
	const text = readFileSync(join(ROOT, "sdk/src/pipeline/events.ts"), "utf8");
	const words = [...text.matchAll(/\bevent: "(\w+)"|^\t+(\w+)\??: /gm)].map(([, event, field]) => event ?? field!);
	const page = textOf("docs/cli.md");
	expect(new Set(words).size).toBeGreaterThan(80);
	expect([...new Set(words)].filter((word) => !new RegExp(`\\b${word}\\b`).test(page))).toEqual([]);
});

test("every dependency has its reason", () => {
	const told = textOf("docs/decisions/0008-dependencies.md");
	const manifests = globSync(["package.json", "{spec,sdk,test,connectors/*,destinations/*}/package.json"], {
		cwd: ROOT,
	});
	const names = manifests.flatMap((file) => {
		const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, file), "utf8"));
		return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
	});
	const foreign = names.filter((name) => !name.startsWith("@growthnav/"));
	expect(foreign.length).toBeGreaterThan(10);
	expect(foreign.filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
});

test("links between pages lead somewhere", () => {
	const dead = pages.flatMap((page) =>
		[...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
			.map(([, target]) => target!)
			.filter((target) => !/^https?:/.test(target) && !leads(page, target))
			.map((target) => `${page} → ${target}`),
	);
	expect(dead).toEqual([]);
});

function leads(page: string, target: string): boolean {
	const [path = "", heading] = target.split("#");
	const file = path === "" ? page : join(dirname(page), path);
	if (!existsSync(join(ROOT, file))) return false;
	return heading === undefined || headings(file).includes(heading);
}

/** As they are linked to. */
function headings(page: string): string[] {
	return [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
		text!
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, "")
			.replaceAll(" ", "-"),
	);
}

function withoutCode(page: string): string {
	return textOf(page).replace(/^```[\s\S]*?^```$/gm, "");
}

test("lines fit into 120 columns; rows of tables are one line", () => {
	const ours = pages.filter((page) => page === "README.md" || page.startsWith("docs/"));
	const wide = ours.flatMap((page) =>
		textOf(page)
			.split("\n")
			.flatMap((line, at) => (line.length > 120 && !line.startsWith("|") ? [`${page}:${at + 1}`] : [])),
	);
	expect(wide).toEqual([]);
});
