/** Our messages as Singer's: what always holds, whatever comes. */
import type { Catalog, Json, JsonObject, JsonSchema, Message, StatePayload } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../src/protocol/parse.ts";
import { chooseStreams, singerCatalog } from "../../src/singer/as-tap/catalog.ts";
import { checkNames, singerName } from "../../src/singer/as-tap/names.ts";
import { singerSchema } from "../../src/singer/as-tap/schema.ts";
import { keptState, savedInValue, singerValue } from "../../src/singer/as-tap/states.ts";
import { singerStream } from "../../src/singer/as-tap/stream.ts";
import { toSinger } from "../../src/singer/as-tap/to-singer.ts";

const NAMES = ["orders", "refunds", "stock"] as const;
const SCHEMA: JsonSchema = { type: "object", properties: { n: { type: "integer" } } };
const stateOf = (name: string, n: number): StatePayload => ({
	type: "STREAM",
	stream: { stream_descriptor: { name, namespace: "shop" }, stream_state: { n } },
	sourceStats: { recordCount: 1 },
});

describe("names", () => {
	test("a namespace stands before the name, and what targets take apart or make files of is gone", () => {
		expect(singerName({ name: "orders", namespace: "square" })).toBe("square__orders");
		expect(singerName({ name: "orders" })).toBe("orders");
		expect(singerName({ name: "../a-b.c/é", namespace: "x y" })).toBe("x_y_____a_b_c_é");
	});

	test("two streams of one name, also in other letters, are refused", () => {
		const streams = [{ name: "a-b" }, { name: "A_b" }];
		expect(() => checkNames(streams)).toThrow("Two streams would be A_b in Singer");
	});
});

describe("schemas", () => {
	test("every value has a type and may be null; alternatives are any of; nothing is required", () => {
		const given: JsonSchema = {
			$schema: "http://json-schema.org/draft-07/schema#",
			type: "object",
			required: ["id"],
			properties: {
				id: { type: "string" },
				any: {},
				kind: { enum: ["a", 1] },
				fixed: { const: true },
				one: { oneOf: [{ type: "integer" }, { type: "object", properties: { x: {} }, required: ["x"] }] },
				list: { type: ["array"], items: { type: "number", airbyte_type: "integer" } },
				_ab_cdc_deleted_at: { type: ["null", "string"], format: "date-time" },
			},
		};
		const any = ["null", "object", "array", "string", "number", "boolean"];
		expect(singerSchema(given)).toEqual({
			type: "object",
			properties: {
				id: { type: ["null", "string"] },
				any: { type: any },
				kind: { type: ["null", "string", "number"], enum: ["a", 1, null] },
				fixed: { type: ["null", "boolean"], enum: [true, null] },
				one: {
					type: ["null", "integer", "object"],
					anyOf: [{ type: ["null", "integer"] }, { type: ["null", "object"], properties: { x: { type: any } } }],
				},
				list: { type: ["null", "array"], items: { type: ["null", "number"], airbyte_type: "integer" } },
				_sdc_deleted_at: { type: ["null", "string"], format: "date-time" },
			},
		});
		expect(singerSchema({})).toEqual({ type: "object", properties: {} });
	});
});

