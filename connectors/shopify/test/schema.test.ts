/** Every query of the connector and every answer of the scripted shop, against Shopify's own schema of 2026-07. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "@growthnav/sdk";
import {
	buildClientSchema,
	type GraphQLNamedType,
	type GraphQLOutputType,
	type GraphQLSchema,
	getNamedType,
	isAbstractType,
	isEnumType,
	isListType,
	isNonNullType,
	isObjectType,
	NoDeprecatedCustomRule,
	parse,
	specifiedRules,
	validate,
} from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ENDPOINT, openShop, type Shop } from "../src/demo/server.ts";
import { read } from "./support.ts";

const FILE = fileURLToPath(
	new URL("../../../../shared/data/apis/shopify/admin_2026-07.introspection.json.gz", import.meta.url),
);

interface Asked {
	query: string;
	variables?: JsonObject;
}

describe.skipIf(!existsSync(FILE))("Shopify's schema (skipped where it is not beside the project)", () => {
	let schema: GraphQLSchema;
	let shop: Shop;
	let asked: Asked[];
	const END = Date.UTC(2026, 6, 31, 12);

	beforeAll(async () => {
		const { data } = JSON.parse(gunzipSync(readFileSync(FILE)).toString());
		schema = buildClientSchema(data, { assumeValid: true });
		shop = await openShop({ story: { orders: 330, customers: 60 }, bucket: { most: 1e6, restores: 1e6 } });
		await read(shop, { now: END, config: { bulk_from: 50 } });
		await read(shop, { now: END, config: { bulk_from: 100_000 } });
		asked = shop.requests.map(({ body }) => body as unknown as Asked);
	});
	afterAll(() => shop.close());

	const typeOf = (type: GraphQLNamedType, value: { id?: unknown }): GraphQLNamedType =>
		isAbstractType(type) ? (schema.getType(String(value.id).split("/")[3] ?? "") ?? type) : type;

	/** What of a value its type does not allow. */
	function* wrongWith(type: GraphQLOutputType, value: unknown, path: string): Generator<string> {
		if (value === null || value === undefined) {
			if (isNonNullType(type)) yield `${path} is null`;
			return;
		}
		const inner = isNonNullType(type) ? type.ofType : type;
		if (isListType(inner)) {
			if (!Array.isArray(value)) yield `${path} is no list`;
			else for (const one of value) yield* wrongWith(inner.ofType as GraphQLOutputType, one, `${path}[]`);
			return;
		}
		const named = typeOf(getNamedType(inner), value as object);
		if (isEnumType(named)) {
			if (named.getValue(String(value)) === undefined) yield `${path} is ${value}, which ${named.name} does not have`;
		} else if (isObjectType(named)) yield* wrongFields(named, value as JsonObject, path);
		else yield* wrongScalar(named.name, value, path);
	}

	function* wrongFields(type: GraphQLNamedType, value: JsonObject, path: string): Generator<string> {
		const fields = isObjectType(type) ? type.getFields() : {};
		for (const [name, part] of Object.entries(value)) {
			const field = fields[name];
			if (field === undefined) yield `${type.name} has no field ${name}`;
			else yield* wrongWith(field.type, part, `${path}.${name}`);
		}
	}

	function* wrongScalar(name: string, value: unknown, path: string): Generator<string> {
		const right: { [scalar: string]: (value: unknown) => boolean } = {
			Boolean: (one) => typeof one === "boolean",
			Int: (one) => Number.isInteger(one),
			Float: (one) => typeof one === "number",
			Decimal: (one) => /^-?\d+\.\d+$/.test(String(one)) && typeof one === "string",
			Money: (one) => /^-?\d+\.\d+$/.test(String(one)) && typeof one === "string",
			DateTime: (one) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(String(one)),
			UnsignedInt64: (one) => typeof one === "string" && /^\d+$/.test(one),
			ID: (one) => /^gid:\/\/shopify\/\w+\/\d+$/.test(String(one)),
		};
		if (!(right[name] ?? ((one) => typeof one === "string"))(value))
			yield `${path} is ${JSON.stringify(value)}, no ${name}`;
	}

	const problemsOf = (query: string) =>
		validate(schema, parse(query), [...specifiedRules, NoDeprecatedCustomRule]).map(
			({ message }) => `${message} in ${query}`,
		);

	test("has every query that the connector asks, and nothing of them is deprecated", () => {
		const queries = [...new Set(asked.map(({ query }) => query))];
		expect(queries.length).toBeGreaterThan(11);
		expect(queries.flatMap(problemsOf)).toEqual([]);
	});

	test("has every query that is exported", () => {
		const exports = new Set(
			asked.flatMap(({ query, variables }) =>
				query.includes("bulkOperationRunQuery") ? [String(variables!.query)] : [],
			),
		);
		expect(exports.size).toBeGreaterThan(2);
		expect([...exports].flatMap(problemsOf)).toEqual([]);
	});

	test("allows every answer", async () => {
		const query = schema.getQueryType()!;
		const mutation = schema.getMutationType()!;
		const wrong = new Set<string>();
		for (const { query: text, variables } of asked) {
			const body = JSON.stringify({ query: text, variables });
			const headers = { "x-shopify-access-token": shop.token, "content-type": "application/json" };
			const { data, errors } = (await (
				await fetch(shop.url + ENDPOINT, { method: "POST", headers, body })
			).json()) as JsonObject;
			expect(errors).toBeUndefined();
			for (const one of wrongFields(text.startsWith("mutation") ? mutation : query, data as JsonObject, ""))
				wrong.add(one);
		}
		expect([...wrong]).toEqual([]);
	});

	test("allows every line of an export", async () => {
		const wrong = new Set<string>();
		let lines = 0;
		for (const { path } of [...shop.files.requests]) {
			const text = await (await fetch(shop.files.url + path)).text();
			for (const line of text.trim().split("\n")) {
				const { __parentId, ...node } = JSON.parse(line) as JsonObject;
				const type = schema.getType(String(node.id).split("/")[3]!)!;
				for (const one of wrongFields(type, node, type.name)) wrong.add(one);
				lines++;
			}
		}
		expect(lines).toBeGreaterThan(1000);
		expect([...wrong]).toEqual([]);
	});
});
