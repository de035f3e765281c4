import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runCase, testFolder } from "./bench.ts";

const started = { status: "STARTED", stream: "orders" };
const state = (cursor: string) => ({ state: { cursor_field: "at", cursor }, stream: "orders" });
const complete = { status: "COMPLETE", stream: "orders" };

test("a quota that ends many streams is one error, with the first of them", async () => {
	const quota = (stream: string) => ({
		type: "TRACE",
		trace: {
			type: "ERROR",
			emitted_at: 1,
			error: {
				message: "The quota of Acme is used up",
				failure_type: "transient_error",
				code: "transient.quota",
				where: `GET /${stream}, stream ${stream}`,
				next: "run again after 2026-07-02T00:00:00Z; what is committed stays",
				retry_after: 3600,
				stream_descriptor: { name: stream },
			},
		},
	});
	const names = ["orders", "refunds", "visits"];
	const steps = names.flatMap((stream) => [
		{ status: "STARTED", stream },
		{ status: "INCOMPLETE", stream },
		{ text: `${JSON.stringify(quota(stream))}\n` },
	]);
	const { result, of } = await runCase({
		source: { streams: names.map((name) => ({ name })), steps: [...steps, { exit: 20 }] },
	});
	expect(result).toMatchObject({ status: "failed", exit_code: 20 });
	expect(of("error")).toMatchObject([{ code: "transient.quota", where: expect.stringContaining("GET /orders") }]);
	expect(of("stream_finished").map(({ status }) => status)).toEqual(["incomplete", "incomplete", "incomplete"]);
});

describe("a source that dies", () => {
	test("by SIGKILL: what has a state is committed, the rest is read again, and the run says so", async () => {
		const { result, of, ledger } = await runCase({
			source: {
				steps: [
					started,
					{ records: 800, stream: "orders" },
					state("2026-07-01"),
					{ records: 138, stream: "orders" },
					{ sleep: 100 },
					{ die: "SIGKILL" },
				],
			},
		});
		expect(result).toMatchObject({ status: "failed", exit_code: 20, read: 938, loaded: 800 });
		expect(of("error")).toEqual([
			{
				event: "error",
				code: "transient.source_died",
				kind: "transient",
				exit_code: 20,
				message: "source was killed (SIGKILL), reading orders",
				where: "acme.yaml, run 1, after orders row 938",
				why: "killed from outside; often the memory limit of a container",
				next: "growthnav run acme.yaml continues there; logs: .growthnav/acme/1.log",
				kept_rows: 800,
				again_rows: 138,
			},
		]);
		expect(of("stream_finished")[0]).toMatchObject({
			status: "incomplete",
			read: 938,
			loaded: 800,
			cursor_to: "2026-07-01",
		});
		expect(ledger().rows).toEqual({ ".orders": 800 });
	});

	test("in the middle of a line: the torn line is not passed on", async () => {
		const { ledger, result } = await runCase({
			source: {
				steps: [
					started,
					{ records: 2, stream: "orders" },
					state("2026-07-01"),
					{ text: '{"type":"RECORD","record":{"stre' },
					{ sleep: 50 },
					{ die: "SIGKILL" },
				],
			},
			destination: { keepLines: true },
		});
		expect(result.exit_code).toBe(20);
		expect(ledger().lines).toHaveLength(4);
	});

	test("with its own error: that one is told, once, and the destination's echo of it is not", async () => {
		const error = {
			message: "Square limits the rate",
			failure_type: "transient_error",
			code: "transient.rate_limited",
			why: "429",
		};
		const trace = { message: { type: "TRACE", trace: { type: "ERROR", emitted_at: 1, error } } };
		const { result, of } = await runCase({ source: { steps: [started, trace, trace, { exit: 1 }] } });
		expect(result.exit_code).toBe(20);
		expect(of("error")).toMatchObject([
			{ code: "transient.rate_limited", message: "Square limits the rate", why: "429" },
		]);
	});

	test("with an exit code alone: its last words are the reason", async () => {
		const { result, of } = await runCase({
			source: { steps: [started, { stderr: 3, text: "\u001b[31mTraceback" }, { exit: 1 }] },
		});
		expect(result.exit_code).toBe(70);
		expect(of("error")).toMatchObject([
			{
				code: "internal.source_died",
				message: "source ended with 1, reading orders",
				why: 'its last line: "\\x1b[31mTraceback 2" (2 more in the log)',
			},
		]);
	});

	test("before its catalog: the run ends with its reason and starts nothing", async () => {
		const error = { message: "Bad key", failure_type: "config_error", code: "config.credentials" };
		const { result, of, events } = await runCase({
			source: {
				discover: [{ message: { type: "TRACE", trace: { type: "ERROR", emitted_at: 1, error } } }, { exit: 1 }],
			},
		});
		expect(result.exit_code).toBe(10);
		expect(of("error")).toMatchObject([{ code: "config.credentials" }]);
		expect(events.at(-1)).toMatchObject({ event: "run_finished", status: "failed" });
	});
});

