/** The settings that every destination has; each limit has its name, its default and its place here. */
import type { z } from "zod";
import { boolean, integer, object, string } from "../schema/vocabulary.ts";

export const coreConfig = object({
	customer_id: string()
		.regex(/^[a-z0-9_]{1,64}$/)
		.describe("The customer whose data this is: small letters, digits and _; a store holds one customer only")
		.meta({ title: "Customer", examples: ["acme"] }),
	connection: string()
		.min(1)
		.max(200)
		.default("default")
		.describe("Name under which states are kept; pipelines use their own name")
		.meta({ title: "Connection" }),
	spool: string()
		.min(1)
		.optional()
		.describe("Folder for rows that wait for their commit; left out: beside the store")
		.meta({ title: "Spool folder" }),
	spool_quota: integer()
		.min(1_000_000)
		.default(10_000_000_000)
		.describe("Bytes that may wait on disk for their commit; more without a STATE is an error")
		.meta({ title: "Spool quota" }),
	epoch_bytes: integer()
		.min(1)
		.default(64_000_000)
		.describe("A commit is due when this many bytes of rows wait")
		.meta({ title: "Bytes per commit" }),
	epoch_seconds: integer()
		.min(1)
		.default(30)
		.describe("A commit is due when rows waited this long; the first one is due after 2 seconds")
		.meta({ title: "Seconds per commit" }),
	record_limit: integer()
		.min(1_000)
		.max(100_000_000)
		.default(32_000_000)
		.describe("Bytes of one message; a longer one is kept as a dead letter, shortened")
		.meta({ title: "Longest message" }),
	raw_data: boolean()
		.default(false)
		.describe("Copy the record into conversions.raw_data; the stream's table has it anyway")
		.meta({ title: "Raw copy in conversions" }),
});

export type CoreConfig = z.output<typeof coreConfig>;
