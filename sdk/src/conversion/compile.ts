/**
 * The mapping compiler: each mapping becomes closures once, then every record runs through them. A row is filled part
 * by part (identity, time, money, the other columns, lists, tracking); the first part that refuses makes it a reject.
 */
import type { Conversion, ConversionMapping, JsonObject } from "@growthnav/spec";
import { count } from "../count.ts";
import { maskValue } from "../mask.ts";
import { checkOrigin, checkStructure } from "./check.ts";
import type { CompileConversions, ConversionContext, Outcome } from "./contract.ts";
import type { Refusal } from "./draft.ts";
import { refuseDouble } from "./identity.ts";
import { eachOf } from "./lists.ts";
import { compilePath, type ElementNames, exists, formatPath, parsePath, type Scope, scopeOf } from "./path.ts";
import { compileRow } from "./row.ts";
import { brokenRule, compileWhen } from "./when.ts";

/** Of a list that `each` goes through. */
const MOST_ELEMENTS = 10_000;

/** Throws a ConnectorError for a mapping that is none; paths are not looked at here (see `checkMapping`). */
export const compileConversions: CompileConversions = (mappings, context) => {
	const [wrong] = [
		...mappings.flatMap((mapping, i) => checkStructure(mapping, `conversions[${i}] of ${context.stream}`)),
		...checkOrigin(context.origin, `origin of ${context.stream}`),
	];
	if (wrong !== undefined) throw wrong;
	const doubles = new Set(mappings.map(({ type }) => type)).size < mappings.length || mappings.some(({ each }) => each);
	const compiled = mappings.map((mapping, i) =>
		compileMapping(mapping, mappingName(mappings, i, context.stream), context),
	);
	return (record) => {
		const outcomes: Outcome[] = [];
		const seen: Identities = doubles ? new Set() : undefined;
		for (let i = 0; i < compiled.length; i++) compiled[i]!(record, outcomes, seen);
		return outcomes;
	};
};

/** `orders/purchase`; the second purchase of the stream is `orders/purchase#2`. */
export function mappingName(mappings: readonly ConversionMapping[], index: number, stream: string): string {
	const { type } = mappings[index]!;
	const nth = mappings.slice(0, index + 1).filter((mapping) => mapping.type === type).length;
	return `${stream}/${type}${nth > 1 ? `#${nth}` : ""}`;
}

/** Of the rows that the record has become so far; undefined where it cannot become two of one type. */
type Identities = Set<string> | undefined;

/** Adds what one record becomes. */
type ConvertInto = (record: JsonObject, outcomes: Outcome[], seen: Identities) => void;

function compileMapping(mapping: ConversionMapping, name: string, context: ConversionContext): ConvertInto {
	const each = mapping.each === undefined ? undefined : eachOf(mapping.each);
	const names: ElementNames = { row: each?.name };
	const lines = compileWhen(mapping.when, names);
	const ofElement = lines.filter(({ path }) => parsePath(path)[0] === each?.name);
	const ofRecord = lines.filter((line) => !ofElement.includes(line));
	const fill = compileRow({ mapping, context, names }, name);

	const convertRow = (scope: Scope, seen: Identities): Outcome => {
		const rule = brokenRule(ofElement, scope);
		if (rule !== undefined) return { outcome: "left_out", mapping: name, rule };
		const draft = fill(scope);
		if ("code" in draft) return rejected(name, draft);
		const refusal = seen === undefined ? undefined : refuseDouble(draft, mapping.type, seen);
		if (refusal !== undefined) return rejected(name, refusal);
		return { outcome: "converted", mapping: name, conversion: draft.row as Conversion };
	};
	const convertRows = each === undefined ? undefined : compileElements(each, name, convertRow);
	return (record, outcomes, seen) => {
		const scope = scopeOf(record);
		const rule = brokenRule(ofRecord, scope);
		if (rule !== undefined) outcomes.push({ outcome: "left_out", mapping: name, rule });
		else if (convertRows === undefined) outcomes.push(convertRow(scope, seen));
		else convertRows(scope, outcomes, seen);
	};
}

function rejected(mapping: string, { code, reason, path }: Refusal): Outcome {
	return { outcome: "rejected", mapping, code, reason, ...(path !== undefined && { path }) };
}

/** One outcome per element that exists; a list without elements is no outcome: `when` alone leaves out. */
function compileElements(
	{ name: element, path }: { name: string; path: string },
	mapping: string,
	convertRow: (scope: Scope, seen: Identities) => Outcome,
) {
	const list = compilePath(path, {});
	const shown = formatPath(parsePath(path));
	return (scope: Scope, outcomes: Outcome[], seen: Identities): void => {
		const found = list(scope);
		if (exists(found) && !Array.isArray(found)) {
			const reason = `${shown}: ${maskValue(found)} is no list`;
			outcomes.push(rejected(mapping, { code: "wrong_value", reason, path: shown }));
			return;
		}
		const elements = Array.isArray(found) ? found : [];
		if (elements.length > MOST_ELEMENTS) {
			const reason = `${shown}: ${count(elements.length)} elements; a record becomes at most ${count(MOST_ELEMENTS)} rows`;
			outcomes.push(rejected(mapping, { code: "too_many_elements", reason, path: shown }));
			return;
		}
		for (const [index, row] of elements.entries()) {
			if (!exists(row)) continue;
			scope.row = row;
			scope.currency = undefined;
			scope.exponent = undefined;
			outcomes.push(atElement(convertRow(scope, seen), index, element, shown));
		}
	};
}

/** The outcome with its place in the list; the path of a reject as it stands in the record. */
function atElement(outcome: Outcome, index: number, element: string, list: string): Outcome {
	if (outcome.outcome !== "rejected" || outcome.path === undefined) return { ...outcome, element: index };
	const [first, ...rest] = parsePath(outcome.path);
	const path =
		first === element ? [list, index, ...(rest.length > 0 ? [formatPath(rest)] : [])].join(".") : outcome.path;
	return { ...outcome, element: index, path };
}
