/** A source whose author takes no care of secrets, in the way that its settings name. */
import { ConnectorError, defineSource, object, optional, secret, string, timestamp } from "@growthnav/sdk";
import { start } from "@growthnav/sdk/start.js";
import { dumpOf, secretNames } from "./leaks.ts";

const secrets = Object.fromEntries(secretNames().map((name) => [name, optional(secret(string()))]));

function leak(way: string, dump: string): void {
	if (way === "error") {
		throw new ConnectorError("data.leak", `It failed with ${dump}`, {
			where: dump,
			why: dump,
			next: dump,
			stream: "things",
		});
	}
	if (way === "bug") throw new TypeError(`x is no function of ${dump}`, { cause: new Error(dump) });
	if (way === "stray") void Promise.reject(new Error(dump));
	if (way === "console")
		for (const word of ["log", "info", "debug", "warn", "error"] as const) console[word](dump, { dump });
	if (way === "stderr") process.stderr.write(`${dump}\n`);
	if (way === "stdout") process.stdout.write(`${dump}\n`);
	if (way === "exit") {
		process.stderr.write(`Fatal: ${dump}\n`);
		process.exit(3);
	}
}

await start(async () => ({
	default: defineSource({
		name: "leaky",
		version: "1.0.0",
		title: "Leaky",
		config: object({ way: string(), ...secrets }),
		async check({ config, log }) {
			log.warn(dumpOf(config));
			leak(config.way, dumpOf(config));
			return dumpOf(config);
		},
		streams: {
			things: {
				schema: object({ id: string(), at: timestamp(), text: optional(string()) }),
				primaryKey: "id",
				cursor: "at",
				sorted: true,
				async *read({ config, log }) {
					const dump = dumpOf(config);
					const at = "2026-07-03T12:00:00Z";
					log.info(dump);
					log.waiting({ reason: "retry", wait_s: 1, request: dump });
					yield [{ id: "1", at, text: dump, [dump.slice(0, 200)]: dump }];
					const reject = { code: "odd", reason: dump, path: dump, file: dump, raw: { dump } };
					// the second row has a cursor that the state will hold
					yield {
						rows: [
							{ id: dump, at },
							{ id: "2", at: dump },
						],
						rejects: [reject],
					};
					leak(config.way, dump);
					await new Promise((resolve) => setTimeout(resolve, 50));
				},
			},
		},
	}),
}));
