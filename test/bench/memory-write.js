/**
 * The measured end of the pipe: `node memory-write.js write --config <file>`, an executable as users run it. The config
 * tells the store: with a `path` DuckDB, with an `endpoint` BigQuery, else the memory destination, which keeps nothing.
 * The peak goes to descriptor 3.
 */
import { readFileSync, writeSync } from "node:fs";
import { start } from "@growthnav/sdk/start.js";

const { path, endpoint, spool } = JSON.parse(readFileSync(process.argv[4], "utf8"));
process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS / 1024)));
await start(async () => {
	if (path !== undefined) return import("@growthnav/destination-duckdb");
	if (endpoint !== undefined) return import("@growthnav/destination-bigquery");
	const { memoryDestination } = await import("@growthnav/sdk/testing");
	return { default: memoryDestination({ spool, discard: true }) };
});
