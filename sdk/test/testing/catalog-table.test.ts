import type { Catalog } from "@growthnav/spec";
import { expect, test } from "vitest";
import { catalogTable } from "../../src/testing/catalog-table.ts";

test("each stream is a line: name, key, cursor, conversions", () => {
	const orders = {
		...{ name: "orders", source_defined_primary_key: [["shop"], ["id"]], default_cursor_field: ["updated_at"] },
		conversions: [{ type: "purchase" }, { type: "refund" }],
	};
	expect(catalogTable({ streams: [orders, { name: "visits" }] } as unknown as Catalog)).toEqual([
		["orders", "shop,id", "updated_at", "purchase,refund"],
		["visits", "", "", ""],
	]);
});
