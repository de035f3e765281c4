/** Scripted Singer taps under growthnav, with the real bridge and store: what they do wrong loses nothing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tapText } from "../sdk/test/singer/scripted-tap.ts";
import { growthnav } from "./growthnav.ts";
import { eventsIn, folder, writeFile } from "./processes.ts";
import { rows, statesOf, value } from "./store.ts";

/** What a tap does beside its discovery; `run.txt` says in which run it is. */
function pipeline(body: string, more: object = {}): string {
	const at = folder();
	const program = `
		const run = Number(readFileSync("run.txt", "utf8"));
		if (discovers) {
			const cursor = { "table-key-properties": ["id"], "valid-replication-keys": ["at"] };
			const fields = { id: { type: "integer" }, at: { type: "string" }, price: { type: "number" } };
			say({ streams: [entry("orders", fields, cursor), entry("users", fields, { "forced-replication-method": "FULL_TABLE" })] });
			process.exit();
		}
		${body}`;
	writeFile(join(at, "tap-scripted.mjs"), tapText(program));
	writeFile(join(at, "acme.yaml"), {
		customer: "acme",
		source: { connector: `singer:${process.execPath} tap-scripted.mjs`, config: { token: "env:TOKEN" } },
		destination: "duckdb",
		...more,
	});
	return at;
}

function runOf(at: string, run: number) {
	writeFile(join(at, "run.txt"), String(run));
	return growthnav(at, ["run", "acme.yaml", "--json"], { TOKEN: "token-of-the-tap" });
}

const USERS = 'say(schemaOf("users")); for (const id of [1, 2]) say(record("users", { id: id * run }));';

test("what is new, exact, with the state it was given; what is replaced; a broken line is kept as a reject", async () => {
	const at = pipeline(`
		const from = state?.bookmarks?.orders?.id ?? 0;
		say("DEBUG a print", schemaOf("orders"));
		for (let id = from + 1; id <= run * 3; id++) {
			raw('{"type":"RECORD","stream":"orders","record":{"id":' + id + ',"price":12345678901234567.89}}\\n');
			say(stateOf({ bookmarks: { orders: { id } } }));
		}
		if (run === 1) say('{"type":"RECORD","stream":"orders","record":{"id":"torn');
		log("INFO token " + config.token);
		${USERS}`);
	const path = join(at, "acme.duckdb");
	const first = await runOf(at, 1);
	expect(eventsIn(first, "error")).toEqual([]);
	expect(eventsIn(first, "reject")).toMatchObject([{ stream: "orders", code: "singer_line" }]);
	expect(await value(path, "SELECT raw::VARCHAR FROM _gn_dead_letters")).toContain("torn");
	expect(await value(path, "SELECT count(*) FROM users")).toBe(2);
	expect(await rows(path, "SELECT id, price FROM orders ORDER BY id LIMIT 1")).toMatchObject([
		{ price: "12345678901234567.89" },
	]);
	const second = await runOf(at, 2);
	expect(eventsIn(second, "run_finished")).toMatchObject([{ exit_code: 0, read: 5 }]);
	expect(await rows(path, "SELECT id::INT AS id FROM users ORDER BY id")).toEqual([{ id: 2 }, { id: 4 }]);
	expect(await value(path, "SELECT count(*) FROM orders")).toBe(6);
	for (const { out, err } of [first, second]) expect(out + err).not.toContain("token-of-the-tap");
});

test("a tap that dies, and one that leaves a table out: tables stay, and the next run goes on", async () => {
	const at = pipeline(`
		if (run === 1 || run === 4) { ${USERS} }
		say(schemaOf("orders"), record("orders", { id: run }), stateOf({ bookmarks: { orders: { id: run } }, currently_syncing: "orders" }));
		if (run === 2) { say(schemaOf("users"), record("users", { id: 99 })); log("CRITICAL 503 Service Unavailable"); process.exit(1); }`);
	const path = join(at, "acme.duckdb");
	const users = async () => (await rows(path, "SELECT id::INT AS id FROM users ORDER BY id")).map(({ id }) => id);
	expect((await runOf(at, 1)).code).toBe(0);
	const died = await runOf(at, 2);
	expect([died.code, eventsIn(died, "error")[0]]).toMatchObject([
		20,
		{ code: "transient.tap_failed", message: "tap-scripted ended with 1", why: "503 Service Unavailable" },
	]);
	expect(await users()).toEqual([1, 2]);
	const silent = await runOf(at, 3);
	expect([silent.code, eventsIn(silent, "error")[0]]).toMatchObject([20, { code: "transient.tap_left_out" }]);
	expect(await users()).toEqual([1, 2]);
	expect((await runOf(at, 4)).code).toBe(0);
	expect(await users()).toEqual([4, 8]);
	expect(await value(path, "SELECT count(*) FROM orders")).toBe(4);
	const orders = (await statesOf(path, "acme")).find(({ stream }) => stream?.stream_descriptor.name === "orders");
	expect(orders?.stream?.stream_state).toMatchObject({ bookmark: { id: 4 } });
});

test("one state for all streams is kept, given back whole, and cleared", async () => {
	const at = pipeline(
		`writeFileSync("seen.json", JSON.stringify(state ?? null));
		say(schemaOf("orders"), record("orders", { id: run }), stateOf({ last: run }));`,
		{ streams: { orders: {} } },
	);
	const seen = async (run: number) => {
		expect((await runOf(at, run)).code).toBe(0);
		return JSON.parse(readFileSync(join(at, "seen.json"), "utf8"));
	};
	expect([await seen(1), await seen(2)]).toEqual([null, { last: 1 }]);
	expect((await growthnav(at, ["state", "reset", "acme.yaml", "--yes"])).code).toBe(0);
	expect(await seen(3)).toBeNull();
});
