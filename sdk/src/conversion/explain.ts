/** Why a row is what it is, for people who write a mapping and look at its first rows. */
import {
	CLICK_ID_COLUMNS,
	CONVERSION_COLUMNS,
	type Conversion,
	type ConversionColumn,
	type ConversionMapping,
	DERIVED_COLUMNS,
	type JsonObject,
	UTM_COLUMNS,
	type Value,
} from "@growthnav/spec";
import { whyAbsent, whyWrong } from "./blame.ts";
import type { Outcome } from "./contract.ts";
import { currencyExponent } from "./currency.ts";
import { mapped } from "./draft.ts";
import { eachOf } from "./lists.ts";
import { compilePath, type ElementNames, type Scope, scopeOf } from "./path.ts";
import { compileWhen } from "./when.ts";
import { wordsOf } from "./words.ts";

export interface Explanation {
	/** "state is COMPLETED"; undefined where the mapping takes every record. */
	because: string | undefined;
	/** Each column that is filled, or that the mapping names in vain; values as they are, unmasked. */
	details: { column: ConversionColumn; value: string; words: string }[];
	/** Columns that the mapping could fill and does not. */
	empty: ConversionColumn[];
}

/** Says of a converted record which words of the mapping filled which column. */
export function explain(
	mapping: ConversionMapping,
	record: JsonObject,
	outcome: Extract<Outcome, { outcome: "converted" }>,
): Explanation {
	const { conversion } = outcome;
	const names: ElementNames = { row: mapping.each === undefined ? undefined : eachOf(mapping.each).name };
	const scope = scopeOfRow(mapping, record, outcome);
	const because = compileWhen(mapping.when, names).map(({ kept, read }) => kept(read(scope)));
	const details = CONVERSION_COLUMNS.filter(({ name }) => !UNSPOKEN.has(name)).flatMap(({ name }) => {
		const words = wordsFor(name, mapping, conversion, scope, names);
		const value = shownValue(name, conversion);
		return value === undefined ? missingDetail(name, mapping, scope, names) : [{ column: name, value, words }];
	});
	return { because: because.length > 0 ? because.join(" and ") : undefined, details, empty: emptyColumns(mapping) };
}

/** Columns that say nothing about the record. */
const UNSPOKEN = new Set<string>(["customer_id", "conversion_type", "source_stream", "mapping", "connector_version"]);

/** The record, its element and the currency, as they were when the row was made. */
function scopeOfRow(
	mapping: ConversionMapping,
	record: JsonObject,
	{ element, conversion }: Extract<Outcome, { outcome: "converted" }>,
): Scope {
	const scope = scopeOf(record);
	if (mapping.each !== undefined && element !== undefined) {
		const list = compilePath(eachOf(mapping.each).path, {})(scope);
		scope.row = Array.isArray(list) ? list[element] : undefined;
	}
	if (typeof conversion.currency === "string") {
		scope.currency = conversion.currency;
		scope.exponent = currencyExponent(conversion.currency) ?? Number.NaN;
	}
	return scope;
}

function shownValue(column: ConversionColumn, conversion: Conversion): string | undefined {
	const value = conversion[column];
	if (value === undefined || value === null) return column === "conversion_id" ? "(needs customer)" : undefined;
	if (!Array.isArray(value)) return String(value);
	return column === "dq_flags" ? value.join(", ") : String(value.length);
}

/** A column that the mapping names and this row lacks: why. */
function missingDetail(
	column: ConversionColumn,
	mapping: ConversionMapping,
	scope: Scope,
	names: ElementNames,
): Explanation["details"] {
	const value = mappedValue(column, mapping);
	if (value === undefined) return [];
	const one = mapped(value, names);
	const { reason } = one.read(scope) === undefined ? whyAbsent(one, column, scope) : whyWrong(one, "not used", scope);
	return [{ column, value: "-", words: reason }];
}

function mappedValue(column: ConversionColumn, { columns }: ConversionMapping): Value | undefined {
	if (column === "line_items" || column === "identity_fragments") return undefined;
	const values: { [column in ConversionColumn]?: unknown } = columns;
	return values[column] as Value | undefined;
}

function wordsFor(
	column: ConversionColumn,
	mapping: ConversionMapping,
	conversion: Conversion,
	scope: Scope,
	names: ElementNames,
): string {
	const value = mappedValue(column, mapping);
	if (value !== undefined) return wordsOf(value, scope, names) ?? "";
	const { line_items, identity_fragments } = mapping.columns;
	switch (column) {
		case "line_items": {
			const { name, path } = eachOf(line_items?.each ?? { item: "" });
			return `each ${name} of ${path}`;
		}
		case "identity_fragments":
			return identity_fragments?.map(({ type }) => type).join(", ") ?? "";
		case "parent_conversion_id":
			return `the ${mapping.parent?.type} of ${mapping.parent?.stream}`;
		case "business_date":
			return businessDateWords(mapping, conversion, scope, names);
		case "value_basis":
			return "unless the mapping says otherwise";
		case "source":
		case "source_system":
		case "source_account":
			return "as the connector says";
		default:
			return TRACKED.has(column) && mapping.tracking ? `in ${wordsOf(mapping.tracking.url, scope, names)}` : "";
	}
}

function businessDateWords(
	{ time_zone }: ConversionMapping,
	conversion: Conversion,
	scope: Scope,
	names: ElementNames,
): string {
	if (time_zone === undefined) return conversion.timestamp_precision === "day" ? "the day itself" : "";
	return `the date in ${typeof time_zone === "string" ? time_zone : mapped(time_zone, names).read(scope)?.toString()}`;
}

const TRACKED = new Set<string>([...CLICK_ID_COLUMNS, ...UTM_COLUMNS, "click_ids"]);
const LISTS = ["line_items", "identity_fragments"];
/** What a marketer looks for first. */
const FIRST = ["gclid", "utm_source"];

function emptyColumns(mapping: ConversionMapping): ConversionColumn[] {
	const derived = DERIVED_COLUMNS.filter((name) => !LISTS.includes(name));
	const filled = new Set<string>([
		...derived,
		"source",
		"source_system",
		"source_account",
		...Object.keys(mapping.columns),
	]);
	filled.add("value_basis");
	if (mapping.time_zone !== undefined) filled.add("business_date");
	if (mapping.tracking !== undefined) for (const name of TRACKED) filled.add(name);
	const empty = CONVERSION_COLUMNS.map(({ name }) => name).filter((name) => !filled.has(name));
	return [...empty.filter((name) => FIRST.includes(name)), ...empty.filter((name) => !FIRST.includes(name))];
}
