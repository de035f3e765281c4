/** Programs that the compiler must accept, and (under `@ts-expect-error`) refuse. Checked by tsc, never run. */
import type { ConversionMapping } from "@growthnav/spec";
import type { z } from "zod";
import type { PathOf } from "../../src/schema/paths.ts";
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
	timestamp,
} from "../../src/schema/vocabulary.ts";

const money = object({ amount: integer(), currency: string() });
const order = object({
	id: string(),
	state: oneOf("OPEN", "COMPLETED"),
	closed_at: optional(timestamp()),
	total: decimal(),
	paid: boolean(),
	total_money: optional(money),
	"Invoice No.": optional(string()),
	metadata: json(),
	line_items: optional(array(object({ name: string(), base_price_money: optional(money) }))),
	joined: object({ location: optional(object({ zone: string() })) }),
});

type Order = z.output<typeof order>;
type Path = PathOf<Order>;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Fact extends true>(): void => {};

holds<Equal<Order["id"], string>>();
holds<Equal<Order["state"], "OPEN" | "COMPLETED">>();
holds<Equal<Order["total"], string>>();
holds<Equal<Order["closed_at"], string | null | undefined>>();

const paths: Path[] = [
	"id",
	"total_money.amount",
	"line_items.0.base_price_money.currency",
	"item.base_price_money.amount",
	"item",
	"Invoice No\\.",
	"metadata.anything.at.all",
	"joined.location.zone",
];

// @ts-expect-error misspelt
const misspelt: Path = "total_mony.amount";
// @ts-expect-error misspelt below an optional object
const nested: Path = "total_money.amout";
// @ts-expect-error misspelt in an element
const element: Path = "item.base_price_mony.amount";
// @ts-expect-error nothing lies below text
const below: Path = "id.length";
// @ts-expect-error a dot in a key is escaped
const unescaped: Path = "Invoice No.";

const mapping: ConversionMapping<Path> = {
	type: "purchase",
	when: { state: "COMPLETED", "metadata.test": { not: "true" } },
	columns: {
		timestamp: "closed_at",
		currency: "total_money.currency",
		value: { minor: { sum: ["total_money.amount", { negate: { first: ["total_money.amount", { const: 0 }] } }] } },
		line_items: { each: { item: "line_items" }, columns: { product_name: "item.name" } },
	},
};

const wrong: ConversionMapping<Path> = {
	type: "purchase",
	// @ts-expect-error a condition on a field that does not exist
	when: { stat: "COMPLETED" },
	columns: {
		// @ts-expect-error misspelt
		timestamp: "close_at",
		// @ts-expect-error misspelt inside a verb
		value: { minor: { sum: ["total_money.amont"] } },
	},
};

const unknownColumn: ConversionMapping<Path> = {
	type: "purchase",
	// @ts-expect-error not a column of conversions
	columns: { valeu: "total" },
};

const config = object({
	access_token: secret(string()),
	start: date().default("2025-01-01"),
	page_size: integer().min(1).max(500).default(100),
	login: oneOf(
		object({ type: oneOf("key"), key: secret(string()) }),
		object({ type: oneOf("oauth"), client_id: string() }),
	),
});
type Config = z.output<typeof config>;
holds<Equal<Config["start"], string>>();
holds<Equal<Config["page_size"], number>>();
const login = (given: Config): string => (given.login.type === "key" ? given.login.key : given.login.client_id);

// @ts-expect-error a record gives decimals as number, text or RawNumber
const input: z.input<typeof order>["total"] = true;

export { below, element, input, login, mapping, misspelt, nested, paths, unescaped, unknownColumn, wrong };
