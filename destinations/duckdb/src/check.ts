/** `check`: could a run write here? Nothing is left behind. */
import { randomBytes } from "node:crypto";
import { open, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ConnectorError, type CoreConfig } from "@growthnav/sdk/store";
import type { DuckdbConfig } from "./config.ts";
import { checkPath, exists, freeBytes } from "./open.ts";
import { duckdbStore } from "./store.ts";

/** "acme.duckdb can be made, 212.0 GB free", or what it holds. Throws what a run would throw. */
export async function checkStore(config: DuckdbConfig & CoreConfig): Promise<string> {
	const name = basename(config.path);
	await checkPath(config.path);
	await tryToWrite(config.path);
	const free = `${size(await freeBytes(config.path))} free`;
	if (!(await exists(config.path))) return `${name} can be made, ${free}`;
	const store = duckdbStore(config);
	const contents = await store.open("read", { connection: config.connection });
	await store.close();
	const other = contents?.customers.find((customer) => customer !== config.customer_id);
	if (other !== undefined) {
		throw new ConnectorError("config.other_customer", `${name} holds the data of another customer`, {
			where: "customer_id in the settings of duckdb",
			why: `its ledger is of ${other}, the settings say ${config.customer_id}`,
			next: "choose another path, or correct customer_id",
		});
	}
	return `${name} is there, ${size((await stat(config.path)).size)}, ${free}`;
}

/** Rights on paper are not all: a file system may be read-only or full. */
async function tryToWrite(path: string): Promise<void> {
	const trial = join(dirname(resolve(path)), `.gn-check-${randomBytes(6).toString("hex")}`);
	try {
		const handle = await open(trial, "wx", 0o600);
		await handle.writeFile("x");
		await handle.close();
	} catch (thrown) {
		const code = (thrown as NodeJS.ErrnoException).code ?? "";
		throw new ConnectorError(
			code === "ENOSPC" ? "config.disk_full" : "config.not_writable",
			`${basename(path)} cannot be written`,
			{
				where: "path in the settings of duckdb",
				why: `a file in ${dirname(resolve(path))} could not be made: ${code}`,
				next: code === "ENOSPC" ? "free some space" : "give this user the right to, or choose another path",
			},
		);
	} finally {
		await unlink(trial).catch(() => {});
	}
}

function size(bytes: number): string {
	return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
