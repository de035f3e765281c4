import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { toConfigSchema, toJsonSchema } from "../../src/schema/json-schema.ts";
import {
	array,
	boolean,
	date,
	datetime,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	secret,
	string,
	time,
	timestamp,
} from "../../src/schema/vocabulary.ts";

const record = object({
	id: string().describe("As Square prints it"),
	version: optional(integer()),
	total: decimal(),
	paid: boolean(),
	day: date(),
	at: timestamp(),
	local: datetime(),
	opens: time(),
	state: oneOf("OPEN", "COMPLETED"),
	extra: json(),
	tags: array(string()),
	money: optional(object({ amount: integer() })),
});

test("each word of a record has one type, and every value may be null", () => {
	expect(toJsonSchema(record)).toEqual({
		$schema: "http://json-schema.org/draft-07/schema#",
		type: "object",
		properties: {
			id: { type: ["null", "string"], description: "As Square prints it" },
			version: { type: ["null", "integer"] },
			total: { type: ["null", "number"] },
			paid: { type: ["null", "boolean"] },
			day: { type: ["null", "string"], format: "date" },
			at: { type: ["null", "string"], format: "date-time", airbyte_type: "timestamp_with_timezone" },
			local: { type: ["null", "string"], format: "date-time", airbyte_type: "timestamp_without_timezone" },
			opens: { type: ["null", "string"], format: "time", airbyte_type: "time_without_timezone" },
			state: { type: ["null", "string"], enum: ["OPEN", "COMPLETED", null] },
			extra: {},
			tags: { type: ["null", "array"], items: { type: ["null", "string"] } },
			money: {
				type: ["null", "object"],
				properties: { amount: { type: ["null", "integer"] } },
				additionalProperties: true,
			},
		},
		additionalProperties: true,
	});
});

const config = object({
	access_token: secret(string().min(6)).describe("From the developer dashboard").meta({ title: "Access token" }),
	start_date: date().default("2025-01-01"),
	page_size: integer()
		.min(1)
		.max(500)
		.default(100)
		.describe("Rows of one request")
		.meta({ examples: [50] }),
	environment: optional(oneOf("production", "sandbox")),
	login: optional(
		oneOf(object({ type: oneOf("key"), key: secret(string()) }), object({ type: oneOf("oauth"), client_id: string() })),
	),
});

test("a config is an open form in the order of declaration, secrets marked, without nulls", () => {
	expect(toConfigSchema(config)).toEqual({
		$schema: "http://json-schema.org/draft-07/schema#",
		type: "object",
		properties: {
			access_token: {
				order: 0,
				type: "string",
				minLength: 6,
				title: "Access token",
				description: "From the developer dashboard",
				airbyte_secret: true,
			},
			start_date: { order: 1, type: "string", format: "date", default: "2025-01-01" },
			page_size: {
				order: 2,
				type: "integer",
				minimum: 1,
				maximum: 500,
				default: 100,
				description: "Rows of one request",
				examples: [50],
			},
			environment: { order: 3, type: "string", enum: ["production", "sandbox"] },
			login: {
				order: 4,
				type: "object",
				oneOf: [
					{
						type: "object",
						properties: {
							type: { order: 0, type: "string", const: "key", enum: ["key"], default: "key" },
							key: { order: 1, type: "string", airbyte_secret: true },
						},
						required: ["type", "key"],
						additionalProperties: true,
					},
					{
						type: "object",
						properties: {
							type: { order: 0, type: "string", const: "oauth", enum: ["oauth"], default: "oauth" },
							client_id: { order: 1, type: "string" },
						},
						required: ["type", "client_id"],
						additionalProperties: true,
					},
				],
			},
		},
		required: ["access_token"],
		additionalProperties: true,
	});
});

test("both are valid draft-07 schemas", () => {
	const ajv = new Ajv({ strict: false });
	expect(ajv.validateSchema(toJsonSchema(record))).toBe(true);
	expect(ajv.validateSchema(toConfigSchema(config))).toBe(true);
});

test("a zod type from outside the vocabulary is named", async () => {
	const { z } = await import("zod");
	expect(() => toJsonSchema(object({ at: z.bigint() }))).toThrow(/zod's bigint/);
});
