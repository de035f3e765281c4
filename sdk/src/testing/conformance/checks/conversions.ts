/** What rows become: valid, told apart, of the sums that the demo's own books state. */
import { REVERSAL_TYPES } from "@growthnav/spec";
import { addDecimals, compareDecimals } from "../../../protocol/numbers.ts";
import type { Check, Trial } from "../contract.ts";

export const CONVERSION_CHECKS: Check[] = [
	{
		name: "conversions: every one is whole",
		rule: "no row of the demo is refused by its mapping",
		run: async (trial) => {
			const refused = new Map<string, { rows: number; reason: string }>();
			for (const { stream, outcome } of await trial.outcomes()) {
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
			const all = await conversionsOf(trial);
			const systems = new Set(all.map(({ conversion }) => conversion.source_system));
			const nameless = all.find(({ conversion }) => !conversion.source_account);
			const found = systems.size > 1 ? [`one source says to be ${[...systems].join(" and ")}`] : [];
			return nameless === undefined ? found : [...found, `a conversion of ${nameless.stream} has no source_account`];
		},
	},
];

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
	return (await trial.outcomes()).flatMap(({ stream, outcome }) =>
		outcome.outcome === "converted" ? [{ stream, conversion: outcome.conversion as Told }] : [],
	);
}
