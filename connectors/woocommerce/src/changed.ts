/**
 * Lists of WordPress, read in the order of a time. What changes meanwhile moves to the end, so pages are not numbered:
 * each asks for the time that was reached and above it.
 */
import {
	asDeclared,
	ConnectorError,
	instantOf,
	instantText,
	type ReadContext,
	type RecordSchema,
	type RowOf,
	secondsOf,
	zoneOf,
} from "@growthnav/sdk";
import type { Config } from "./config.ts";
import { shopOf } from "./shop.ts";

/** `filter` leaves out what stands at its time or before. */
const TIMES = {
	date_modified_gmt: { orderby: "modified", filter: "modified_after" },
	date_created_gmt: { orderby: "date", filter: "after" },
};

interface Listed {
	id: string | number;
	[field: string]: unknown;
}

/** The rows of a list that changed (or were made) since the cursor; of a slice those with its status. */
export async function* changed<Schema extends RecordSchema>(
	context: ReadContext<Config>,
	list: string,
	schema: Schema,
	by: keyof typeof TIMES = "date_modified_gmt",
): AsyncGenerator<RowOf<Schema>[]> {
	const { http, config, slice, since } = context;
	const { zone } = await shopOf(context);
	const { orderby, filter } = TIMES[by];
	const declared = asDeclared(schema);
	const begin = since?.slice(0, -1) ?? (config.start_date == null ? undefined : `${config.start_date}T00:00:00`);
	let asked = "";
	const pages = http.keyset<Listed>(`/wc/v3/${list}`, {
		query: { orderby, order: "asc", per_page: config.page_size, status: slice.id || undefined, dates_are_gmt: true },
		rows: (rows) => rows,
		...{ by, key: "id", size: config.page_size, since: begin },
		from: (reached) => {
			asked = justBefore(reached, zone);
			return { query: { [filter]: asked } };
		},
		skip: (offset) => ({ query: { offset } }),
	});
	let reached = begin ?? "";
	for await (const rows of pages) {
		if (String(rows[0]![by]) <= asked) throw tooOld(list);
		yield rows.filter((row) => String(row[by]) >= reached).map((row) => declared(inUtc(row)));
		reached = String(rows.at(-1)![by]);
	}
}

/**
 * The second before a time in GMT, as a filter of WordPress takes it. It reads it by the clocks of its site, also where
 * it compares it with GMT: a time that those skip in spring would become an hour later, and what changed in that hour
 * would be left out. So it is asked from before.
 */
export function justBefore(time: string, zone: string): string {
	const clocks = zoneOf(zone);
	let second = secondsOf(time) - 1;
	while (clocks !== undefined && instantOf(clocks, second).second === undefined) second -= 900;
	return instantText(second, "")!.slice(0, -1);
}

/** Times in GMT are UTC by contract, and come without saying so. */
export function inUtc<Row extends object>(row: Row): Row {
	const times = Object.entries(row).filter(([name, value]) => name.endsWith("_gmt") && /T[\d:]+$/.test(String(value)));
	return { ...row, ...Object.fromEntries(times.map(([name, value]) => [name, `${value}Z`])) };
}

function tooOld(list: string): ConnectorError {
	return new ConnectorError("config.version", "The shop's WooCommerce is too old to be asked what changed", {
		where: `GET /wc/v3/${list}`,
		why: "it passes over the filter by the time of change, which came with version 5.8 in 2021",
		next: "update WooCommerce",
	});
}
