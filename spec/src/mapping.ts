/**
 * The conversion mapping: plain JSON beside a stream, from a record to conversions. No string is ever evaluated.
 *
 * A value is a path in the record or an object with exactly one verb; verbs nest wherever a path may stand. Absent,
 * null and blank text do not exist. `P` is the type of paths: any string in a file, the record's own in a connector.
 */
import type { ConversionColumn, ConversionType, LineItemColumn } from "./conversion.ts";

/** Dotted: `customer.id`, `items.0.sku`; a dot in a key is written `Invoice No\.`. */
export type Path = string;

export type Value<P extends string = Path> =
	| P
	/** This text, always. Money constants are text too. */
	| { const: string | number | boolean }
	/** The first that exists. */
	| { first: Value<P>[] }
	/** Minor units to a decimal, by the ISO 4217 exponent of the row's `currency`, or by fixed `decimals`. */
	| { minor: Value<P>; decimals?: number }
	/** All must exist; whoever means zero writes `{ first: [tip, { const: 0 }] }`. */
	| { sum: Value<P>[] }
	| { negate: Value<P> }
	/** The path itself, where a bare word would be a word (`time_zone`). */
	| { path: P };

/** All lines must hold. One literal, a list (any of), `{ not: … }` or `{ exists: … }`. */
export type When<P extends string = Path> = { [path in P]?: Condition };

export type Literal = string | number | boolean | null;
export type Condition = Literal | Literal[] | { not: Literal | Literal[] } | { exists: boolean };

export interface ConversionMapping<P extends string = Path> {
	type: ConversionType;
	/** Rows for which it does not hold are counted as left out. */
	when?: When<P>;
	/** One row per element: `{ refund: "refunds" }` names the element; its name stands before paths of the element. */
	each?: { [element: string]: P };
	/** Tells the rows of one record apart in `conversion_id`; required with `each`. */
	discriminator?: Value<P>;
	/** The sale that a reversal reverses: gives `parent_conversion_id`. */
	parent?: {
		type: ConversionType;
		stream: string;
		/** The sale's key; a list for a key of several fields. */
		key: Value<P> | Value<P>[];
		discriminator?: Value<P>;
	};
	/** Fills the click id and UTM columns that `columns` does not name. */
	tracking?: { url: Value<P> };
	/** IANA zone for times without an offset and for the business date; a word, or `{ path: … }`. */
	time_zone?: string | { path: P };
	/** Facts for `dq_flags`: each flag is set where its `when` holds. */
	flags?: { flag: string; when: When<P> }[];
	columns: MappedColumns<P>;
}

export type MappedColumns<P extends string = Path> = {
	[column in MappableColumn]?: Value<P>;
} & {
	line_items?: { each: { [element: string]: P }; columns: { [column in LineItemColumn]?: Value<P> } };
	/** Each gives one element where its `value` exists. */
	identity_fragments?: { type: string; value: Value<P> }[];
};

/** The SDK fills these; a mapping cannot. The lists among them have a notation of their own in `columns`. */
export const DERIVED_COLUMNS = [
	"conversion_id",
	"customer_id",
	"parent_conversion_id",
	"conversion_type",
	"source_stream",
	"source_record_id",
	"timestamp_precision",
	"extracted_at",
	"loaded_at",
	"mapping",
	"connector_version",
	"sync_id",
	"_gn_key",
	"_gn_generation_id",
	"dq_flags",
	"raw_data",
	"line_items",
	"identity_fragments",
	"click_ids",
] as const;
export type DerivedColumn = (typeof DERIVED_COLUMNS)[number];

export type MappableColumn = Exclude<ConversionColumn, DerivedColumn>;

/** Where the conversions of a stream come from, for mappings whose `columns` do not name it. */
export interface ConversionOrigin<P extends string = Path> {
	/** pos, crm, loyalty, ecommerce, accounting, manual or api. */
	source: Value<P>;
	/** The system's name: `square`. Part of `conversion_id`. */
	source_system: Value<P>;
	/** The account in that system: Square's merchant id. Part of `conversion_id`. */
	source_account: Value<P>;
}
