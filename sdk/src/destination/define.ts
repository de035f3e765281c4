/** `defineDestination`: everything a destination can do, from one literal. */
import { PROTOCOL_VERSION } from "@growthnav/spec";
import type { z } from "zod";
import { ConnectorError } from "../errors.ts";
import { toConfigSchema } from "../schema/json-schema.ts";
import { parseConfig } from "../schema/parse-config.ts";
import { object } from "../schema/vocabulary.ts";
import { type CoreConfig, coreConfig } from "./config.ts";
import type { Destination, DestinationDefinition } from "./definition.ts";

export function defineDestination<ConfigSchema extends z.ZodObject>(
	definition: DestinationDefinition<ConfigSchema>,
): Destination {
	type Config = z.output<ConfigSchema> & CoreConfig;
	const { name, version, title, docs } = definition;
	const own = definition.config.shape;
	// a destination may say a setting of the core again, with a default of its own
	const config = object({ ...own, ...coreConfig.shape, ...own }) as unknown as z.ZodObject;
	// who only asks need not name the customer
	const queryConfig = config.partial({ customer_id: true });
	const configOf = (value: unknown, schema: z.ZodObject = config): Config => {
		const parsed = parseConfig(schema, value, { owner: name });
		if (parsed.errors === undefined) return parsed.config as Config;
		throw parsed.errors.length === 1 ? parsed.errors[0]! : new AggregateError(parsed.errors, "wrong settings");
	};
	return {
		kind: "destination",
		name,
		version,
		title,
		...(docs !== undefined && { docs }),
		config,
		queryConfig,
		spec: () => ({
			connectionSpecification: { ...toConfigSchema(config), title },
			...(docs !== undefined && { documentationUrl: docs }),
			supportsIncremental: true,
			supported_destination_sync_modes: ["append", "overwrite", "append_dedup", "update", "soft_delete"],
			protocol_version: PROTOCOL_VERSION,
		}),
		check: async (value) => definition.check(configOf(value)),
		async write(request) {
			const settings = configOf(request.config);
			const { writeMessages } = await import("./write.ts");
			return writeMessages(settings, await definition.store(settings), definition.spool(settings), request);
		},
		async state({ config: value, reset, begin }) {
			const settings = configOf(value);
			const store = await definition.store(settings);
			const { beginStates, clearStates, readStates } = await import("./ledger/state.ts");
			if (begin !== undefined) return beginStates(settings, store, begin);
			return reset === undefined ? readStates(settings, store) : clearStates(settings, store, reset);
		},
		async sql({ config: value, query, signal }) {
			const settings = configOf(value, queryConfig);
			const store = await definition.store(settings);
			const contents = await store.open("read", { connection: settings.connection });
			if (contents === undefined) throw nothingThere(store.name);
			try {
				const { columns, rows } = await store.query(query, signal);
				return { columns, rows, close: () => store.close() };
			} catch (thrown) {
				await store.close();
				throw thrown;
			}
		},
	};
}

function nothingThere(store: string): ConnectorError {
	return new ConnectorError("config.no_store", `${store} does not exist yet`, {
		where: "the settings of the destination",
		why: "nothing was written to it",
		next: "run a pipeline into it first, or correct the path",
	});
}
