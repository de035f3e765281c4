/** What plugins and PHP do to records: values of other types, lists that are none. */
import type { Json, JsonObject } from "@growthnav/sdk";
import type { Oddity } from "./events.ts";

const SPOILERS: Record<Oddity, (record: JsonObject) => JsonObject> = {
	/** Order numbers and money as JSON numbers. */
	numbers: (record) => ({
		...record,
		number: Number(record.number),
		total: Number(record.total),
		total_tax: Number(record.total_tax),
	}),
	/** Ids and quantities as text, a flag as text. */
	texts: (record) => ({
		...{ ...record, customer_id: String(record.customer_id), prices_include_tax: String(record.prices_include_tax) },
		line_items: rows(record.line_items).map((line) => ({
			...line,
			product_id: String(line.product_id),
			quantity: String(line.quantity),
		})),
	}),
	/** An empty array of PHP is a list, also where it stands for an object. */
	"empty lists": (record) => ({ ...record, shipping: [], _links: record._links as Json }),
	/** A list of PHP that somebody filtered has keys, and so becomes an object. */
	"keyed lists": (record) => ({ ...record, line_items: keyed(record.line_items), meta_data: keyed(record.meta_data) }),
	"meta of any type": (record) => ({
		...record,
		meta_data: [
			...(record.meta_data as Json[]),
			...([{ a: { b: 1 } }, ["x", 2], 7, true, null, ""] as Json[]).map((value, n) => ({
				id: 9000 + n,
				key: `_plugin_${n}`,
				value,
			})),
			{ id: 9100, key: "_gclid", value: ["never", "one"] },
			{ key: "no_id", value: "x" },
		],
	}),
	"extra fields": (record) => ({
		...{ ...record, stripe_fee: "0.42", delivery: { slot: "08:00" } },
		line_items: rows(record.line_items).map((line) => ({
			...line,
			bundled_by: "",
			bundled_items: [],
			cost: 1.5,
			sku: null,
		})),
	}),
};

export function spoiltBy(oddity: Oddity | undefined, record: JsonObject): JsonObject {
	return oddity === undefined ? record : SPOILERS[oddity](record);
}

const rows = (list: Json | undefined) => list as JsonObject[];
const keyed = (list: Json | undefined): Json =>
	Object.fromEntries(rows(list).map((one, n) => [String(n * 2 + 1), one]));
