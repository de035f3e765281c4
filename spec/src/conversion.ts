/**
 * The Conversion: one row is one business event. This list of columns is the only place where they are written down;
 * the type, the JSON Schema, the tables of the destinations and the documentation follow from it.
 */

/** What a column holds; each means one BigQuery type and one DuckDB type. */
export type ConversionColumnType = "string" | "integer" | "decimal" | "boolean" | "timestamp" | "date" | "json";

export interface ConversionColumnDefinition {
	name: string;
	type: ConversionColumnType;
	/** Never null. */
	required?: true;
	/** A list: of `type`, or of rows with these fields. */
	repeated?: true | readonly { name: string; type: ConversionColumnType; description: string }[];
	/** The only texts that it may hold. */
	values?: readonly string[];
	/** A regular expression that its texts match. */
	pattern?: string;
	group: "identity" | "time" | "money" | "what and where" | "who" | "how they came" | "attribution" | "lineage";
	description: string;
}

export const CONVERSION_TYPES = [
	"purchase",
	"lead",
	"signup",
	"subscription",
	"renewal",
	"upsell",
	"referral",
	"booking",
	"download",
	"custom",
	"refund",
	"cancellation",
	"chargeback",
	"chargeback_reversal",
	"adjustment",
] as const;
export type ConversionType = (typeof CONVERSION_TYPES)[number];

/** Types that cannot be without `value` and `currency`. */
export const MONEY_TYPES: readonly ConversionType[] = [
	"purchase",
	"renewal",
	"upsell",
	"refund",
	"cancellation",
	"chargeback",
	"chargeback_reversal",
	"adjustment",
];

/** Types whose `value` is never positive: it was negated twice or never. */
export const REVERSAL_TYPES: readonly ConversionType[] = ["refund", "cancellation", "chargeback"];

export const CONVERSION_SOURCES = ["pos", "crm", "loyalty", "ecommerce", "accounting", "manual", "api"] as const;
export type ConversionSource = (typeof CONVERSION_SOURCES)[number];

/** Click ids with a column of their own; all others go to `click_ids`. */
export const CLICK_ID_COLUMNS = [
	"gclid",
	"gbraid",
	"wbraid",
	"dclid",
	"fbclid",
	"ttclid",
	"msclkid",
	"twclid",
	"li_fat_id",
	"rdt_cid",
	"epik",
	"sccid",
] as const;

export const UTM_COLUMNS = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id"] as const;

const UUID_V5 = "^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

export const LINE_ITEM_FIELDS = [
	{ name: "line_id", type: "string", description: "Id of the line in the source" },
	{ name: "product_id", type: "string", description: "Id of the product or variation in the source" },
	{ name: "sku", type: "string", description: "Stock keeping unit" },
	{ name: "product_name", type: "string", description: "Name as sold" },
	{ name: "product_category", type: "string", description: "Category in the source" },
	{ name: "quantity", type: "decimal", description: "Units; may be a fraction, negative on a reversal" },
	{ name: "unit_price", type: "decimal", description: "Price of one unit" },
	{ name: "gross_amount", type: "decimal", description: "List price times quantity, before discounts" },
	{ name: "discount_amount", type: "decimal", description: "Discount on this line, not negative on a sale" },
	{ name: "net_amount", type: "decimal", description: "Gross less discount, without tax" },
	{ name: "tax_amount", type: "decimal", description: "Tax of this line" },
	{ name: "total_amount", type: "decimal", description: "What was paid for this line" },
] as const;

