import { describe, expect, test } from "vitest";
import { ConnectorError } from "../../src/errors.ts";
import {
	array,
	boolean,
	date,
	decimal,
	defineSource,
	integer,
	json,
	notSecret,
	object,
	oneOf,
	optional,
	secret,
	string,
	timestamp,
} from "../../src/index.ts";
import { forgetSecrets, redact } from "../../src/redact.ts";
import { checkSource, discoverSource, specOf } from "../../src/source/index.ts";
import { order, sampleSource, settings } from "./sample.ts";

const fields = object({
	id: string(),
	note: optional(string()),
	tags: array(string()),
	at: timestamp(),
	seq: integer(),
	day: date(),
	gone: boolean(),
	total: decimal(),
	any: json(),
});

const days = {
	...{ replaces: true, primaryKey: ["day", "id"], cursor: "day", window: "7d", start: (): string => "2026-01-01" },
};

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
		[
			{ primaryKey: "number" },
			"its key number is not in the schema",
			"it has id, note, tags, at, seq, day, gone, total and any",
		],
		[{ primaryKey: ["id", "note"] }, "its key note is optional", "a record without key cannot be stored"],
		[{ primaryKey: "tags" }, "its key tags is array", "a key is one value"],
		[{ cursor: "note" }, "its cursor note is string", "a cursor is timestamp, datetime, date and integer"],
		[{ cursor: "at", lookback: "3" }, 'its lookback "3" cannot be read', 'write "90s", "15m", "1h" or "3d"'],
		[{ cursor: "seq", lookback: "3d" }, 'its lookback "3d" cannot be read', 'write a number such as "500"'],
		[{ sorted: true }, "sorted is about a cursor, which it does not have", "name its cursor, or leave sorted out"],
		[
			{ window: "1d", start: (): string => "2026-01-01" },
			"window is about a cursor, which it does not have",
			"name its cursor, or leave window out",
		],
		[
			{ cursor: "at", window: "1d" },
			"it has a window and no start, so a first read knows no first window",
			"write start: (config) => config.start_date",
		],
		[{ cursor: "at", window: "0h" }, "its window is empty", 'write "1d" or "30d"'],
		[{ cursor: "at", window: "1.5d" }, 'its window "1.5d" cannot be read', 'write "90s", "15m", "1h" or "3d"'],
		[{ cursor: "day", window: "36h" }, "its window is no whole days, and its cursor is a date", 'write "1d" or "30d"'],
		[
			{ cursor: "seq", lag: "5m" },
			"lag is a time, and its cursor seq is a number",
			"leave lag out, or name a cursor that is a time",
		],
		[{ lag: "five" }, 'its lag "five" cannot be read', 'write "90s", "15m", "1h" or "3d"'],
		[{ concurrency: 0, slices: () => [] }, "its concurrency is 0", "write a whole number from 1 to 64"],
		[{ concurrency: 4 }, "it has concurrency and no slices to read at once", "write slices, or leave concurrency out"],
		[
			{ concurrency: 4, slices: () => [], ownState: true },
			"it has ownState and concurrency: slices read at once would write over each other's state",
			"leave concurrency out, or name a cursor in place of ownState",
		],
		[
			{ resumable: true, slices: () => [] },
			"it is resumable and has slices",
			"a full refresh goes on from one state: leave out one of them",
		],
		[
			{ ...days, cursor: "at" },
			"it replaces days, and its cursor at is timestamp",
			"name the date of the rows as its cursor",
		],
		[{ ...days, primaryKey: "id" }, "it replaces days, and its key has no day", "add day to its primaryKey"],
		[
			{ ...days, primaryKey: ["day", "total"] },
			"it replaces days, and its key total is decimal",
			"compare by text or whole numbers",
		],
		[
			{ ...days, window: undefined },
			"it replaces days, and has no window, so no day is known to be whole",
			'write window: "7d"',
		],
		[
			{ ...days, sorted: true },
			"it replaces days, and is sorted: a state could stand in the middle of a day",
			"leave sorted out",
		],
		[{ deleted: "note", primaryKey: "id" }, "its field of deletions note is string", "it is a timestamp, or a boolean"],
		[
			{ deleted: "gone", primaryKey: "id", cursor: "seq" },
			"gone says that a row is deleted, and nothing says when",
			"name a cursor that is a timestamp, or a field with the time of the deletion",
		],
		[
			{ deleted: "gone", cursor: "at" },
			"it has deletions (gone) and no key to find the deleted row by",
			"name its primaryKey",
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

	test("its documentation is a whole address", () => {
		expect(define({}, { docs: "connectors/acme/README.md" })).toThrow(
			expect.objectContaining({ code: "internal.definition", why: "its docs connectors/acme/README.md are no URL" }),
		);
		expect(define({}, { docs: "https://docs.acme.example/api" })).not.toThrow();
	});
});

test("two streams of one table are refused, however they are written", () => {
	const stream = { schema: fields, read: async function* () {} };
	const twice = { streams: { orderItems: stream, "order-items": stream } };
	expect(() =>
		defineSource({
			...{ name: "acme", version: "1", title: "Acme", config: object({}), check: async () => "" },
			...twice,
		} as never),
	).toThrow(
		expect.objectContaining({
			why: "its streams orderItems and order-items both write the table order_items",
			next: "rename one of them",
		}),
	);
});

describe("a setting with the name of a secret", () => {
	test.each([
		[{ token: string() }, "token"],
		[{ apiKey: optional(string()) }, "apiKey"],
		[{ login: object({ client_secret: string() }) }, "login.client_secret"],
		[{ logins: array(object({ password: string() })) }, "logins.password"],
		[{ way: oneOf(object({ by: oneOf("a"), key: string() }), object({ by: oneOf("b") })) }, "way.key"],
		[{ app_id: integer() }, "app_id"],
	])("is refused where it is not marked: %j", (shape, path) => {
		expect(define({}, { config: object(shape) })).toThrow(
			expect.objectContaining({
				code: "internal.definition",
				where: "source acme",
				why: `its setting ${path} has the name of a secret and is not marked as one`,
				next: expect.stringContaining("secret(...), so that it is never shown; or"),
			}),
		);
	});

	test("is taken when it is marked, either way, and so are names that only look alike", () => {
		const config = object({
			token: secret(string()),
			site_key: notSecret(string()),
			login: secret(object({ password: string() })),
			keyword: string(),
			tokenize: boolean(),
			monkey: string(),
			key: json(),
		});
		expect(define({}, { config })).not.toThrow();
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
