/** Fields that the vendor decides: what changes of them between two runs do to the table. */
import { expect, test } from "vitest";
import { boolean, decimal, integer, object, optional, string, timestamp } from "../../src/index.ts";
import type { RecordSchema } from "../../src/source/definition.ts";
import { runsIntoMemory } from "./into-memory.ts";
import { minute, sampleSource } from "./sample.ts";

const WORDS: Record<string, () => RecordSchema["shape"][string]> = { string, integer, decimal, boolean, timestamp };

/** A CRM whose deals have these fields, and one new row at each run. */
const crm = (fields: Record<string, string>, row: { id: string; updated_at: string; [name: string]: unknown }) =>
	sampleSource({
		deals: {
			schema: object({
				...Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, optional(WORDS[type]!())])),
				id: string(),
				updated_at: timestamp(),
			}) as RecordSchema,
			primaryKey: "id",
			cursor: "updated_at",
			async *read() {
				yield [row];
			},
		},
	});

const rowOf = (n: number, more: object) => ({ id: String(n), updated_at: minute(n), ...more });

test.each([
	["a new field", { a: "string" }, { a: "x" }, { a: "string", b: "decimal" }, { a: "y", b: 1.5 }, { a: "y", b: "1.5" }],
	["a field that is gone", { a: "string", b: "string" }, { a: "x", b: "z" }, { a: "string" }, { a: "y" }, { a: "y" }],
	["whole numbers that became decimals", { a: "integer" }, { a: 1 }, { a: "decimal" }, { a: "2.5" }, { a: "2.5" }],
	["a time that became text", { a: "timestamp" }, { a: minute(0) }, { a: "string" }, { a: "soon" }, {}],
	["text that became a number", { a: "string" }, { a: "x" }, { a: "integer" }, { a: 7 }, {}],
	["a yes or no that became text", { a: "boolean" }, { a: true }, { a: "string" }, { a: "maybe" }, {}],
])(
	"%s ends well: no row is lost, what does not fit is kept beside",
	async (_, before, first, after, second, stored) => {
		const store = runsIntoMemory();
		for (const [n, fields, row] of [
			[1, before, first],
			[2, after, second],
			[3, after, second],
		] as const) {
			const { written } = await store.run(crm(fields as Record<string, string>, rowOf(n, row)));
			expect(written.exitCode).toBe(0);
		}
		const rows = store.rows("sample__deals");
		expect(rows.map(({ id }) => id)).toEqual(["1", "2", "3"]);
		expect(JSON.parse(JSON.stringify(rows[1]))).toMatchObject(stored);
		const given = Object.values(second).at(-1);
		expect(JSON.stringify(rows[1])).toContain(String(given));
		expect(JSON.stringify(rows[0])).toContain(String(Object.values(first)[0]));
	},
);
