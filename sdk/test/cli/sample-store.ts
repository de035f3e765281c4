/** A destination that keeps nothing: it counts records and answers states, as the command line expects of any. */
import type { StatePayload } from "@growthnav/spec";
import { main } from "../../src/cli/main.ts";
import type { Destination } from "../../src/destination/definition.ts";
import { ConnectorError, object, optional, secret, string } from "../../src/index.ts";
import { readMessages } from "../../src/protocol/message.ts";

const state: StatePayload = {
	type: "STREAM",
	stream: { stream_descriptor: { name: "orders" }, stream_state: { cursor: "1" } },
};

const config = object({ path: string(), password: optional(secret(string())), habit: optional(string()) });

const store: Destination = {
	kind: "destination",
	name: "store",
	version: "0.1.0",
	title: "Store",
	config,
	queryConfig: config,
	spec: () => ({ connectionSpecification: { type: "object" } }),
	async check({ path, habit }) {
		if (habit === "fail") throw new ConnectorError("config.store", "No such store", { next: "make it" });
		return `${path} can be made`;
	},
	async write({ config, input, send, catalog, signal, crash, progress }) {
		const counts = { read: 0, committed: 0, rejected: 0 };
		for await (const batch of readMessages(input)) {
			for (const { message } of batch) {
				if (message?.type === "RECORD") progress?.({ ...counts, read: ++counts.read });
				if (message?.type !== "STATE") continue;
				crash?.("before_commit");
				counts.committed = counts.read;
				await send(message);
			}
			if (signal?.aborted || config.habit === "early") break;
		}
		const errors = config.habit === "fail" ? [new ConnectorError("data.store", "It broke")] : [];
		for (const error of errors)
			await send({
				type: "TRACE",
				trace: { type: "ERROR", emitted_at: 0, error: { message: error.message, code: error.code } },
			});
		return {
			exitCode: errors.length > 0 ? 30 : 0,
			errors,
			...counts,
			streams: catalog?.streams.length ?? 1,
			streamsComplete: 1,
			commits: [],
		};
	},
	async state({ reset }) {
		const name = reset === true ? "all" : (reset ?? "kept");
		return [
			{
				state: { ...state, id: 7, stream: { stream_descriptor: { name }, stream_state: 1 } },
				committedAt: "",
				rows: 1,
			},
		];
	},
	async sql({ query }) {
		async function* rows() {
			yield { a: query, b: 1 };
			yield { b: null, a: "x" };
		}
		return {
			columns: [
				{ name: "b", type: "INTEGER" },
				{ name: "a", type: "VARCHAR" },
			],
			rows: rows(),
			close: async () => {},
		};
	},
};

await main(async () => ({ default: store }));
