/** A program as connectors ship it, over a source whose habits the test chooses by its settings. */
import { main } from "../../src/cli/main.ts";
import {
	ConnectorError,
	decimal,
	defineSource,
	integer,
	object,
	optional,
	secret,
	string,
	timestamp,
} from "../../src/index.ts";

const order = object({
	id: string(),
	updated_at: timestamp(),
	total: optional(decimal()),
	padding: optional(string()),
});

const source = defineSource({
	name: "sample",
	version: "1.2.3",
	title: "Sample",
	config: object({
		token: secret(string()).describe("From the dashboard"),
		rows: integer().default(3),
		page_size: integer().min(1).default(2),
		padding: integer().default(0),
		fail: optional(string()),
		habit: optional(string()),
	}),
	check: async ({ config }) => {
		if (config.fail) throw failure(config.fail, config.token);
		return `${config.rows} rows`;
	},
	streams: {
		orders: {
			schema: order,
			primaryKey: "id",
			cursor: "updated_at",
			sorted: true,
			async *read({ config, since, log }) {
				if (config.habit === "console") console.log("a library talks");
				if (config.habit === "stray") void Promise.reject(new Error(`nobody waits for ${config.token}`));
				if (config.habit === "timer") setInterval(() => {}, 1_000);
				if (config.habit === "secret") log.warn(`the token is ${config.token}`);
				const padding = "x".repeat(config.padding);
				const start = since === undefined ? 0 : (Date.parse(since) - Date.UTC(2026, 0, 1)) / 1_000;
				for (let at = start; at < config.rows; at += config.page_size) {
					const size = Math.min(config.page_size, config.rows - at);
					yield Array.from({ length: size }, (_, i) => ({
						id: `o${at + i}`,
						updated_at: new Date(Date.UTC(2026, 0, 1) + (at + i) * 1_000).toISOString().replace(".000", ""),
						total: "12.50",
						...(padding && { padding }),
					}));
				}
				if (config.habit === "hang") await new Promise(() => setInterval(() => {}, 1_000));
				if (config.fail) throw failure(config.fail, config.token);
			},
		},
	},
});

function failure(kind: string, token: string): Error {
	if (kind === "bug") return new TypeError(`x is no function of ${token}`);
	return new ConnectorError(`${kind as "data"}.sample`, `It failed with ${token}`, {
		where: "GET /orders",
		next: "run again",
	});
}

await main(async () => ({ default: source }));
