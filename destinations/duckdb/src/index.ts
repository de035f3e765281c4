/** DuckDB as a destination: one file per customer, made where it does not exist. */
import { dirname, join, resolve } from "node:path";
import { defineDestination } from "@growthnav/sdk/destination";
import { config } from "./config.ts";

export default defineDestination({
	name: "duckdb",
	version: "0.1.0",
	title: "DuckDB",
	docs: "https://duckdb.org/docs/",
	config,
	check: async (settings) => (await import("./check.ts")).checkStore(settings),
	store: async (settings) => (await import("./store.ts")).duckdbStore(settings),
	// beside the file, on the same disk: what waits there would fit there
	spool: ({ path, spool }) => spool ?? join(dirname(resolve(path)), ".growthnav", "spool"),
});
