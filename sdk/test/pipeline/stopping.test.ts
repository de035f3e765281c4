import { describe, expect, test } from "vitest";
import { runCase } from "./bench.ts";

const started = { status: "STARTED", stream: "orders" };
const state = (cursor: string) => ({ state: { cursor_field: "at", cursor }, stream: "orders" });

describe("Ctrl-C", () => {
	test("once: the source is asked to stop, what has a state is committed, the code is 130", async () => {
		const { result, of } = await runCase({
			source: {
				steps: [
					{ stoppable: [state("2026-07-02")] },
					started,
					{ records: 100, stream: "orders" },
					state("2026-07-01"),
					{ records: 40, stream: "orders" },
					{ hang: true },
				],
			},
			on: (event, run) => event.event === "committed" && setTimeout(() => run.stop("SIGINT"), 100),
		});
		expect(result).toMatchObject({ status: "stopped", exit_code: 130, loaded: 140, errors: [] });
		expect(result).toMatchObject({ committed_through: "2026-07-02", next: "growthnav run acme.yaml" });
		expect(of("error")).toEqual([]);
		expect(of("stream_finished")[0]).toMatchObject({ status: "incomplete", read: 140 });
	});

	test("once, and the source goes on: it is ended after the grace", async () => {
		const { result } = await runCase({
			source: {
				steps: [
					{ ignore: true },
					started,
					{ records: 100, stream: "orders" },
					state("2026-07-01"),
					{ records: 7, stream: "orders" },
					{ hang: true },
				],
			},
			options: { times: { stopGrace: 300 } },
			on: (event, run) => event.event === "committed" && setTimeout(() => run.stop("SIGTERM"), 50),
		});
		expect(result).toMatchObject({ status: "stopped", exit_code: 143, read: 107, loaded: 100, errors: [] });
	});

	test("twice: the source is ended at once, the destination still ends in order", async () => {
		const before = performance.now();
		const { result } = await runCase({
			source: {
				steps: [{ ignore: true }, started, { records: 100, stream: "orders" }, state("2026-07-01"), { hang: true }],
			},
			destination: { slowEnd: 300 },
			on(event, run) {
				if (event.event !== "committed") return;
				setTimeout(() => run.stop("SIGINT"), 50);
				setTimeout(() => run.stop("SIGINT"), 100);
			},
		});
		expect(result).toMatchObject({ status: "stopped", exit_code: 130, loaded: 100 });
		expect(performance.now() - before).toBeLessThan(8_000);
	});

	test("before anything moved: nothing is started any more", async () => {
		const { result, events } = await runCase({
			source: { discover: [{ hang: true }] },
			stopAfter: 200,
		});
		expect(result).toMatchObject({ status: "stopped", exit_code: 130, read: 0 });
		expect(events.at(-1)).toMatchObject({ event: "run_finished" });
	});

	test("the time limit is a clean stop with code 20", async () => {
		const { result, of } = await runCase({
			source: { steps: [started, { records: 100, stream: "orders" }, state("2026-07-01"), { hang: true }] },
			pipeline: { limits: { minutes: 0.012 } },
		});
		expect(result).toMatchObject({ status: "stopped", exit_code: 20, loaded: 100 });
		expect(of("error")).toMatchObject([
			{ code: "transient.time_limit", message: "The run reached its limit of 0.012 minutes" },
		]);
	});
});
