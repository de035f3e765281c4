/** A file of variables names secrets for `env:` references; it reaches neither Node nor anything else. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder, GROWTHNAV, run, writeFile } from "../processes.ts";

const check = (cwd: string, file: string) => run(GROWTHNAV, ["check", "a.yaml", "--env", file], { cwd });

test("a missing file, a folder and a file of more than 1 MB are errors of ours, with the way out", async () => {
	const at = folder();
	writeFile(join(at, "large.env"), "A=1\n".repeat(300_000));
	for (const [file, why] of [
		["nope.env", "there is no such file"],
		[".", "it is a folder"],
		["large.env", "it is larger than 1 MB"],
	] as const) {
		const { code, err } = await check(at, file);
		expect(err).toContain("config.env_file");
		expect(err).toContain(why);
		expect(code).toBe(10);
	}
});

test("NODE_OPTIONS in the file starts no code, neither in growthnav nor in a connector", async () => {
	const at = folder();
	const evil = writeFile(join(at, "evil.mjs"), 'process.stderr.write("EVIL\\n");');
	writeFile(join(at, "a.env"), `NODE_OPTIONS="--import ${evil}"\nSALES=sales.csv\n`);
	writeFile(join(at, "sales.csv"), "id\n1\n");
	writeFile(join(at, "a.yaml"), {
		customer: "shop",
		source: { connector: "file", config: { path: "env:SALES", key: ["id"] } },
		destination: "duckdb",
	});
	const { code, out, err } = await check(at, "a.env");
	expect(out + err).not.toContain("EVIL");
	expect([code, err]).toEqual([0, ""]);
});
