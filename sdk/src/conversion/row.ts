/** One row of a mapping: the parts in their order, over a fresh copy of the row's empty form. */
import { CLICK_ID_COLUMNS, CONVERSION_COLUMNS, UTM_COLUMNS } from "@growthnav/spec";
import { columnsPart } from "./columns.ts";
import { type Draft, flag, type Part, type PartSource, type Refusal } from "./draft.ts";
import { identityPart } from "./identity.ts";
import { fragmentsPart, lineItemsPart } from "./lists.ts";
import { moneyPart } from "./money.ts";
import type { Scope } from "./path.ts";
import { timePart } from "./times.ts";
import { trackingPart } from "./tracking.ts";
import { compileWhen, holdsAll } from "./when.ts";

export function compileRow(source: PartSource, name: string): (scope: Scope) => Draft | Refusal {
	const empty = emptyRow(source, name);
	const parts = [
		identityPart(source),
		timePart(source),
		moneyPart(source),
		columnsPart(source),
		lineItemsPart(source),
		fragmentsPart(source),
		trackingPart(source),
		flagsPart(source),
	].filter((part) => part !== undefined);
	return (scope) => {
		const draft: Draft = { row: { ...empty }, flags: undefined, discriminator: "" };
		for (let i = 0; i < parts.length; i++) {
			const refusal = parts[i]!(draft, scope);
			if (refusal !== undefined) return refusal;
		}
		draft.row.dq_flags = draft.flags ?? null;
		return draft;
	};
}

/** Columns that every row has or may have. */
const ALWAYS = [
	"conversion_id",
	"parent_conversion_id",
	"source_system",
	"source_account",
	"source_record_id",
	"timestamp",
	"timestamp_precision",
	"business_date",
	"value",
	"value_basis",
	"currency",
	"dq_flags",
];

/**
 * What a row of this mapping can have, each null, with what never changes. All rows of a mapping have the same members
 * in the same order: engines then keep them small, and reading them fast. Parsed, since objects that grow member by
 * member become hash tables.
 */
function emptyRow({ mapping, context }: PartSource, name: string): Draft["row"] {
	const tracked = mapping.tracking === undefined ? [] : [...CLICK_ID_COLUMNS, ...UTM_COLUMNS, "click_ids"];
	const columns = new Set([
		...ALWAYS,
		...Object.keys(context.origin ?? {}),
		...Object.keys(mapping.columns),
		...tracked,
	]);
	const constants: Record<string, string | null> = {
		customer_id: context.customerId ?? null,
		conversion_type: mapping.type,
		source_stream: context.stream,
		mapping: name,
		connector_version: context.connectorVersion ?? null,
	};
	const members = CONVERSION_COLUMNS.filter((column) => columns.has(column.name) || column.name in constants).map(
		(column) => `${JSON.stringify(column.name)}:${JSON.stringify(constants[column.name] ?? null)}`,
	);
	return JSON.parse(`{${members.join()}}`);
}

/** Sets the mapping's own flags. */
function flagsPart({ mapping, names }: PartSource): Part | undefined {
	const flags = mapping.flags?.map(({ flag: word, when }) => ({ word, lines: compileWhen(when, names) }));
	if (flags === undefined) return undefined;
	return (draft, scope) => {
		for (const { word, lines } of flags) if (holdsAll(lines, scope)) flag(draft, word);
		return undefined;
	};
}
