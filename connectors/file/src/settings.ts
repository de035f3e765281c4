/** From the config to what each stream needs, with everything checked that a type cannot say. */
import { ConnectorError, type ConversionMapping, didYouMean, type JsonObject, listOf, zoneOf } from "@growthnav/sdk";
import { COLUMN_TYPES, type ColumnType, type Config, type StreamConfig } from "./config.ts";
import { compileFormat } from "./date-format.ts";
import { type DayOrder, orderOf, type ReadMoment } from "./dates.ts";
import type { Encoding } from "./encoding.ts";
import { type NumberStyle, styleOf } from "./money.ts";

export type RowKey = "row" | "content" | string[];

/** One stream, definite. Left out parts are detected in the files. */
export interface StreamSettings {
	/** Undefined: named after the file or its folder. */
	name: string | undefined;
	path: string;
	root: string | undefined;
	allowEmpty: boolean;
	format: "csv" | "tsv" | "jsonl" | undefined;
	encoding: Encoding | undefined;
	delimiter: string | undefined;
	header: boolean | undefined;
	names: string[] | undefined;
	skipRows: number;
	columns: ReadonlyMap<string, ColumnType>;
	dates: ReadonlyMap<string, { format: string; read: ReadMoment }>;
	timeZone: string | undefined;
	locale: string | undefined;
	/** Of the locale: how numbers are written, and which comes first of day and month. */
	style: NumberStyle | undefined;
	order: DayOrder | undefined;
	currency: string | undefined;
	key: RowKey;
	account: string | undefined;
	source: string;
	conversions: ConversionMapping[];
	sampleRows: number;
	rowBytes: number;
	contentRows: number;
	/** Where its settings stand, for errors: "" or "streams.0.". */
	at: string;
}

/** The streams that a config asks for, in its order. Throws config errors. */
export function settingsOf(config: Config): StreamSettings[] {
	if (config.streams == null) {
		if (config.path != null) return [streamSettings(config, config as StreamConfig, "")];
		throw new ConnectorError("config.missing", "path is missing in the settings of file", {
			where: "path",
			why: "one stream needs a path, several stand in streams, each with its own",
			next: "add path, for example sales/*.csv",
		});
	}
	const alone = config.path != null ? "path" : config.stream != null ? "stream" : config.preset != null ? "preset" : "";
	if (alone !== "" || config.streams.length === 0) {
		throw new ConnectorError("config.wrong_value", `streams cannot stand ${alone ? `beside ${alone}` : "empty"}`, {
			where: "streams",
			why: "a config has one stream at its top, or a list of streams",
			next: alone
				? `move ${alone} into an entry of streams, or use a config of its own`
				: "add a stream, or write path",
		});
	}
	return config.streams.map((entry, i) => streamSettings(config, entry, `streams.${i}.`));
}

function streamSettings(config: Config, entry: StreamConfig, at: string): StreamSettings {
	const own = <Part extends keyof StreamConfig & keyof Config>(part: Part) => entry[part] ?? config[part] ?? undefined;
	const locale = own("locale");
	const conversions = conversionsOf(own("conversions"), `${at}conversions`);
	const settings: StreamSettings = {
		name: entry.stream ?? undefined,
		path: entry.path,
		root: config.root ?? undefined,
		allowEmpty: config.allow_empty,
		format: own("format"),
		encoding: own("encoding"),
		delimiter: own("delimiter"),
		header: own("header"),
		names: own("names"),
		skipRows: own("skip_rows") ?? 0,
		columns: columnsOf(own("columns"), `${at}columns`),
		dates: datesOf(own("dates"), `${at}dates`),
		timeZone: knownZone(own("time_zone"), `${at}time_zone`),
		locale,
		style: locale === undefined ? undefined : knownStyle(locale, `${at}locale`),
		order: locale === undefined ? undefined : orderOf(locale),
		currency: own("currency"),
		key: keyOf(own("key"), `${at}key`),
		account: own("account"),
		source: own("source") ?? "manual",
		conversions,
		sampleRows: config.sample_rows,
		rowBytes: config.row_bytes,
		contentRows: config.content_rows,
		at,
	};
	if (conversions.length > 0 && settings.account === undefined) throw accountMissing(at);
	return settings;
}

/** Conversions need an account: two shops may both have an order 1001. */
export function accountMissing(at: string): ConnectorError {
	return new ConnectorError("config.missing", "account is missing in the settings of file", {
		where: `${at}account`,
		why: "it tells the conversions of two businesses apart and becomes part of conversion_id",
		next: "add account, for example acme-pos, and never change it",
	});
}

function wrong(where: string, message: string, why: string, next: string): ConnectorError {
	return new ConnectorError("config.wrong_value", message, { where, why, next });
}

function isObject(value: unknown): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function conversionsOf(value: unknown, where: string): ConversionMapping[] {
	if (value === undefined) return [];
	if (Array.isArray(value) && value.every((item) => isObject(item) && isObject(item.columns))) return value;
	throw wrong(where, `${where} is no list of mappings`, "each has type and columns", "see docs/mapping.md");
}

function columnsOf(value: unknown, where: string): ReadonlyMap<string, ColumnType> {
	return new Map(
		entriesOf(value, where, "string").map(([name, type]) => {
			if ((COLUMN_TYPES as readonly string[]).includes(type)) return [name, type as ColumnType];
			const hint = didYouMean(type, COLUMN_TYPES) ?? `write one of ${listOf(COLUMN_TYPES)}`;
			throw wrong(`${where}.${name}`, `${type} is no type of a column`, `there are ${listOf(COLUMN_TYPES)}`, hint);
		}),
	);
}

function datesOf(value: unknown, where: string): StreamSettings["dates"] {
	const formats = entriesOf(value, where, "MM/DD/YYYY");
	return new Map(formats.map(([name, format]) => [name, { format, read: compileFormat(format, `${where}.${name}`) }]));
}

function entriesOf(value: unknown, where: string, example: string): [string, string][] {
	if (value === undefined) return [];
	if (isObject(value) && Object.values(value).every((item) => typeof item === "string")) {
		return Object.entries(value) as [string, string][];
	}
	throw wrong(where, `${where} is no object of texts`, "it gives a text for each column", `{ "column": "${example}" }`);
}

function knownZone(zone: string | undefined, where: string): string | undefined {
	if (zone === undefined || zoneOf(zone) !== undefined) return zone;
	const hint = didYouMean(zone, Intl.supportedValuesOf("timeZone")) ?? "write an IANA name: America/Chicago";
	throw wrong(where, `There is no time zone ${zone}`, "zones are named after places, as IANA lists them", hint);
}

function knownStyle(locale: string, where: string): NumberStyle {
	const style = styleOf(locale);
	if (style !== undefined) return style;
	throw wrong(where, `Numbers of locale ${locale} cannot be read`, "it is unknown, or uses other signs", "try en-US");
}

function keyOf(value: unknown, where: string): RowKey {
	if (value === undefined || value === "row") return "row";
	if (value === "content") return "content";
	const names = typeof value === "string" ? [value] : value;
	if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === "string" && name !== "")) {
		return names;
	}
	throw wrong(
		where,
		`${where} names no key`,
		'it is "row", "content", or names of columns',
		'for example ["order_id"]',
	);
}
