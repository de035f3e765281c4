/** Connectors whose messages have every field wrong in every way: a run tells it and ends, and its numbers stay numbers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json, JsonObject, Message } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/pipeline/events.ts";
import { configureCatalog } from "../../src/pipeline/file/catalog.ts";
import { mappingErrors } from "../../src/pipeline/file/mapping-check.ts";
import { plainSecrets, registerSecrets, typedReferences, unknownKeys } from "../../src/pipeline/file/settings.ts";
import { readMessage } from "../../src/protocol/index.ts";
import { forgetSecrets } from "../../src/redact.ts";
import { type Ran, runCase, testFolder } from "./bench.ts";

const EVIL = "\x1b]0;title\x07\x1b[2J\u202e";
const VALUES: Json[] = [null, 5, -1.5, true, EVIL, "1e400", [], [EVIL], {}, { event: "run_finished", status: EVIL }];

const stream_descriptor = { name: "orders" };
const reject = { stream: "orders", code: "row", reason: "no", path: "a", file: "f", line: 1, record_id: "1", raw: {} };
const counts = { read: 1, loaded: 1, superseded: 0, rejected: 0, values_nulled: 0, bytes: 5 };
const conversions = { mapped: 1, loaded: 1, superseded: 0, rejected: 0, left_out: 0, removed: 0 };
const total = {
	source_system: "s",
	source_account: "a",
	conversion_type: "purchase",
	currency: "USD",
	mapped_rows: 1,
	mapped_value: "1",
	loaded_rows: 1,
	loaded_value: "1",
};
const reasons = [{ kind: "record", code: "bad", reason: "it is bad", path: "a", rows: 1 }];
const commit = {
	epoch: 1,
	batch_id: "b",
	seconds: 0.1,
	states: 1,
	streams: [{ stream: "orders", table: "orders", ...counts, reasons, left_out: [{ rule: "r", rows: 1 }] }],
	conversions,
	totals: [total],
	bytes_billed: 1,
	cost_usd: 0.1,
};
const schema_change = { stream: "orders", table: "orders", path: "a", change: "added", to: "string", column: "a" };
const controlTotals = [{ conversion_type: "purchase", currency: "USD", value: "1", rows: 1 }];
const log = (more: object) => ({ type: "LOG", log: { level: "INFO", message: "hello", ...more } });
const trace = (more: object) => ({ type: "TRACE", trace: { emitted_at: 1, ...more } });
const error = { message: "no", code: "transient.x", where: "w", why: "y", next: "n", failure_type: "transient_error" };
const STATE = {
	type: "STATE",
	state: {
		type: "STREAM",
		stream: { stream_descriptor, stream_state: { cursor: "2026-07-01", slices: { a: { cursor: "2026-07-01" } } } },
		sourceStats: { recordCount: 1 },
		destinationStats: { recordCount: 1 },
		controlTotals,
	},
};
const MESSAGES = [
	{ type: "RECORD", record: { stream: "orders", namespace: "n", data: { id: 1 }, emitted_at: 1, meta: {} } },
	STATE,
	{ type: "STATE", state: { type: "GLOBAL", global: { stream_states: [STATE.state.stream], shared_state: {} } } },
	{ type: "STATE", state: { type: "LEGACY", data: { a: 1 } } },
	trace({
		type: "STREAM_STATUS",
		stream_status: {
			stream_descriptor,
			status: "RUNNING",
			reasons: [{ type: "RATE_LIMITED", rate_limited: { quota_reset: 1 } }],
		},
	}),
	trace({ type: "ESTIMATE", estimate: { type: "STREAM", name: "orders", row_estimate: 5, byte_estimate: 5 } }),
	trace({ type: "ERROR", error: { ...error, stream_descriptor, retry_after: 1 } }),
	trace({ type: "ANALYTICS", analytics: { type: "x", value: "y" } }),
	log({}),
	log({ reject: { ...reject, kind: "record" } }),
	log({ waiting: { reason: "retry", wait_s: 1, try: 1, of: 2, request: "GET /", stream: "orders" } }),
	log({ schema_change }),
	log({ commit }),
	{
		type: "CATALOG",
		catalog: { streams: [{ name: "orders", json_schema: {}, supported_sync_modes: ["incremental"] }] },
	},
	{ type: "CONTROL", control: { type: "CONNECTOR_CONFIG", emitted_at: 1, connectorConfig: { config: { a: 1 } } } },
	{ type: "SPEC", spec: { connectionSpecification: {} } },
	{ type: "CONNECTION_STATUS", connectionStatus: { status: "FAILED" } },
] as JsonObject[];

const CATALOG: JsonObject = {
	type: "CATALOG",
	catalog: {
		streams: [
			{
				name: "orders",
				namespace: "n",
				json_schema: {
					type: "object",
					properties: {
						id: { type: ["null", "string"] },
						at: { type: "string", format: "date-time" },
						money: { type: "object", properties: { amount: { type: "number" } } },
						lines: { type: "array", items: { type: "object", properties: { x: { type: "string" } } } },
					},
				},
				supported_sync_modes: ["full_refresh", "incremental"],
				source_defined_cursor: true,
				default_cursor_field: ["at"],
				source_defined_primary_key: [["id"]],
				conversions: [
					{ type: "purchase", columns: { timestamp: "at", value: "money.amount", currency: { const: "USD" } } },
				],
				conversion_origin: { source_system: { const: "x" }, source_account: { const: "y" } },
				connector: "c 1",
				note: "n",
			},
		],
	},
};
const SPEC: JsonObject = {
	type: "SPEC",
	spec: {
		connectionSpecification: {
			type: "object",
			properties: {
				token: { type: "string", airbyte_secret: true },
				port: { type: "integer" },
				account: { type: "object", oneOf: [{ properties: { key: { type: "string", airbyte_secret: true } } }] },
				list: { type: "array", items: { type: "string" } },
			},
		},
	},
};

const NAMED = MESSAGES.map((message) => [JSON.stringify(message).slice(0, 70), message] as const);

/** Every copy of a value in which one place holds something else. */
function* mutants(value: Json): Generator<Json> {
	for (const other of VALUES) yield other;
	if (typeof value !== "object" || value === null) return;
	for (const key of Object.keys(value)) {
		for (const inner of mutants((value as JsonObject)[key] as Json)) {
			const copy = structuredClone(value) as JsonObject;
			copy[key] = inner;
			yield copy;
		}
	}
}

