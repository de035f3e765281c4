/** Every rule of the conformance kit, on the scripted restaurants. */
import { conformance } from "@growthnav/sdk/testing";
import { expect, test } from "vitest";
import { start } from "../src/demo.ts";
import source from "../src/index.ts";

const program = [process.execPath, `${import.meta.dirname}/../bin.js`];

test("the connector keeps every rule of the kit", { timeout: 240_000 }, async () => {
	const found: string[] = [];
	for await (const { name, findings } of conformance({ source, start, program }))
		found.push(...findings.map((finding) => `${name}: ${finding}`));
	expect(found).toEqual([]);
});
