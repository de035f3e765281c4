/** What each connector promised with its last release (`growthnav test <connector> --release`) still holds. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { conformance } from "@growthnav/sdk/testing";
import { expect, test } from "vitest";
import { loadPackages, ROOT } from "../scripts/packages.ts";
import type { Source } from "../sdk/src/source/definition.ts";

const packages = (await loadPackages()).filter(({ definition }) => definition.kind === "source");

test.for(packages.map(({ folder, definition }) => [folder, definition as Source] as const))(
	"%s keeps its promises",
	async ([folder, source]) => {
		const release = join(ROOT, folder, "release.json");
		expect(existsSync(release), `growthnav test ${source.name} --release makes ${folder}/release.json`).toBe(true);
		const released = JSON.parse(readFileSync(release, "utf8"));
		const { start } = await import(/* @vite-ignore */ pathToFileURL(join(ROOT, folder, "src/demo.ts")).href);
		for (const rule of ["spec: what the last release", "discover: what the last release"]) {
			const [outcome] = await Array.fromAsync(conformance({ source, start, released }, rule));
			expect(outcome?.findings).toEqual([]);
		}
	},
);
