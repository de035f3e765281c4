/**
 * One timed run, reading stdin: `parse` (the ceiling), `rows` and `keyed` into DuckDB, `converted` with one conversion
 * per record; `count` and `mapped` are the last two without a store.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ConfiguredCatalog } from "@growthnav/spec";
import duckdb from "../../destinations/duckdb/src/index.ts";
import { memoryDestination } from "../../sdk/src/testing/memory-destination.ts";
import { SCHEMAS, type Size } from "./orders.ts";
import { parseOnly } from "./parse-only.ts";

const CONVERTING = new Set(["mapped", "converted"]);
const { positionals } = parseArgs({ allowPositionals: true });
const [mode = "parse", size = "small", folder = "."] = positionals;
const started = performance.now();
const records = mode === "parse" ? await parseOnly(process.stdin) : await write();
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
const { maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ records, seconds, cpu: (user + system) / 1e6, rssMb: maxRSS / 1024 }));

async function write(): Promise<number> {
	const stored = mode !== "count" && mode !== "mapped";
	const store = !stored ? memoryDestination({ spool: join(folder, "spool"), discard: true }) : duckdb;
	const config = { customer_id: "acme", ...(stored && { path: join(folder, "bench.duckdb") }) };
	const result = await store.write({
		config,
		catalog: catalogOf(mode, size as Size),
		input: process.stdin,
		send: () => {},
		owner: { pid: process.pid, isAlive: () => true },
	});
	if (result.errors.length > 0) throw result.errors[0];
	const loaded = result.commits.flatMap(({ streams }) => streams).reduce((sum, stream) => sum + stream.loaded, 0);
	const conversions = result.commits.reduce((sum, commit) => sum + commit.conversions.loaded, 0);
	if (loaded !== result.read) throw new Error(`${result.read} records were read, ${loaded} loaded`);
	if (CONVERTING.has(mode) && conversions !== loaded) throw new Error(`${conversions} conversions of ${loaded} rows`);
	return loaded;
}

function catalogOf(mode: string, size: Size): ConfiguredCatalog {
	const keyed = mode !== "rows";
	return {
		streams: [
			{
				stream: {
					name: "orders",
					namespace: "s",
					json_schema: SCHEMAS[size],
					supported_sync_modes: ["incremental"],
					...(CONVERTING.has(mode) && {
						conversions: [
							{
								type: "purchase",
								columns: {
									timestamp: "created_at",
									value: "total",
									currency: "currency",
									order_status: "state",
									user_id: "customer_id",
									...(size === "large" && { tax_amount: "tax", shipping_amount: "shipping", order_number: "number" }),
								},
								...(size === "large" && { tracking: { url: "landing_page" } }),
							},
						],
						conversion_origin: {
							source: { const: "ecommerce" },
							source_system: { const: "shop" },
							source_account: { const: "main" },
						},
					}),
				},
				sync_mode: "incremental",
				destination_sync_mode: keyed ? "append_dedup" : "append",
				primary_key: [["id"]],
				cursor_field: ["created_at"],
			},
		],
	};
}
