/** The scripted answers against Square's own OpenAPI document, where a copy lies beside the project. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Merchant, openMerchant } from "../src/demo/server.ts";

const FILE = fileURLToPath(new URL("../../../../shared/data/apis/square/square-openapi-trimmed.json", import.meta.url));

/** The merchant never sends null; ajv takes OpenAPI's `nullable` only beside a type. */
function withoutNullable(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutNullable);
	if (typeof value !== "object" || value === null) return value;
	const kept = Object.entries(value).filter(([key, member]) => key !== "nullable" || typeof member !== "boolean");
	return Object.fromEntries(kept.map(([key, member]) => [key, withoutNullable(member)]));
}

describe.skipIf(!existsSync(FILE))(
	"the scripted merchant keeps Square's OpenAPI (skipped where it is not beside the project)",
	() => {
		let merchant: Merchant;
		let validator: (name: string) => ValidateFunction;

		beforeAll(async () => {
			merchant = await openMerchant({ story: { visits: 3000, customers: 300 } });
			const { components } = JSON.parse(readFileSync(FILE, "utf8"));
			const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
			ajv.addSchema({ $id: "square", components: withoutNullable(components) });
			validator = (name) => ajv.getSchema(`square#/components/schemas/${name}`)!;
		});
		afterAll(() => merchant.close());

		async function ask(method: "GET" | "POST", path: string, body?: object) {
			const answer = await fetch(merchant.url + path, {
				method,
				headers: { authorization: `Bearer ${merchant.token}`, "square-version": "2025-08-20" },
				...(body !== undefined && { body: JSON.stringify(body) }),
			});
			return (await answer.json()) as Record<string, unknown> & {
				cursor?: string;
				orders?: { id: string; location_id: string }[];
			};
		}

		function expectValid(name: string, value: unknown) {
			const validate = validator(name);
			validate(value);
			expect(validate.errors ?? [], name).toEqual([]);
		}

		test("locations, the merchant, customers", async () => {
			expectValid("ListLocationsResponse", await ask("GET", "/v2/locations"));
			expectValid("RetrieveMerchantResponse", await ask("GET", "/v2/merchants/me"));
			const search = { query: { sort: { field: "CREATED_AT", order: "ASC" } }, limit: 100 };
			expectValid("SearchCustomersRequest", search);
			expectValid("SearchCustomersResponse", await ask("POST", "/v2/customers/search", search));
		});

		test("orders of every kind, and their requests", async () => {
			const { locations } = (await ask("GET", "/v2/locations")) as unknown as { locations: { id: string }[] };
			const search = {
				location_ids: locations.map(({ id }) => id),
				query: {
					filter: { date_time_filter: { updated_at: { start_at: "2009-01-01T00:00:00Z" } } },
					sort: { sort_field: "UPDATED_AT", sort_order: "ASC" },
				},
				limit: 500,
			};
			let cursor: string | undefined;
			let orders = 0;
			do {
				const request = { ...search, ...(cursor !== undefined && { cursor }) };
				expectValid("SearchOrdersRequest", request);
				const page = await ask("POST", "/v2/orders/search", request);
				expectValid("SearchOrdersResponse", page);
				orders += page.orders?.length ?? 0;
				cursor = page.cursor;
			} while (cursor !== undefined);
			expect(orders).toBeGreaterThan(3000);
			const wanted = { order_ids: [merchant.history.orders[0]!.id, "unknown"] };
			expectValid("BatchRetrieveOrdersRequest", wanted);
			const found = await ask("POST", "/v2/orders/batch-retrieve", wanted);
			expectValid("BatchRetrieveOrdersResponse", found);
			expect(found.orders).toHaveLength(1);
		});

		test("payments and refunds", async () => {
			const query = "sort_field=UPDATED_AT&sort_order=ASC";
			const payments = await ask("GET", `/v2/payments?${query}`);
			expectValid("ListPaymentsResponse", payments);
			expectValid("ListPaymentRefundsResponse", await ask("GET", `/v2/refunds?${query}`));
			const [first] = payments.payments as { id: string }[];
			expectValid("GetPaymentResponse", await ask("GET", `/v2/payments/${first!.id}`));
		});

		test("refusals", async () => {
			const places = Array(11).fill("L1");
			const { errors } = (await ask("POST", "/v2/orders/search", { location_ids: places })) as { errors: unknown[] };
			expectValid("Error", errors[0]);
			for (const status of [401, 429, 503]) {
				merchant.refuse(status);
				expectValid("Error", ((await ask("GET", "/v2/locations")) as { errors: unknown[] }).errors[0]);
			}
		});
	},
);
