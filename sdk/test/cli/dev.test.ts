/** What `growthnav dev` is made of: saves, places of errors, addresses that may be shown. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { typeErrors } from "../../src/cli/dev/compile.ts";
import { type Saves, watchSaves } from "../../src/cli/dev/saves.ts";
import { devTap } from "../../src/cli/dev/tap.ts";
import type { Told } from "../../src/cli/dev/told.ts";
import { compilerErrors, placed, placeIn } from "../../src/cli/dev/where.ts";
import { ConnectorError } from "../../src/errors.ts";
import { registerSecret } from "../../src/redact.ts";
import { testHost } from "../pipeline/bench.ts";

const ends: (() => void)[] = [];
afterEach(() => {
	for (const end of ends.splice(0)) end();
});

function watching(files: (at: string) => string[] = () => []): { at: string; saves: Saves } {
	const at = mkdtempSync(join(tmpdir(), "gn-saves-"));
	mkdirSync(join(at, "src"));
	writeFileSync(join(at, "src/index.ts"), "1");
	writeFileSync(join(at, "settings.json"), "{}");
	const saves = watchSaves(join(at, "src"), files(at));
	ends.push(
		() => saves.close(),
		() => rmSync(at, { recursive: true, force: true }),
	);
	return { at, saves };
}

const within = <T>(ms: number, work: Promise<T>) =>
	Promise.race([work, new Promise<"nothing">((resolve) => setTimeout(resolve, ms, "nothing"))]);

describe("saves", () => {
	test("written in place, replaced as a whole, new, gone: each is told once", async () => {
		const { at, saves } = watching();
		const file = (name: string) => join(at, "src", name);
		writeFileSync(file("index.ts"), "12");
		expect(await saves.next()).toEqual([file("index.ts")]);
		writeFileSync(join(at, "elsewhere"), "123");
		renameSync(join(at, "elsewhere"), file("index.ts"));
		expect(await saves.next()).toEqual([file("index.ts")]);
		// the new file is watched as the old one was
		writeFileSync(file("index.ts"), "1234");
		expect(await saves.next()).toEqual([file("index.ts")]);
		mkdirSync(file("more"));
		writeFileSync(file("more/fields.ts"), "1");
		expect(await saves.next()).toEqual([file("more/fields.ts")]);
		writeFileSync(file("more/fields.ts"), "12");
		expect(await saves.next()).toEqual([file("more/fields.ts")]);
		rmSync(file("more"), { recursive: true });
		expect(await saves.next()).toEqual([file("more/fields.ts")]);
	});

	test("several files of one save are told together, and what came before anybody asked", async () => {
		const { at, saves } = watching((folder) => [join(folder, "settings.json")]);
		writeFileSync(join(at, "src/a.ts"), "1");
		writeFileSync(join(at, "src/b.ts"), "1");
		writeFileSync(join(at, "settings.json"), '{"a":1}');
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(await saves.next()).toEqual([join(at, "settings.json"), join(at, "src/a.ts"), join(at, "src/b.ts")]);
	});

	test("a folder that went and came back, as a change of branches makes it, is watched as before", async () => {
		const { at, saves } = watching();
		const file = join(at, "src/streams/sales.ts");
		mkdirSync(join(at, "src/streams"));
		writeFileSync(file, "1");
		expect(await saves.next()).toEqual([file]);
		rmSync(join(at, "src/streams"), { recursive: true });
		mkdirSync(join(at, "src/streams"));
		writeFileSync(file, "12");
		expect(await saves.next()).toEqual([file]);
		writeFileSync(file, "123");
		expect(await within(1_000, saves.next())).toEqual([file]);
	});

	test("what editors leave beside a file, and other files of a folder, are no saves", async () => {
		const { at, saves } = watching((folder) => [join(folder, "settings.json")]);
		for (const name of ["src/.index.ts.swp", "src/index.ts~", "src/4913", "README.md"])
			writeFileSync(join(at, name), "1");
		expect(await within(400, saves.next())).toBe("nothing");
	});
});

describe("where an error arose", () => {
	const at = "/home/ana/source tea";
	const url = pathToFileURL(at).href;

	test("the first place of the stack in the folder, whether written as a path or an address", () => {
		const stack = `Error: boom\n    at defineSource (file:///elsewhere/sdk/dist/define.js:14:9)\n    at file:///x/node_modules/y/z.js:1:2\n    at f (${url}/src/index.ts:41:9)\n    at ${url}/src/other.ts:1:1`;
		expect(placeIn(stack, at)).toBe("src/index.ts:41:9");
		expect(placeIn(`${at}/src/index.ts:3\nexport const b = {,\n`, at)).toBe("src/index.ts:3");
		expect(placeIn(`Error\n    at ${url}/node_modules/x/y.js:1:2`, at)).toBeUndefined();
		expect(placeIn("Error: boom", at)).toBeUndefined();
	});

	test("stands before what the error says itself", () => {
		const error = new ConnectorError("internal.definition", "wrong", { where: "stream sales", next: "mend it" });
		const stack = `    at f (${url}/src/index.ts:41:9)`;
		expect(placed(error, stack, at)).toMatchObject({ where: "src/index.ts:41:9, stream sales", next: "mend it" });
		expect(placed(error, undefined, at)).toBe(error);
	});

	test("what the compiler prints, one error each, with its last explanation", () => {
		const printed = `src/index.ts(41,9): error TS2322: Type 'a' is not assignable to type 'b'.
  Type 'a' is one thing.
    Did you mean 'c'?
src/demo.ts(1,2): error TS6133: 'x' is declared but its value is never read.
error TS5023: Unknown compiler option 'x'.
`;
		expect(compilerErrors(printed, at).map(({ where, message, why }) => [where, message, why])).toEqual([
			["src/index.ts:41:9", "Type 'a' is not assignable to type 'b'. (TS2322)", "Did you mean 'c'?"],
			["src/demo.ts:1:2", "'x' is declared but its value is never read. (TS6133)", undefined],
			[join(at, "tsconfig.json"), "Unknown compiler option 'x'. (TS5023)", undefined],
		]);
		expect(compilerErrors("", at)).toEqual([]);
	});
});

test("addresses are shown without keys and people; another origin is named", () => {
	registerSecret("the-token-of-the-shop");
	const told: Told[] = [];
	const tap = devTap(
		() => "sales",
		(one) => told.push(one),
	);
	const heard = {
		...{ method: "GET", base: "https://api.example", headers: {}, body: undefined, status: 200, answered: {} },
		...{ tried: 2, ms: 12.4 },
	};
	const shown = (url: string) => {
		tap.whole({ ...heard, url: new URL(url) }, Buffer.alloc(7));
		const last = told.at(-1)!;
		return "request" in last ? last.request : undefined;
	};
	expect(shown("https://api.example/v1/sales?since=2026-07-03T08:00:00Z&limit=100&api_key=abc")).toEqual({
		...{ for: "sales", method: "GET", status: 200, tried: 2, ms: 12, bytes: 7 },
		url: "/v1/sales?since=2026-07-03T08:00:00Z&limit=100&api_key=***",
	});
	expect(shown("https://files.example/x?email=ana@mail.example&q=ana%40mail.example")?.url).toBe(
		"https://files.example/x?email=xxx@xxxx.xxxxxxx&q=xxx@xxxx.xxxxxxx",
	);
	expect(shown("https://api.example/v1/people/ana%40mail.example/+12125550100/%zz/6502530000")?.url).toBe(
		"/v1/people/xxx@xxxx.xxxxxxx/+00000000000/%zz/6502530000",
	);
	expect(shown("https://api.example/v1?token=1&cursor=abc")?.url).toBe("/v1?token=***&cursor=abc");
});

test.each([
	["breaks off is told", 'console.error("out of memory"); process.exit(134)', ["out of memory"]],
	["is content says nothing", "", []],
])("a compiler that %s", async (_, script, why) => {
	const at = mkdtempSync(join(tmpdir(), "gn-types-"));
	ends.push(() => rmSync(at, { recursive: true, force: true }));
	writeFileSync(join(at, "tsc.cjs"), script);
	const subject = { folder: at, compiler: { tsc: join(at, "tsc.cjs"), project: "tsconfig.json" } };
	const host = testHost(at);
	const errors = await typeErrors(subject as never, { host } as never, new AbortController().signal);
	expect(errors.map((error) => error.why)).toEqual(why.map((part) => expect.stringContaining(part)));
	for (const error of errors) expect(error.next).toBeTypeOf("string");
});
