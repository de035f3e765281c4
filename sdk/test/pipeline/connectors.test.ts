import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandWords } from "../../src/pipeline/connectors/command-words.ts";
import { findConnector, listConnectors } from "../../src/pipeline/connectors/connectors.ts";
import { testFolder, testHost } from "./bench.ts";

/** A folder with an installed connector package. */
function withPackage(name: string, manifest: object): string {
	const folder = testFolder();
	const home = join(folder, "node_modules", name);
	mkdirSync(home, { recursive: true });
	writeFileSync(join(home, "package.json"), JSON.stringify({ name, version: "1.2.0", ...manifest }));
	return folder;
}
const SHOP = { bin: { "source-acme-shop": "run.js" }, growthnav: { title: "Acme shop", status: "draft" } };

describe("finding a connector", () => {
	test("of the project by its name, its package and its program", async () => {
		const host = testHost(testFolder());
		const square = await findConnector({ connector: "square" }, "source", host);
		expect(square).toMatchObject({
			kind: "source",
			name: "square",
			program: "source-square",
			ours: true,
			status: "tested",
		});
		expect(square.argv).toEqual([host.node, expect.stringMatching(/connectors[/\\]square[/\\]bin\.js$/)]);
		expect(square.demo).toMatch(/demo\.js$/);
		for (const connector of ["@growthnav/source-square", "source-square"]) {
			expect(await findConnector({ connector }, "source", host)).toMatchObject({ name: "square" });
		}
		expect(await findConnector({ connector: "duckdb" }, "destination", host)).toMatchObject({
			fileExtensions: [".duckdb"],
		});
	});

	test("installed beside the pipeline, by name or package", async () => {
		const host = testHost(withPackage("@acme/shop", SHOP));
		for (const connector of ["acme-shop", "@acme/shop", "source-acme-shop"]) {
			expect(await findConnector({ connector }, "source", host)).toMatchObject({
				name: "acme-shop",
				program: "source-acme-shop",
				package: "@acme/shop",
				version: "1.2.0",
				foundIn: "node_modules",
				title: "Acme shop",
				status: "draft",
			});
		}
		expect((await listConnectors(host)).map(({ name }) => name)).toEqual(
			expect.arrayContaining(["acme-shop", "square", "duckdb"]),
		);
	});

	test("a package without a growthnav field is none", async () => {
		const host = testHost(withPackage("source-left-pad", { bin: { "source-left-pad": "x.js" } }));
		await expect(findConnector({ connector: "left-pad" }, "source", host)).rejects.toMatchObject({
			code: "config.unknown_connector",
		});
	});

	test("by a command, as a list or in quotes, with a name people know", async () => {
		const host = testHost(testFolder());
		const named = async (connector: string) => {
			const { name, program, argv, ours, foundIn } = await findConnector({ connector }, "source", host);
			return { name, program, argv, ours, foundIn };
		};
		expect(await named("docker run --rm -i airbyte/source-faker:6.2 ")).toEqual({
			name: "faker",
			program: "source-faker",
			argv: ["docker", "run", "--rm", "-i", "airbyte/source-faker:6.2"],
			ours: false,
			foundIn: "command",
		});
		expect(await named("./bin/my-source")).toMatchObject({ name: "my-source", argv: ["./bin/my-source"] });
		expect(await named("node --no-warnings ./source-x.mjs")).toMatchObject({ name: "x", program: "source-x" });
		expect(await findConnector({ command: ["source-faker"] }, "source", host)).toMatchObject({ name: "faker" });
	});

	test("a program on the PATH is started only where its name says that it is a connector", async () => {
		const folder = testFolder();
		for (const program of ["source-onpath", "onpath"]) {
			writeFileSync(join(folder, program), "#!/bin/sh\n");
			chmodSync(join(folder, program), 0o755);
		}
		const host = { ...testHost(folder), env: { PATH: folder } };
		expect(await findConnector({ connector: "source-onpath" }, "source", host)).toMatchObject({
			argv: ["source-onpath"],
		});
		await expect(findConnector({ connector: "onpath" }, "source", host)).rejects.toMatchObject({
			code: "config.unknown_connector",
		});
	});

	test("an unknown one is answered with what is near, or with all there are", async () => {
		const host = testHost(testFolder());
		await expect(findConnector({ connector: "sqare" }, "source", host)).rejects.toMatchObject({
			message: "There is no source called sqare",
			why: "sources here are file, hubspot, shopify, square, toast and woocommerce",
			next: "did you mean square?",
		});
		await expect(findConnector({ connector: "square" }, "destination", host)).rejects.toMatchObject({
			why: "destinations here are bigquery and duckdb",
		});
	});
});

test("a command line is split without a shell", () => {
	expect(commandWords(`a "b c" 'd "e' f\\ g "" "h\\"i" $(x) *.csv ; |`)).toEqual([
		"a",
		"b c",
		'd "e',
		"f g",
		"",
		'h"i',
		"$(x)",
		"*.csv",
		";",
		"|",
	]);
	expect(() => commandWords("a 'b")).toThrow("A quote in a command is not closed");
});
