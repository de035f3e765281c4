import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Column, ColumnType } from "../../src/destination/tables/columns.ts";
import { planEvolution } from "../../src/destination/tables/evolution.ts";
import { column } from "./columns.ts";

describe("a table follows its stream", () => {
	const id = column("id", "string");

	test("a new property is a new column", () => {
		const plan = planEvolution([id], [id, column("pickup", "timestamp")]);
		expect(plan.columns.map(({ name, type }) => [name, type])).toEqual([
			["id", "string"],
			["pickup", "timestamp"],
		]);
		expect(plan.changes).toEqual([{ path: "pickup", change: "added", to: "timestamp", column: "pickup" }]);
	});

	test("a property that vanishes leaves its column, and comes back to it", () => {
		const gone = planEvolution([id, column("tip", "decimal")], [id]);
		expect(gone.columns).toEqual([id, column("tip", "decimal", { kept: true })]);
		expect(gone.changes).toEqual([{ path: "tip", change: "vanished", from: "decimal", column: "tip" }]);
		expect(planEvolution(gone.columns, [id]).changes).toEqual([]);
		const back = planEvolution(gone.columns, [id, column("tip", "decimal")]);
		expect(back).toEqual({ columns: [id, column("tip", "decimal")], changes: [] });
	});

	test("integer becomes decimal in place, and takes integers then", () => {
		const wide = planEvolution([column("n", "integer")], [column("n", "decimal")]);
		expect(wide.columns).toEqual([column("n", "decimal")]);
		expect(wide.changes).toEqual([{ path: "n", change: "widened", from: "integer", to: "decimal", column: "n" }]);
		expect(planEvolution(wide.columns, [column("n", "integer")])).toEqual({ columns: wide.columns, changes: [] });
	});

	test("another type gets a column of its own, beside the old one", () => {
		const was = column("ticket_number", "integer");
		const plan = planEvolution([was], [column("ticket_number", "string")]);
		expect(plan.columns).toEqual([
			{ ...was, kept: true },
			column("ticket_number", "string", { name: "ticket_number__str" }),
		]);
		expect(plan.changes).toEqual([
			{ path: "ticket_number", change: "retyped", from: "integer", to: "string", column: "ticket_number__str" },
		]);
		// and back again: each type has its column
		const back = planEvolution(plan.columns, [was]);
		expect(back.changes).toEqual([]);
		expect(back.columns.filter((one) => !one.kept)).toEqual([was]);
	});

	test("the key is required where it is wanted so, and no longer where it is not", () => {
		const key = column("id", "string", { required: true });
		expect(planEvolution([id], [key]).columns).toEqual([key]);
		expect(planEvolution([key], [id]).columns).toEqual([id]);
	});

	test("a name that is taken is not taken again", () => {
		const existing = [column("n", "integer"), column("other", "string", { name: "N__STR" })];
		const plan = planEvolution(existing, [column("n", "string"), existing[1]!]);
		expect(plan.columns.map(({ name }) => name)).toEqual(["n", "N__STR", "n__str_2"]);
	});
});

const TYPES: ColumnType[] = ["string", "integer", "decimal", "boolean", "date", "timestamp", "json"];
const schemas = fc.array(
	fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom(...TYPES), { maxKeys: 4 }),
	{ minLength: 1, maxLength: 8 },
);

test("through any schemas columns are only added or widened, and a second plan changes nothing", () => {
	fc.assert(
		fc.property(schemas, (history) => {
			let columns: Column[] = [];
			for (const schema of history) {
				const wanted = Object.entries(schema).map(([property, type]) => column(property, type));
				const plan = planEvolution(columns, wanted);
				expect(plan.columns.length).toBeGreaterThanOrEqual(columns.length);
				columns.forEach((before, at) => {
					const after = plan.columns[at]!;
					expect(after.name).toBe(before.name);
					if (after.type !== before.type) expect([before.type, after.type]).toEqual(["integer", "decimal"]);
				});
				expect(new Set(plan.columns.map(({ name }) => name)).size).toBe(plan.columns.length);
				const active = plan.columns.filter((one) => one.kept !== true);
				expect(active.map(({ property }) => property).sort()).toEqual(Object.keys(schema).sort());
				for (const { property, type } of active) {
					expect(type === schema[property] || (type === "decimal" && schema[property] === "integer")).toBe(true);
				}
				expect(planEvolution(plan.columns, wanted)).toEqual({ columns: plan.columns, changes: [] });
				columns = plan.columns;
			}
		}),
	);
});
