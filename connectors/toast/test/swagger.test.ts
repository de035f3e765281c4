/** The scripted answers against Toast's own Swagger files, where a copy lies beside the project. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Chain, openChain } from "../src/demo/server.ts";

const FOLDER = fileURLToPath(new URL("../../../../shared/data/apis/toast/", import.meta.url));
type Json = { [name: string]: unknown };

describe.skipIf(!existsSync(FOLDER))(
	"the scripted restaurants answer as Toast's Swagger files say (skipped where they are not beside the project)",
	() => {
		let chain: Chain;
		let token = "";
		beforeAll(async () => {
			chain = await openChain({ story: { days: 30, perDay: 8 }, clock: () => 0 });
			const { clientId, clientSecret } = chain;
			const answer = await fetch(`${chain.url}/authentication/v1/authentication/login`, {
				...{ method: "POST", headers: { "content-type": "application/json" } },
				body: JSON.stringify({ clientId, clientSecret, userAccessType: "TOAST_MACHINE_CLIENT" }),
			});
			const body = (await answer.json()) as { token: { accessToken: string } };
			expectValid("authentication", "AuthenticationResponse", body);
			token = body.token.accessToken;
		});
		afterAll(() => chain.close());

		const ask = async (path: string, restaurant?: string) => {
			const headers = {
				authorization: `Bearer ${token}`,
				...(restaurant && { "toast-restaurant-external-id": restaurant }),
			};
			const answer = await fetch(`${chain.url}${path}`, { headers });
			return { status: answer.status, headers: answer.headers, body: await answer.json() };
		};

		test("restaurants", async () => {
			const { body: connected } = await ask("/partners/v1/restaurants");
			for (const one of connected as Json[]) {
				expectValid("partners", "PartnerAccessExternalRep", one);
				const guid = one.restaurantGuid as string;
				const { body } = await ask(`/restaurants/v1/restaurants/${guid}`, guid);
				expectValid("restaurants", "RestaurantInfo", body as Json);
			}
		});

		test("orders, in all that becomes of them; every member is one that Toast has", async () => {
			const known = membersOf("orders");
			const house = chain.orders[0]!.house.guid;
			const query = "startDate=2026-05-04T00:00:00.000Z&endDate=2026-06-03T00:00:00.000%2B0000&pageSize=100";
			const { body, headers } = await ask(`/orders/v2/ordersBulk?${query}`, house);
			expect(body).toHaveLength(100);
			expect(headers.get("link")).toMatch(/page=2>; rel="next"$/);
			for (const order of body as Json[]) {
				expectValid("orders", "Order", order);
				expect([...namesIn(order)].filter((name) => !known.has(name))).toEqual([]);
			}
		});

		test("refusals", async () => {
			const house = chain.orders[0]!.house.guid;
			const refused = [
				await ask("/orders/v2/ordersBulk?startDate=2026-05-04T00:00:00Z&endDate=2026-06-03T00:00:00Z", house),
				await ask("/orders/v2/ordersBulk?businessDate=20260504&pageSize=101", house),
				await ask("/orders/v2/ordersBulk?businessDate=20260504"),
				await ask("/orders/v2/ordersBulk?businessDate=20260504", "4622e7a9-b4be-3fef-9220-b3dad273e0b4"),
			];
			for (let n = 0; n < 6; n++) refused.push(await ask("/orders/v2/ordersBulk?businessDate=20260504", house));
			expect(refused.slice(0, 5).map(({ status }) => status)).toEqual([400, 400, 400, 403, 200]);
			// five in a second, of whatever kind
			const limited = refused.at(-1)!;
			expect(limited.status).toBe(429);
			expect(limited.headers.get("x-toast-ratelimit-by")).toBe("ENDPOINT");
			expect(limited.headers.get("retry-after")).toBe("1");
			for (const { body, status } of refused)
				if (status !== 200)
					expect(Object.keys(body as Json)).toEqual([...Object.keys(documents.authentication!.ErrorMessage!)]);
		});
	},
);

const documents: { [name: string]: { [definition: string]: Json } } = {};
const validators = new Map<string, ValidateFunction>();

function definitionsOf(name: string): { [definition: string]: Json } {
	const text = () => readFileSync(`${FOLDER}toast-${name}-swagger2.yaml`, "utf8");
	documents[name] ??= Object.fromEntries(
		Object.entries(parse(text()).definitions as { [definition: string]: Json }).map(([definition, schema]) => [
			...[definition, definition === "ErrorMessage" ? (schema.properties as Json) : schema],
		]),
	) as never;
	return documents[name]!;
}

/** Toast sends null for what is not there, which Swagger 2 has no word for. */
function nullable(schema: unknown): unknown {
	if (Array.isArray(schema)) return schema.map(nullable);
	if (typeof schema !== "object" || schema === null) return schema;
	const { type, enum: words, required: _, format: __, ...rest } = schema as Json;
	const inner = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, nullable(value)]));
	// beside $ref nothing counts
	if (typeof inner.$ref === "string") return { anyOf: [{ $ref: inner.$ref }, { type: "null" }] };
	return {
		...inner,
		...(typeof type === "string" && { type: [type, "null"] }),
		...(Array.isArray(words) && { enum: [...words, null] }),
	};
}

function expectValid(name: string, definition: string, value: Json): void {
	const key = `${name} ${definition}`;
	const made = validators.get(key);
	if (made === undefined) {
		const definitions = nullable(definitionsOf(name));
		const ajv = new Ajv({ strict: false, allErrors: true, discriminator: false });
		validators.set(key, ajv.compile({ $ref: `#/definitions/${definition}`, definitions } as object));
	}
	const validate = validators.get(key)!;
	validate(value);
	expect(validate.errors ?? []).toEqual([]);
}

/** The names of all members of all definitions. */
function membersOf(name: string): Set<string> {
	const found = new Set<string>();
	const walk = (schema: unknown): void => {
		if (typeof schema !== "object" || schema === null) return;
		for (const name of Object.keys((schema as { properties?: object }).properties ?? {})) found.add(name);
		for (const inner of Object.values(schema)) walk(inner);
	};
	walk(definitionsOf(name));
	return found;
}

function* namesIn(value: unknown): Generator<string> {
	if (Array.isArray(value)) for (const one of value) yield* namesIn(one);
	else if (typeof value === "object" && value !== null)
		for (const [name, inner] of Object.entries(value)) {
			yield name;
			yield* namesIn(inner);
		}
}
