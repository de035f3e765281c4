/** Which days of partitioned tables the statements of a commit name. */
import { CONVERSIONS, type Dialect, type SealedEpoch } from "@growthnav/sdk/store";
import { type BigQueryConfig, movedRowsOf } from "../config.ts";
import { before, conditionWithin, daysIn, type Where } from "./days.ts";
import { identifier } from "./guard.ts";
import type { Layouts } from "./layouts.ts";

/** Days by table. */
export type Days = ReadonlyMap<string, readonly Where[]>;

/** Of staged rows, sorted. */
export type StagedDays = ReadonlyMap<string, readonly string[]>;

/** From their files. */
export async function stagedDays(layouts: Layouts, epoch: SealedEpoch): Promise<StagedDays> {
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
	staged: StagedDays;
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
	const near = (table: string): readonly Where[] | undefined => {
		const own = staged.get(table) ?? [];
		if (mode === "exact") return probed === undefined ? undefined : [...own, ...(probed.get(table) ?? [])];
		// a row without a time stays where it is; conversions have one
		const none = table === CONVERSIONS ? [] : [null];
		if (mode === "immutable" || own.length === 0) return [...own, ...none];
		return [{ from: before(own[0]!, days), to: own.at(-1)! }, ...none];
	};
	return {
		column: (table) => layouts.get(table)?.column,
		within(table, alias, use) {
			const layout = layouts.get(table);
			if (layout === undefined) return undefined;
			const wheres = use === "change" && changed !== undefined ? (changed.get(table) ?? []) : near(table);
			return wheres === undefined
				? undefined
				: conditionWithin(`${identifier(alias)}.${identifier(layout.column)}`, layout.type, wheres);
		},
	};
}
