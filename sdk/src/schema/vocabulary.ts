/**
 * The closed vocabulary of records and configs. Each word is a zod schema and means exactly one column type; zod's own
 * `.describe()`, `.meta({ title, examples })`, `.default()`, `.min()` and `.max()` say the rest.
 *
 *     const order = object({ id: string(), total: decimal(), closed_at: optional(timestamp()) });
 *     const config = object({ access_token: secret(string()).describe("From the developer dashboard") });
 */
import type { RawNumber } from "@growthnav/spec";
import { z } from "zod";
import { isRawNumber, numberText } from "../protocol/numbers.ts";
import { decimalLiteral } from "./text.ts";
import { parseDate, parseInstant, parseLocalDateTime, parseTime } from "./time.ts";

/** What a word means; objects, lists and choices are known by their zod type. */
export type Word =
	| "string"
	| "integer"
	| "decimal"
	| "boolean"
	| "date"
	| "timestamp"
	| "datetime"
	| "time"
	| "one_of"
	| "json";

/** Which word made a schema; zod passes it on to what is derived from it (`.describe()`, `.min()`). */
export const words = z.registry<{ word: Word }>();

function word<Schema extends z.ZodType>(name: Word, schema: Schema): Schema {
	words.add(schema as z.ZodType, { word: name });
	return schema;
}

/** STRING */
export const string = (): z.ZodString => word("string", z.string());

/** INT64. Exact beyond 2^53 too, where the row carries a RawNumber. */
export const integer = (): z.ZodInt => word("integer", z.int());

/** NUMERIC: money, quantities, rates. A row gives a number, text (`"12.50"`) or a RawNumber; every digit is kept. */
export const decimal = (): z.ZodType<string, string | number | RawNumber> =>
	word("decimal", z.custom<string | number | RawNumber>(isDecimal).transform(exactText)) as z.ZodType<
		string,
		string | number | RawNumber
	>;

/** BOOL */
export const boolean = (): z.ZodBoolean => word("boolean", z.boolean());

/** DATE: `2026-07-03`. */
export const date = (): z.ZodString =>
	word(
		"date",
		z.string().refine((text) => parseDate(text) !== undefined),
	);

/** TIMESTAMP, an instant: `2026-07-03T19:22:10Z` or with an offset. */
export const timestamp = (): z.ZodString =>
	word(
		"timestamp",
		z.string().refine((text) => parseInstant(text) !== undefined),
	);

/** DATETIME, local to a place that the record or the mapping names: `2026-07-03T19:22:10`. */
export const datetime = (): z.ZodString =>
	word(
		"datetime",
		z.string().refine((text) => parseLocalDateTime(text) !== undefined),
	);

/** TIME of day without zone: `19:22:10`. */
export const time = (): z.ZodString =>
	word(
		"time",
		z.string().refine((text) => parseTime(text) !== undefined),
	);

type Named<Values extends readonly string[]> = z.ZodEnum<{ [value in Values[number]]: value }>;

/**
 * STRING, one of the given words. In a config also one of several objects; each of them has one property in common,
 * a `oneOf` of a single word, that tells them apart.
 */
export function oneOf<const Values extends [string, ...string[]]>(...values: Values): Named<Values>;
export function oneOf<Options extends [z.ZodObject, z.ZodObject, ...z.ZodObject[]]>(
	...options: Options
): z.ZodUnion<Options>;
export function oneOf(...options: string[] | z.ZodObject[]): z.ZodType {
	return typeof options[0] === "string"
		? word("one_of", z.enum(options as [string, ...string[]]))
		: z.union(options as [z.ZodObject, z.ZodObject]);
}

/** JSON: a value of no one shape. */
export const json = (): z.ZodUnknown => word("json", z.unknown());

/** A list. In a table it is JSON. */
export const array = <Item extends z.ZodType>(item: Item): z.ZodArray<Item> => z.array(item);

/** Fields by name. Inside a record it is JSON; unknown fields of a record are kept, those of a config refused. */
export const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape> => z.object(shape);

/** May be absent or null: vendors send one for the other. */
export const optional = <Schema extends z.ZodType>(schema: Schema): z.ZodOptional<z.ZodNullable<Schema>> =>
	schema.nullish();

/** A row of a schema, as `read` yields it. */
export type RowOf<Schema extends z.ZodType> = z.input<Schema>;

/** A config with its defaults, or a record as a mapping sees it. */
export type ParsedOf<Schema extends z.ZodType> = z.output<Schema>;

/** For configs: a value that is never shown, logged or kept. */
export const secret = <Schema extends z.ZodType>(schema: Schema): Schema => schema.meta({ airbyte_secret: true });

/** For configs: a value that may be shown although its name is that of a secret (`site_key`, `app_id`). */
export const notSecret = <Schema extends z.ZodType>(schema: Schema): Schema => schema.meta({ airbyte_secret: false });

function isDecimal(value: unknown): boolean {
	if (typeof value === "number") return Number.isFinite(value);
	return typeof value === "string" ? decimalLiteral(value) !== undefined : isRawNumber(value);
}

function exactText(value: string | number | RawNumber): string {
	return typeof value === "string" ? decimalLiteral(value)! : numberText(value);
}
