import { readFile } from "node:fs/promises";
import { checkSource, specOf } from "@growthnav/sdk/testing";
import { describe, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { config } from "../src/config.ts";
import file from "../src/index.ts";
import { folder, read, values } from "./support.ts";

describe("settings", () => {
	test("every setting is described, and the version is that of the package", () => {
		const { connectionSpecification } = specOf(file);
		const undescribed = (schema: { properties?: object; items?: object }, at = ""): string[] =>
			Object.entries(schema.properties ?? {}).flatMap(([name, part]) => [
				...(part.description ? [] : [`${at}${name}`]),
				...undescribed(part, `${at}${name}.`),
				...undescribed(part.items ?? {}, `${at}${name}.`),
			]);
		expect(undescribed(connectionSpecification)).toEqual([]);
		expect(file.version).toBe(manifest.version);
		expect(Object.keys(config.shape)).toContain("path");
	});

	test.each([
		[{ path: "x.csv", delimeter: ";" }, "config.unknown_key", "did you mean delimiter?"],
		[{}, "config.missing", "add path, for example sales/*.csv"],
		[
			{ path: "x.csv", streams: [{ path: "y.csv" }] },
			"config.wrong_value",
			"move path into an entry of streams, or use a config of its own",
		],
		[{ path: "x.csv", columns: { a: "sting" } }, "config.wrong_value", "did you mean string?"],
		[{ path: "x.csv", key: [] }, "config.wrong_value", 'for example ["order_id"]'],
		[
			{ path: "x.csv", conversions: [{ type: "purchase", columns: {} }] },
			"config.missing",
			"add account, for example acme-pos, and never change it",
		],
	])("%j is told", async (given, code, next) => {
		const { errors } = await read(given as never);
		expect(errors[0]).toMatchObject({ code, next });
	});

	test("every config in the README is one that source-file takes", async () => {
		const page = await readFile(new URL("../README.md", import.meta.url), "utf8");
		const configs = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(text!));
		expect(configs.length).toBeGreaterThan(3);
		for (const given of configs) {
			// all is right but the files, which are not there
			const status = await checkSource(file, { config: given });
			expect(status.error?.code).toMatch(/^config\.(no_files|file_missing)$/);
		}
	});

	test("check tells what was found, or what is wrong", async () => {
		const { path, write } = folder();
		await write("in/a.csv", "id\n1\n");
		await write("in/b.csv", "id\n1\n");
		expect(await checkSource(file, { config: { path: `${path}/in/*.csv` } })).toEqual({
			status: "SUCCEEDED",
			message: "in (2 files)",
		});
		expect(await checkSource(file, { config: { path: `${path}/in/*.txt` } })).toMatchObject({ status: "FAILED" });
	});

	test("several streams; what an entry leaves out comes from the top", async () => {
		const { path, write } = folder();
		await write("a.csv", "id,d\n1,03/04/2026\n");
		await write("b.txt", "id|d\n1|03/04/2026\n");
		const result = await read({
			locale: "en-GB",
			streams: [{ path: `${path}/a.csv` }, { path: `${path}/b.txt`, stream: "other", locale: "en-US" }],
		});
		expect(result.records.a?.[0]?.d).toBe("2026-04-03");
		expect(result.records.other?.[0]?.d).toBe("2026-03-04");
		expect(result.complete).toEqual(["a", "other"]);
		const twice = await read({
			locale: "en-GB",
			streams: [{ path: `${path}/a.csv` }, { path: `${path}/b.txt`, stream: "a" }],
		});
		expect(twice.errors[0]?.message).toBe("Two streams have the name a");
	});
});

describe("keys", () => {
	test("natural: declared in the catalog; a row without it is refused with file and line", async () => {
		const { write } = folder();
		const path = await write("a.csv", "shop,id,v\nA,1,x\nA,,y\n,2,z\n");
		const result = await read({ path, key: ["shop", "id"] });
		expect(result.catalog?.streams[0]?.source_defined_primary_key).toEqual([["shop"], ["id"]]);
		expect(values(result)).toEqual([{ shop: "A", id: 1, v: "x" }]);
		expect(result.rejects).toMatchObject([
			{ code: "missing_key", path: "id", line: 3, raw: "A,,y" },
			{ code: "missing_key", path: "shop", line: 4 },
		]);
		const unknown = await read({ path, key: "shop_id" });
		expect(unknown.errors[0]).toMatchObject({ code: "config.unknown_column", where: "key" });
	});

	test("content: equal rows of a file are told apart, and the same rows in another file are the same", async () => {
		const { path, write } = folder();
		await write("in/a.csv", "id,v\n1,x\n1,x\n2,y\n");
		await write("in/b.csv", "v,w,id\nx,,1\nx,,1\ny,,2\nz,,3\n");
		await write("in/c.jsonl", '{"id":1,"v":{"a":1,"b":2}}\n{"v":{"b":2,"a":1},"id":1}\n');
		const result = await read({ path: `${path}/in/*`, key: "content" });
		const keys = result.rows.map(({ _content, _ordinal }) => `${_content}:${_ordinal}`);
		expect(new Set(keys.slice(0, 3)).size).toBe(3);
		expect(keys.slice(3, 6)).toEqual(keys.slice(0, 3));
		expect(result.rows.map(({ _ordinal }) => _ordinal)).toEqual([1, 2, 1, 1, 2, 1, 1, 1, 2]);
		expect(result.catalog?.streams[0]?.source_defined_primary_key).toEqual([["_content"], ["_ordinal"]]);
	});

	test("content: above the bound it is an error that names the setting", async () => {
		const { write } = folder();
		const path = await write("a.csv", "id\n1\n2\n3\n");
		expect((await read({ path, key: "content", content_rows: 2 })).errors[0]).toMatchObject({
			code: "config.content_rows",
			next: expect.stringContaining("raise content_rows"),
		});
	});
});

describe("conversions", () => {
	test("mappings of the config travel in the catalog, with origin, currency and zone of the config", async () => {
		const { write } = folder();
		const path = await write("a.csv", "day,v,who\n2026-07-03,5.00,p1\n");
		const purchase = { type: "purchase", columns: { timestamp: "day", value: "v", user_id: "who" } };
		const result = await read({
			path,
			account: "acme-pos",
			currency: "USD",
			time_zone: "America/Chicago",
			conversions: [purchase],
		});
		expect(result.catalog?.streams[0]).toMatchObject({
			conversion_origin: {
				source: { const: "manual" },
				source_system: { const: "file" },
				source_account: { const: "acme-pos" },
			},
			conversions: [
				{
					type: "purchase",
					time_zone: "America/Chicago",
					columns: { timestamp: "day", value: "v", user_id: "who", currency: { const: "USD" } },
				},
			],
		});
	});
});