const linesOf = (message: JsonObject): string[] => [...mutants(message)].map((one) => JSON.stringify(one));

function expectSound({ events, result }: Ran): void {
	expect([0, 10, 20, 30, 70]).toContain(result.exit_code);
	expect(result.errors.filter(({ code }) => code === "internal.unexpected")).toEqual([]);
	expect(events.at(-1)?.event).toBe("run_finished");
	expect(events.filter(({ event }) => event === "run_finished")).toHaveLength(1);
	for (const event of events) expectNumbers(event);
}

const TEXTS = new Set(["value", "loaded_value", "source_value"]);

/** Unless the line is a message at all, nobody has to understand it. */
const arrives = (message: Json): Message | undefined => readMessage(JSON.stringify(message), 1)?.message;

test("whatever a catalog holds, it is configured or refused, and nothing else is thrown", () => {
	const where = (path: readonly (string | number)[]) => path.join(".");
	const wishes = { streams: undefined, account: undefined, source: "s", destination: "d", startedAt: 1, where };
	for (const mutant of mutants(CATALOG)) {
		const message = arrives(mutant);
		if (message?.type !== "CATALOG") continue;
		const { streams, errors } = configureCatalog(message.catalog, { ...wishes, writes: ["append"] });
		if (errors.length === 0) mappingErrors(streams, where);
	}
});

test("whatever a spec holds, settings are held against it", () => {
	const context = { owner: "x", where: (path: readonly (string | number)[]) => path.join(".") };
	const config = { token: "abcdefgh", port: "env:PORT", account: { key: "another-secret" }, list: ["a"] };
	for (const mutant of mutants(SPEC)) {
		const message = arrives(mutant);
		if (message?.type !== "SPEC") continue;
		const { connectionSpecification: schema } = message.spec;
		plainSecrets(schema, config, context);
		unknownKeys(schema, config, context);
		typedReferences(schema, config, { ...config, port: "5" });
		registerSecrets(schema, config);
	}
	forgetSecrets();
});

/** What counts is a number, or null; nothing is NaN. */
function expectNumbers(event: RunEvent): void {
	for (const [name, value] of Object.entries(event)) {
		const counts =
			/^(read|loaded|superseded|rejected|committed|bytes|rows|mapped|left_out|.*_rows|.*_s|epoch|states|line)$/;
		if (TEXTS.has(name)) expect(value === null || /^-?\d{1,60}(\.\d{1,60})?$/.test(value as string), name).toBe(true);
		else if (counts.test(name))
			expect(value === null || Number.isFinite(value), `${event.event}.${name}: ${value}`).toBe(true);
	}
}

describe("a source", () => {
	test.each(NAMED)("that sends %s", async (_name, message) => {
		const text = `${linesOf(message).join("\n")}\n`;
		const steps = [{ records: 3, stream: "orders" }, { text }, { state: { cursor: "2026-07-01" }, stream: "orders" }];
		const ran = await runCase({ source: { steps } as JsonObject });
		expectSound(ran);
	});
});

test("a flood of errors and of streams that nobody knows is bounded", async () => {
	const errors = Array.from({ length: 3_000 }, (_, index) =>
		JSON.stringify(trace({ type: "ERROR", error: { message: `no ${index}` } })),
	);
	const records = Array.from({ length: 3_000 }, (_, index) =>
		JSON.stringify({ type: "RECORD", record: { stream: `s${index}`, data: { id: 1 }, emitted_at: 1 } }),
	);
	const ran = await runCase({ source: { steps: [{ text: `${[...errors, ...records].join("\n")}\n` }, { exit: 1 }] } });
	expectSound(ran);
	expect(ran.result.errors.length).toBeLessThan(1_200);
	expect(ran.of("stream_started").length).toBeLessThan(1_010);
	expect(ran.result.read).toBe(3_000);
});

describe("a destination", () => {
	test.each(NAMED)("that sends %s", async (_name, message) => {
		const folder = testFolder();
		const program = join(folder, "destination-odd.mjs");
		const properties = { customer_id: { type: "string" }, connection: { type: "string" } };
		const spec = { type: "SPEC", spec: { connectionSpecification: { type: "object", properties } } };
		writeFileSync(join(folder, "lines"), `${linesOf(message).join("\n")}\n`);
		writeFileSync(
			program,
			`import { readFileSync } from "node:fs";
			const command = process.argv[2];
			if (command === "spec") console.log(${JSON.stringify(JSON.stringify(spec))});
			if (command === "sql") console.log('{"columns":[{"name":"n","type":"BIGINT"}]}\\n[0]');
			if (command === "write") {
				process.stdout.write(readFileSync("lines"));
				for await (const _chunk of process.stdin);
			}`,
		);
		const ran = await runCase({
			folder,
			source: {
				steps: [
					{ records: 3, stream: "orders" },
					{ state: { cursor: 1 }, stream: "orders" },
				],
			} as JsonObject,
			pipeline: { destination: { command: [process.execPath, program], config: {} } },
		});
		expectSound(ran);
	});
});
