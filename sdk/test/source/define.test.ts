import { describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import { array, defineSource, integer, json, object, optional, secret, string, timestamp } from "../../src/index.ts";
import { forgetSecrets, redact } from "../../src/redact.ts";
import { checkSource, discoverSource, specOf } from "../../src/source/index.ts";
import { order, sampleSource, settings } from "./sample.ts";

const fields = object({
	id: string(),
	note: optional(string()),
	tags: array(string()),
	at: timestamp(),
	seq: integer(),
	any: json(),
});

function define(stream: object, source: object = {}) {
	const definition = {
		name: "acme",
		version: "1.0.0",
		title: "Acme",
		config: object({}),
		check: async () => "",
		...source,
	};
	return () =>
		defineSource({
			...definition,
			streams: { orders: { schema: fields, read: async function* () {}, ...stream } },
		} as never);
}

describe("a wrong definition says what is wrong", () => {
	test.each([
		[{ primaryKey: "number" }, "its key number is not in the schema", "it has id, note, tags, at, seq and any"],
		[{ primaryKey: ["id", "note"] }, "its key note is optional", "a record without key cannot be stored"],
		[{ primaryKey: "tags" }, "its key tags is array", "a key is one value"],
		[{ cursor: "note" }, "its cursor note is string", "a cursor is timestamp, datetime, date and integer"],
		[{ cursor: "at", lookback: "3" }, 'its lookback "3" cannot be read', 'write "90s", "15m", "1h" or "3d"'],
		[{ cursor: "seq", lookback: "3d" }, 'its lookback "3d" cannot be read', 'write a number such as "500"'],
		[
			{ sorted: true },
			"sorted and lookback are about a cursor, which it does not have",
			"name its cursor, or leave them out",
		],
		[{ cursor: "at", ownState: true }, "it has a cursor and ownState", "keep one of them"],
		[{ write: "append_dedup" }, "it writes append_dedup and has no key", "name its primaryKey, or write append"],
	])("%j", (stream, why, next) => {
		expect(define(stream)).toThrow(
			expect.objectContaining({ code: "internal.definition", where: "stream orders of source acme", why, next }),
		);
	});

	test("names are those of namespaces and programs", () => {
		expect(define({}, { name: "Acme Shop" })).toThrow(expect.objectContaining({ code: "internal.definition" }));
		expect(define({}, { version: "" })).toThrow(expect.objectContaining({ code: "internal.definition" }));
		expect(define({})).not.toThrow();
	});
});

test("spec, check and discover are derived", async () => {
	const source = sampleSource({
		orders: { schema: order, primaryKey: "id", cursor: "updated_at", read: async function* () {} },
		places: { schema: order, note: "no sales", read: async function* () {} },
	});
	expect(specOf(source)).toMatchObject({
		connectionSpecification: { title: "Sample", required: ["token"], properties: { token: { airbyte_secret: true } } },
		supportsIncremental: true,
		protocol_version: "0.2.0",
	});
	expect(await checkSource(source, { config: settings })).toEqual({ status: "SUCCEEDED", message: "pages of 2" });
	expect((await discoverSource(source, { config: settings, namespace: "main" })).streams).toMatchObject([
		{
			name: "orders",
			namespace: "main",
			supported_sync_modes: ["full_refresh", "incremental"],
			source_defined_cursor: true,
			default_cursor_field: ["updated_at"],
			source_defined_primary_key: [["id"]],
			connector: "source-sample 1.2.3",
		},
		{ name: "places", supported_sync_modes: ["full_refresh"], note: "no sales" },
	]);
});

test("a check that fails tells every fault, and registers the secret first", async () => {
	forgetSecrets();
	const source = sampleSource({});
	source.check = async () => {
		throw new ConnectorError("config.credentials", "Sample refused the key", { next: "make a new one" });
	};
	expect(await checkSource(source, { config: settings })).toEqual({
		status: "FAILED",
		message: "Sample refused the key; make a new one",
		error: {
			message: "Sample refused the key",
			failure_type: "config_error",
			code: "config.credentials",
			next: "make a new one",
		},
	});
	expect(redact("it was a-long-token")).toBe("it was ***");
	const several = await checkSource(source, { config: { page_size: "x" } });
	expect(several.errors?.map(({ code }) => code)).toEqual(["config.missing", "config.wrong_type"]);
});

test("http that was not defined says so when it is used", async () => {
	const source = defineSource({
		name: "acme",
		version: "1.0.0",
		title: "Acme",
		config: object({ token: secret(string()) }),
		check: async ({ http }) => (await http.get("/me")).request,
		streams: {},
	});
	expect(await checkSource(source, { config: { token: "abcdefg" } })).toMatchObject({
		error: { code: "internal.definition" },
	});
});
