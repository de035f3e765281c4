/** The settings of DuckDB's own; those of all destinations are added by the SDK. */
import { integer, object, optional, string } from "@growthnav/sdk/destination";

export const config = object({
	path: string()
		.min(1)
		.describe("The database file; made when it does not exist, its folder is not")
		.meta({ title: "File", examples: ["acme.duckdb"] }),
	memory_limit: string()
		.regex(/^[1-9][0-9]*(\.[0-9]+)?(MB|GB)$/)
		.optional()
		.describe(
			"Memory for DuckDB, beside that of this program; left out: 128MB, and more where a commit or a query needs it, up to half of the machine's",
		)
		.meta({ title: "Memory", examples: ["128MB", "1GB"] }),
	threads: optional(integer().min(1).max(64))
		.describe("Threads of DuckDB; left out: one less than the machine has, at most 4")
		.meta({ title: "Threads" }),
});

export interface DuckdbConfig {
	path: string;
	memory_limit?: string | null | undefined;
	threads?: number | null | undefined;
}