describe("a catalog", () => {
	const offered: Catalog = {
		streams: [
			{
				name: "orders",
				namespace: "shop",
				json_schema: {
					type: "object",
					properties: {
						id: { type: "string" },
						at: { type: "string", format: "date-time" },
						buyer: { type: "object", properties: { name: {}, mail: {} } },
						lines: { type: "array", items: { type: "object", properties: { sku: {}, price: {} } } },
					},
				},
				supported_sync_modes: ["full_refresh", "incremental"],
				default_cursor_field: ["at"],
				source_defined_primary_key: [["id"]],
				sync_mode: "incremental",
				destination_sync_mode: "append_dedup",
			},
			{ name: "stock", namespace: "shop", json_schema: SCHEMA, supported_sync_modes: ["full_refresh"] },
		],
	};
	const choose = (catalog: unknown) =>
		chooseStreams(offered, { catalog: catalog as Json, catalogFile: "cat.json", saved: [], startedAt: 7 });
	const selected = (change: (catalog: ReturnType<typeof singerCatalog>) => void) => {
		const catalog = singerCatalog(offered);
		change(catalog);
		return choose(catalog);
	};
	const set = (
		entry: { metadata?: { breadcrumb: string[]; metadata: JsonObject }[] },
		at: string[],
		more: JsonObject,
	) => void entry.metadata!.push({ breadcrumb: at, metadata: more });

	test("tells keys, cursors and what a stream can", () => {
		const [orders, stock] = singerCatalog(offered).streams;
		expect(orders).toMatchObject({
			tap_stream_id: "shop__orders",
			stream: "shop__orders",
			key_properties: ["id"],
			replication_key: "at",
			replication_method: "INCREMENTAL",
		});
		expect(orders!.metadata!.slice(0, 4)).toEqual([
			{
				breadcrumb: [],
				metadata: {
					inclusion: "available",
					"selected-by-default": true,
					"table-key-properties": ["id"],
					"valid-replication-keys": ["at"],
					"schema-name": "shop",
				},
			},
			{ breadcrumb: ["properties", "id"], metadata: { inclusion: "automatic" } },
			{ breadcrumb: ["properties", "at"], metadata: { inclusion: "automatic" } },
			{ breadcrumb: ["properties", "buyer"], metadata: { inclusion: "available", "selected-by-default": true } },
		]);
		expect(stock!.metadata![0]!.metadata["forced-replication-method"]).toBe("FULL_TABLE");
	});

	test("as it was discovered it reads everything; what is read whole has a version", () => {
		for (const chosen of [choose(undefined), choose(singerCatalog(offered))]) {
			expect(chosen.map(({ configured }) => [configured.sync_mode, configured.destination_sync_mode])).toEqual([
				["incremental", "append_dedup"],
				["full_refresh", "overwrite"],
			]);
			expect(chosen.map(({ stream }) => stream.version)).toEqual([undefined, 7]);
		}
	});

	test("selected, replication-method and old ways of selecting are obeyed", () => {
		const only = selected(({ streams }) => set(streams[1]!, [], { selected: false }));
		expect(only.map(({ stream }) => stream.name)).toEqual(["shop__orders"]);
		expect(selected(({ streams }) => void streams.shift()).map(({ stream }) => stream.name)).toEqual(["shop__stock"]);
		const whole = selected(({ streams }) =>
			set(streams[0]!, [], { selected: true, "replication-method": "FULL_TABLE" }),
		);
		expect(whole[0]!.configured).toMatchObject({ sync_mode: "full_refresh", generation_id: 7 });
		const old = {
			streams: [{ tap_stream_id: "shop__stock", schema: { selected: true } }, { tap_stream_id: "shop__orders" }],
		};
		expect(choose(old).map(({ stream }) => stream.name)).toEqual(["shop__stock"]);
	});

	test("what cannot be is refused: an unknown stream, a log of changes, no catalog at all", () => {
		expect(() => choose({ streams: [{ tap_stream_id: "shop__order" }] })).toThrow("The catalog has shop__order");
		expect(() =>
			selected(({ streams }) => set(streams[0]!, [], { selected: true, "replication-method": "LOG_BASED" })),
		).toThrow("a replication method that it does not have");
		expect(() => choose([1])).toThrow("The catalog cannot be used");
	});

	test("fields that are not selected are left out, at every depth; keys and cursors stay", () => {
		const [orders] = selected(({ streams }) => {
			const entry = streams[0]!;
			set(entry, ["properties", "id"], { selected: false });
			set(entry, ["properties", "buyer", "properties", "mail"], { selected: false });
			set(entry, ["properties", "lines", "items", "properties", "price"], { selected: false });
			set(entry, ["properties", "at"], { inclusion: "unsupported" });
		});
		const data = {
			id: "1",
			at: "2026-01-01T00:00:00Z",
			buyer: { name: "A", mail: "a@b" },
			lines: [{ sku: "s", price: 1 }, null],
			more: JSON.rawJSON("1.10"),
		};
		expect(JSON.stringify(orders!.stream.form(data, 5))).toBe(
			'{"id":"1","at":"2026-01-01T00:00:00Z","buyer":{"name":"A"},"lines":[{"sku":"s"},null],"_sdc_sequence":5,"more":1.10}',
		);
		expect(Object.keys(orders!.stream.schema.properties!.buyer!.properties!)).toEqual(["name"]);
		expect(data.buyer.mail).toBe("a@b");
		const [without] = selected(({ streams }) => set(streams[0]!, ["properties", "buyer"], { selected: false }));
		expect(without!.stream.form(data, 5)).not.toHaveProperty("buyer");
		expect(without!.stream.schema.properties).not.toHaveProperty("buyer");
	});
});

