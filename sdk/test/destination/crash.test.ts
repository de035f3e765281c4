import fc from "fast-check";
import { expect, it } from "vitest";
import { CRASH_POINTS } from "../../src/destination/crash.ts";
import { catalog, dump, type Line, type Memory, memory, record, state, status, stream } from "./memory-run.ts";

const TEXT = { type: ["null", "string"] };

/** One stream of every kind of writing. */
const STREAMS = ["keyed", "appended", "replaced", "listed"];
const CATALOG = catalog(
	stream(
		"keyed",
		{ id: TEXT, at: TEXT, value: TEXT },
		{
			conversions: [
				{
					type: "purchase",
					columns: { timestamp: { const: "2026-07-03T10:00:00Z" }, value: "value", currency: { const: "USD" } },
				},
			],
			conversion_origin: { source: { const: "pos" }, source_system: { const: "s" }, source_account: { const: "a" } },
		},
	),
	stream("appended", { id: TEXT, value: TEXT }, { primary_key: [], destination_sync_mode: "append" }),
	stream(
		"replaced",
		{ id: TEXT, value: TEXT },
		{ sync_mode: "full_refresh", destination_sync_mode: "overwrite", generation_id: 7, minimum_generation_id: 7 },
	),
	stream(
		"listed",
		{ id: TEXT, value: TEXT },
		{
			primary_key: [],
			sync_mode: "full_refresh",
			destination_sync_mode: "overwrite",
			generation_id: 7,
			minimum_generation_id: 7,
		},
	),
);

/** What a source sends from the start: records, and states that say how far it came. */
type Step = { stream: string; row: { id: string; value: string } | undefined };

const script = fc.array(
	fc.record({
		stream: fc.constantFrom(...STREAMS),
		row: fc.option(fc.record({ id: fc.constantFrom("a", "b", "c"), value: fc.constantFrom("1", "2", "x") }), {
			nil: undefined,
			freq: 4,
		}),
	}),
	{ minLength: 1, maxLength: 25 },
);

/** A source that goes on from the states of the ledger, stream by stream. */
function source(steps: readonly Step[], from: ReadonlyMap<string, number>): Line[] {
	const lines = steps.flatMap(({ stream: name, row }, at): Line[] => {
		if (at <= (from.get(name) ?? -1)) return [];
		return [row === undefined ? state(name, { at }) : record(name, row, 1_780_000_000_000 + at)];
	});
	// a source ends each stream with a state, and sends it again when it has nothing more
	return [CATALOG, ...lines, ...STREAMS.flatMap((name) => [state(name, { at: steps.length }), status(name)])];
}

async function positions(run: Memory): Promise<Map<string, number>> {
	const states = (await run.states()) as unknown as {
		stream: { stream_descriptor: { name: string }; stream_state: { at: number } };
	}[];
	return new Map(
		states.map(({ stream: { stream_descriptor, stream_state } }) => [stream_descriptor.name, stream_state.at]),
	);
}

/** A run that dies at the n-th time of a point: from then on neither store nor pipe hears of it. */
async function killed(run: Memory, lines: Line[], point: string, times: number): Promise<boolean> {
	let left = times;
	let dead = false;
	const stop = () => {
		if (dead) throw new Error("dead");
	};
	await run
		.write(lines, {
			settings: { epoch_bytes: 1 },
			crash(passed) {
				stop();
				if (passed !== point || --left > 0) return;
				dead = true;
				stop();
			},
			onSend: stop,
		})
		.catch(() => {});
	return dead;
}

it("killed anywhere and run again from the ledger, the tables are those of an undisturbed run", async () => {
	await fc.assert(
		fc.asyncProperty(
			script,
			fc.array(fc.record({ point: fc.constantFrom(...CRASH_POINTS), times: fc.integer({ min: 1, max: 6 }) }), {
				minLength: 1,
				maxLength: 4,
			}),
			async (steps, kills) => {
				const undisturbed = memory();
				await undisturbed.write(source(steps, new Map()));
				const disturbed = memory();
				for (const { point, times } of kills) {
					await killed(disturbed, source(steps, await positions(disturbed)), point, times);
				}
				await disturbed.write(source(steps, await positions(disturbed)));
				expect(dump(disturbed)).toEqual(dump(undisturbed));
			},
		),
		{ numRuns: Number(process.env.GN_RUNS ?? 60) },
	);
});
