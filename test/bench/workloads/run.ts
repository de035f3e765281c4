/** Command lines of our programs, and of peers. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import type { Command } from "../harness/watch.ts";

export const ROOT = join(import.meta.dirname, "../../..");

/** A file of this folder, in Node. `sources`: it uses our sources where others use the build. */
export function workload(name: string, args: string[] = [], { sources = false } = {}): string[] {
	const conditions = sources ? ["--conditions=growthnav-source"] : [];
	return [process.execPath, ...conditions, join(import.meta.dirname, name), ...args];
}

/** A file with settings; its path. */
export async function settings(at: string, config: object, name = "config.json"): Promise<string> {
	const file = join(at, name);
	await writeFile(file, JSON.stringify(config));
	return file;
}

/** Our source of `name`, with its settings. */
export async function reading(at: string, name: string, config: JsonObject): Promise<Command> {
	return { argv: workload(name, ["read", "--config", await settings(at, config, "source.json")]) };
}

/** Ours, into the store that the settings name; by default into none. */
export async function writing(at: string, store: JsonObject = { spool: join(at, "spool") }): Promise<Command> {
	const config = await settings(at, { customer_id: "acme", ...store });
	return { argv: workload("destination.js", ["write", "--config", config]) };
}

/** Nothing of a peer is written outside of its folder, and it calls nobody. */
export function quiet(at: string): Record<string, string> {
	return {
		HOME: at,
		XDG_CACHE_HOME: at,
		XDG_CONFIG_HOME: at,
		TMPDIR: at,
		DO_NOT_TRACK: "1",
		AIRBYTE_OFFLINE_MODE: "1",
		AIRBYTE_PROJECT_DIR: at,
		AIRBYTE_LOGGING_ROOT: join(at, "logs"),
		RUNTIME__DLTHUB_TELEMETRY: "false",
		PYTHONWARNINGS: "ignore",
	};
}
