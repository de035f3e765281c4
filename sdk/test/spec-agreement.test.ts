/** What `spec` says in JSON and what the rooms do with it must be one. */
import { readFileSync } from "node:fs";
import type { ConversionMapping, ConversionOrigin, Json, JsonObject } from "@growthnav/spec";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { checkStructure } from "../src/conversion/check.ts";
import { compileConversions } from "../src/conversion/compile.ts";
import { pipelineShape } from "../src/pipeline/file/pipeline-shape.ts";
import type { Problem } from "../src/pipeline/file/shape.ts";

const text = (file: string) => readFileSync(new URL(`../../spec/${file}`, import.meta.url), "utf8");

interface Examples {
	base: {
		context: { customerId: string; stream: string; primaryKey: string[][]; origin: ConversionOrigin };
		mapping: ConversionMapping;
		record: JsonObject;
	};
	examples: {
		verb: string;
		mapping: Partial<ConversionMapping>;
		record: JsonObject;
		conversions: JsonObject[];
		left_out?: number;
	}[];
}
const { base, examples } = JSON.parse(text("examples/mapping.json")) as Examples;
const whole = (mapping: Partial<ConversionMapping>): ConversionMapping => ({
	...base.mapping,
	...mapping,
	columns: { ...base.mapping.columns, ...mapping.columns },
});

test.each(examples)("a record becomes what the example says: $verb", ({ mapping, record, ...expected }) => {
	const convert = compileConversions([whole(mapping)], { ...base.context, connectorVersion: undefined });
	const outcomes = convert({ ...base.record, ...record });
	const conversions = outcomes.flatMap((one) => (one.outcome === "converted" ? [one.conversion] : []));
	const shown = conversions.map((conversion, n) =>
		Object.fromEntries(
			Object.keys(expected.conversions[n] ?? {}).map((name) => [name, conversion[name as never] ?? null]),
		),
	);
	expect(shown).toEqual(expected.conversions);
	expect(outcomes.filter(({ outcome }) => outcome === "left_out")).toHaveLength(expected.left_out ?? 0);
	expect(outcomes.filter(({ outcome }) => outcome === "rejected")).toEqual([]);
});

const ajv = new Ajv({ strict: false, validateFormats: false });
for (const file of ["mapping.json", "pipeline.json"]) ajv.addSchema(JSON.parse(text(file)), file);
const isValid = (schema: string, value: Json) => ajv.getSchema(schema)!(value) === true;

const OTHERS: Json[] = [null, 0, -1, "", "x", true, [], ["x"], {}, { x: "x" }];

/** The value with one thing in it left out, renamed or replaced: all there are. */
function* changed(value: Json): Generator<Json> {
	yield* OTHERS;
	if (Array.isArray(value)) {
		for (const [n, one] of value.entries()) {
			yield value.toSpliced(n, 1);
			for (const other of changed(one)) yield value.with(n, other);
		}
	} else if (typeof value === "object" && value !== null) {
		for (const [key, one] of Object.entries(value as JsonObject)) {
			const { [key]: _, ...rest } = value as JsonObject;
			yield rest;
			yield { ...rest, [`${key}x`]: one };
			for (const other of changed(one!)) yield { ...rest, [key]: other };
		}
	}
}

test("a mapping is refused by the schema when it is refused by the compiler, and only then", () => {
	const differing = new Set<string>();
	let tried = 0;
	for (const { mapping } of examples) {
		const form = { ...whole(mapping), columns: { timestamp: "at", ...mapping.columns } };
		// the compiler also looks at what a constant and a zone are
		const isStricter = /"const"|"time_zone"/.test(JSON.stringify(form));
		for (const one of changed(form as unknown as Json)) {
			tried++;
			const byRoom = checkStructure(one, "mapping").length === 0;
			const bySchema = isValid("mapping.json", one);
			if (byRoom && !bySchema) differing.add(`the compiler takes ${JSON.stringify(one)}`);
			if (bySchema && !byRoom && !isStricter) differing.add(`the schema takes ${JSON.stringify(one)}`);
		}
	}
	expect([...differing]).toEqual([]);
	expect(tried).toBeGreaterThan(2_000);
});

test("a pipeline file is refused by the schema when it is refused by the runner, and only then", () => {
	const differing = new Set<string>();
	for (const name of ["smallest", "everything"]) {
		const { streams, ...rest } = parse(text(`examples/pipeline-${name}.yaml`)) as JsonObject;
		// what a mapping may be is compared above
		const { orders, ...others } = (streams ?? {}) as { [stream: string]: JsonObject };
		const { conversions: _, ...order } = orders ?? {};
		const file = { ...rest, streams: { ...others, orders: order } } as unknown as Json;
		for (const one of changed(file)) {
			const problems: Problem[] = [];
			pipelineShape(one, [], problems);
			const byRoom = problems.length === 0;
			if (byRoom !== isValid("pipeline.json", one))
				differing.add(`${byRoom ? "room takes" : "schema takes"} ${JSON.stringify(one)}`);
		}
	}
	expect([...differing]).toEqual([]);
});
