import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { GENERATED, schemaText } from "../generate.ts";
import { CONVERSION_COLUMNS } from "../src/index.ts";
import { typedParts, typeOf } from "./schema-type.ts";
import { FILES, faults, fileText, type Schema, schemas } from "./schemas.ts";

test.each(Object.entries(GENERATED))("%s is fresh (else: npm run generate)", (file, schema) => {
	expect(fileText(file)).toBe(schemaText(schema()));
});

test.each(FILES)("every field of %s is described", (file) => {
	const bare: string[] = [];
	const visit = (schema: unknown, path: string) => {
		if (typeof schema !== "object" || schema === null) return;
		const { properties } = schema as Schema;
		for (const [name, field] of Object.entries((properties ?? {}) as { [name: string]: Schema })) {
			if (!describes(field, schemas[file]!)) bare.push(`${path}.${name}`);
		}
		for (const [key, inner] of Object.entries(schema)) {
			// conditions only narrow what is described elsewhere
			if (!["if", "then", "not"].includes(key) || path.endsWith(".properties")) visit(inner, `${path}.${key}`);
		}
	};
	visit(schemas[file], file);
	expect(bare).toEqual([]);
});

function describes(field: Schema, root: Schema): boolean {
	if (field.description !== undefined) return true;
	const name = /^#\/definitions\/(.+)$/.exec(String(field.$ref))?.[1];
	return name !== undefined && (root.definitions as { [name: string]: Schema })[name]?.description !== undefined;
}

/** Flat: fields of several types joined by & as one object. */
const PRELUDE = `
type Flat<X> = X extends string | number | boolean | null ? X : X extends (infer E)[] ? Flat<E>[] : { [K in keyof X]: X[K] };
type Deep<X> = X extends string | number | boolean | null ? X : X extends (infer E)[] ? Flat<E>[] : { [K in keyof X]: Flat<X[K]> };
type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<Deep<A>, Deep<B>>) => {};
`;
/** Any JSON, and an object whose keys are the paths of a record. */
const NOT_COMPARED = ["Json", "JsonObject", "JsonSchema", "When"];

