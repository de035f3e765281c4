/** A catalog at a glance. */
import type { Catalog } from "@growthnav/spec";

/** Of each stream name, key, cursor and types of conversions: `["orders", "id", "updated_at", "purchase,refund"]`. */
export function catalogTable({ streams }: Catalog): string[][] {
	return streams.map(
		({ name, source_defined_primary_key: key = [], default_cursor_field: cursor = [], conversions }) => [
			name,
			key.flat().join(),
			cursor.join(),
			(conversions ?? []).map(({ type }) => type).join(),
		],
	);
}
