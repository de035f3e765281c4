/** A `conversions` table that GrowthNav made before these connectors is written as it is, never made anew. */
import { expect, test } from "vitest";
import { catalog, fakeBigQuery, record, rows, state, status, stream, write } from "./support.ts";

const ORDERS = catalog(
	stream(
		"orders",
		{ id: { type: "string" }, at: { type: "string", format: "date-time" }, total: { type: "number" } },
		{
			conversions: [{ type: "purchase", columns: { timestamp: "at", value: "total", currency: { const: "USD" } } }],
			conversion_origin: {
				source: { const: "pos" },
				source_system: { const: "shop" },
				source_account: { const: "m1" },
			},
		},
	),
);
const order = (id: string, total: number, version = 1) =>
	record("orders", { id, at: "2026-07-03T10:00:00Z", total }, 1_780_000_000_000 + version);
const END = [state("orders", 1), status("orders")];

const field = (name: string, type: string, mode?: string) => ({ name, type, ...(mode !== undefined && { mode }) });

/** As it was provisioned: money in FLOAT64, REQUIRED columns that no insert filled, its own clustering. */
const BEFORE = [
	field("conversion_id", "STRING", "REQUIRED"),
	field("customer_id", "STRING", "REQUIRED"),
	field("conversion_type", "STRING", "REQUIRED"),
	field("source", "STRING"),
	field("value", "FLOAT64"),
	field("currency", "STRING"),
	field("timestamp", "TIMESTAMP", "REQUIRED"),
	field("gclid", "STRING"),
	field("raw_data", "JSON", "REQUIRED"),
	field("created_at", "TIMESTAMP", "REQUIRED"),
];

async function datasetOfBefore(fields: object[] = BEFORE) {
	const fake = await fakeBigQuery();
	const post = async (path: string, body: object) => {
		const answer = await fetch(`${fake.url}/bigquery/v2/projects/acme-test/${path}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		expect(answer.status).toBe(200);
	};
	const datasetReference = { projectId: "acme-test", datasetId: "growthnav_acme" };
	await post("datasets", { datasetReference, location: "EU" });
	await post("datasets/growthnav_acme/tables", {
		tableReference: { ...datasetReference, tableId: "conversions" },
		schema: { fields },
		timePartitioning: { type: "DAY", field: "timestamp" },
		clustering: { fields: ["conversion_type", "source"] },
	});
	return fake;
}

test("its types and layout stay, our columns are added, what must be filled is filled", async () => {
	const fake = await datasetOfBefore();
	const first = await write(fake.settings, [ORDERS, order("a", 12.5), order("b", 7), ...END]);
	expect(first.errors).toEqual([]);
	const url = `${fake.url}/bigquery/v2/projects/acme-test/datasets/growthnav_acme/tables/conversions`;
	const table = (await (await fetch(url)).json()) as { schema: { fields: { name: string }[] }; clustering: unknown };
	const fields = new Map(table.schema.fields.map((one) => [one.name, one]));
	expect(fields.get("value")).toMatchObject({ type: "FLOAT" });
	expect(fields.get("created_at")).toMatchObject({ mode: "REQUIRED" });
	expect(fields.has("_gn_key")).toBe(true);
	expect(table.clustering).toEqual({ fields: ["conversion_type", "source"] });
	const changed = await write(fake.settings, [ORDERS, order("a", 13.25, 2), ...END]);
	expect(changed.errors).toEqual([]);
	expect(
		await rows(
			fake.settings,
			"SELECT value, TO_JSON_STRING(raw_data) AS raw, created_at IS NOT NULL AS made, source FROM conversions ORDER BY value",
		),
	).toEqual([
		{ value: 7, raw: "{}", made: true, source: "pos" },
		{ value: 13.25, raw: "{}", made: true, source: "pos" },
	]);
});

test("a column that must be filled and that nothing of ours can fill is told, with the statement that helps", async () => {
	const fake = await datasetOfBefore([...BEFORE, field("venue_code", "STRING", "REQUIRED")]);
	const result = await write(fake.settings, [ORDERS, order("a", 1), ...END]);
	expect(result.exitCode).toBe(10);
	expect(result.errors[0]).toMatchObject({
		code: "config.required_column",
		message: "conversions has a column that must be filled: venue_code",
		next: "ALTER TABLE conversions ALTER COLUMN venue_code DROP NOT NULL",
	});
});
