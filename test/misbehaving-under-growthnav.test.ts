/** The same kinds of sources started by growthnav, into a real store: what people see, and what is kept. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { APPEND, catalog, complete as completeOf, record, state as stateOf, stream } from "./lines.ts";
import { DESTINATION_DUCKDB, type Ended, eventsIn, folder, GROWTHNAV, run, start, writeFile } from "./processes.ts";
import { commitsOf, expectBalance, expectTidy, statesOf, value } from "./store.ts";

/** Does what its settings say, step by step. */
const SCRIPTED = fileURLToPath(new URL("../sdk/test/pipeline/programs/source.mjs", import.meta.url));

const started = { status: "STARTED", stream: "orders" };
const state = (cursor: string) => ({ state: { cursor_field: "at", cursor }, stream: "orders" });
const complete = { status: "COMPLETE", stream: "orders" };
const five = { records: 5, stream: "orders" };

function pipeline(steps: object[], more: object = {}): string {
	const at = folder();
	writeFile(join(at, "acme.yaml"), {
		customer: "acme",
		source: { command: [process.execPath, SCRIPTED], config: { namespace: "shop", steps } },
		destination: { connector: "duckdb", config: { path: "acme.duckdb" } },
		...more,
	});
	return at;
}

interface Case {
	name: string;
	steps: object[];
	more?: object;
	code: number;
	errors: string[];
	/** Rows in the store. */
	rows: number;
}

const CASES: Case[] = [
	{
		name: "ends without COMPLETE of a stream that it started",
		steps: [started, five, state("1"), five],
		code: 20,
		errors: ["transient.incomplete"],
		rows: 5,
	},
	{
		name: "dies in the middle of a line",
		steps: [started, five, state("1"), five, { text: '{"type":"RECORD","rec' }, { sleep: 50 }, { die: "SIGKILL" }],
		code: 20,
		errors: ["transient.source_died"],
		rows: 5,
	},
	{
		name: "hangs, and the run has a limit",
		steps: [started, five, state("1"), five, { hang: true }],
		more: { limits: { minutes: 0.15 } },
		code: 20,
		errors: ["transient.time_limit"],
		rows: 5,
	},
	{
		name: "writes garbage between its messages",
		steps: [started, { text: "Traceback\n\u0000\u001b]0;title\u0007\n{broken\n" }, five, state("1"), complete],
		code: 0,
		errors: [],
		rows: 5,
	},
	{
		name: "sends a stream that nobody knows",
		steps: [started, five, { records: 3, stream: "ghosts" }, state("1"), complete],
		code: 30,
		errors: ["data.unknown_stream"],
		rows: 5,
	},
	{
		name: "sends nothing",
		steps: [started, state("1"), complete],
		code: 0,
		errors: [],
		rows: 0,
	},
];

function runIn(at: string, ...more: string[]): Promise<Ended> {
	return run(GROWTHNAV, ["run", "acme.yaml", ...more], { cwd: at, deadline: 60 });
}

test.concurrent.for(CASES)("a source that $name", async ({ name, steps, more, code, errors, rows }) => {
	const at = pipeline(steps, more);
	const ended = await runIn(at, "--json");
	const told = eventsIn(ended, "error");
	expect([ended.code, told.map((error) => error.code), ended.err]).toEqual([code, errors, ""]);
	for (const { message, where, why, next } of told) {
		for (const part of [message, where, why, next]) expect(part).toMatch(/^\S[^\n]*$/);
	}
	expect(eventsIn(ended, "run_finished")).toMatchObject([{ exit_code: code, loaded: rows }]);
	const path = join(at, "acme.duckdb");
	expect(await value(path, "SELECT count(*) FROM shop__orders")).toBe(rows);
	expect((await statesOf(path, "acme")).map(({ stream }) => stream?.stream_state)).toEqual([
		{ cursor_field: "at", cursor: "1" },
	]);
	expectBalance(await commitsOf(path));
	expectTidy(path);
	if (name !== CASES[1]!.name && name !== CASES[3]!.name) return;
	// a person's screen ends with the same verdict
	const people = await runIn(pipeline(steps, more), "--plain");
	expect(people.code).toBe(code);
	expect(people.out + people.err).not.toMatch(/\u001b|\u0007|\n\s+at /);
	for (const error of errors) expect(people.out + people.err).toContain(error);
});

test("Ctrl-C: the source is asked to stop, what has a state is committed", async () => {
	const at = pipeline([{ stoppable: [state("2")] }, started, five, state("1"), five, { hang: true }]);
	const program = start(GROWTHNAV, ["run", "acme.yaml", "--json"], { cwd: at, deadline: 60 });
	await program.said('"event":"committed"');
	program.kill("SIGINT");
	const ended = await program.ended;
	expect(ended.code).toBe(130);
	expect(eventsIn(ended, "run_finished")).toMatchObject([{ status: "stopped", exit_code: 130 }]);
	const path = join(at, "acme.duckdb");
	expect(await value(path, "SELECT count(*) FROM shop__orders")).toBe(10);
	expect((await statesOf(path, "acme"))[0]!.stream!.stream_state).toMatchObject({ cursor: "2" });
	expectTidy(path);
});

test("a store that another program holds: told with its number; --wait waits until it is free", async () => {
	const at = pipeline([started, five, state("1"), complete]);
	const path = join(at, "acme.duckdb");
	const config = writeFile(join(at, "holder.json"), { path, customer_id: "acme" });
	const holder = start(DESTINATION_DUCKDB, ["write", "--config", config]);
	holder.stdin.write(catalog(stream("held", {}, APPEND)) + record("held", { n: 1 }) + stateOf("held", 1));
	await holder.said('"type":"STATE"');
	const refused = await runIn(at, "--json");
	expect(refused.code).toBe(20);
	expect(eventsIn(refused, "error")).toMatchObject([
		{
			code: "transient.database_locked",
			why: expect.stringContaining(`process ${holder.pid} `),
			next: expect.any(String),
		},
	]);
	const waiting = start(GROWTHNAV, ["run", "acme.yaml", "--json", "--wait", "60s"], { cwd: at });
	await waiting.said('"reason":"locked"');
	setTimeout(() => holder.stdin.end(completeOf("held")), 1_500);
	expect([(await waiting.ended).code, (await holder.ended).code]).toEqual([0, 0]);
	expect(await value(path, "SELECT count(*) FROM shop__orders")).toBe(5);
	expect(await value(path, "SELECT count(*) FROM held")).toBe(1);
});
