/** DuckDB as a destination: one file per customer, made where it does not exist. */
import { dirname, join, resolve } from "node:path";
import { defineDestination } from "@growthnav/sdk/destination";
import { checkStore } from "./check.ts";
import { config } from "./config.ts";
import { duckdbStore } from "./store.ts";

export default defineDestination({
	name: "duckdb",
	version: "0.1.0",
	title: "DuckDB",
	docs: "destinations/duckdb/README.md",
	config,
	check: checkStore,
	store: async (settings) => duckdbStore(settings),
	// beside the file, on the same disk: what waits there would fit there
	spool: ({ path, spool }) => spool ?? join(dirname(resolve(path)), ".growthnav", "spool"),
});