describe("a source that neither goes on nor ends", () => {
	test("that hangs is ended after its silence, though it ignores SIGTERM", async () => {
		const { result, of } = await runCase({
			source: {
				steps: [started, { records: 5, stream: "orders" }, state("2026-07-01"), { ignore: true }, { hang: true }],
			},
			options: { times: { sourceSilence: 300 } },
		});
		expect(result).toMatchObject({ exit_code: 20, loaded: 5 });
		expect(of("error").map(({ code }) => code)).toEqual(["transient.source_silent"]);
	});

	test("that only logs is silent too", async () => {
		const log = { message: { type: "LOG", log: { level: "DEBUG", message: "still here" } } };
		const { of } = await runCase({
			source: {
				steps: [
					started,
					...Array(40)
						.fill([log, { sleep: 25 }])
						.flat(),
					complete,
				],
			},
			options: { times: { sourceSilence: 300 } },
		});
		expect(of("error").map(({ code }) => code)).toEqual(["transient.source_silent"]);
	});

	test("that says that it waits is not silent", async () => {
		const waiting = { reason: "rate_limited", wait_s: 1, try: 2, of: 8 };
		const log = { message: { type: "LOG", log: { level: "INFO", message: "waits", waiting } } };
		const { result, of } = await runCase({
			source: {
				steps: [
					started,
					...Array(16)
						.fill([log, { sleep: 50 }])
						.flat(),
					state("2026-07-01"),
					complete,
				],
			},
			options: { times: { sourceSilence: 400 } },
		});
		expect(result.exit_code).toBe(0);
		expect(of("waiting")[0]).toEqual({
			event: "waiting",
			stream: null,
			reason: "rate_limited",
			wait_s: 1,
			try: 2,
			of: 8,
			request: null,
		});
	});

	test("that closes its output and stays is ended", async () => {
		const { result, of } = await runCase({
			source: {
				steps: [
					started,
					{ records: 5, stream: "orders" },
					state("2026-07-01"),
					complete,
					{ close: true },
					{ hang: true },
				],
			},
			options: { times: { sourceEnd: 200 } },
		});
		expect(of("error").map(({ code }) => code)).toEqual(["internal.source_hangs"]);
		expect(result.loaded).toBe(5);
	});

	test("that leaves a process behind which holds its output cannot hold up the run", async () => {
		const before = performance.now();
		const { result } = await runCase({
			source: { steps: [{ records: 5, stream: "orders" }, { fork: 60_000 }, { exit: 0 }] },
		});
		expect(result).toMatchObject({ exit_code: 0, loaded: 5 });
		expect(performance.now() - before).toBeLessThan(20_000);
	});

	test("that floods stderr is heard in part, and its records come through", async () => {
		const { result, file } = await runCase({
			source: { steps: [{ stderr: 50_000 }, { records: 5, stream: "orders" }] },
		});
		expect(result).toMatchObject({ exit_code: 0, loaded: 5 });
		const log = file(".growthnav/acme/1.log");
		expect(log).toMatch(/lines left out: more than 200 a second/);
		expect(log.length).toBeLessThan(1_000_000);
	});
});

describe("a destination that fails", () => {
	test("by dying: its last words are the reason, the source is stopped, what was committed stays", async () => {
		const { result, of } = await runCase({
			source: {
				steps: [
					started,
					{ records: 500, stream: "orders" },
					state("2026-07-01"),
					{ records: 100_000, stream: "orders" },
				],
			},
			destination: { dieAfter: 900, die: 70, lastWords: ["one", "two", 'Invalid Input Error: "x"'] },
		});
		expect(result).toMatchObject({ status: "failed", exit_code: 70, loaded: 500 });
		expect(of("error")).toMatchObject([
			{
				code: "internal.destination_died",
				message: "destination ended with 70 in epoch 2",
				where: "acme.yaml, run 1, table orders; the source was stopped",
				why: 'its last line: "Invalid Input Error: "x"" (2 more in the log)',
				next: "growthnav run acme.yaml; if it fails again, report it with .growthnav/acme/1.log, which holds no secret",
				kept_rows: 500,
			},
		]);
	});

	test("with its own error: that is the reason, not what the stopped source says", async () => {
		const trace = {
			message: "acme.duckdb is open in another program",
			failure_type: "transient_error",
			code: "transient.database_locked",
		};
		const { result, of } = await runCase({
			source: { steps: [started, { records: 100_000, stream: "orders" }, { hang: true }] },
			destination: { dieAfter: 1, die: 20, trace },
		});
		expect(result.exit_code).toBe(20);
		expect(of("error").map(({ code }) => code)).toEqual(["transient.database_locked"]);
	});

	test("while the source is silent: the run does not wait for the source", async () => {
		const before = performance.now();
		const { of } = await runCase({
			source: { steps: [started, { records: 10, stream: "orders" }, { hang: true }] },
			destination: { dieAfter: 5 },
		});
		expect(of("error").map(({ code }) => code)).toEqual(["transient.destination_died"]);
		expect(performance.now() - before).toBeLessThan(10_000);
	});

	test("that takes nothing more is ended after its silence", async () => {
		const { of } = await runCase({
			source: { steps: [started, { records: 100_000, stream: "orders" }] },
			destination: { stuckAfter: 3 },
			options: { times: { destinationSilence: 400, destinationEnd: 400 } },
		});
		expect(of("error").map(({ code }) => code)).toEqual(["transient.destination_silent"]);
	});

	test("that does not end after the end of its input is ended", async () => {
		const { of } = await runCase({
			source: { steps: [{ records: 10, stream: "orders" }] },
			destination: { silent: true },
			options: { times: { destinationEnd: 300 } },
		});
		expect(of("error")).toMatchObject([
			{ code: "transient.destination_silent", message: "destination did not end for 0.3 s" },
		]);
	});
});

