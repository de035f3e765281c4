import { addDecimals, type ConversionMapping, type ConversionOrigin } from "@growthnav/sdk";
import { compileConversions } from "@growthnav/sdk/testing";
import { expect, test } from "vitest";
import { start } from "../src/demo.ts";
import { read, typesOf } from "./support.ts";

test("the demo: 6,919 purchases, equal to the column added up, equal ones and those of 0.00 included", async () => {
	const { config, expectedTotals, says } = await start();
	expect(expectedTotals).toEqual([
		{ source_system: "file", conversion_type: "purchase", currency: "USD", rows: 6919, value: "244091.94" },
	]);
	expect(says).toContain("6,919");
	const result = await read(config);
	expect(result).toMatchObject({ errors: [], rejects: [], complete: ["transactions"] });
	expect(typesOf(result)).toEqual({
		customer_id_master: "string",
		customer_id: "string",
		date: "date",
		cds: "integer",
		value: "number",
	});
	const [stream] = result.catalog!.streams;
	const convert = compileConversions(stream!.conversions as never as ConversionMapping[], {
		customerId: "demo",
		stream: "transactions",
		primaryKey: [["_file"], ["_line"]],
		origin: stream!.conversion_origin as never as ConversionOrigin,
		connectorVersion: undefined,
	});
	const conversions = result.rows.flatMap(convert).map((outcome) => {
		if (outcome.outcome !== "converted") throw new Error(outcome.outcome);
		return outcome.conversion;
	});
	expect(conversions).toHaveLength(6919);
	expect(new Set(conversions.map(({ conversion_id }) => conversion_id)).size).toBe(6919);
	expect(new Set(conversions.map(({ user_id }) => user_id)).size).toBe(2357);
	expect(conversions.filter(({ value }) => /^[0.]+$/.test(String(value)))).toHaveLength(8);
	expect(conversions.reduce((sum, { value }) => addDecimals(sum, String(value)), "0")).toBe("244091.94");
	expect(conversions[0]).toMatchObject({
		timestamp: "1997-01-01T00:00:00Z",
		timestamp_precision: "day",
		business_date: "1997-01-01",
		user_id: "00004",
		currency: "USD",
		source: "ecommerce",
		source_system: "file",
		source_account: "cdnow",
		source_record_id: "cdnow_sample_transactions.csv:2",
	});
	expect((await read(config, result)).rows).toEqual([]);
});
