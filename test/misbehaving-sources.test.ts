/**
 * Sources that do what no source should: a clear error in bounded time, or a flat wait. What a STATE vouches for is
 * committed, the rest is read again, nothing is lost. What `growthnav run` makes of them stands in the pipeline room.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { APPEND, catalog, complete, line, NOON, overwrite, record, state, stream, TEXT, WHOLE } from "./lines.ts";
import {
	commitsIn,
	DESTINATION_DUCKDB,
	type Ended,
	expectError,
	folder,
	type Input,
	messagesIn,
	run,
	start,
	statesIn,
	writeFile,
} from "./processes.ts";
import { commitsOf, expectBalance, expectTidy, rows, statesOf, value } from "./store.ts";

const EVENTS = stream("events", { n: WHOLE, text: TEXT }, APPEND);
const ORDERS = stream("orders", { id: WHOLE, updated_at: WHOLE }, { cursor_field: ["updated_at"] });
const STOCK = (generation: number) => stream("stock", { id: WHOLE }, overwrite(generation));

const events = (from: number, to: number, text = "") =>
	Array.from({ length: to - from }, (_, i) => record("events", { n: from + i, text })).join("");

interface Written extends Ended {
	path: string;
	config: string;
}

function store(more: object = {}): { path: string; config: string } {
	const path = join(folder(), "acme.duckdb");
	return { path, config: writeFile(`${path}.json`, { path, customer_id: "acme", ...more }) };
}

async function write(input: Input, at = store()): Promise<Written> {
	const ended = await run(DESTINATION_DUCKDB, ["write", "--config", at.config], { input, deadline: 60 });
	expect(ended.err).toBe("");
	if (existsSync(at.path)) {
		expectBalance(await commitsOf(at.path));
		expectTidy(at.path);
	}
	return { ...ended, ...at };
}

const whereEventsStand = async (path: string) => (await statesOf(path)).map(({ stream }) => stream?.stream_state);

describe("a source that ends too early", () => {
	test("without COMPLETE: what a STATE vouches for is there, nothing is published, and going on loses nothing", async () => {
		const at = store();
		await write([catalog(STOCK(1)), record("stock", { id: 1 }), state("stock", {}), complete("stock")], at);
		const cut = await write(
			[
				catalog(EVENTS, STOCK(2)),
				events(0, 20),
				record("stock", { id: 2 }),
				state("events", { n: 20 }),
				state("stock", {}),
				events(20, 30),
			],
			at,
		);
		expect(cut.code).toBe(20);
		expect(expectError(cut, "transient.incomplete")).toMatchObject({
			message: "The input ended before events and stock were complete",
			next: expect.stringContaining("run again"),
		});
		expect(await rows(at.path, "SELECT id FROM stock")).toEqual([{ id: 1 }]);
		expect(await value(at.path, "SELECT count(*) FROM events")).toBe(20);
		expect(statesIn(cut).map(({ stream }) => stream?.stream_descriptor.name)).toEqual(["events", "stock"]);
		const on = [catalog(EVENTS, STOCK(3)), events(20, 40), state("events", { n: 40 }), record("stock", { id: 3 })];
		expect((await write([...on, state("stock", {}), complete("events"), complete("stock")], at)).code).toBe(0);
		expect(await rows(at.path, "SELECT id FROM stock")).toEqual([{ id: 3 }]);
		expect(await value(at.path, "SELECT count(*) FROM events")).toBe(40);
	});

	test("in the middle of a line: the error says so, and the half record is no dead letter", async () => {
		const torn = await write([
			catalog(EVENTS),
			events(0, 5),
			state("events", 5),
			record("events", { n: 5 }).slice(0, 40),
		]);
		expect(torn.code).toBe(20);
		expect(expectError(torn, "transient.incomplete").why).toContain("breaks off");
		expect(await value(torn.path, "SELECT count(*) FROM _gn_dead_letters")).toBe(0);
		expect(await value(torn.path, "SELECT count(*) FROM events")).toBe(5);
	});

	test("with an error of its own: that is the reason", async () => {
		const error = { message: "Square refused the key", failure_type: "config_error" };
		const failed = await write([
			catalog(EVENTS),
			events(0, 5),
			state("events", 5),
			line({ type: "TRACE", trace: { type: "ERROR", emitted_at: NOON, error } }),
		]);
		expect(failed.code).toBe(20);
		expect(expectError(failed, "transient.incomplete").why).toBe("the source said: Square refused the key");
		expect(await value(failed.path, "SELECT count(*) FROM events")).toBe(5);
	});

	test("before it said anything", async () => {
		for (const input of ["", "\n\n", "Segmentation fault\n"]) {
			const empty = await write(input);
			expect(empty.code).toBe(20);
			expectError(empty, "transient.incomplete");
		}
	});
});

describe("a source that hangs", () => {
	test("what a STATE vouches for is committed while it is silent; a signal ends the wait at once", async () => {
		for (const [signal, code] of [
			["SIGTERM", 143],
			["SIGINT", 130],
		] as const) {
			const { path, config } = store();
			const program = start(DESTINATION_DUCKDB, ["write", "--config", config], { deadline: 60 });
			program.stdin.write(catalog(EVENTS) + events(0, 10) + state("events", 10) + events(10, 15));
			// the first commit is due after two seconds
			await program.said('"type":"STATE"');
			const asked = performance.now();
			program.kill(signal);
			const ended = await program.ended;
			expect(ended.code).toBe(code);
			expect(performance.now() - asked).toBeLessThan(8_000);
			expect(await value(path, "SELECT count(*) FROM events")).toBe(10);
			expect(await whereEventsStand(path)).toEqual([10]);
			expectTidy(path);
		}
	});
});

describe("a source that writes what is no message", () => {
	test("text is a log, broken messages are dead letters, and everything else arrives", async () => {
		const garbage = [
			"Traceback (most recent call last):\n",
			"\u001b[31mWARN\u001b[0m [source] \n",
			'{"type":"RECORD","record":{"stream":"events"\n',
			'{"type":"RECORD","record":[]}\n',
			Buffer.from([0x00, 0xff, 0x0a]),
			'{"type":"METRIC","metric":1}\n',
			`{"type":"RECORD","record":{"stream":"events","data":{"n":1},"emitted_at":1}}{"type":"RECORD"}\n`,
		];
		const session = [catalog(EVENTS), ...garbage.flatMap((one, n) => [one, events(n, n + 1)]), state("events", 7)];
		const ended = await write([...session, complete("events")]);
		expect(ended.code).toBe(0);
		expect(await value(ended.path, "SELECT count(*) FROM events")).toBe(7);
		expect(await value(ended.path, "SELECT count(*) FROM _gn_dead_letters WHERE kind = 'line'")).toBe(3);
		const logs = messagesIn(ended).flatMap((message) => (message.type === "LOG" ? [message.log.message] : []));
		expect(logs).toContain("[source] Traceback (most recent call last):");
	});

	test("one line without an end is read in flat memory, and told", async () => {
		const at = store({ record_limit: 1_000_000 });
		const program = start(DESTINATION_DUCKDB, ["write", "--config", at.config]);
		const piece = Buffer.alloc(1_000_000, "x");
		program.stdin.write(catalog(EVENTS) + events(0, 3) + state("events", 3) + '{"type":"RECORD","record":{"stream":"');
		for (let i = 0; i < 150; i++) {
			if (!program.stdin.write(piece)) await new Promise((resolve) => program.stdin.once("drain", resolve));
		}
		program.stdin.end();
		const ended = await program.ended;
		expect(ended.code).toBe(20);
		expect(expectError(ended, "transient.incomplete").why).toContain("breaks off");
		expect(await value(at.path, "SELECT count(*) FROM events")).toBe(3);
	});
});

describe("a source whose catalog and messages do not fit", () => {
	test("a record before its catalog", async () => {
		const ended = await write([record("events", { n: 1 }), catalog(EVENTS), complete("events")]);
		expect(ended.code).toBe(30);
		expect(expectError(ended, "data.record_before_catalog").next).toContain("--catalog");
	});

	test("two catalogs that differ", async () => {
		const ended = await write([catalog(EVENTS), events(0, 3), state("events", 3), catalog(EVENTS, ORDERS)]);
		expect(ended.code).toBe(30);
		expectError(ended, "data.two_catalogs");
		expect(await value(ended.path, "SELECT count(*) FROM events")).toBe(3);
	});

	test("records of a stream that nobody knows are kept, the others arrive", async () => {
		const session = [catalog(EVENTS), events(0, 3), record("evnets", { n: 3 }), state("events", 3), complete("events")];
		const ended = await write(session);
		expect(ended.code).toBe(30);
		expect(expectError(ended, "data.unknown_stream").where).toContain("evnets");
		expect(await value(ended.path, "SELECT count(*) FROM events")).toBe(3);
		expect(await rows(ended.path, "SELECT stream, raw FROM _gn_dead_letters")).toEqual([
			{ stream: "evnets", raw: '{"n":3}' },
		]);
	});

	test("a state that goes backwards stops its stream; the earlier one stays, the others go on", async () => {
		const order = (id: number) => record("orders", { id, updated_at: id });
		const ended = await write([
			catalog(ORDERS, EVENTS),
			order(10),
			state("orders", { updated_at: 10 }),
			order(7),
			state("orders", { updated_at: 7 }),
			order(11),
			events(0, 4),
			state("events", 4),
			complete("orders"),
			complete("events"),
		]);
		expect(ended.code).toBe(30);
		expect(expectError(ended, "data.state_backwards")).toMatchObject({ where: expect.stringContaining("updated_at") });
		const states = await statesOf(ended.path);
		expect(states.map(({ stream }) => stream?.stream_state)).toEqual([{ updated_at: 10 }, 4]);
		expect(await value(ended.path, "SELECT count(*) FROM events")).toBe(4);
	});
});

describe("a source that sends more than may wait", () => {
	const SMALL = { spool_quota: 1_000_000 };
	const text = "x".repeat(900);

	test("without a STATE: an error that names the setting; nothing is lost when it is raised", async () => {
		const at = store(SMALL);
		const session = [catalog(EVENTS), events(0, 100, text), state("events", 100), events(100, 5_000, text)];
		const ended = await write(session, at);
		expect(ended.code).toBe(10);
		expect(expectError(ended, "config.spool_quota").next).toContain("spool_quota");
		expect(ended.seconds).toBeLessThan(30);
		expect(await whereEventsStand(at.path)).toEqual([100]);
		expect(await value(at.path, "SELECT count(*) FROM events")).toBe(100);
		const raised = writeFile(at.config, { path: at.path, customer_id: "acme" });
		const rest = [catalog(EVENTS), events(100, 5_000, text), state("events", 5_000), complete("events")];
		expect((await write(rest, { path: at.path, config: raised })).code).toBe(0);
		expect(await value(at.path, "SELECT count(DISTINCT n) FROM events")).toBe(5_000);
		expect(await value(at.path, "SELECT count(*) FROM events")).toBe(5_000);
	});

	test("with STATEs between: it waits while commits make room, and never needs more", async () => {
		const pages = Array.from({ length: 60 }, (_, page) => [
			events(page * 200, (page + 1) * 200, text),
			state("events", (page + 1) * 200),
		]);
		const ended = await write([catalog(EVENTS), ...pages.flat(), complete("events")], store(SMALL));
		expect(ended.code).toBe(0);
		expect(await value(ended.path, "SELECT count(DISTINCT n) FROM events")).toBe(12_000);
		expect(commitsIn(ended).length).toBeGreaterThan(10);
	});
});