describe("states", () => {
	test("a value that went out is read back, alone, in its message, or as the last line of many", () => {
		const value = singerValue();
		for (const name of ["orders", "o-r"]) value.set(stateOf(name, 3), keptState(stateOf(name, 3)));
		const text = value.text();
		const saved = ["orders", "o-r"].map((name) => ({ descriptor: { name, namespace: "shop" }, state: { n: 3 } }));
		const pretty = JSON.stringify(JSON.parse(text), undefined, 2);
		for (const file of [text, `{"type":"STATE","value":${text}}`, `{"bookmarks":{}}\n${text}\n`, pretty]) {
			expect(savedInValue(file, "s.json")).toEqual(saved);
		}
		for (const nothing of ["", "{}", '{"bookmarks":{}}', "\n"]) expect(savedInValue(nothing, "s.json")).toEqual([]);
		expect(savedInValue(JSON.stringify([stateOf("a", 1)]), "s.json")).toHaveLength(1);
		const printed = ["orders", "o-r"].map((name) => JSON.stringify({ type: "STATE", state: stateOf(name, 3) }));
		expect(savedInValue(printed.join("\n"), "s.json")).toEqual(saved);
		expect(savedInValue(printed[0]!, "s.json")).toEqual(saved.slice(0, 1));
		expect(singerValue(saved).text()).toBe(text);
	});

	test("a state of another tap is refused, since all would be read again", () => {
		const other = '{"bookmarks":{"orders":{"replication_key_value":"2026"}}}';
		expect(() => savedInValue(other, "s.json")).toThrow("The state file cannot be used");
		expect(() => savedInValue("state", "s.json")).toThrow("The state file cannot be used");
		expect(() => savedInValue('{"a":1}', "s.json")).toThrow("The state file cannot be used");
	});
});

interface Line {
	type: string;
	stream?: string;
	record?: JsonObject;
	value?: { bookmarks: { [stream: string]: { stream: { stream_state: { n: number } } } } };
	version?: number;
}

/** Steps of a source; the record's `n` counts the records of its stream. */
const stepArb = fc.record({
	stream: fc.constantFrom(...NAMES),
	what: fc.constantFrom("record", "record", "record", "state", "COMPLETE", "INCOMPLETE", "STARTED"),
});

function messagesOf(steps: { stream: string; what: string }[]): Message[] {
	const count = new Map<string, number>();
	return steps.map(({ stream, what }): Message => {
		const n = count.get(stream) ?? 0;
		if (what === "record") {
			count.set(stream, n + 1);
			return { type: "RECORD", record: { stream, namespace: "shop", data: { n: n + 1 }, emitted_at: 1 } };
		}
		if (what === "state") return { type: "STATE", state: stateOf(stream, n) };
		const stream_status = { stream_descriptor: { name: stream, namespace: "shop" }, status: what as "COMPLETE" };
		return { type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at: 1, stream_status } };
	});
}

/** `stock` is read whole, so its rows have a version. */
function sung(messages: Message[]): Line[] {
	const streamOf = ({ name }: { name: string }) =>
		singerStream(
			{ name, namespace: "shop", json_schema: SCHEMA, supported_sync_modes: ["full_refresh"] },
			{ version: name === "stock" ? 9 : undefined },
		);
	const singer = toSinger({ streamOf, value: singerValue(), state: keptState });
	const lines = [...singer.start(), ...messages.flatMap((message) => singer.lines(message)), ...singer.end()];
	return lines.map((line) => JSON.parse(line) as Line);
}

test("always: SCHEMA before records, each record once and in order, STATE never ahead of records", () => {
	fc.assert(
		fc.property(fc.array(stepArb, { maxLength: 40 }), (steps) => {
			const messages = messagesOf(steps);
			const known = new Set<string>();
			const sent = new Map<string, number>();
			const active = new Set<string>();
			const completed = new Set<string>();
			for (const line of sung(messages)) {
				const { stream = "" } = line;
				if (line.type === "SCHEMA") {
					expect(known.has(stream)).toBe(false);
					known.add(stream);
				} else if (line.type === "RECORD") {
					expect(known.has(stream)).toBe(true);
					expect(line.record!.n).toBe((sent.get(stream) ?? 0) + 1);
					expect(line.version).toBe(stream === "shop__stock" ? 9 : undefined);
					sent.set(stream, line.record!.n as number);
				} else if (line.type === "ACTIVATE_VERSION") {
					expect([stream, line.version, active.has(stream)]).toEqual(["shop__stock", 9, false]);
					active.add(stream);
				} else {
					for (const [name, kept] of Object.entries(line.value!.bookmarks)) {
						expect(kept.stream.stream_state.n).toBeLessThanOrEqual(sent.get(name) ?? 0);
					}
				}
			}
			const records = messages.filter(({ type }) => type === "RECORD").length;
			expect([...sent.values()].reduce((sum, one) => sum + one, 0)).toBe(records);
			if (steps.some(({ stream, what }) => stream === "stock" && what === "COMPLETE")) completed.add("shop__stock");
			expect(active).toEqual(completed);
		}),
	);
});

