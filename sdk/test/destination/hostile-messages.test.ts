/** Messages with one field wrong, in every way and at every place: refused or kept, and no failure of our own. */
import type { Json, JsonObject } from "@growthnav/spec";
import { expect, test } from "vitest";
import { memory } from "./memory-run.ts";

const VALUES: Json[] = [null, -1.5, true, "\x1b]0;t\x07", [], ["__proto__"], [[null]], {}, { a: 1 }];

const descriptor = { name: "orders", namespace: "n" };
const STREAM: JsonObject = {
	...descriptor,
	json_schema: {
		type: "object",
		properties: {
			id: { type: ["null", "string"] },
			at: { type: "string", format: "date-time" },
			money: { type: "object", properties: { amount: { type: "number" } } },
			lines: { type: "array", items: { type: "object", properties: { x: { type: "string" } } } },
		},
	},
	supported_sync_modes: ["full_refresh", "incremental"],
	source_defined_cursor: true,
	conversions: [
		{
			type: "purchase",
			when: { id: ["1"] },
			each: { line: "lines" },
			discriminator: "line.x",
			time_zone: "UTC",
			flags: [{ flag: "f", when: { id: "1" } }],
			tracking: { url: "id" },
			columns: {
				timestamp: "at",
				value: { sum: ["money.amount", { negate: { const: "0" } }] },
				currency: { const: "USD" },
				user_id: { first: ["id"] },
				line_items: { each: { item: "lines" }, columns: { product_name: "item.x" } },
				identity_fragments: [{ type: "email", value: "id" }],
			},
		},
	],
	conversion_origin: { source: { const: "pos" }, source_system: { const: "x" }, source_account: { const: "y" } },
	connector: "c 1",
	sync_mode: "incremental",
	destination_sync_mode: "append_dedup",
	cursor_field: ["at"],
	primary_key: [["id"]],
	generation_id: 0,
	minimum_generation_id: 0,
	sync_id: 1,
};
const reject = {
	stream: "orders",
	namespace: "n",
	kind: "record",
	code: "c",
	reason: "r",
	path: "p",
	file: "f",
	line: 1,
};
const stream_state = { stream_descriptor: descriptor, stream_state: { a: 1 } };
const SESSION = [
	{ type: "CATALOG", catalog: { streams: [STREAM] } },
	{
		type: "RECORD",
		record: {
			stream: "orders",
			namespace: "n",
			data: { id: "1", at: "2026-07-01T00:00:00Z", money: { amount: 5 }, lines: [{ x: "q" }] },
			emitted_at: 1,
		},
	},
	{ type: "LOG", log: { level: "WARN", message: "x", reject: { ...reject, record_id: "1", raw: { a: 1 } } } },
	{ type: "STATE", state: { type: "STREAM", id: 5, stream: stream_state, sourceStats: { recordCount: 1 } } },
	{ type: "STATE", state: { type: "GLOBAL", global: { shared_state: { a: 1 }, stream_states: [stream_state] } } },
	{
		type: "TRACE",
		trace: {
			type: "STREAM_STATUS",
			emitted_at: 1,
			stream_status: { stream_descriptor: descriptor, status: "COMPLETE" },
		},
	},
] as JsonObject[];

/** Every copy of a value in which one place holds something else. */
function* mutants(value: Json): Generator<Json> {
	yield* VALUES;
	if (typeof value !== "object" || value === null) return;
	for (const key of Object.keys(value)) {
		for (const inner of mutants((value as JsonObject)[key] as Json)) {
			const copy = structuredClone(value) as JsonObject;
			copy[key] = inner;
			yield copy;
		}
	}
}

test.each(SESSION.map((message, at) => [`${message.type} ${at}`, at] as const))("%s", async (_name, at) => {
	for (const mutant of mutants(SESSION[at]!)) {
		const result = await memory().write(SESSION.with(at, mutant as JsonObject));
		const ours = (result.errors ?? []).filter(({ kind }) => kind === "internal");
		expect({ mutant, ours }).toEqual({ mutant, ours: [] });
	}
});