describe("a destination without a ledger", () => {
	const steps = [
		started,
		{ records: 10, stream: "orders" },
		state("2026-07-01"),
		{ records: 5, stream: "orders" },
		state("2026-07-02"),
		complete,
	];

	test("its states are kept beside the pipeline file, and used next time", async () => {
		const folder = testFolder();
		const first = await runCase({ folder, foreign: true, source: { steps } });
		expect(first.result).toMatchObject({ exit_code: 0, read: 15, loaded: 15 });
		expect(first.of("committed").map(({ streams }) => streams[0]?.loaded)).toEqual([10, 5]);
		expect(JSON.parse(first.file(".growthnav/acme/state.json"))).toMatchObject([
			{ stream: { stream_state: { cursor: "2026-07-02" } } },
		]);
		expect(statSync(`${folder}/.growthnav/acme/state.json`).mode & 0o777).toBe(0o600);
		const tell = `${folder}/told.json`;
		await runCase({ folder, foreign: true, source: { steps: [{ tell }, started, state("2026-07-02"), complete] } });
		expect(JSON.parse(readFileSync(tell, "utf8")).state).toMatchObject([
			{ stream: { stream_state: { cursor: "2026-07-02" } } },
		]);
	});

	test("it gets records, states and statuses only", async () => {
		const reject = {
			message: {
				type: "LOG",
				log: { level: "WARN", message: "x", reject: { stream: "orders", code: "row", reason: "no" } },
			},
		};
		const { ledger, of } = await runCase({
			foreign: true,
			source: {
				steps: [
					started,
					reject,
					{ records: 1, stream: "strange" },
					{ text: "{broken\n" },
					{ records: 1, stream: "orders" },
					state("2026-07-01"),
					complete,
				],
			},
			destination: { keepLines: true },
		});
		expect(ledger().lines.map((line) => JSON.parse(line).type)).toEqual(["TRACE", "RECORD", "STATE", "TRACE"]);
		expect(of("reject")).toMatchObject([{ stream: "orders", code: "row", message: "no" }]);
		expect(of("error").map(({ code }) => code)).toEqual(["data.unknown_stream"]);
	});

	test("one that confirms nothing has not done its work", async () => {
		const { result, of } = await runCase({ foreign: true, source: { steps }, destination: { neverAck: true } });
		expect(of("error").map(({ code }) => code)).toEqual(["internal.not_confirmed"]);
		expect(result).toMatchObject({ exit_code: 70, loaded: 0 });
	});
});

describe("the run before", () => {
	test("that did not end is told, with its last commit", async () => {
		const folder = testFolder();
		const good = { steps: [started, { records: 10, stream: "orders" }, state("2026-07-01"), complete] };
		await runCase({ folder, source: good });
		const file = `${folder}/.growthnav/acme/run.json`;
		const { finished_at: _end, ...record } = JSON.parse(readFileSync(file, "utf8"));
		writeFileSync(file, JSON.stringify({ ...record, pid: 999_999_999 }));
		const { of } = await runCase({ folder, source: good });
		expect(of("run_started")[0]).toMatchObject({
			previous_run_finished: false,
			previous_committed_rows: 10,
			previous_committed_at: record.committed_at,
		});
	});

	test("that is still under way is not disturbed", async () => {
		const folder = testFolder();
		const good = { steps: [started, { records: 10, stream: "orders" }, state("2026-07-01"), complete] };
		await runCase({ folder, source: good });
		const file = `${folder}/.growthnav/acme/run.json`;
		const { finished_at: _end, ...record } = JSON.parse(readFileSync(file, "utf8"));
		writeFileSync(file, JSON.stringify({ ...record, pid: process.ppid, alive_at: new Date().toISOString() }));
		await expect(runCase({ folder, source: good })).rejects.toMatchObject({ code: "transient.already_running" });
	});

	test("logs of twenty runs are kept", async () => {
		const folder = testFolder();
		await runCase({ folder, source: { steps: [] } });
		const file = `${folder}/.growthnav/acme/run.json`;
		const record = JSON.parse(readFileSync(file, "utf8"));
		writeFileSync(file, JSON.stringify({ ...record, run: 20 }));
		await runCase({ folder, source: { steps: [] } });
		expect(() => statSync(`${folder}/.growthnav/acme/1.log`)).toThrow();
		expect(statSync(`${folder}/.growthnav/acme/21.log`).mode & 0o777).toBe(0o600);
	});
});
