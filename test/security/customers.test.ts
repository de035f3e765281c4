/** Two customers, each with a store: whatever one's runs are pointed at, nothing of the other's is read, written or named. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import duckdb from "@growthnav/destination-duckdb";
import { ConnectorError, isConnectorError } from "@growthnav/sdk";
import fc from "fast-check";
import { expect, test } from "vitest";
import { catalog, complete, INSTANT, NUMBER, record, state, stream, TEXT } from "../lines.ts";
import { folder } from "../processes.ts";
import { rows } from "../store.ts";

const CUSTOMERS = ["acme", "bolt"] as const;
type Customer = (typeof CUSTOMERS)[number];

const ORDERS = stream(
	"orders",
	{ id: TEXT, at: INSTANT, total: NUMBER },
	{
		conversions: [{ type: "purchase", columns: { timestamp: "at", value: "total", currency: { const: "USD" } } }],
		conversion_origin: { source_system: { const: "shop" }, source_account: { const: "1" } },
	},
);

const session = (id: number) =>
	[
		catalog(ORDERS),
		record("orders", { id: `o${id}`, at: "2026-07-03T12:00:00Z", total: 12.5, customer_id: "bolt" }),
		state("orders", { id }),
		complete("orders"),
	].join("");

const operations = {
	async write(config: object, id: number) {
		const { errors = [] } = await duckdb.write({
			config: config as never,
			catalog: undefined,
			input: (async function* () {
				yield Buffer.from(session(id));
			})(),
			send: () => {},
			owner: { pid: process.pid, isAlive: () => true },
		});
		if (errors.length > 0) throw errors[0];
	},
	state: (config: object) => duckdb.state({ config: config as never }),
	reset: (config: object) => duckdb.state({ config: config as never, reset: true }),
	check: (config: object) => duckdb.check(config as never),
};

const operation = fc.record({
	who: fc.constantFrom(...CUSTOMERS),
	store: fc.constantFrom(...CUSTOMERS),
	what: fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])),
	id: fc.nat(5),
});

test("a store answers its own customer alone", async () => {
	const at = folder();
	const pathOf = (customer: Customer) => join(at, `${customer}.duckdb`);
	const digest = (customer: Customer) =>
		createHash("sha256")
			.update(readFileSync(pathOf(customer)))
			.digest("hex");
	for (const one of CUSTOMERS) await operations.write({ path: pathOf(one), customer_id: one }, 0);
	await fc.assert(
		fc.asyncProperty(operation, async ({ who, store, what, id }) => {
			const before = digest(store);
			const work = operations[what]({ path: pathOf(store), customer_id: who }, id);
			const error = await work.then(
				() => undefined,
				(thrown: unknown) => thrown,
			);
			if (who === store) expect(error).toBeUndefined();
			else {
				expect(isConnectorError(error) && error.code).toBe("config.other_customer");
				expect(digest(store)).toBe(before);
			}
		}),
		{ numRuns: 25 },
	);
	for (const one of CUSTOMERS) {
		const held = await rows(
			pathOf(one),
			"SELECT DISTINCT customer_id FROM conversions UNION SELECT DISTINCT customer_id FROM _gn_commits",
		);
		expect(held).toEqual([{ customer_id: one }]);
	}
});

test.each([
	"",
	"Acme",
	"acme ",
	"acme\n",
	"../acme",
	"a".repeat(65),
	"acme'; DROP TABLE conversions; --",
	"ａcme",
	"acme\0",
	5,
	null,
])("%j is no customer", async (customer_id) => {
	const path = join(folder(), "x.duckdb");
	for (const work of Object.values(operations)) {
		await expect(work({ path, customer_id }, 0)).rejects.toSatisfy(
			(error) => error instanceof ConnectorError && error.kind === "config" && /customer_id/.test(`${error.where}`),
		);
	}
});
