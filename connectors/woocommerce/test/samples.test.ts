/** The scripted answers against the samples of WooCommerce's documentation, where a copy lies beside the project. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openShop, type Shop } from "../src/demo/server.ts";
import { MONTHS } from "./support.ts";

const FOLDER = fileURLToPath(new URL("../../../../shared/data/apis/woocommerce/samples/", import.meta.url));

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Newer than the samples, which are of 2017 to 2024. */
const NEWER = new Set(
	"image parent_name rate_percent payment_url is_editable needs_payment needs_processing status parent_id display_key".split(
		" ",
	),
);

/** Members that the sample does not know, and values of another type; where either is null or empty nothing is known. */
function differences(ours: Json, sample: Json, path: string): string[] {
	if (ours === null || sample === null) return [];
	if (Array.isArray(ours) && Array.isArray(sample))
		return sample.length === 0 ? [] : ours.slice(0, 20).flatMap((one) => differences(one, sample[0]!, `${path}[]`));
	const [type, wanted] = [ours, sample].map((value) => (Array.isArray(value) ? "list" : typeof value));
	if (type !== wanted) return [`${path} is ${type}, in the sample ${wanted}`];
	if (typeof ours !== "object" || typeof sample !== "object" || Array.isArray(ours) || Array.isArray(sample)) return [];
	return Object.entries(ours).flatMap(([name, value]) => {
		if (name in sample) return differences(value, sample[name]!, `${path}.${name}`);
		return NEWER.has(name) || path.endsWith("_links") ? [] : [`${path}.${name} is not in the sample`];
	});
}

describe.skipIf(!existsSync(FOLDER))(
	"the scripted shop answers as the samples do (skipped where they are not beside the project)",
	() => {
		let shop: Shop;
		beforeAll(async () => {
			shop = await openShop({ story: MONTHS });
		});
		afterAll(() => shop.close());

		async function ask(path: string) {
			const authorization = `Basic ${Buffer.from(`${shop.keys.key}:${shop.keys.secret}`).toString("base64")}`;
			const answer = await fetch(`${shop.url}/wp-json/wc/v3/${path}`, { headers: { authorization } });
			return (await answer.json()) as Json;
		}
		const sample = (name: string) => JSON.parse(readFileSync(`${FOLDER}${name}.json`, "utf8")) as Json;
		/** All rows of a list of samples in one: what some have is known. */
		const merged = (rows: Json) => [Object.assign({}, ...(rows as object[]).toReversed())] as Json;

		test("orders, but for what plugins make of them", async () => {
			const spoilt = new Set(shop.history.orders.flatMap(({ id, oddity }) => (oddity === undefined ? [] : [id])));
			const found = (await ask("orders?per_page=100")) as { id: number }[];
			const right = found.filter(({ id }) => !spoilt.has(id));
			expect(right.length).toBeGreaterThan(80);
			const known = sample("orders__list_all_orders_3") as { [name: string]: Json }[];
			const order = { ...known[0]!, refunds: [{ id: 1, reason: "", total: "-1.00" }], coupon_lines: [], fee_lines: [] };
			expect([...new Set(differences(right as Json, [order], "order"))]).toEqual([
				"order[].shipping.phone is not in the sample",
			]);
		});

		test.each([
			["products", "products__list_all_products_4"],
			["customers?role=all", "customers__list_all_customers_3"],
			["coupons", "coupons__list_all_coupons_3"],
		])("%s", async (path, name) => {
			const found = differences(
				await ask(`${path}${path.includes("?") ? "&" : "?"}per_page=100`),
				merged(sample(name)),
				path,
			);
			expect([...new Set(found)].filter((one) => !/shipping\.phone|purchasable/.test(one))).toEqual([]);
		});

		test("refunds of an order, with positive amount and negative lines", async () => {
			const order = shop.history.orders.find(({ refunds }) => refunds.some(({ lines }) => lines.length > 0))!;
			const rows = (await ask(`orders/${order.id}/refunds`)) as { amount: string; line_items: { total: string }[] }[];
			const known = sample("order-refunds__list_all_refunds_3") as { line_items: Json[] }[];
			const found = differences(
				rows as Json,
				[known.find(({ line_items }) => line_items.length > 0) as Json],
				"refund",
			);
			expect([...new Set(found)].filter((one) => !/(shipping|tax|fee)_lines is not/.test(one))).toEqual([]);
			expect(rows.some(({ amount, line_items: [line] }) => Number(amount) > 0 && Number(line?.total) < 0)).toBe(true);
		});

		test("refusals", async () => {
			const [known] = [sample("introduction__errors_1")] as { [name: string]: Json }[];
			expect(Object.keys((await ask("nothing")) as object)).toEqual(Object.keys(known!));
			expect(await ask("nothing")).toMatchObject({ code: "rest_no_route", data: { status: 404 } });
		});
	},
);
