/** Settings of the program behind a bridge. */
import type { JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { Run } from "./executable-run.ts";
import { readJson } from "./input-file.ts";

/** Those of `--config`; none without it. */
export async function bridgeConfig({ options: { config } }: Run): Promise<JsonObject> {
	if (config === undefined) return {};
	const { value } = await readJson(config, "config");
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
	throw new ConnectorError("config.json", `${config} is no JSON object`, {
		where: "--config",
		why: "settings are names with values",
		next: "write an object; {} for a program whose settings stand in its command",
	});
}
