/** The settings as people write them: flat, each with its description; `spec` and the README are derived from it. */
import { array, boolean, integer, json, listOf, object, oneOf, optional, string } from "@growthnav/sdk";
import { ENCODINGS } from "./encoding.ts";

export const COLUMN_TYPES = ["string", "integer", "decimal", "boolean", "date", "timestamp", "json"] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

const SOURCES = ["pos", "crm", "loyalty", "ecommerce", "accounting", "manual", "api"] as const;

/** What may stand at the top, for every stream, and in an entry of `streams`, for that one. */
const ofStream = {
	format: optional(oneOf("csv", "tsv", "jsonl")).describe(
		"csv, tsv or jsonl (JSON Lines); left out: by the file's ending, else by its content",
	),
	encoding: optional(oneOf(...ENCODINGS)).describe("Of the text; left out: detected in each file"),
	delimiter: optional(string().min(1).max(4)).describe("Between two fields of CSV; left out: detected (tab ; , or |)"),
	header: optional(boolean()).describe("Does a row of CSV name the columns? Left out: detected"),
	names: optional(array(string().min(1))).describe("Names of the columns, in order, for files that have no header"),
	skip_rows: optional(integer().min(0)).describe("Lines of CSV before the header that are no data; left out: 0"),
	columns: optional(json())
		.describe(`Types of columns in place of the inferred ones: ${listOf(COLUMN_TYPES)}`)
		.meta({ type: "object", examples: [{ zip: "string", total: "decimal" }] }),
	dates: optional(json())
		.describe("Formats of columns with dates or times, where they cannot be told from the values")
		.meta({ type: "object", examples: [{ date: "MM/DD/YYYY", sold_at: "DD.MM.YYYY HH:mm" }] }),
	time_zone: optional(string())
		.describe("IANA zone of times without one, and of days for the business date")
		.meta({ examples: ["America/Chicago"] }),
	locale: optional(string())
		.describe("How numbers are written, and with a region dates too; left out: decided by the values")
		.meta({ examples: ["en-US", "de-DE"] }),
	currency: optional(string().regex(/^[A-Z]{3}$/))
		.describe("ISO 4217 code of the amounts, for conversions whose mapping names none")
		.meta({ examples: ["USD"] }),
	key: optional(json())
		.describe('What a row is known by: names of columns, "row" (its file and line), or "content"; left out: row')
		.meta({ examples: ["row", "content", ["order_id"]] }),
	account: optional(string().min(1))
		.describe("The account or business that the files are about; part of conversion_id, so never change it")
		.meta({ examples: ["acme-pos"] }),
	source: optional(oneOf(...SOURCES)).describe("Kind of system that the conversions come from; left out: manual"),
	conversions: optional(json())
		.describe("Mappings from rows to conversions, as in a pipeline file")
		.meta({ type: "array", items: { type: "object" } }),
};

const pathOf = (more: string) =>
	string()
		.min(1)
		.describe(`File or glob${more}`)
		.meta({ title: "Path", examples: ["sales/*.csv"] });
const streamName = optional(string().regex(/^[^\s/\\.][^/\\]{0,99}$/)).describe(
	"Name of the stream; left out: that of the file or its folder",
);

const entry = object({ path: pathOf(""), stream: streamName, ...ofStream });

/** Flat and friendly: one stream stands at the top, several in `streams`. */
export const config = object({
	path: optional(pathOf("; relative to the current directory")),
	stream: streamName,
	...ofStream,
	streams: optional(array(entry)).describe("Several streams; what they leave out is taken from the top"),
	preset: optional(oneOf("quickbooks")).describe(
		"Reads exported reports of QuickBooks: Sales by Customer Detail, Journal",
	),
	basis: oneOf("accrual", "cash")
		.default("accrual")
		.describe("QuickBooks: the basis of the reports that count; others are read but make no conversions"),
	check_totals: boolean()
		.default(true)
		.describe("QuickBooks: refuse a report whose lines do not add up to its own totals"),
	root: optional(string().min(1)).describe(
		"Folder that files must be in, also after links are followed, and that their names count from; left out: the part of the path before its first wildcard",
	),
	allow_empty: boolean().default(false).describe("No file matching the path is not an error"),
	sample_rows: integer()
		.min(1)
		.max(1_000_000)
		.default(10_000)
		.describe("Rows, over all files of a stream, that decide the types of its columns"),
	row_bytes: integer()
		.min(100)
		.max(64_000_000)
		.default(16_000_000)
		.describe("Bytes of the longest row; a longer one is refused"),
	content_rows: integer()
		.min(1)
		.max(20_000_000)
		.default(500_000)
		.describe('Rows of one file that key "content" can tell apart in memory'),
	report_rows: integer()
		.min(1)
		.max(5_000_000)
		.default(200_000)
		.describe("QuickBooks: rows of one report, which is held in memory until its totals are checked"),
});

export type Config = ReturnType<typeof config.parse>;
export type StreamConfig = NonNullable<Config["streams"]>[number];
