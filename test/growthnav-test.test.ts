/** `growthnav test`: the report, the exit code, and what a release keeps. */
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { growthnav } from "./growthnav.ts";
import { folder } from "./processes.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** source-file as a package of somebody else, with one line of its demo changed. */
function copied(change: (demo: string) => string): { at: string; packaged: string } {
	const at = folder();
	const packaged = join(at, "node_modules/@acme/source-rows");
	cpSync(join(ROOT, "connectors/file"), packaged, {
		recursive: true,
		filter: (path) => !/file[/\\](test|src|node_modules)$/.test(path),
	});
	const manifest = JSON.parse(readFileSync(join(packaged, "package.json"), "utf8"));
	manifest.name = "@acme/source-rows";
	manifest.bin = { "source-rows": "bin.js" };
	writeFileSync(join(packaged, "package.json"), JSON.stringify(manifest));
	symlinkSync(join(ROOT, "node_modules/@growthnav"), join(at, "node_modules/@growthnav"), "junction");
	for (const name of ["csv-parse", "zod"])
		symlinkSync(join(ROOT, "node_modules", name), join(at, "node_modules", name), "junction");
	const demo = join(packaged, "dist/demo.js");
	writeFileSync(demo, change(readFileSync(demo, "utf8")));
	return { at, packaged };
}

test("a right connector: every rule that fits it, exit code 0; --release keeps its promises", {
	timeout: 120_000,
}, async () => {
	const { at, packaged } = copied((demo) => demo);
	const { code, out } = await growthnav(at, ["test", "@acme/source-rows", "--release"]);
	expect(out).toContain("✓ read: the same twice");
	expect(out).toContain("- faults: 500");
	expect(out).toMatch(/✓ \d+ rules hold\./);
	expect(code).toBe(0);
	const release = join(packaged, "release.json");
	expect(existsSync(release)).toBe(true);

	const promised = JSON.parse(readFileSync(release, "utf8"));
	promised.catalog.streams[0].json_schema.properties.colour = { type: ["null", "string"] };
	writeFileSync(release, JSON.stringify(promised));
	const later = await growthnav(at, ["test", "@acme/source-rows", "--only", "discover", "--json"]);
	expect(later.code).toBe(30);
	const rules = later.out
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	expect(rules.filter(({ status }) => status === "broken")).toMatchObject([
		{
			event: "rule",
			name: "discover: what the last release promised still holds",
			findings: ["transactions.colour is gone"],
		},
	]);
});

test("a broken one: the rule, what must hold, what was found; exit code 30", { timeout: 120_000 }, async () => {
	const { at } = copied((demo) => demo.replace('timestamp: "date"', 'timestamp: "customer_id"'));
	const { code, out } = await growthnav(at, ["test", "@acme/source-rows", "--only", "conversions"]);
	expect(out).toContain("✗ conversions: every one is whole");
	expect(out).toContain("    must hold: no row of the demo is refused by its mapping");
	expect(out).toMatch(/rules are broken\. Exit code 30\./);
	expect(code).toBe(30);
});

test("what cannot be tried says why", async () => {
	const { code, err } = await growthnav(folder(), ["test", `${dirname(process.execPath)}/node nothing.js`]);
	expect(err).toContain("it is a command, not a package");
	expect(code).toBe(10);
});
