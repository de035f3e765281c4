/** `source-* --singer` as a process. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { folder, run, SAMPLE } from "../cli/program.ts";

const files = folder();
afterAll(files.remove);
const TOKEN = "s3cret/t0ken+value";
const config = files.file("sample.json", { token: TOKEN });
const withSettings = (name: string, more: object) => files.file(`${name}.json`, { token: TOKEN, ...more });
const tap = (...args: string[]) => run(SAMPLE, ["--singer", ...args]);
const linesOf = ({ out }: { out: string }) =>
	out
		.split("\n")
		.filter(Boolean)
		.map((line) => JSON.parse(line));

describe("a source as a tap", () => {
	test("discovers one document, and reads what is selected in it", async () => {
		const discovered = await tap("--config", config, "--discover");
		expect([discovered.code, discovered.err]).toEqual([0, ""]);
		expect(discovered.out.split("\n").length).toBeGreaterThan(10);
		const catalog = JSON.parse(discovered.out);
		expect(catalog.streams[0].tap_stream_id).toBe("sample__orders");
		catalog.streams[0].metadata.push({ breadcrumb: ["properties", "total"], metadata: { selected: false } });
		const read = await tap("-c", config, "--properties", files.file("catalog.json", catalog));
		expect([read.code, read.err]).toEqual([0, ""]);
		const records = linesOf(read).filter(({ type }) => type === "RECORD");
		expect(records.map(({ record }) => Object.keys(record))).toEqual(
			[...Array(3)].map(() => ["id", "updated_at", "padding", "_sdc_sequence"]),
		);
	});

	test("goes on from the state that it gave, whole or as the last of many lines", async () => {
		const first = await tap("--config", config);
		expect(first.out).toContain('"total":12.50');
		expect(first.out).toMatch(/"time_extracted":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}\n/);
		expect(linesOf(first).map(({ type }) => type)).toEqual([
			...["STATE", "SCHEMA", "RECORD", "RECORD", "STATE", "RECORD", "STATE"],
		]);
		const states = linesOf(first).flatMap(({ type, value }) => (type === "STATE" ? [JSON.stringify(value)] : []));
		const more = withSettings("more", { rows: 5 });
		const second = await tap("--config", more, "--state", files.file("state.json", states.join("\n")));
		const ids = linesOf(second).flatMap(({ record }) => record?.id ?? []);
		expect(ids).toEqual(["o2", "o3", "o4"]);
		// a target that answers nothing new gives back what it went on from
		expect(linesOf(second)[0].value).toEqual(JSON.parse(states.at(-1)!));
	});

	test("fails with a CRITICAL line in four parts, without the secret, and with its code", async () => {
		const failed = await tap("--config", withSettings("failing", { fail: "data" }));
		expect(failed.code).toBe(30);
		expect(failed.err).toMatch(
			/^CRITICAL It failed with \*\*\* \(where: GET \/orders, stream orders.*next: run again\)\n$/,
		);
		expect(linesOf(failed).at(-1).type).toBe("STATE");
		expect(failed.out + failed.err).not.toContain(TOKEN);
		const wrong = await tap("--config", files.file("wrong.json", { rows: "many" }));
		expect([wrong.code, wrong.out]).toEqual([10, ""]);
		expect(wrong.err.match(/^CRITICAL /gm)).toHaveLength(2);
	});

	test("says what it is, tries its settings, and refuses what it does not know", async () => {
		const about = JSON.parse((await tap("--about", "--format=json")).out);
		expect(about).toMatchObject({ name: "source-sample", version: "1.2.3" });
		expect(about.settings.properties.token.secret).toBe(true);
		expect((await tap("--version")).out).toBe("source-sample 1.2.3\n");
		expect((await tap("--help")).out).toContain("--catalog <file>");
		expect(await tap("--config", config, "--test")).toMatchObject({ code: 0, out: "", err: "INFO 3 rows\n" });
		const bad = await tap("--config", withSettings("untrue", { fail: "config" }), "--test");
		expect([bad.code, bad.err]).toEqual([10, expect.stringMatching(/^CRITICAL It failed with \*\*\*/)]);
		for (const args of [["--confg", config], ["read"], [], ["--config", config, "--config", config], ["--state"]]) {
			const refused = await tap(...args);
			expect([refused.code, refused.out]).toEqual([10, ""]);
			expect(refused.err).toMatch(/^CRITICAL .*\(where: source-sample --singer; why: .*; next: .*\)\n$/);
		}
	});

	test("a reader that goes away ends it without a word", async () => {
		const { launch, ended } = await import("../cli/program.ts");
		const child = launch(SAMPLE, ["--singer", "--config", withSettings("much", { rows: 100_000, padding: 1000 })]);
		child.stdout!.once("data", () => child.stdout!.destroy());
		const { code, err } = await ended(child);
		expect([code, err]).toEqual([20, ""]);
	});
});

test("renewed settings stand in the tap's own file, whole and as private as before", async () => {
	const { keepInFile } = await import("../../src/cli/tap-config.ts");
	const file = files.file("renewed.json", { token: "old" });
	const control = { type: "CONNECTOR_CONFIG" as const, emitted_at: 1, connectorConfig: { config: { token: "new" } } };
	await keepInFile(file, { name: "sample" } as never)({ type: "CONTROL", control });
	expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ token: "new" });
	expect(existsSync(`${file}.new`)).toBe(false);
	expect(statSync(file).mode & 0o777).toBe(statSync(config).mode & 0o777);
	const nowhere = keepInFile("/nowhere/at/all.json", { name: "sample" } as never)({ type: "CONTROL", control });
	await expect(nowhere).rejects.toMatchObject({ code: "config.not_writable", where: "/nowhere/at/all.json" });
});
