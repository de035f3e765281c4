/** What DuckDB says while it works, in our words. */
import { basename, dirname, resolve } from "node:path";
import { ConnectorError, isConnectorError } from "@growthnav/sdk/store";
import type { DuckdbConfig } from "./config.ts";
import { freeBytes } from "./open.ts";
import { isOutOfMemory } from "./room.ts";

export async function storeError(thrown: unknown, config: DuckdbConfig): Promise<unknown> {
	if (isConnectorError(thrown)) return thrown;
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	const name = basename(config.path);
	if (/No space left|disk is full|Disk quota/i.test(message)) {
		const free = await freeBytes(config.path).catch(() => undefined);
		return new ConnectorError("config.disk_full", `No space left for ${name}`, {
			where: `${dirname(resolve(config.path))}${free === undefined ? "" : `, ${(free / 1e6).toFixed(1)} MB free`}`,
			why: "the commit was undone whole; what was committed before it stays",
			next: "free the space, then run again",
			cause: thrown,
		});
	}
	if (isOutOfMemory(thrown)) {
		return new ConnectorError(
			"config.memory_limit",
			config.memory_limit == null
				? "DuckDB needs more memory than half of this machine's"
				: `DuckDB needs more memory than memory_limit, ${config.memory_limit}`,
			{
				where: "memory_limit in the settings of duckdb",
				why: "the commit was undone whole; what was committed before it stays",
				next: "set memory_limit higher, or epoch_bytes lower, then run again",
				cause: thrown,
			},
		);
	}
	if (/^(TransactionContext )?Error: .*conflict/i.test(message)) {
		return new ConnectorError("transient.conflict", `Another connection changed ${name} at the same time`, {
			where: "path in the settings of duckdb",
			why: message.split("\n")[0]!,
			next: "run again",
			cause: thrown,
		});
	}
	return new ConnectorError("internal.duckdb", `DuckDB refused a statement on ${name}`, {
		where: "path in the settings of duckdb",
		why: message.split("\n").slice(0, 3).join(" "),
		next: "run again; if it fails again, report it with this message",
		cause: thrown,
	});
}
