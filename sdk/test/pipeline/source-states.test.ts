import type { ConfiguredStream, StatePayload } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import { sourceStates } from "../../src/pipeline/run/source-states.ts";
import { runCase, testFolder } from "./bench.ts";

const configured = (name: string, sync_mode: "full_refresh" | "incremental", more: object = {}): ConfiguredStream =>
	({
		stream: { name, json_schema: {}, supported_sync_modes: ["full_refresh", "incremental"], ...more },
		sync_mode,
		destination_sync_mode: "append",
	}) as ConfiguredStream;
const state = (name: string, stream_state: object, more: object = {}): StatePayload =>
	({ type: "STREAM", stream: { stream_descriptor: { name, ...more }, stream_state } }) as StatePayload;

describe("the states that a source gets", () => {
	const users = state("users", { updated_at: "2026-01-01", loop_offset: 50 });

	test("of a stream that is read whole: none", () => {
		expect(sourceStates([users], [configured("users", "incremental")])).toEqual([users]);
		expect(sourceStates([users], [configured("users", "full_refresh", { is_resumable: true })])).toEqual([]);
	});

	test("of a refresh of ours that was interrupted: its state; of another generation's kind none", () => {
		const interrupted = state("users", { generation_id: 7, resume: { row: 3 } });
		expect(sourceStates([interrupted], [configured("users", "full_refresh", { is_resumable: true })])).toEqual([
			interrupted,
		]);
		expect(sourceStates([interrupted], [configured("users", "full_refresh")])).toEqual([]);
	});

	test("namespaces keep streams of one name apart", () => {
		const states = [users, state("users", { n: 1 }, { namespace: "eu" })];
		expect(sourceStates(states, [configured("users", "full_refresh", { namespace: "eu" })])).toEqual([users]);
	});

	test("of a GLOBAL state the streams that go on, with all that is shared; of a LEGACY one all", () => {
		const entry = (name: string) => ({ stream_descriptor: { name }, stream_state: { n: 1 } });
		const global = { shared_state: { lsn: 5 }, stream_states: [entry("users"), entry("orders")] };
		const legacy: StatePayload = { type: "LEGACY", data: { users: {} } };
		const streams = [configured("users", "full_refresh"), configured("orders", "incremental")];
		expect(sourceStates([{ type: "GLOBAL", global }, legacy], streams)).toEqual([
			{ type: "GLOBAL", global: { shared_state: { lsn: 5 }, stream_states: [entry("orders")] } },
			legacy,
		]);
	});
});

test("a source that takes its state for where it stands is read whole again, where it is to be read whole", async () => {
	const folder = testFolder();
	const source = { streams: [{ name: "users" }], steps: [{ count: 6, stream: "users", every: 2 }] };
	const whole = { streams: { users: { mode: "full_refresh" as const, write: "append" as const } } };
	const first = await runCase({ folder, source, pipeline: whole });
	const again = await runCase({ folder, source, pipeline: whole });
	expect([first.result.read, again.result.read]).toEqual([6, 6]);
	const further = await runCase({ folder, source, pipeline: { streams: { users: { mode: "incremental" as const } } } });
	expect(further.result.read).toBe(0);
});
