import { conformance } from "@growthnav/sdk/testing";
import { expect, test } from "vitest";
import { known, start } from "../src/demo.ts";
import source from "../src/index.ts";

const program = [process.execPath, `${import.meta.dirname}/../bin.js`];

test("every rule of the kit holds", { timeout: 240_000 }, async () => {
	const outcomes = await Array.fromAsync(conformance({ source, start, known, program }));
	expect(outcomes.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`))).toEqual([]);
});
