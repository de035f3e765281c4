/** Shopify's search syntax, as far as this shop understands it: `updated_at:>='2026-01-01T00:00:00Z' AND updated_at:<'…'`. */
import type { Json } from "@growthnav/sdk";

export interface Bound {
	comparator: ">=" | ">" | "<=" | "<";
	time: number;
}

export type Search = Bound[];

const TERM = /^(\w+):(>=|>|<=|<)?(?:'([^']*)'|(\S+))$/;

/** A field that Shopify does not know is left out of the search, and told beside the data. */
export function searchOf(query: Json | undefined, path: string, searches: Json[]): Search {
	if (typeof query !== "string" || query.trim() === "") return [];
	const bounds: Search = [];
	const warnings: Json[] = [];
	for (const term of query.trim().split(/\s+(?:AND\s+)?/)) {
		const [, field = term, comparator, quoted, bare] = TERM.exec(term) ?? [];
		const time = Date.parse(quoted ?? bare ?? "");
		if (field !== "updated_at")
			warnings.push({ field, message: "Invalid search field for this query.", code: "invalid_field" });
		else if (Number.isNaN(time) || comparator === undefined)
			warnings.push({
				field,
				message: `Input \`${quoted ?? bare ?? ""}\` is not an accepted value.`,
				code: "invalid_value",
			});
		else bounds.push({ comparator: comparator as Bound["comparator"], time });
	}
	if (warnings.length > 0) searches.push({ path: [path], query, warnings });
	return bounds;
}

export const matches = (search: Search, time: number): boolean =>
	search.every(({ comparator, time: bound }) => {
		if (comparator === ">=") return time >= bound;
		if (comparator === ">") return time > bound;
		return comparator === "<=" ? time <= bound : time < bound;
	});
