/** Settings that a tap renewed, where they cannot be kept. */
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Message } from "@growthnav/spec";
import { expect, test } from "vitest";
import { keepInFile } from "../../src/cli/tap-config.ts";
import { testFolder } from "../pipeline/bench.ts";

test("nothing of them stays beside a file that cannot be replaced", async () => {
	const folder = join(testFolder(), "settings");
	const file = join(folder, "tap.json");
	mkdirSync(file, { recursive: true });
	const control = { type: "CONNECTOR_CONFIG", emitted_at: 1, connectorConfig: { config: { token: "new" } } } as const;
	const message: Message = { type: "CONTROL", control };
	const keep = keepInFile(file, { name: "shop" } as Parameters<typeof keepInFile>[1]);
	await expect(keep(message)).rejects.toMatchObject({ code: "config.not_writable", where: file });
	expect(readdirSync(dirname(file))).toEqual(["tap.json"]);
});
