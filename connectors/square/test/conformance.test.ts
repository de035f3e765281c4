import { conformance } from "@growthnav/sdk/testing";
import { expect, test } from "vitest";
import { known, start } from "../src/demo.ts";
import source from "../src/index.ts";

test("every rule of the kit holds", { timeout: 240_000 }, async () => {
	const outcomes = await Array.fromAsync(conformance({ source, start, known }));
	expect(outcomes.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`))).toEqual([]);
});
