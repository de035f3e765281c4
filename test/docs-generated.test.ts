/** What is derived is fresh: schemas, registry.json, tables in READMEs and docs. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { filled } from "../scripts/blocks.ts";
import { knownErrors } from "../scripts/errors.ts";
import { generated } from "../scripts/generate.ts";
import { ROOT } from "./sources.ts";

const files = await generated();
const read = (file: string) => (existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), "utf8") : "");

test("nothing that is derived is stale (else: npm run generate)", () => {
	expect(files.size).toBeGreaterThan(5);
	expect([...files].filter(([file, text]) => read(file) !== text).map(([file]) => file)).toEqual([]);
});

test("registry.json keeps its schema", () => {
	const validate = new Ajv({ strict: false }).compile(JSON.parse(read("spec/registry.json")));
	validate(JSON.parse(read("registry.json")));
	expect(validate.errors ?? []).toEqual([]);
});

test("a block is filled, and filled again it stays as it is", () => {
	const page = "# a\n\n<!-- generated:list -->\nold\n<!-- /generated -->\n\nb\n";
	const blocks = { list: () => "- new" };
	const once = filled("a.md", page, blocks);
	expect(once).toBe("# a\n\n<!-- generated:list -->\n\n- new\n\n<!-- /generated -->\n\nb\n");
	expect(filled("a.md", once, blocks)).toBe(once);
	expect(() => filled("a.md", page, {})).toThrow('a.md has a block "list"');
});

test("errors are found with their messages", () => {
	const messages = new Map(knownErrors().map(({ code, messages }) => [code, messages]));
	expect(messages.get("data.page_repeated")).toEqual(["Paging does not move on"]);
	expect(messages.get("config.secret_missing")).toEqual(["… points to nothing"]);
	expect([...messages].filter(([, texts]) => texts.length === 0).map(([code]) => code)).toEqual([]);
});
