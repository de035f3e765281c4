import fc from "fast-check";
import { expect, test } from "vitest";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { parseConfig, secretsOf } from "../../src/schema/parse-config.ts";
import {
	array,
	boolean,
	date,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	secret,
	string,
} from "../../src/schema/vocabulary.ts";

const schema = object({
	access_token: secret(string()).describe("From the developer dashboard"),
	start_date: date().default("2025-01-01"),
	page_size: integer().min(1).max(500).default(100),
	rate: optional(decimal()),
	environment: oneOf("production", "sandbox").default("production"),
	locations: optional(array(object({ id: string(), open: optional(boolean()) }))),
	login: optional(
		oneOf(
			object({ type: oneOf("key"), key: secret(string()) }),
			object({ type: oneOf("oauth"), client_id: string(), client_secret: secret(string()) }),
		),
	),
	columns: optional(json()),
});
const errorsOf = (value: unknown) =>
	(parseConfig(schema, value, { owner: "square" }).errors ?? []).map(({ code, message, where, why, next }) => ({
		code,
		message,
		where,
		why,
		next,
	}));

test("a right config has its defaults, exact decimals and no nulls", () => {
	const { config } = parseConfig(
		schema,
		{ access_token: "t", rate: rawNumber("0.10"), locations: null, columns: { a: { date: "x" } } },
		{ owner: "square" },
	);
	expect(config).toEqual({
		access_token: "t",
		start_date: "2025-01-01",
		page_size: 100,
		rate: "0.10",
		environment: "production",
		columns: { a: { date: "x" } },
	});
});

test("all problems are told together, each with its four parts", () => {
	expect(
		errorsOf({
			acess_token: "secret",
			page_size: "many",
			environment: "sanbox",
			locations: [{ id: 7 }, { id: "L", opn: true }],
		}),
	).toEqual([
		{
			code: "config.unknown_key",
			message: "Unknown key acess_token in the settings of square",
			where: "acess_token",
			why: "square knows access_token, columns, environment, locations, login, page_size, rate and start_date",
			next: "did you mean access_token?",
		},
		{
			code: "config.missing",
			message: "access_token is missing in the settings of square",
			where: "access_token",
			why: "it is required: From the developer dashboard",
			next: "add access_token",
		},
		{
			code: "config.wrong_type",
			message: "page_size in the settings of square is not a whole number",
			where: "page_size",
			why: 'expected a whole number, found text: "xxxx"',
			next: "correct page_size, for example 100",
		},
		{
			code: "config.wrong_value",
			message: "environment in the settings of square is a word that it does not know",
			where: "environment",
			why: 'expected one of production, sandbox; found text: "xxxxxx"',
			next: "did you mean sandbox?",
		},
		{
			code: "config.wrong_type",
			message: "locations.0.id in the settings of square is not text",
			where: "locations.0.id",
			why: "expected text, found a number: 7",
			next: "correct locations.0.id",
		},
		{
			code: "config.unknown_key",
			message: "Unknown key opn in locations.1 of square",
			where: "locations.1.opn",
			why: "square knows id and open there",
			next: "did you mean open?",
		},
	]);
});

test("the words that tell the objects of a choice apart decide which keys are known", () => {
	expect(errorsOf({ access_token: "t", login: { type: "oauth", client_id: "c", client_secret: "s" } })).toEqual([]);
	expect(errorsOf({ access_token: "t", login: { type: "key", key: "k", client_id: "c" } })).toMatchObject([
		{ code: "config.unknown_key", where: "login.client_id" },
	]);
	expect(errorsOf({ access_token: "t", login: { type: "oath" } })).toMatchObject([
		{ code: "config.wrong_value", where: "login.type", next: "did you mean oauth?" },
	]);
	expect(errorsOf({ access_token: "t", login: {} })).toMatchObject([{ code: "config.missing", where: "login.type" }]);
});

test("bounds come from zod, after the shape is right", () => {
	expect(errorsOf({ access_token: "t", page_size: 501 })).toMatchObject([
		{ code: "config.wrong_value", message: "page_size has a value that square does not take", where: "page_size" },
	]);
});

test("what is no object, or too large for a setting, is refused", () => {
	for (const value of [[], "x", 5]) expect(errorsOf(value)).toMatchObject([{ code: "config.wrong_type" }]);
	expect(errorsOf(null)).toMatchObject([{ code: "config.missing" }]);
	expect(errorsOf({ access_token: "t", page_size: rawNumber("9007199254740993") })).toMatchObject([
		{ where: "page_size" },
	]);
	expect(errorsOf(JSON.parse('{"access_token":"t","__proto__":{"page_size":5}}'))).toMatchObject([
		{ code: "config.unknown_key", where: "__proto__" },
	]);
});

test("the value of a secret is never in an error, whatever is wrong with it", () => {
	const hidden = fc.oneof(
		fc.string({ minLength: 12 }).map((text) => `S${text}`),
		fc.array(fc.constant("Shidden-value-1")),
		fc.record({ a: fc.constant("Shidden-value-2") }),
		fc.constant(987654321012345),
	);
	fc.assert(
		fc.property(hidden, hidden, (token, key) => {
			const { errors } = parseConfig(
				schema,
				{ access_token: [token], login: { type: "key", key: { deep: key } } },
				{ owner: "square" },
			);
			const text = JSON.stringify(errors?.map(({ message, where, why, next }) => [message, where, why, next]));
			expect(errors).toHaveLength(2);
			for (const value of [token, key].map((value) =>
				typeof value === "object" ? Object.values(value)[0] : String(value),
			)) {
				if (value) expect(text).not.toContain(JSON.stringify(value).slice(1, -1));
			}
		}),
	);
});

test("secrets are found wherever they are marked, also in a config that is wrong otherwise", () => {
	expect(
		secretsOf(schema, {
			access_token: "one",
			nonsense: 1,
			login: { type: "oath", key: "two", client_secret: "three" },
		}).sort(),
	).toEqual(["one", "three", "two"]);
	expect(secretsOf(schema, "text")).toEqual([]);
});
