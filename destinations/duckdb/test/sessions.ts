/** Sessions for property tests: streams of every kind, records that are right, wrong, repeated and late. */
import fc from "fast-check";
import { catalog, record, state, status, stream } from "./support.ts";

const TIME = { type: ["null", "string"], format: "date-time" };
const TEXT = { type: ["null", "string"] };
const NUMBER = { type: ["null", "number"] };

export const ORDER_COLUMNS = {
	id: TEXT,
	updated_at: TIME,
	total: NUMBER,
	state: TEXT,
	refunds: { type: ["null", "array"] },
	quantity: { type: ["null", "integer"] },
};

export const PURCHASE = {
	type: "purchase",
	when: { state: "COMPLETED" },
	columns: {
		timestamp: "updated_at",
		value: "total",
		currency: { const: "USD" },
		quantity: "quantity",
		line_items: { each: { item: "refunds" }, columns: { line_id: "item.id", net_amount: "item.amount" } },
	},
};

export const REFUND = {
	type: "refund",
	each: { refund: "refunds" },
	discriminator: "refund.id",
	columns: { timestamp: "updated_at", value: { negate: "refund.amount" }, currency: { const: "USD" } },
};

export const LEAD = {
	type: "lead",
	when: { name: "North" },
	columns: { timestamp: { const: "2026-07-03T10:00:00Z" } },
};

export const ORIGIN = { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "m1" } };

/** `generation` 0: every overwrite starts over. */
function catalogOf(generation: number): object {
	const refresh = { generation_id: generation, minimum_generation_id: generation };
	return catalog(
		stream("orders", ORDER_COLUMNS, {
			cursor_field: ["updated_at"],
			conversions: [PURCHASE, REFUND],
			conversion_origin: ORIGIN,
			connector: "source-shop 1.0.0",
		}),
		stream("items", { id: { type: "integer" }, name: TEXT }),
		stream("notes", { text: TEXT, at: TIME }, { primary_key: [], destination_sync_mode: "append" }),
		stream(
			"places",
			{ id: TEXT, name: TEXT },
			{
				destination_sync_mode: "overwrite",
				sync_mode: "full_refresh",
				conversions: [LEAD],
				conversion_origin: ORIGIN,
				...refresh,
			},
		),
		stream(
			"tags",
			{ id: TEXT, name: TEXT },
			{ primary_key: [], destination_sync_mode: "overwrite", sync_mode: "full_refresh", ...refresh },
		),
	);
}

const STREAMS = ["orders", "items", "notes", "places", "tags"];

const time = fc.integer({ min: 0, max: 9 }).map((second) => `2026-07-03T10:00:0${second}Z`);

const order = fc.record(
	{
		id: fc.constantFrom("a", "b", "c", "d", null),
		updated_at: fc.oneof({ weight: 9, arbitrary: time }, fc.constantFrom(null, "2026-02-30T10:00:00Z")),
		total: fc.oneof(
			{ weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }).map((n) => n / 4) },
			fc.constantFrom("12345678901234567890.123456789", "x", null),
		),
		state: fc.constantFrom("COMPLETED", "OPEN", null),
		refunds: fc.option(
			fc.array(fc.record({ id: fc.constantFrom("r1", "r2"), amount: fc.constantFrom("1", "2.50", "-3") }), {
				maxLength: 3,
			}),
		),
		quantity: fc.constantFrom(1, 2, "9007199254740993", 1.5),
		extra: fc.constantFrom(1, "more"),
		_ab_cdc_deleted_at: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, time),
	},
	{ requiredKeys: ["id", "updated_at"] },
);

const item = fc.record(
	{ id: fc.constantFrom(1, 2, 3, "4", "x"), name: fc.constantFrom("Café", "\u2028", "\ud800", "", null) },
	{ requiredKeys: [] },
);
const note = fc.record(
	{ text: fc.constantFrom("hello", "\u0000nul", "😀", null), at: fc.constantFrom("2026-07-03T10:00:00.123456Z", null) },
	{ requiredKeys: ["text"] },
);
const place = fc.record({ id: fc.constantFrom("p1", "p2", "p3"), name: fc.constantFrom("North", "South") });

/** Records carry their own time of reading, which grows unless the test shuffles them. */
const body = fc.oneof(
	{ weight: 8, arbitrary: order.map((data) => ["orders", data] as const) },
	{ weight: 3, arbitrary: item.map((data) => ["items", data] as const) },
	{ weight: 3, arbitrary: note.map((data) => ["notes", data] as const) },
	{ weight: 2, arbitrary: place.map((data) => ["places", data] as const) },
	{ weight: 2, arbitrary: place.map((data) => ["tags", data] as const) },
	{ weight: 2, arbitrary: fc.constantFrom(...STREAMS).map((name) => ["state", name] as const) },
	{
		weight: 1,
		arbitrary: fc.constantFrom(
			["line", "{broken"] as const,
			["line", "just a log"] as const,
			["line", '{"type":"RECORD","record":{"stream":"orders","data":{}}}'] as const,
			["nobody", { id: 1 }] as const,
		),
	},
);

const lines = fc.array(body, { maxLength: 60 }).map((parts) =>
	parts.map(([kind, data], at): string | object => {
		if (kind === "line") return data as string;
		if (kind === "state") return state(data as string, { at });
		return record(kind, data as object, 1_780_000_000_000 + at);
	}),
);

/** A whole run: most end well, some before one of the streams is complete. */
export const session = fc
	.record({
		generation: fc.constantFrom(0, 1, 1, 2),
		inner: lines,
		ended: fc.oneof({ weight: 3, arbitrary: fc.constant(STREAMS) }, fc.subarray(STREAMS)),
	})
	.map(({ generation, inner, ended }) => [catalogOf(generation), ...inner, ...ended.map((name) => status(name))]);
