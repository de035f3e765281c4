import { readFileSync } from "node:fs";
import { CONVERSION_COLUMNS, type ConversionMapping, DERIVED_COLUMNS, LINE_ITEM_FIELDS } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkStructure } from "../../src/conversion/check.ts";
import { mapping, outcomes } from "./convert.ts";

const page = readFileSync(new URL("../../../docs/mapping.md", import.meta.url), "utf8");

interface Example {
	section: string;
	name: string;
	notation: string;
	record: string;
	becomes: string;
}

/** The rows of four cells, from every table of the page. */
const examples: Example[] = page.split(/^## /m).flatMap((section) =>
	section
		.split("\n")
		.filter((line) => line.startsWith("| ") && line.includes("`"))
		.map((line) => line.slice(2, -2).split(" | "))
		.map(([name, notation, record, becomes]) => ({
			section: section.slice(0, section.indexOf("\n")),
			name: name!,
			notation: notation!,
			record: record!,
			becomes: becomes!,
		})),
);

const MAPPING_KEYS = ["type", "when", "each", "discriminator", "parent", "tracking", "time_zone", "flags", "columns"];

function codeSpans(cell: string): string[] {
	return [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
}

function mappingOf(notation: string): ConversionMapping {
	const parts = codeSpans(notation).map((span) => parse(span) as Record<string, unknown>);
	const all = Object.assign({}, ...parts) as Record<string, unknown>;
	const own = Object.entries(all);
	const columns = Object.fromEntries(own.filter(([key]) => !MAPPING_KEYS.includes(key)));
	return mapping({
		...Object.fromEntries(own.filter(([key]) => MAPPING_KEYS.includes(key))),
		columns: { currency: { const: "USD" }, ...columns, ...(all.columns as object) },
	});
}

describe("docs/mapping.md", () => {
	test("has examples in every section", () => {
		expect(examples.length).toBeGreaterThan(35);
	});

	test.each(examples)("$section: $name", ({ notation, record, becomes }) => {
		const all = outcomes(mappingOf(notation), JSON.parse(codeSpans(record)[0]!));
		const said = codeSpans(becomes);
		if (becomes.startsWith("left out")) expect(all).toMatchObject([{ outcome: "left_out", rule: said[0] }]);
		else if (becomes.startsWith("rejected")) {
			expect(all).toMatchObject([{ outcome: "rejected", code: said[0], reason: said[1] }]);
		} else {
			const conversions = said.map((text) => ({ outcome: "converted", conversion: JSON.parse(text) }));
			expect(all).toMatchObject(conversions);
		}
	});

	test("its first example is a mapping", () => {
		const [, yaml] = page.match(/```yaml\n([\s\S]+?)```/) ?? [];
		expect(checkStructure(parse(yaml!), "the page")).toEqual([]);
	});

	test("names every column that can be mapped", () => {
		const derived: readonly string[] = DERIVED_COLUMNS;
		const mappable = CONVERSION_COLUMNS.map(({ name }) => name).filter(
			(name) => !derived.includes(name) || name === "line_items" || name === "identity_fragments",
		);
		const listed = codeSpans(page.slice(page.indexOf("**Columns**")));
		expect(listed).toEqual([...mappable, "line_items", ...LINE_ITEM_FIELDS.map(({ name }) => name)]);
	});
});