export const CONVERSION_COLUMNS = [
	{
		group: "identity",
		name: "conversion_id",
		type: "string",
		required: true,
		pattern: UUID_V5,
		description:
			"UUIDv5 over immutable identity only: customer, system, account, stream, record id, type, discriminator",
	},
	{
		group: "identity",
		name: "customer_id",
		type: "string",
		required: true,
		pattern: "^[a-z0-9_]{1,64}$",
		description: "The tenant whose table this is",
	},
	{
		group: "identity",
		name: "parent_conversion_id",
		type: "string",
		pattern: UUID_V5,
		description: "The conversion that this one reverses",
	},
	{
		group: "identity",
		name: "conversion_type",
		type: "string",
		required: true,
		values: CONVERSION_TYPES,
		description: "What happened: purchase, lead, refund, …",
	},
	{
		group: "identity",
		name: "source",
		type: "string",
		values: CONVERSION_SOURCES,
		description: "Kind of system: pos, crm, loyalty, ecommerce, accounting, manual, api",
	},
	{
		group: "identity",
		name: "source_system",
		type: "string",
		required: true,
		description: "Name of the system: square",
	},
	{
		group: "identity",
		name: "source_account",
		type: "string",
		required: true,
		description: "Account in that system: Square's merchant id",
	},
	{ group: "identity", name: "source_stream", type: "string", required: true, description: "Stream of the record" },
	{
		group: "identity",
		name: "source_record_id",
		type: "string",
		required: true,
		description: "Key of the record, as the source prints it",
	},
	{ group: "identity", name: "transaction_id", type: "string", description: "Id of the transaction in the source" },
	{
		group: "identity",
		name: "order_number",
		type: "string",
		description: "Number that people use: receipt, invoice; not unique",
	},
	{
		group: "identity",
		name: "order_status",
		type: "string",
		description: "Status in the source when it was read; never used for sums",
	},
	{ group: "identity", name: "is_test", type: "boolean", description: "The source calls it a test" },
	{
		group: "time",
		name: "timestamp",
		type: "timestamp",
		required: true,
		description: "When the money or the commitment moved, UTC; never invented",
	},
	{
		group: "time",
		name: "timestamp_precision",
		type: "string",
		required: true,
		values: ["instant", "day"],
		description: "instant, or day where the source knows only the day",
	},
	{ group: "time", name: "business_date", type: "date", description: "The trading day at the place of sale" },
	{ group: "time", name: "source_updated_at", type: "timestamp", description: "Last change in the source" },
	{ group: "time", name: "extracted_at", type: "timestamp", required: true, description: "When the record was read" },
	{ group: "time", name: "loaded_at", type: "timestamp", required: true, description: "When the row was committed" },
	{
		group: "money",
		name: "value",
		type: "decimal",
		description: "Signed; the only column to add up. In `currency`; net unless `value_basis` says otherwise",
	},
	{
		group: "money",
		name: "value_basis",
		type: "string",
		values: ["net", "total"],
		description: "net: without tax, tip, shipping and surcharge; or total",
	},
	{
		group: "money",
		name: "currency",
		type: "string",
		pattern: "^[A-Z]{3}$",
		description: "ISO 4217, three capital letters; read or declared, never assumed",
	},
	{
		group: "money",
		name: "gross_amount",
		type: "decimal",
		description: "List price times quantity, before discounts, without tax",
	},
	{ group: "money", name: "discount_amount", type: "decimal", description: "Not negative on a sale" },
	{ group: "money", name: "net_amount", type: "decimal", description: "Gross less discount" },
	{ group: "money", name: "shipping_amount", type: "decimal", description: "Shipping charged" },
	{ group: "money", name: "tax_amount", type: "decimal", description: "Tax" },
	{ group: "money", name: "tip_amount", type: "decimal", description: "Tip" },
	{ group: "money", name: "surcharge_amount", type: "decimal", description: "Service charge to the buyer" },
	{ group: "money", name: "total_amount", type: "decimal", description: "What the buyer paid" },
	{ group: "what and where", name: "quantity", type: "decimal", description: "Units; may be a fraction" },
	{ group: "what and where", name: "product_id", type: "string", description: "Product, where the event has one" },
	{ group: "what and where", name: "product_name", type: "string", description: "Its name" },
	{ group: "what and where", name: "product_category", type: "string", description: "Its category" },
	{ group: "what and where", name: "line_items", type: "json", repeated: LINE_ITEM_FIELDS, description: "The basket" },
	{ group: "what and where", name: "location_id", type: "string", description: "Place of sale in the source" },
	{ group: "what and where", name: "location_name", type: "string", description: "Its name" },
	{
		group: "what and where",
		name: "sales_channel",
		type: "string",
		description: "web, pos, app, phone, …, as the source names it",
	},
	{ group: "who", name: "user_id", type: "string", description: "The person's id in the source" },
	{
		group: "who",
		name: "global_customer_id",
		type: "string",
		description: "The person across sources; filled by identity resolution",
	},
	{
		group: "who",
		name: "identity_fragments",
		type: "json",
		repeated: [
			{ name: "type", type: "string", description: "email, phone, loyalty_id, card_fingerprint, …" },
			{ name: "value", type: "string", description: "As the source has it" },
			{ name: "source_field", type: "string", description: "Path in the record" },
		],
		description: "What may identify the person",
	},
	...CLICK_ID_COLUMNS.map(
		(name) => ({ group: "how they came", name, type: "string", description: "Click id, byte for byte" }) as const,
	),
	{
		group: "how they came",
		name: "click_ids",
		type: "json",
		repeated: [
			{ name: "type", type: "string", description: "Canonical name" },
			{ name: "value", type: "string", description: "Byte for byte" },
		],
		description: "All other click ids",
	},
	...UTM_COLUMNS.map(
		(name) => ({ group: "how they came", name, type: "string", description: "As in the URL" }) as const,
	),
	{ group: "how they came", name: "landing_page", type: "string", description: "First page of the visit" },
	{ group: "how they came", name: "referrer", type: "string", description: "Where the visit came from" },
	{ group: "attribution", name: "attributed_platform", type: "string", description: "Null until attribution runs" },
	{ group: "attribution", name: "attributed_campaign_id", type: "string", description: "Null until attribution runs" },
	{ group: "attribution", name: "attributed_ad_id", type: "string", description: "Null until attribution runs" },
	{ group: "attribution", name: "attribution_model", type: "string", description: "Null until attribution runs" },
	{ group: "attribution", name: "attribution_weight", type: "decimal", description: "Null until attribution runs" },
	{ group: "lineage", name: "mapping", type: "string", required: true, description: "The mapping that made this row" },
	{
		group: "lineage",
		name: "connector_version",
		type: "string",
		description: "Source that read the record, with its version",
	},
	{ group: "lineage", name: "sync_id", type: "string", required: true, description: "Run that loaded this row" },
	{
		group: "lineage",
		name: "_gn_key",
		type: "string",
		required: true,
		description: "Row of the stream table that this row came from",
	},
	{
		group: "lineage",
		name: "_gn_generation_id",
		type: "integer",
		required: true,
		description: "Generation of that row",
	},
	{
		group: "lineage",
		name: "dq_flags",
		type: "string",
		repeated: true,
		description: "Doubts about this row that did not refuse it",
	},
	{
		group: "lineage",
		name: "raw_data",
		type: "json",
		description: "The record; off by default, the stream table has it",
	},
] as const satisfies readonly ConversionColumnDefinition[];

export type ConversionColumn = (typeof CONVERSION_COLUMNS)[number]["name"];
export type LineItemColumn = (typeof LINE_ITEM_FIELDS)[number]["name"];

/**
 * A conversion as the mapping makes it. Decimals and integers are exact text, timestamps RFC 3339 in UTC with
 * microseconds at most, dates YYYY-MM-DD. Absent is absent or null.
 */
export type Conversion = {
	[column in ConversionColumn]?: ConversionValue;
};
export type ConversionValue = string | boolean | null | string[] | Record<string, string | null>[];
