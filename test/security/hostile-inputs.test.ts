import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CASES = fileURLToPath(new URL("hostile-inputs.ts", import.meta.url));

// in a process of its own: what hangs can be ended there
test("no text from outside keeps a parser busy", () => {
	const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=growthnav-source", "--no-warnings", CASES], {
		encoding: "utf8",
		timeout: 50_000,
	});
	// the last name is the one before the text that hangs
	expect(stdout.trimEnd().split("\n").at(-1), stderr).toMatch(/^\d+ survived$/);
});
