/** Sessions, catalogs and states as Airbyte's sources and platform write them, taken as they are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import {
	commitsIn,
	DESTINATION_DUCKDB,
	errorsIn,
	eventsIn,
	folder,
	GROWTHNAV,
	messagesIn,
	run,
	SOURCE_FILE,
	writeFile,
} from "./processes.ts";
import { expectBalance, rows, statesOf, value } from "./store.ts";

const sessions = fileURLToPath(new URL("sessions/", import.meta.url));
const FOREIGN = fileURLToPath(new URL("programs/foreign-source.mjs", import.meta.url));

/** Writes a session with its catalog; answers the store and what was said. */
async function take(name: string) {
	const path = join(folder(), "acme.duckdb");
	const config = writeFile(`${path}.json`, { path, customer_id: "acme" });
	const ended = await run(
		DESTINATION_DUCKDB,
		["write", "--config", config, "--catalog", join(sessions, `${name}.catalog.json`)],
		{ stdin: join(sessions, `${name}.ndjson`) },
	);
	expect([ended.code, ended.err]).toEqual([0, ""]);
	expect(errorsIn(ended)).toEqual([]);
	expectBalance(commitsIn(ended));
	const states = messagesIn(ended).flatMap((message) =>
		message.type === "STATE" ? [message.state as never as JsonObject] : [],
	);
	return { path, ended, states };
}

/** The states that came in, with what came back beside them. */
async function sentStates(name: string): Promise<JsonObject[]> {
	return readFileSync(join(sessions, `${name}.ndjson`), "utf8")
		.split("\n")
		.filter((line) => line.startsWith("{"))
		.map((line) => JSON.parse(line))
		.filter(({ type }) => type === "STATE")
		.map(({ state }) => state);
}

test("a Python source: no namespace, fractional times, COMPLETE before the last state, a field that no schema has", async () => {
	const { path, states } = await take("faker");
	expect(
		await rows(
			path,
			"SELECT id, name, updated_at, nickname FROM (SELECT *, _gn_extra->>'nickname' AS nickname FROM users) ORDER BY id",
		),
	).toEqual([
		{ id: 1, name: "Reda", updated_at: "2026-07-01T09:00:00.123456Z", nickname: null },
		{ id: 2, name: "Tena", updated_at: "2026-07-02T09:00:00.223456Z", nickname: "T" },
		{ id: 3, name: "Jörn", updated_at: "2026-07-03T09:00:00.323456Z", nickname: null },
		{ id: 4, name: "Zoë", updated_at: "2026-07-04T09:00:00.423456Z", nickname: null },
	]);
	expect(await value(path, "SELECT count(*) FROM purchases WHERE purchased_at IS NULL")).toBe(1);
	expect(await value(path, "SELECT count(*) FROM _gn_dead_letters")).toBe(0);
	const sent = await sentStates("faker");
	expect(states).toEqual(sent.map((state) => ({ ...state, destinationStats: expect.anything() })));
	expect(states.map(({ destinationStats }) => (destinationStats as JsonObject).recordCount)).toEqual([2, 2, 0, 3, 0]);
});

test("a Java source in CDC: GLOBAL states with ids, deletions, nulls in every optional field", async () => {
	const { path, states } = await take("postgres");
	const orders =
		"SELECT id, total, note, placed_at, _gn_deleted_at IS NOT NULL AS gone FROM public__orders ORDER BY id";
	expect(await rows(path, orders)).toEqual([
		{ id: 1, total: "10.5", note: "x", placed_at: "2026-07-03T11:00:00", gone: false },
		{ id: 2, total: null, note: null, placed_at: null, gone: true },
		{ id: 3, total: "99.99", note: "changed", placed_at: "2026-07-03T13:00:00", gone: false },
	]);
	expect(await rows(path, "SELECT _gn_meta FROM public__orders WHERE id = 3")).toEqual([
		{ _gn_meta: { changes: [{ field: "note", change: "TRUNCATED", reason: "SOURCE_FIELD_SIZE_LIMITATION" }] } },
	]);
	expect(await rows(path, "SELECT _gn_key FROM public__order_items")).toEqual([{ _gn_key: "[1,1]" }]);
	expect(states).toEqual(
		(await sentStates("postgres")).map((state) => ({ ...state, destinationStats: expect.anything() })),
	);
	expect(states.map(({ id, destinationStats }) => [id, (destinationStats as JsonObject).recordCount])).toEqual([
		[1, 4],
		[2, 2],
		[3, 0],
	]);
	const [ledger] = await statesOf(path);
	expect(ledger).toMatchObject({ type: "GLOBAL", id: 3 });
});

test("an old connector: LEGACY states with and without type, logs on stdout, a COMPLETE of the platform's", async () => {
	const { path, states, ended } = await take("contacts");
	expect(await value(path, "SELECT count(*) FROM contacts")).toBe(5);
	expect(states).toHaveLength(2);
	expect(states[0]).toMatchObject({ data: { bookmarks: { contacts: { updated: 1_783_170_000_003 } } } });
	expect(ended.out).toContain('"offset":9007199254740993');
	expect(ended.out).toContain("[source] INFO Starting sync of stream: contacts");
	// the new token is the runner's to keep; here it is nobody's, and in no table
	expect(await value(path, "SELECT count(*) FROM _gn_dead_letters")).toBe(0);
});

