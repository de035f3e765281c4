/**
 * How long a record takes from its object to its conversion, beside what parsing the same record takes:
 * `node --conditions=growthnav-source sdk/test/conversion/bench.ts`. The best of many rounds, since machines are shared.
 */
import type { ConversionMapping, JsonObject } from "@growthnav/spec";
import { compileConversions } from "../../src/conversion/compile.ts";
import { context } from "./convert.ts";

const zero = { const: 0 };
const typical: ConversionMapping = {
	type: "purchase",
	when: { state: "COMPLETED" },
	time_zone: { path: "joined.location.zone" },
	columns: {
		timestamp: "closed_at",
		source_updated_at: "updated_at",
		currency: "total_money.currency",
		value: {
			minor: {
				sum: [
					"total_money.amount",
					{ negate: { first: ["total_tax_money.amount", zero] } },
					{ negate: { first: ["total_tip_money.amount", zero] } },
				],
			},
		},
		tax_amount: { minor: "total_tax_money.amount" },
		tip_amount: { minor: "total_tip_money.amount" },
		total_amount: { minor: "total_money.amount" },
		transaction_id: "id",
		order_number: { first: ["reference_id", "id"] },
		order_status: "state",
		user_id: "customer_id",
		location_id: "location_id",
		location_name: "joined.location.name",
		sales_channel: "source.name",
	},
};
const lines = { each: { item: "items" }, columns: { product_name: "item.name", quantity: "item.qty" } };
const mappings: Record<string, ConversionMapping> = {
	"14 columns, a zone": typical,
	"and 3 line items": { ...typical, columns: { ...typical.columns, line_items: lines } },
	"and a URL": { ...typical, tracking: { url: "landing" } },
	"2 columns": { type: "lead", columns: { timestamp: "closed_at", user_id: "customer_id" } },
};

const records: JsonObject[] = Array.from({ length: 2000 }, (_, i) => ({
	id: `9cXkQ7f${i}`,
	state: "COMPLETED",
	customer_id: `C${i % 100}`,
	location_id: "L1",
	closed_at: new Date(1_767_225_600_000 + i * 977_123).toISOString(),
	updated_at: "2026-07-03T19:22:10.123Z",
	total_money: { amount: 4820 + i, currency: "USD" },
	total_tax_money: { amount: 320, currency: "USD" },
	total_tip_money: { amount: i % 3 ? 250 : 0, currency: "USD" },
	source: { name: "Point of Sale" },
	joined: { location: { name: "Harbour", zone: "America/Chicago" } },
	items: ["Mug", "Cup", "Jug"].map((name) => ({ name, qty: "0.75" })),
	landing: "/mug?fbclid=IwAR1abcdefg&utm_source=google&utm_campaign=spring+sale",
}));

function nanoseconds<T>(inputs: T[], work: (input: T) => unknown): number {
	let best = Number.POSITIVE_INFINITY;
	for (let round = 0; round < 60; round++) {
		const started = process.hrtime.bigint();
		for (const input of inputs) work(input);
		best = Math.min(best, Number(process.hrtime.bigint() - started) / inputs.length);
	}
	return best;
}

const texts = records.map((record) => JSON.stringify(record));
const parsing = nanoseconds(texts, (text) => JSON.parse(text));
console.log(`JSON.parse of a record of ${texts[0]!.length} bytes: ${parsing.toFixed(0)} ns`);
for (const [name, mapping] of Object.entries(mappings)) {
	const time = nanoseconds(records, compileConversions([mapping], context));
	console.log(`${name}: ${time.toFixed(0)} ns, ${(time / parsing).toFixed(2)} of parsing`);
}