test("always: the last line carries the last state of every stream, also behind a record", () => {
	fc.assert(
		fc.property(fc.array(stepArb, { minLength: 1, maxLength: 40 }), (steps) => {
			const messages = messagesOf(steps);
			const lines = sung(messages);
			const last = new Map<string, number>();
			for (const message of messages) {
				if (message.type !== "STATE") continue;
				const { stream_descriptor, stream_state } = message.state.stream!;
				last.set(singerName(stream_descriptor), (stream_state as { n: number }).n);
			}
			const value = lines.findLast(({ type }) => type === "STATE")!.value!;
			const kept = Object.entries(value.bookmarks).map(([name, one]) => [name, one.stream.stream_state.n]);
			expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(last));
			expect(lines.findLastIndex(({ type }) => type === "STATE")).toBeGreaterThan(
				lines.findLastIndex(({ type }) => type === "RECORD"),
			);
		}),
	);
});

test("the state of a refresh waits for its version to be active", () => {
	const status = (what: string) => ({ stream: "stock", what });
	const types = sung(messagesOf([status("record"), status("state"), status("COMPLETE")])).map(({ type }) => type);
	expect(types).toEqual(["STATE", "SCHEMA", "RECORD", "ACTIVATE_VERSION", "STATE"]);
});

test("numbers keep their digits, times are those of the record, and none is invented", () => {
	const { streamOf } = { streamOf: () => singerStream({ name: "a", json_schema: SCHEMA, supported_sync_modes: [] }) };
	const singer = toSinger({ streamOf, value: singerValue(), state: keptState });
	const lineOf = (emitted_at: number) => {
		const data = parseJson('{"n":9007199254740993.10,"_ab":"\\u2028"}') as JsonObject;
		return singer.lines({ type: "RECORD", record: { stream: "a", data, emitted_at } }).at(-1)!;
	};
	expect(lineOf(1_785_000_000_123.5)).toBe(
		'{"type":"RECORD","stream":"a","record":{"n":9007199254740993.10,"_ab":"\u2028"},"time_extracted":"2026-07-25T17:20:00.123Z"}',
	);
	expect(lineOf(Number.NaN)).not.toContain("time_extracted");
});

test("a stream without a number gets one, since a target loses rows of text alone", () => {
	const schemaOf = (properties: Record<string, JsonSchema>) =>
		singerStream({ name: "a", json_schema: { properties }, supported_sync_modes: [] }).schema.properties;
	const text = { type: ["null", "string"] };
	expect(Object.keys(schemaOf({ text, any: {}, mixed: { type: ["integer", "string"] } })!)).toContain("_sdc_sequence");
	for (const type of ["number", "integer", "boolean"]) {
		expect(Object.keys(schemaOf({ text, one: { type } })!)).toEqual(["text", "one"]);
	}
});

test("a field that the catalog does not have is left out of a tap, and told", () => {
	const unknown: string[] = [];
	const onUnknown = (...names: string[]) => void unknown.push(names.join("."));
	const offered: Catalog = { streams: [{ name: "a", json_schema: SCHEMA, supported_sync_modes: ["full_refresh"] }] };
	const [chosen] = chooseStreams(offered, { catalog: undefined, catalogFile: "", saved: [], startedAt: 7, onUnknown });
	expect(chosen!.stream.form({ n: 1, new: 2 }, 5)).toEqual({ n: 1 });
	expect(unknown).toEqual(["a.new"]);
});

test("a deleted row is told as targets know it", () => {
	const stream = singerStream({
		name: "a",
		json_schema: { properties: { id: {}, _ab_cdc_deleted_at: {} } },
		supported_sync_modes: [],
	});
	expect(stream.form({ id: 1, _ab_cdc_deleted_at: "t" }, 5)).toEqual({ id: 1, _sdc_deleted_at: "t", _sdc_sequence: 5 });
	expect(JSON.stringify(stream.form({ more: 2, id: 1 }, 5.5))).toBe(
		'{"id":1,"_sdc_deleted_at":null,"_sdc_sequence":5,"more":2}',
	);
});