test.concurrent.for(["faker", "postgres", "contacts"])(
	"%s under growthnav, then once more from the states that were committed",
	async (name) => {
		const at = folder();
		const told = join(at, "told.json");
		const command = [process.execPath, FOREIGN, join(sessions, name), told];
		writeFile(join(at, "acme.yaml"), {
			customer: "acme",
			source: { command, config: { start_date: "2026-01-01" } },
			destination: { connector: "duckdb", config: { path: "acme.duckdb" } },
		});
		const again = ["run", "acme.yaml", "--json"];
		const first = await run(GROWTHNAV, again, { cwd: at });
		expect([first.code, eventsIn(first, "error")]).toEqual([0, []]);
		expect(eventsIn(first, "run_finished")).toMatchObject([{ status: "done", rejected: 0 }]);
		expect(JSON.parse(readFileSync(told, "utf8")).state).toEqual([]);
		const second = await run(GROWTHNAV, again, { cwd: at });
		expect(eventsIn(second, "run_finished")).toMatchObject([{ status: "nothing_new", loaded: 0 }]);
		const { state, config } = JSON.parse(readFileSync(told, "utf8"));
		// the last one of every stream, whole; null and absent mean the same to its writer
		expect((await sentStates(name)).map(withoutNulls)).toEqual(expect.arrayContaining(state));
		expect(state).toHaveLength(name === "faker" ? 2 : 1);
		// what the connector renewed is what it gets the next time
		expect(config).toEqual(
			name === "contacts" ? { refresh_token: "renewed", start_date: "2026-01-01" } : { start_date: "2026-01-01" },
		);
	},
);

function withoutNulls(state: JsonObject): unknown {
	return JSON.parse(JSON.stringify(state), (key, value) =>
		value === null && ["namespace", "partition_id"].includes(key) ? undefined : value,
	);
}

describe("our sources on Airbyte's platform", () => {
	const at = folder();
	writeFile(join(at, "sales.jsonl"), '{"n":1}\n{"n":2}\n');
	const config = writeFile(join(at, "file.json"), { path: join(at, "sales.jsonl"), stream: "sales" });
	const stream = {
		name: "sales",
		namespace: null,
		json_schema: {},
		supported_sync_modes: ["incremental"],
		is_resumable: null,
	};
	const catalog = writeFile(join(at, "catalog.json"), {
		streams: [
			{
				stream,
				sync_mode: "incremental",
				destination_sync_mode: "append",
				cursor_field: null,
				primary_key: null,
				mappers: [],
			},
		],
		"x-extra": 1,
	});
	const descriptor = { name: "other", namespace: null };
	const STATES: [string, unknown][] = [
		["nothing at all", ""],
		["an empty list", []],
		["an empty object", {}],
		[
			"a list of STREAM states",
			[{ type: "STREAM", stream: { stream_descriptor: descriptor, stream_state: { a: 1 } } }],
		],
		[
			"a GLOBAL state",
			[{ type: "GLOBAL", global: { shared_state: null, stream_states: [{ stream_descriptor: descriptor }] } }],
		],
		["a LEGACY state", { type: "LEGACY", data: { bookmarks: {} } }],
		["a LEGACY state of the old kind", { bookmarks: { sales: "2026-01-01" } }],
	];

	test.for(STATES)("read from %s, with a catalog that has nulls and more fields than we know", async ([, state]) => {
		const file = writeFile(join(folder(), "state.json"), state);
		const ended = await run(SOURCE_FILE, ["read", "--config", config, "--catalog", catalog, "--state", file]);
		expect([ended.code, errorsIn(ended)]).toEqual([0, []]);
		const records = messagesIn(ended).flatMap((message) => (message.type === "RECORD" ? [message.record] : []));
		expect(records.map(({ stream, namespace, data }) => [stream, namespace, data.n])).toEqual([
			["sales", undefined, 1],
			["sales", undefined, 2],
		]);
	});

	test("go on from their own state in the platform's list", async () => {
		const first = await run(SOURCE_FILE, ["read", "--config", config, "--catalog", catalog]);
		const states = messagesIn(first).flatMap((message) =>
			message.type === "STATE" ? [{ ...message.state, id: 5 }] : [],
		);
		const file = writeFile(join(folder(), "state.json"), states);
		const second = await run(SOURCE_FILE, ["read", "--config", config, "--catalog", catalog, "--state", file]);
		expect(second.code).toBe(0);
		expect(messagesIn(second).filter(({ type }) => type === "RECORD")).toEqual([]);
	});

	test.for([
		["no list of streams", {}],
		["a stream without a name", { streams: [{ stream: {} }] }],
		[
			"a cursor that is no path",
			{ streams: [{ stream: { name: "sales" }, sync_mode: "incremental", cursor_field: "n" }] },
		],
	])("refuse a catalog with %s, in four parts", async ([, wrong]) => {
		const file = writeFile(join(folder(), "catalog.json"), wrong);
		const ended = await run(SOURCE_FILE, ["read", "--config", config, "--catalog", file]);
		expect(ended.code).toBe(10);
		expect(errorsIn(ended)).toMatchObject([
			{
				code: "config.catalog",
				where: expect.stringContaining("catalog.json"),
				why: expect.any(String),
				next: expect.any(String),
			},
		]);
	});
});
