import { expect, test } from "vitest";
import { CHECKS, conformance, conformanceReport } from "../../../src/testing/index.ts";
import { MUTANTS } from "./mutants.ts";
import { house } from "./teahouse.ts";

test("a right connector keeps every rule, and the report says so", async () => {
	const outcomes = await Array.fromAsync(conformance(house()));
	expect(outcomes.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`))).toEqual([]);
	expect(outcomes.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
	expect(conformanceReport("teahouse", outcomes)).toContain(`${CHECKS.length} rules hold.`);
});

test.for(MUTANTS)("found: $fault", async ({ rule, says, subject }) => {
	const [outcome, ...others] = await Array.fromAsync(conformance(await subject(), rule));
	expect(others).toEqual([]);
	expect(outcome?.findings.join("\n")).toMatch(says);
	expect(conformanceReport("mutant", [outcome!])).toContain("1 of 1 rules do not hold.");
});
