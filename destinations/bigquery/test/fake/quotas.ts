/** Rates and daily counts. They hang on the name of a table: dropping and making it again resets nothing. */
import { type Refusal, refusal } from "./refusal.ts";

export const OPERATIONS_IN_10_SECONDS = 5;
export const LOADS_PER_DAY = 1500;
const WINDOW = 10_000;
const DAY = 86_400_000;

export interface Quotas {
	/** A change of a table's metadata: load, copy, query into a table, DDL, patch. Throws where there were too many. */
	operation(table: string): void;
	/** A DML statement counts, but is never refused. */
	dml(table: string): void;
	/** A load, copy or query into a table: besides, 1,500 in a day. Failed ones count too. */
	load(table: string): void;
	dataset(dataset: string): void;
}

export function openQuotas(now: () => number, enforced: boolean): Quotas {
	const operations = new Map<string, number[]>();
	const loads = new Map<string, { day: number; count: number }>();
	const recent = (name: string) => {
		const since = now() - WINDOW;
		const kept = (operations.get(name) ?? []).filter((at) => at > since);
		operations.set(name, kept);
		return kept;
	};
	const count = (name: string, refused: () => Refusal) => {
		const before = recent(name);
		if (enforced && before.length >= OPERATIONS_IN_10_SECONDS) throw refused();
		before.push(now());
	};
	const quotas: Quotas = {
		operation: (table) =>
			count(table, () =>
				refusal(
					403,
					"rateLimitExceeded",
					`Exceeded rate limits: too many table update operations for this table (${table}). For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas`,
				),
			),
		dml: (table) => void recent(table).push(now()),
		load(table) {
			const day = Math.floor(now() / DAY);
			const counted = loads.get(table);
			const before = counted?.day === day ? counted.count : 0;
			if (enforced && before >= LOADS_PER_DAY) {
				throw refusal(
					403,
					"quotaExceeded",
					`Quota exceeded: Your table exceeded quota for imports or query appends per table (${table}). For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas`,
				);
			}
			loads.set(table, { day, count: before + 1 });
			quotas.operation(table);
		},
		dataset: (dataset) =>
			count(`dataset ${dataset}`, () =>
				refusal(
					403,
					"rateLimitExceeded",
					`Exceeded rate limits: too many dataset metadata update operations for ${dataset}`,
				),
			),
	};
	return quotas;
}
