/** BigQuery as a destination: one dataset per customer, made where it does not exist. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineDestination } from "@growthnav/sdk/destination";
import { config, settingsOf } from "./config.ts";

export default defineDestination({
	name: "bigquery",
	version: "0.1.0",
	title: "BigQuery",
	docs: "https://cloud.google.com/bigquery/docs",
	config,
	check: async (settings) => (await import("./check/check.ts")).checkBigQuery(settingsOf(settings)),
	store: async (settings) => (await import("./store.ts")).bigqueryStore(settingsOf(settings)),
	spool: ({ spool }) => spool ?? join(tmpdir(), "growthnav-spool"),
});
