/** A row in the making. Parts fill it one after the other; the first that refuses ends it. */
import type { ConversionColumn, ConversionMapping, ConversionValue, MappableColumn, Value } from "@growthnav/spec";
import type { ConversionContext, ConversionRejectCode } from "./contract.ts";
import type { ElementNames, Scope } from "./path.ts";
import { compileNumber, compileValue, type Read, type ReadNumber } from "./value.ts";

export interface Draft {
	row: { [column in ConversionColumn]?: ConversionValue };
	flags: string[] | undefined;
	/** Tells rows of one record apart. */
	discriminator: string;
}

export interface Refusal {
	code: ConversionRejectCode;
	reason: string;
	/** As the mapping writes it. */
	path?: string | undefined;
}

/** Fills some columns of the draft, or says why there can be no row. */
export type Part = (draft: Draft, scope: Scope) => Refusal | undefined;

/** A value with what it takes to read it, and to say why it could not be read. */
export interface Mapped {
	/** Undefined where the mapping has none. */
	value: Value | undefined;
	names: ElementNames;
	read: Read;
}

/** What parts are compiled from. */
export interface PartSource {
	mapping: ConversionMapping;
	context: ConversionContext;
	/** `row` is the name that `each` gives to its element. */
	names: ElementNames;
}

/** A column's value: of the mapping, else of the stream's origin, whose paths start at the record. */
export function columnOf({ mapping, context, names }: PartSource, column: MappableColumn): Mapped {
	const own = mapping.columns[column];
	if (own !== undefined) return mapped(own, names);
	const origin: { [column in MappableColumn]?: Value } = { ...context.origin };
	return mapped(origin[column], {});
}

/** The same for a column of money or quantities: it is read as a number. */
export function numberOf(source: PartSource, column: MappableColumn): MappedNumber {
	const { value, names } = columnOf(source, column);
	return { value, names, read: value === undefined ? () => undefined : compileNumber(value, names) };
}

export interface MappedNumber extends Mapped {
	read: ReadNumber;
}

export function mapped(value: Value | undefined, names: ElementNames): Mapped {
	return { value, names, read: value === undefined ? () => undefined : compileValue(value, names) };
}

/** Notes a doubt, once. */
export function flag(draft: Draft, doubt: string): void {
	if (draft.flags === undefined) draft.flags = [doubt];
	else if (!draft.flags.includes(doubt)) draft.flags.push(doubt);
}

/** A column that is there but cannot be what it should: null, and said. */
export function flagWrong(draft: Draft, column: string): void {
	flag(draft, `wrong_value:${column}`);
}