test("the schemas and the types say the same", () => {
	const src = fileURLToPath(new URL("../src/index.ts", import.meta.url));
	const parts = ["mapping.json", "messages.json", "pipeline.json", "registry.json"].flatMap((file) =>
		typedParts(schemas[file]!).map(([name, schema]) => ({ name, type: typeOf(schema, schemas[file]!) })),
	);
	const compared = parts.filter(({ name }) => !NOT_COMPARED.includes(name));
	const folder = mkdtempSync(fileURLToPath(new URL("types-", import.meta.url)));
	try {
		const checks = compared.map(({ name, type }) => `same<T.${name}, ${type}>(true); // ${name}`);
		writeFileSync(
			join(folder, "agree.ts"),
			`import type * as T from ${JSON.stringify(src)};${PRELUDE}${checks.join("\n")}\n`,
		);
		const flags =
			"--noEmit --ignoreConfig --strict --exactOptionalPropertyTypes --skipLibCheck --target es2024 --types node";
		const more = "--module nodenext --allowImportingTsExtensions";
		const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
		const { stdout } = spawnSync(process.execPath, [tsc, ...`${flags} ${more}`.split(" "), join(folder, "agree.ts")], {
			encoding: "utf8",
		});
		const lines = [...stdout.matchAll(/agree\.ts\((\d+),/g)].map(
			([, line]) => checks[Number(line) - PRELUDE.split("\n").length],
		);
		expect({ disagree: lines, other: lines.length === 0 ? stdout : "" }).toEqual({ disagree: [], other: "" });
	} finally {
		rmSync(folder, { recursive: true });
	}
	expect(compared.length).toBeGreaterThan(40);
});

test("a conversion has the columns of the list, and its laws", () => {
	expect(Object.keys(schemas["conversion.json"]!.properties as object)).toEqual(
		CONVERSION_COLUMNS.map(({ name }) => name),
	);
	const sale = {
		conversion_id: "26928855-f8ec-519b-af81-d665b2d40bc6",
		customer_id: "acme",
		conversion_type: "purchase",
		source_system: "square",
		source_account: "M1",
		source_stream: "orders",
		source_record_id: "9cXkQ7f",
		timestamp: "2026-07-03T19:22:10Z",
		timestamp_precision: "instant",
		extracted_at: "2026-07-03T20:00:00.123Z",
		loaded_at: "2026-07-03T20:00:01Z",
		value: "42.50",
		currency: "USD",
		line_items: [{ product_name: "Mug", quantity: "2" }],
		gclid: null,
		mapping: "orders/purchase",
		sync_id: "1",
		_gn_key: '["9cXkQ7f"]',
		_gn_generation_id: "0",
		dq_flags: [],
	};
	const of = (change: object) => faults("conversion.json", { ...sale, ...change });
	expect(of({})).toEqual([]);
	expect(of({ conversion_type: "refund", value: "-42.50" })).toEqual([]);
	expect(of({ conversion_type: "lead", value: null, currency: null })).toEqual([]);
	for (const change of [
		{ value: 42.5 },
		{ value: null },
		{ value: "1e3" },
		{ currency: undefined },
		{ currency: "usd" },
		{ timestamp: "2026-07-03T19:22:10" },
		{ timestamp: "2026-07-03T19:22:10+02:00" },
		{ timestamp: null },
		{ source: "shop" },
		{ conversion_type: "sale" },
		{ conversion_type: "refund" },
		{ conversion_id: "26928855-f8ec-419b-af81-d665b2d40bc6" },
		{ customer_id: "Acme" },
	]) {
		expect(of(change), JSON.stringify(change)).not.toEqual([]);
	}
});

interface Examples {
	base: { mapping: { type: string; columns: object } };
	examples: { verb: string; mapping: { columns: object }; conversions: object[] }[];
}
const { base, examples } = JSON.parse(fileText("examples/mapping.json")) as Examples;

test.each(examples)(
	"the example of $verb is a mapping, and shows columns of a conversion",
	({ mapping, conversions }) => {
		const columns = { ...base.mapping.columns, ...mapping.columns };
		expect(faults("mapping.json", { ...base.mapping, ...mapping, columns })).toEqual([]);
		const known = CONVERSION_COLUMNS.map(({ name }) => name as string);
		for (const conversion of conversions) expect(known).toEqual(expect.arrayContaining(Object.keys(conversion)));
	},
);

test.each<[string, object]>([
	["an unknown key", { typ: "purchase" }],
	["an unknown type", { type: "sale" }],
	["no columns", { columns: undefined }],
	["a column that the SDK fills", { columns: { conversion_id: "id" } }],
	["an unknown column", { columns: { total: "total" } }],
	["two verbs", { columns: { value: { minor: "a", sum: ["b"] } } }],
	["an unknown verb", { columns: { value: { multiply: ["a", "b"] } } }],
	["an empty path", { columns: { value: "" } }],
	["a number in place of a path", { columns: { value: 0 } }],
	["decimals without minor", { columns: { value: { path: "a", decimals: 2 } } }],
	["each without discriminator", { each: { refund: "refunds" } }],
	["each with two names", { each: { a: "as", b: "bs" }, discriminator: "a.id" }],
	["a condition of another form", { when: { state: { is: "PAID" } } }],
	["a parent without its stream", { parent: { type: "purchase", key: "order_id" } }],
	["a list that is written as a value", { columns: { line_items: "line_items" } }],
])("a mapping with %s is refused", (_, change) => {
	const mapping = { type: "purchase", columns: { timestamp: "closed_at" } };
	expect(faults("mapping.json", mapping)).toEqual([]);
	expect(faults("mapping.json", JSON.parse(JSON.stringify({ ...mapping, ...change })))).not.toEqual([]);
});

const pipeline = (name: string) => parse(fileText(`examples/pipeline-${name}.yaml`)) as object;

test.each(["smallest", "everything"])("the example of the %s pipeline file is one", (name) => {
	expect(faults("pipeline.json", pipeline(name))).toEqual([]);
});

test.each<[string, object]>([
	["an unknown key", { shedule: { every: "1h" } }],
	["a customer that no dataset can be named after", { customer: "Acme Ltd." }],
	["no source", { source: undefined }],
	["a source without connector and command", { source: {} }],
	["a source with both", { source: { connector: "square", command: ["tap"] } }],
	["demo beside config", { source: { connector: "square", demo: true, config: {} } }],
	["an unknown key of a stream", { streams: { orders: { writes: "append" } } }],
	["an unknown mode", { streams: { orders: { mode: "full" } } }],
	["a mapping that is none", { streams: { orders: { conversions: [{ type: "purchase" }] } } }],
	["an unknown limit", { limits: { rejects: 1 } }],
	["another version", { version: 2 }],
])("a pipeline file with %s is refused", (_, change) => {
	expect(faults("pipeline.json", JSON.parse(JSON.stringify({ ...pipeline("smallest"), ...change })))).not.toEqual([]);
});

test("the wire is open: unknown fields are allowed at every level", () => {
	const closed: string[] = [];
	const visit = (schema: unknown, path: string) => {
		if (typeof schema !== "object" || schema === null) return;
		if ((schema as Schema).additionalProperties === false) closed.push(path);
		for (const [key, inner] of Object.entries(schema)) visit(inner, `${path}.${key}`);
	};
	visit(schemas["messages.json"], "");
	expect(closed).toEqual([]);
});
