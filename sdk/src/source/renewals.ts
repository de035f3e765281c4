/** Settings that were renewed while a command ran: told as a CONTROL message with the whole config, before they are used. */
import type { JsonObject, Message } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { registerSecret } from "../redact.ts";
import { parseConfig, secretsOf } from "../schema/parse-config.ts";
import type { Source } from "./definition.ts";

/**
 * Answers what keeps renewed settings; `tell` resolves when the message has been written. `config` is the config as it
 * came, and each message holds all that was renewed before. Throws `internal.definition` where the source's config has
 * no such secret setting: the next run could not read it.
 */
export function keepRenewals(
	source: Source,
	config: JsonObject,
	tell: (message: Message) => Promise<void>,
	now: () => number,
): (settings: JsonObject) => Promise<void> {
	let whole = config;
	return async (settings) => {
		const secrets = secretsOf(source.config, settings);
		for (const secret of secrets) registerSecret(secret);
		const renewed = merged(whole, settings);
		if (secrets.length === 0) throw notKept(source, settings, "no part of it is marked secret");
		const [wrong] = parseConfig(source.config, renewed, { owner: source.name }).errors ?? [];
		if (wrong !== undefined) throw notKept(source, settings, wrong.message);
		whole = renewed;
		const control = { type: "CONNECTOR_CONFIG" as const, emitted_at: now(), connectorConfig: { config: whole } };
		await tell({ type: "CONTROL", control });
	};
}

function merged(before: JsonObject, after: JsonObject): JsonObject {
	const both = Object.entries(after).map(([name, value]) => {
		const was = Object.hasOwn(before, name) ? before[name] : undefined;
		return [name, isObject(was) && isObject(value) ? merged(was, value) : value] as const;
	});
	return { ...before, ...Object.fromEntries(both) };
}

function isObject(value: unknown): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notKept(source: Source, settings: JsonObject, why: string): ConnectorError {
	const names = Object.keys(settings).join(", ");
	return new ConnectorError("internal.definition", `source-${source.name} renews a setting that cannot be kept`, {
		where: `setting ${names}`,
		why,
		next: `write it into the config of its definition: ${names}: secret(string()), or keptToken for a token`,
	});
}
