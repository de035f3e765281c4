/** A destination whose store fails with its secrets in every text, at the point that its settings name. */
import { ConnectorError, defineDestination, object, optional, secret, string } from "@growthnav/sdk/destination";
import { start } from "@growthnav/sdk/start.js";
import { dumpOf, secretNames } from "./leaks.ts";

const secrets = Object.fromEntries(secretNames().map((name) => [name, optional(secret(string()))]));

await start(async () => ({
	default: defineDestination({
		name: "leaky",
		version: "1.0.0",
		title: "Leaky",
		config: object({ at: string(), folder: string(), ...secrets }),
		check: async (config) => {
			if (config.at === "check") throw new Error(dumpOf(config));
			return dumpOf(config);
		},
		spool: ({ folder }) => folder,
		async store(config) {
			const dump = dumpOf(config);
			const work = async (point: string) => {
				if (config.at === point) throw new TypeError(`connect ECONNREFUSED ${dump}`, { cause: new Error(dump) });
				if (config.at === `${point} said`) {
					throw new ConnectorError("transient.store", dump, { where: dump, why: dump, next: dump });
				}
			};
			return {
				name: dump.slice(0, 300),
				async open() {
					await work("open");
					return { customers: [], layout: 0, commits: [], names: [], tables: new Map() };
				},
				evolve: () => work("evolve"),
				async commit() {
					await work("commit");
					return { loaded: [], conversionsLoaded: [], conversionsRemoved: 0, totals: [] };
				},
				note: () => work("note"),
				async query() {
					await work("query");
					throw new Error(dump);
				},
				close: () => work("close"),
			};
		},
	}),
}));
