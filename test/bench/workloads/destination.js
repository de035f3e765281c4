/**
 * A destination as users run it: `node destination.js write --config <file>`. The config tells the store: with a `path`
 * DuckDB, with an `endpoint` BigQuery, else the memory destination, which keeps nothing.
 */
import { readFileSync } from "node:fs";
import { start } from "@growthnav/sdk/start.js";

const { path, endpoint, spool } = JSON.parse(readFileSync(process.argv[4], "utf8"));
await start(async () => {
	if (path !== undefined) return import("@growthnav/destination-duckdb");
	if (endpoint !== undefined) return import("@growthnav/destination-bigquery");
	const { memoryDestination } = await import("@growthnav/sdk/testing");
	return { default: memoryDestination({ spool, discard: true }) };
});
