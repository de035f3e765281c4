import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadPipeline, parsePipeline } from "../../src/pipeline/file/file.ts";
import { testFolder, testHost } from "./bench.ts";

const load = (text: string, name = "acme.yaml") => parsePipeline(text, name, `/data/${name}`);
const faults = async (text: string) =>
	((await load(text)).errors ?? []).map(({ code, message, where, why, next }) => [code, message, where, why, next]);

const SMALLEST = `customer: acme
source: { connector: square, config: { access_token: env:SQUARE_TOKEN } }
destination: duckdb
`;

describe("a pipeline file", () => {
	test("the smallest has defaults: its name, its format", async () => {
		const { file } = await load(SMALLEST);
		expect(file?.pipeline).toEqual({
			version: 1,
			name: "acme",
			customer: "acme",
			source: { connector: "square", config: { access_token: "env:SQUARE_TOKEN" } },
			destination: { connector: "duckdb" },
		});
		expect(file?.folder).toBe("/data");
		expect(file?.where(["source", "config", "access_token"])).toBe("acme.yaml:2:54, source.config.access_token");
	});

	test("JSON is the same model, with the same places", async () => {
		const text = JSON.stringify(
			{ customer: "acme", source: { connector: "x" }, destination: "y", extra: 1 },
			undefined,
			"\t",
		);
		const { errors } = await load(text, "acme.json");
		expect(errors?.map(({ where, message }) => [message, where])).toEqual([["Unknown key extra", "acme.json:7:2"]]);
	});

	test("an unknown key is told with its place, what is known there, and what was probably meant", async () => {
		const text = SMALLEST.replace("customer: acme", "custmer: acme").replace("connector: square", "conector: square");
		expect(await faults(text)).toEqual([
			[
				"config.unknown_key",
				"Unknown key custmer",
				"acme.yaml:1:1",
				"a pipeline file knows customer, destination, limits, name, schedule, source, streams and version",
				"did you mean customer?",
			],
			[
				"config.unknown_key",
				"Unknown key conector in source",
				"acme.yaml:2:11, source",
				"source knows account, command, config, connector and demo",
				"did you mean connector?",
			],
			["config.missing", "customer is missing", "acme.yaml:1:1", "it is required", "add customer"],
			[
				"config.wrong_value",
				"source names no connector",
				"acme.yaml:2:9, source",
				"it needs either connector or command",
				"correct it",
			],
		]);
	});

	test("all problems are told together, each at its path", async () => {
		const text = `version: 2
customer: Acme Inc
source: { command: source-faker, account: "../x" }
destination: { connector: duckdb, config: 5 }
streams:
  orders: { mode: sometimes, write: upsert, key: id }
schedule: { every: daily }
limits: { rejects_percent: 200, minutes: soon }
`;
		const found = await faults(text);
		expect(found.map(([code, , where]) => `${code} ${where}`)).toEqual([
			"config.wrong_value acme.yaml:1:10, version",
			"config.wrong_value acme.yaml:2:11, customer",
			"config.wrong_type acme.yaml:3:20, source.command",
			"config.wrong_value acme.yaml:3:43, source.account",
			"config.wrong_type acme.yaml:4:43, destination.config",
			"config.wrong_value acme.yaml:6:19, streams.orders.mode",
			"config.wrong_value acme.yaml:6:37, streams.orders.write",
			"config.wrong_type acme.yaml:6:50, streams.orders.key",
			"config.wrong_value acme.yaml:7:20, schedule.every",
			"config.wrong_value acme.yaml:8:28, limits.rejects_percent",
			"config.wrong_type acme.yaml:8:42, limits.minutes",
		]);
	});

	test("a mapping is told at line and column too", async () => {
		const text = `${SMALLEST}streams:
  orders:
    conversions:
      - type: purchse
        columns:
          value: { minor: total, sum: [a] }
          gross: total
`;
		const found = await faults(text);
		expect(found.map(([code]) => code)).toEqual(expect.arrayContaining([expect.stringMatching(/^config\.mapping/)]));
		expect(found.map(([, , where]) => where)).toEqual([
			expect.stringMatching(/^acme\.yaml:7:15, streams\.orders\.conversions\[0\]\.type$/),
			expect.stringMatching(/^acme\.yaml:9:\d+, streams\.orders\.conversions\[0\]\.columns\.value$/),
			expect.stringMatching(/^acme\.yaml:10:\d+, streams\.orders\.conversions\[0\]\.columns\.gross$/),
		]);
	});

	test.each([
		["a tag", "customer: !!js/function x", "config.yaml_tag"],
		["a tag that makes bytes", "customer: !!binary aGk=", "config.yaml_tag"],
		["an alias of itself", "customer: &a [*a]", "config.yaml_limits"],
		["an alias of nothing", "customer: *a", "config.yaml_syntax"],
		["a key that stands twice", "customer: a\ncustomer: b", "config.yaml_duplicate"],
		["a list as a key", "[a]: b", "config.yaml_key"],
		["two documents", "--- 1\n--- 2", "config.yaml_syntax"],
		["no YAML", "customer: [", "config.yaml_syntax"],
	])("%s is refused", async (_what, text, code) => {
		expect((await load(text)).errors?.map((error) => error.code)).toEqual([code]);
	});

	test("aliases that multiply are stopped early", async () => {
		const lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"];
		for (let i = 1; i < 10; i++)
			lines.push(
				`a${i}: &a${i} [${Array(10)
					.fill(`*a${i - 1}`)
					.join()}]`,
			);
		const before = performance.now();
		expect((await load(lines.join("\n"))).errors?.map(({ code }) => code)).toEqual(["config.yaml_limits"]);
		expect(performance.now() - before).toBeLessThan(3_000);
	});

	test("ten thousand keys are compared with no other, and brackets do not nest without end", async () => {
		const keys = Array.from({ length: 10_000 }, (_, index) => `k${index}: 1`).join("\n");
		expect((await load(`${keys}\nk7: 1`)).errors).toMatchObject([
			{ code: "config.yaml_duplicate", where: "acme.yaml:10001:1", why: "k7 stands above it in the same object" },
		]);
		for (const text of ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(20_000)]) {
			expect((await load(text)).errors?.[0]?.code).toMatch(/^config\.yaml_(limits|syntax)$/);
		}
	});

	test("numbers stay exact, dates stay text, a key called __proto__ is an ordinary one", async () => {
		const { file } = await load(
			'{"customer":"acme","source":{"connector":"x","config":{"id":12345678901234567890,"rate":1.10,"day":"2025-01-01","__proto__":{"a":1}}},"destination":"y"}',
		);
		expect(JSON.stringify(file?.pipeline.source.config)).toBe(
			'{"id":12345678901234567890,"rate":1.10,"day":"2025-01-01","__proto__":{"a":1}}',
		);
		expect(({} as { a?: number }).a).toBeUndefined();
		const dated = await load(`${SMALLEST.replace("env:SQUARE_TOKEN", "2025-01-01")}`);
		expect(dated.file?.pipeline.source.config).toEqual({ access_token: "2025-01-01" });
	});

	test("a customer is 1 to 64 small letters, digits and _, always", async () => {
		const isGood = async (customer: string) =>
			(await load(JSON.stringify({ customer, source: { connector: "x" }, destination: "y" }))).errors === undefined;
		await fc.assert(
			fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9_]{1,70}$/)), async (customer) => {
				expect(await isGood(customer)).toBe(/^[a-z0-9_]{1,64}$/.test(customer) && !customer.includes("\n"));
			}),
			{ numRuns: 100 },
		);
	});

	test("whatever the text is, it is read or refused with a place, and nothing is thrown", async () => {
		await fc.assert(
			fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.string({ unit: "binary" })), async (text) => {
				const { errors } = await load(text);
				for (const error of errors ?? []) expect(error.where).toMatch(/^acme\.yaml/);
			}),
			{ numRuns: 200 },
		);
	});

	test.skipIf(process.platform === "win32")(
		"a device is read no further than a file may be long; a pipe is a file",
		async () => {
			const folder = testFolder();
			const host = testHost(folder);
			expect((await loadPipeline("/dev/zero", host)).errors).toMatchObject([{ code: "config.file_too_large" }]);
			expect((await loadPipeline("/dev/null", host)).errors).toMatchObject([{ code: "config.wrong_type" }]);
			execFileSync("mkfifo", [join(folder, "pipe")]);
			const [loaded] = await Promise.all([loadPipeline("pipe", host), writeFile(join(folder, "pipe"), SMALLEST)]);
			expect(loaded.file?.pipeline.customer).toBe("acme");
		},
	);

	test("a file that cannot be read says why", async () => {
		const folder = testFolder();
		mkdirSync(join(folder, "dir.yaml"));
		const host = testHost(folder);
		const why = async (path: string) =>
			(await loadPipeline(path, host)).errors?.map((error) => [error.code, error.why]);
		expect(await why("nosuch.yaml")).toEqual([["config.file_unreadable", "there is no such file"]]);
		expect(await why("dir.yaml")).toEqual([["config.file_unreadable", "it is a folder"]]);
		writeFileSync(join(folder, "acme.yaml"), SMALLEST);
		expect((await loadPipeline("acme.yaml", host)).file?.folder).toBe(folder);
	});
});
