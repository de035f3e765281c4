/** Which days of partitioned tables the statements of a commit name. */
import type { Dialect, SealedEpoch } from "@growthnav/sdk/store";
import { type BigQueryConfig, movedRowsOf } from "../config.ts";
import { before, condition, type DayRange, daysIn, rangesOf } from "./days.ts";
import { identifier } from "./guard.ts";
import type { Layouts } from "./layouts.ts";

/** Days by table. */
export type Days = ReadonlyMap<string, readonly string[]>;

/** Of the staged rows, from their files. */
export async function stagedDays(layouts: Layouts, epoch: SealedEpoch): Promise<Days> {
	const found = new Map<string, Set<string>>();
	for (const stream of epoch.streams) {
		for (const [table, parts] of [
			[stream.target, stream.rows],
			[stream.conversionsTarget, stream.conversions],
		] as const) {
			const layout = table === undefined ? undefined : layouts.get(table);
			if (table === undefined || layout === undefined) continue;
			const days = found.get(table) ?? new Set<string>();
			found.set(table, days);
			for (const { file } of parts) await daysIn(file, layout.column, days);
		}
	}
	return new Map([...found].map(([table, days]) => [table, [...days].sort()]));
}

export interface KnownDays {
	staged: Days;
	/** Where rows that come again were found; undefined where nobody asked. */
	probed?: Days | undefined;
	/** Of the rows that will be changed or removed; undefined before they are known. */
	changed?: Days | undefined;
}

export function partitionsOf(
	config: BigQueryConfig,
	layouts: Layouts,
	{ staged, probed, changed }: KnownDays,
): NonNullable<Dialect["partitions"]> {
	const { mode, days } = movedRowsOf(config);
	/** Undefined: anywhere. */
	const near = (table: string): DayRange[] | undefined => {
		const own = staged.get(table) ?? [];
		if (mode === "exact") return probed === undefined ? undefined : rangesOf([...own, ...(probed.get(table) ?? [])]);
		if (mode === "immutable" || own.length === 0) return rangesOf(own);
		return [{ from: before(own[0]!, days), to: own.at(-1)! }];
	};
	return {
		column: (table) => layouts.get(table)?.column,
		within(table, alias, use) {
			const layout = layouts.get(table);
			if (layout === undefined) return undefined;
			const ranges = use === "change" && changed !== undefined ? rangesOf(changed.get(table) ?? []) : near(table);
			return ranges === undefined
				? undefined
				: condition(`${identifier(alias)}.${identifier(layout.column)}`, layout.type, ranges);
		},
	};
}
