import { checkSource, conformance, readSource } from "@growthnav/sdk/testing";
import { expect, test } from "vitest";
import { start } from "../src/demo.ts";
import source from "../src/index.ts";

test("sales are read page by page, exactly as they were sent", async () => {
	const { config, close } = await start();
	expect(await checkSource(source, { config })).toMatchObject({ status: "SUCCEEDED", message: "shop Uji" });
	const messages = await Array.fromAsync(readSource(source, { config }));
	await close();
	const records = messages.flatMap((message) => (message.type === "RECORD" ? [message.record.data] : []));
	expect(records).toHaveLength(40);
	expect(JSON.stringify(records[0])).toContain('"id":"sale-001","shop_id":"uji","status":"PAID"');
});

test("every rule of the kit holds: sums equal the books, nothing is lost, no secret is seen", async () => {
	const outcomes = await Array.fromAsync(conformance({ source, start }));
	expect(outcomes.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${finding}`))).toEqual([]);
	expect(outcomes.length).toBeGreaterThan(20);
});
