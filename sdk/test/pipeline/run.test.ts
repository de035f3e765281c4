import { describe, expect, test } from "vitest";
import { runCase, testFolder } from "./bench.ts";

const state = (cursor: string, stream = "orders", more = {}) => ({
	state: { cursor_field: "at", cursor },
	stream,
	...more,
});
const started = (stream = "orders") => ({ status: "STARTED", stream });
const complete = (stream = "orders") => ({ status: "COMPLETE", stream });
const GOOD = [
	started(),
	{ status: "RUNNING", stream: "orders" },
	{ records: 500, stream: "orders" },
	state("2026-07-01T00:00:00Z"),
	{ records: 20, stream: "orders" },
	state("2026-07-02T00:00:00Z", "orders", { id: 7 }),
	complete(),
];

describe("a run that goes well", () => {
	test("tells its start, its commits, its streams and its end, and the numbers balance", async () => {
		const { result, events, of, ledger } = await runCase({ source: { namespace: "shop", steps: GOOD } });
		expect(result).toMatchObject({ status: "done", exit_code: 0, read: 520, loaded: 520, rejected: 0, errors: [] });
		expect(result.committed_through).toBe("2026-07-02T00:00:00Z");
		expect(ledger().rows).toEqual({ "shop.orders": 520 });
		const phases = events.flatMap((one) => (one.event === "phase" ? one.phase : []));
		expect(phases).toEqual(["asking", "reading", "committing", "counting"]);
		expect(events.flatMap(({ event }) => (event === "phase" ? [] : event))).toEqual([
			"run_started",
			"stream_started",
			"committed",
			"committed",
			"committed",
			"stream_finished",
			"balance",
			"run_finished",
		]);
		expect(of("run_started")[0]).toMatchObject({
			streams: ["orders"],
			continues_at: null,
			previous_run_finished: true,
		});
		expect(of("committed").map(({ states }) => states)).toEqual([1, 1, 0]);
		expect(of("stream_finished")[0]).toMatchObject({
			stream: "orders",
			namespace: "shop",
			table: "shop__orders",
			status: "complete",
			read: 520,
			loaded: 520,
			cursor_to: "2026-07-02T00:00:00Z",
		});
	});

	test("what the destination gets is what the source wrote, byte for byte, and only what it may see", async () => {
		const strange =
			'{"type":"RECORD", "record":{"stream":"orders","data":{"n":1.10,"t":"\\u2028"},"emitted_at":1.5,"x":[]}}';
		const foreignState = { type: "LEGACY", data: { a: 1 } };
		const { ledger, of } = await runCase({
			source: {
				steps: [
					started(),
					{ text: `${strange}\r\n` },
					{ text: "plain words\n" },
					{ message: { type: "LOG", log: { level: "INFO", message: "hello" } } },
					{
						message: {
							type: "LOG",
							log: { level: "WARN", message: "bad row", reject: { stream: "orders", code: "row", reason: "no" } },
						},
					},
					{ message: { type: "TRACE", trace: { type: "ANALYTICS", emitted_at: 1, analytics: { type: "x" } } } },
					{ message: { type: "STATE", state: foreignState } },
					{ text: "{broken\n" },
					complete(),
				],
			},
			destination: { keepLines: true },
		});
		const { lines } = ledger();
		expect(lines[1]).toBe(strange);
		expect(lines.map((line) => line.slice(0, 14))).toEqual([
			'{"type":"TRACE',
			'{"type":"RECOR',
			'{"type":"LOG",',
			'{"type":"STATE',
			"{broken",
			'{"type":"TRACE',
		]);
		expect(of("log").map(({ message }) => message)).toEqual(["plain words", "hello"]);
	});

	test("a source without statuses is complete after exit 0, before the input of the destination ends", async () => {
		const { result, ledger } = await runCase({
			source: { streams: [{ name: "orders" }, { name: "refunds" }], steps: [{ records: 3, stream: "orders" }] },
			destination: { keepLines: true },
		});
		expect(result.exit_code).toBe(0);
		expect(
			ledger()
				.lines.slice(3)
				.map((line) => JSON.parse(line).trace.stream_status),
		).toEqual([
			{ stream_descriptor: { name: "orders" }, status: "COMPLETE" },
			{ stream_descriptor: { name: "refunds" }, status: "COMPLETE" },
		]);
	});

	test("a source that sends statuses for some streams has not completed the others", async () => {
		const { result, of } = await runCase({
			source: {
				streams: [{ name: "orders" }, { name: "refunds" }],
				steps: [started(), { records: 3, stream: "orders" }, state("2026-01-01"), complete()],
			},
		});
		expect(result).toMatchObject({ exit_code: 20, status: "failed" });
		expect(of("error").map(({ code }) => code)).toEqual(["transient.incomplete"]);
	});

	test("the last line needs no line end", async () => {
		const line = '{"type":"RECORD","record":{"stream":"orders","data":{"id":1},"emitted_at":1}}';
		const { result, ledger } = await runCase({ source: { steps: [{ text: line }] }, destination: { keepLines: true } });
		expect(result).toMatchObject({ exit_code: 0, read: 1, loaded: 1 });
		expect(ledger().lines[0]).toBe(line);
	});

	test("states of the ledger go to the source, and the second run says that nothing is new", async () => {
		const folder = testFolder();
		await runCase({ folder, source: { namespace: "shop", steps: GOOD } });
		const tell = `${folder}/told.json`;
		const second = await runCase({
			folder,
			source: { namespace: "shop", steps: [{ tell }, started(), state("2026-07-02T00:00:00Z"), complete()] },
		});
		expect(second.result).toMatchObject({ status: "nothing_new", exit_code: 0, loaded: 0 });
		expect(second.of("run_started")[0]).toMatchObject({ continues_at: "2026-07-02T00:00:00Z" });
		const told = JSON.parse(second.file("told.json"));
		expect(told.state).toMatchObject([
			{ type: "STREAM", stream: { stream_descriptor: { name: "orders", namespace: "shop" } }, id: 7 },
		]);
		expect(told.catalog.streams[0]).toMatchObject({
			sync_mode: "incremental",
			destination_sync_mode: "append_dedup",
			primary_key: [["id"]],
			generation_id: 0,
			minimum_generation_id: 0,
		});
		expect(second.file(".growthnav/acme/run.json")).toContain('"run": 2');
	});

	test("a connector gets its config in a private file, few variables, and no reference", async () => {
		const folder = testFolder();
		const tell = `${folder}/told.json`;
		await runCase({
			folder,
			env: { SHOP_TOKEN: "a-very-secret-token", SHOP_PORT: "8080", OTHER: "x", LC_ALL: "C" },
			source: {
				token: "env:SHOP_TOKEN",
				port: "env:SHOP_PORT",
				steps: [{ tell }, { stderr: 1, text: "a-very-secret-token" }],
			},
		});
		const { readFileSync, readdirSync } = await import("node:fs");
		const told = JSON.parse(readFileSync(tell, "utf8"));
		expect(told.config).toMatchObject({ token: "a-very-secret-token", port: 8080 });
		expect(Object.keys(told.env).sort()).toEqual(["HOME", "LC_ALL", "PATH", "PYTHONUNBUFFERED"]);
		expect(told.argv.join(" ")).not.toContain("secret");
		expect(told.cwd).toContain("gn-test-");
		expect(readdirSync(folder).filter((name) => name.startsWith("growthnav-"))).toEqual([]);
		expect(readFileSync(`${folder}/.growthnav/acme/1.log`, "utf8")).toMatch(/\[source\] \*\*\* 0\n/);
	});

	test("progress of every stream can be asked for at any time, and comes by itself", async () => {
		const { of } = await runCase({
			source: { steps: [started(), { records: 10, stream: "orders" }, { sleep: 300 }, ...GOOD.slice(3)] },
			options: { times: { progress: 50 } },
		});
		const first = of("progress").find(({ read }) => read > 0);
		expect(first).toMatchObject({ stream: "orders", read: 10, committed: 0, cursor: null });
	});

	test("overwrite and full refresh are said in the catalog, with a new generation", async () => {
		const folder = testFolder();
		await runCase({
			folder,
			source: { steps: [{ tell: `${folder}/told.json` }] },
			pipeline: { streams: { orders: { mode: "full_refresh", write: "overwrite" } } },
		});
		const { readFileSync } = await import("node:fs");
		const [stream] = JSON.parse(readFileSync(`${folder}/told.json`, "utf8")).catalog.streams;
		expect(stream).toMatchObject({ sync_mode: "full_refresh", destination_sync_mode: "overwrite" });
		expect(stream.generation_id).toBeGreaterThan(1_700_000_000_000);
		expect(stream.minimum_generation_id).toBe(stream.generation_id);
	});

	test("a slow destination slows the source: nothing queues up", async () => {
		const before = process.memoryUsage().arrayBuffers;
		let most = 0;
		const { result } = await runCase({
			source: { steps: [{ records: 3000, stream: "orders", size: 20_000 }] },
			destination: { slow: 20 },
			options: { times: { progress: 20 } },
			on: () => {
				most = Math.max(most, process.memoryUsage().arrayBuffers - before);
			},
		});
		expect(result).toMatchObject({ exit_code: 0, read: 3000 });
		expect(most).toBeLessThan(30_000_000);
	});
});

describe("settings that a connector renews", () => {
	test("are on disk before anything else goes on, and are used next time, until the file changes", async () => {
		const folder = testFolder();
		const tell = `${folder}/told.json`;
		const renewed = { token: "second-token", steps: [{ tell }] };
		const control = {
			type: "CONTROL",
			control: { type: "CONNECTOR_CONFIG", emitted_at: 1, connectorConfig: { config: renewed } },
		};
		const { readFileSync, statSync } = await import("node:fs");
		const env = { TOKEN: "first-token" };
		const first = [{ message: control }, { records: 1, stream: "orders" }, { die: "SIGKILL" }];
		await runCase({ folder, env, source: { token: "env:TOKEN", steps: first } });
		expect(statSync(`${folder}/.growthnav/acme/source.json`).mode & 0o777).toBe(0o600);
		await runCase({ folder, env, source: { token: "env:TOKEN", steps: [{ tell }] } });
		expect(JSON.parse(readFileSync(tell, "utf8")).config.token).toBe("second-token");
		await runCase({ folder, env: { TOKEN: "third-token" }, source: { token: "env:TOKEN", steps: [{ tell }] } });
		expect(JSON.parse(readFileSync(tell, "utf8")).config.token).toBe("third-token");
	});
});
