/** What `check`, `streams`, `slices` and `read` are given, and the settings behind it. */
import type { JsonObject, Message } from "@growthnav/spec";
import type { z } from "zod";
import { ConnectorError } from "../errors.ts";
import type { Time } from "../http/budget.ts";
import type { HttpClient } from "../http/client.ts";
import type { HttpRun } from "../http/index.ts";
import type { Tap } from "../http/tap.ts";
import { registerSecret } from "../redact.ts";
import { type ConfigOrigin, parseConfig, secretsOf } from "../schema/parse-config.ts";
import type { Source, SourceContext } from "./definition.ts";
import type { Outbox } from "./outbox.ts";
import { keepRenewals } from "./renewals.ts";

/** A parsed config whose type is known to the connector alone. */
export type Settings = z.output<z.ZodObject>;

/** What every command of a source starts with. */
export interface SourceInputs {
	/** As the file has it; defaults are added, everything is checked. */
	config: unknown;
	/** Where a setting stands, for errors: "square.json:3:2, access_token". */
	where?: ConfigOrigin["where"];
	signal?: AbortSignal;
	/** Milliseconds since the epoch. */
	now?: (() => number) | undefined;
	/** How time passes between requests; for tests. */
	time?: Partial<Time> | undefined;
	/** Writes a CONTROL message; resolves when it has been written. Left out: it comes among the others. */
	keep?: ((message: Message) => Promise<void>) | undefined;
	/** Listens to what is sent and answered, to record it. */
	tap?: Tap | undefined;
}

/**
 * The parsed config, its secrets registered for redaction before anything else happens. Throws what is wrong with it: a
 * ConnectorError, or an AggregateError of several.
 */
export function settingsOf(source: Source, { config, where }: SourceInputs, outbox: Outbox): Settings {
	const short = secretsOf(source.config, config).filter((secret) => secret !== "" && !registerSecret(secret));
	if (short.length > 0) {
		outbox.log.warn("A secret of the config has fewer than six characters: it cannot be removed from logs and errors");
	}
	const parsed = parseConfig(source.config, config, { owner: source.name, ...(where !== undefined && { where }) });
	if (parsed.errors === undefined) return parsed.config;
	throw parsed.errors.length === 1 ? parsed.errors[0] : new AggregateError(parsed.errors);
}

/**
 * One context per run: one HTTP client, and everything that is loaded `once`. `heard` is told the vendor's time of each
 * answer, in milliseconds. Throws what is wrong with the config.
 */
export async function openContext(
	source: Source,
	inputs: SourceInputs,
	signal: AbortSignal,
	outbox: Outbox,
	heard: (vendorClock: number) => void = () => {},
): Promise<SourceContext<Settings>> {
	const config = settingsOf(source, inputs, outbox);
	const { keep = outbox.deliver, now = Date.now } = inputs;
	const save = keepRenewals(source, inputs.config as JsonObject, keep, now);
	const loaded = new Map<string, Promise<unknown>>();
	return {
		config,
		signal,
		log: outbox.log,
		http:
			source.http === undefined
				? withoutHttp(source.name)
				: await openHttp(source, config, { ...inputs.time, signal, log: outbox.log, save, heard, tap: inputs.tap }),
		once<T>(name: string, load: () => Promise<T>): Promise<T> {
			const found = loaded.get(name) as Promise<T> | undefined;
			if (found !== undefined) return found;
			const loading = load();
			loaded.set(name, loading);
			// a failure is not remembered: the next stream may try again
			loading.catch(() => loaded.delete(name));
			return loading;
		},
	};
}

async function openHttp(source: Source, config: Settings, run: HttpRun): Promise<HttpClient> {
	const { createHttp, limitsFrom } = await import("../http/index.ts");
	const { http_limits, ...own } = config;
	const options = source.http!(own);
	const limits = { ...options.limits, ...limitsFrom(http_limits as Parameters<typeof limitsFrom>[0]) };
	return createHttp({ ...options, limits }, run);
}

function withoutHttp(name: string): HttpClient {
	const none = () => {
		throw new ConnectorError("internal.definition", `source-${name} uses http without having defined it`, {
			next: "add http: (config) => ({ baseUrl, vendor }) to its definition",
		});
	};
	return {
		get: none,
		post: none,
		pages: none,
		keyset: none,
		changes: none,
		graphql: none,
		connection: none,
		poll: none,
		download: none,
	};
}
