import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("the programs of *.test-d.ts are accepted and refused as they say: a misspelt path in a mapping is a compile error", () => {
	const root = new URL("../../", import.meta.url);
	const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
	const project = fileURLToPath(new URL("tsconfig.types.json", import.meta.url));
	const { status, stdout } = spawnSync(process.execPath, [tsc, "--noEmit", "-p", project], { encoding: "utf8" });
	expect(stdout).toBe("");
	expect(status).toBe(0);
});
