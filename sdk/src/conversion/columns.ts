/** The optional columns. A value that is there but cannot be what its column holds is null, and flagged. */
import {
	CONVERSION_COLUMNS,
	CONVERSION_SOURCES,
	type ConversionColumnType,
	type MappableColumn,
	type Value,
} from "@growthnav/spec";
import { columnOf, flagWrong, type Part, type PartSource } from "./draft.ts";
import { exactDecimal } from "./money.ts";
import type { ElementNames, Scope } from "./path.ts";
import { asText, compileNumber, compileValue, type Found, WRONG } from "./value.ts";

/** Columns that other parts fill. */
const ELSEWHERE = new Set<string>([
	"line_items",
	"identity_fragments",
	"source_system",
	"source_account",
	"timestamp",
	"business_date",
	"source_updated_at",
	"value",
	"value_basis",
	"currency",
]);

/** Reads a value as its column holds it: WRONG where it cannot. */
export type ReadColumn = (scope: Scope) => string | boolean | undefined | typeof WRONG;

export function compileColumn(value: Value, type: ConversionColumnType, names: ElementNames): ReadColumn {
	if (type === "decimal") return finished(compileNumber(value, names), exactDecimal);
	return finished(compileValue(value, names), type === "boolean" ? asBoolean : asText);
}

function finished<T>(
	read: (scope: Scope) => T | undefined,
	finish: (found: T) => string | boolean | undefined,
): ReadColumn {
	return (scope) => {
		const found = read(scope);
		return found === undefined ? undefined : (finish(found) ?? WRONG);
	};
}

/** True and false, also as words. */
function asBoolean(found: Found): boolean | undefined {
	if (typeof found === "boolean") return found;
	const word = typeof found === "string" ? found.trim().toLowerCase() : "";
	return word === "true" ? true : word === "false" ? false : undefined;
}

function asSource(found: Found): string | undefined {
	return CONVERSION_SOURCES.find((source) => source === found);
}

/** Fills every mapped column that no other part fills. */
export function columnsPart(source: PartSource): Part {
	const fills = CONVERSION_COLUMNS.flatMap(({ name, type }): Fill[] => {
		if (ELSEWHERE.has(name)) return [];
		const { value, names } = columnOf(source, name as MappableColumn);
		if (value === undefined) return [];
		const read = name === "source" ? finished(compileValue(value, names), asSource) : compileColumn(value, type, names);
		return [{ name: name as MappableColumn, read }];
	});
	return (draft, scope) => {
		for (let i = 0; i < fills.length; i++) {
			const { name, read } = fills[i]!;
			const value = read(scope);
			if (value === undefined) continue;
			if (value === WRONG) flagWrong(draft, name);
			else draft.row[name] = value;
		}
		return undefined;
	};
}

interface Fill {
	name: MappableColumn;
	read: ReadColumn;
}
