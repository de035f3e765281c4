/** What rows become: valid, told apart, of the sums that the demo's own books state. */
import type { Stream } from "@growthnav/spec";
import { REVERSAL_TYPES } from "@growthnav/spec";
import { compileConversions } from "../../../conversion/compile.ts";
import type { Outcome } from "../../../conversion/contract.ts";
import { addDecimals, compareDecimals } from "../../../protocol/numbers.ts";
import type { Check, Trial } from "../contract.ts";

export const CONVERSION_CHECKS: Check[] = [
	{
		name: "conversions: every one is whole",
		rule: "no row of the demo is refused by its mapping",
		run: async (trial) => {
			const refused = new Map<string, { rows: number; reason: string }>();
			for (const { stream, outcome } of await outcomesOf(trial)) {
				if (outcome.outcome !== "rejected") continue;
				const kind = `${stream} ${outcome.code}`;
				refused.set(kind, { reason: outcome.reason, rows: (refused.get(kind)?.rows ?? 0) + 1 });
			}
			const { refused: known = {} } = trial.known;
			return [...refused].flatMap(([kind, { rows, reason }]) =>
				known[kind] === rows ? [] : [`${kind}: ${rows} rows, the first since ${reason}`],
			);
		},
	},
	{
		name: "conversions: reversals take away",
		rule: "a refund is below zero or nothing, and belongs to a sale of the demo",
		run: async (trial) => {
			const all = await conversionsOf(trial);
			const ids = new Set(all.map(({ conversion }) => conversion.conversion_id));
			return all
				.filter(({ conversion }) =>
					(REVERSAL_TYPES as readonly (string | undefined)[]).includes(conversion.conversion_type),
				)
				.flatMap(({ stream, conversion }) => {
					const { value, parent_conversion_id: parent } = conversion;
					if (value != null && compareDecimals(value, "0") > 0)
						return [`${stream}: a ${conversion.conversion_type} of ${value}`];
					return parent != null && !ids.has(parent)
						? [`${stream}: a ${conversion.conversion_type} of a sale that is not there`]
						: [];
				})
				.slice(0, 3);
		},
	},
	{
		name: "conversions: the sums of the books",
		rule: "rows and sums by type and currency are those that the demo states of itself",
		run: async (trial) => {
			const sums = new Map<string, { rows: number; value: string }>();
			for (const { conversion } of await conversionsOf(trial)) {
				const kind = [conversion.source_system, conversion.conversion_type, conversion.currency ?? ""].join(" ");
				const { rows, value } = sums.get(kind) ?? { rows: 0, value: "0" };
				sums.set(kind, { rows: rows + 1, value: addDecimals(value, conversion.value ?? "0") });
			}
			const found: string[] = [];
			for (const { source_system, conversion_type, currency, rows, value } of trial.demo.expectedTotals) {
				const kind = [source_system, conversion_type, currency].join(" ");
				const sum = sums.get(kind) ?? { rows: 0, value: "0" };
				sums.delete(kind);
				if (sum.rows !== rows || compareDecimals(sum.value, value) !== 0)
					found.push(`${kind}: ${sum.rows} rows of ${sum.value}, the books say ${rows} of ${value}`);
			}
			for (const [kind, { rows, value }] of sums)
				if (compareDecimals(value, "0") !== 0) found.push(`${kind}: ${rows} rows of ${value}, the books know none`);
			return found;
		},
	},
	{
		name: "conversions: an account of its own",
		rule: "source_system and source_account are facts of the account, the same in every row of one account",
		run: async (trial) => {
			const systems = new Set((await conversionsOf(trial)).map(({ conversion }) => conversion.source_system));
			const nameless = (await conversionsOf(trial)).find(({ conversion }) => !conversion.source_account);
			const found = systems.size > 1 ? [`one source says to be ${[...systems].join(" and ")}`] : [];
			return nameless === undefined ? found : [...found, `a conversion of ${nameless.stream} has no source_account`];
		},
	},
];

/** Of the rows as a table has them: the last of each key. */
async function outcomesOf(trial: Trial): Promise<{ stream: string; outcome: Outcome }[]> {
	const { catalog, records, identify } = await trial.whole();
	return (catalog?.streams ?? []).flatMap((stream) => {
		if ((stream.conversions ?? []).length === 0) return [];
		const convert = converter(stream);
		const rows = new Map(
			(records.get(stream.name) ?? []).map((row, at) => [keyed(stream) ? identify(stream.name, row) : at, row]),
		);
		return [...rows.values()].flatMap((row) => convert(row).map((outcome) => ({ stream: stream.name, outcome })));
	});
}

function keyed({ source_defined_primary_key }: Stream): boolean {
	return (source_defined_primary_key ?? []).length > 0;
}

function converter({ name, conversions, conversion_origin, source_defined_primary_key, connector }: Stream) {
	return compileConversions(conversions!, {
		customerId: "conformance",
		stream: name,
		primaryKey: source_defined_primary_key ?? [],
		origin: conversion_origin,
		connectorVersion: connector,
	});
}

/** The columns that the checks look at; all of them are text. */
type Told = Record<
	| "conversion_id"
	| "conversion_type"
	| "parent_conversion_id"
	| "source_system"
	| "source_account"
	| "currency"
	| "value",
	string | undefined
>;

async function conversionsOf(trial: Trial): Promise<{ stream: string; conversion: Told }[]> {
	return (await outcomesOf(trial)).flatMap(({ stream, outcome }) =>
		outcome.outcome === "converted" ? [{ stream, conversion: outcome.conversion as Told }] : [],
	);
}
