/**
 * Every line is counted, once: acceptance check 15. 100,000 lines of a source gone wild with records of 40 and 101 MB; or
 * of each kind as well, but fewer and shorter.
 */
import { describe, expect, test } from "vitest";
import { FUZZ_CATALOG, type Fuzzed, fuzzed, longRecord } from "../../../test/fuzz.ts";
import { expectBalance } from "../../../test/store.ts";
import { dumpRows } from "../../duckdb/test/dump.ts";
import { FULL, fakeBigQuery, rows, state, status, type Written, write } from "./support.ts";

describe("15: counts", () => {
	const LINES = FULL ? 100_000 : 5_000;
	const LIMIT = FULL ? 100_000_000 : 2_000_000;
	const LONG = [FULL ? 40_000_000 : 1_200_000, LIMIT + 1_000_000];
	const STREAMS = ["orders", "events", "quiet"];

	async function* session(see: (one: Fuzzed) => void): AsyncGenerator<Buffer> {
		const line = (message: object) => Buffer.from(`${JSON.stringify(message)}\n`);
		yield Buffer.from(FUZZ_CATALOG);
		for (const one of fuzzed(LINES, 15)) {
			see(one);
			yield Buffer.from(one.line);
		}
		for (const bytes of LONG) {
			see({ line: "", stream: "orders", ...(bytes > LIMIT && { code: "record_too_long" }) });
			for (const piece of longRecord("orders", bytes)) yield Buffer.from(piece);
		}
		for (const name of STREAMS) for (const message of [state(name, 1), status(name)]) yield line(message);
	}

	/** By stream, and of the refused ones by reason. */
	interface Sums {
		[stream: string]: { read: number; rejected: number };
	}

	test("every line is loaded, superseded or a dead letter, per stream; a second time the same letters", {
		timeout: 600_000,
	}, async () => {
		const fake = await fakeBigQuery({ bytes: false });
		const run = async () => {
			const wanted: Sums = Object.fromEntries(STREAMS.map((name) => [name, { read: 0, rejected: 0 }]));
			const see = ({ stream, code, nothing }: Fuzzed) => {
				if (nothing) return;
				wanted[stream] ??= { read: 0, rejected: 0 };
				const sums = wanted[stream];
				sums.read++;
				if (code !== undefined) sums.rejected++;
			};
			const settings = { record_limit: LIMIT, epoch_bytes: FULL ? 20_000_000 : 400_000 };
			const result = await write(fake.settings, [], { settings, input: session(see) });
			// of streams that nobody knows
			expect(result.errors.map(({ code }) => code)).toEqual(["data.unknown_stream"]);
			expectBalance(result.commits);
			return { found: sumsOf(result.commits), wanted, commits: result.commits.length };
		};
		const first = await run();
		expect(first.commits).toBeGreaterThan(2);
		expect(first.found).toEqual(first.wanted);
		const letters = async () =>
			dumpRows(await rows(fake.settings, "SELECT * FROM _gn_dead_letters WHERE kind <> 'conversion'"));
		const kept = await letters();
		expect(kept.length).toBeGreaterThan(LINES / 10);
		const count = "SELECT (SELECT COUNT(*) FROM orders) AS orders, (SELECT COUNT(*) FROM events) AS events";
		const [there] = await rows(fake.settings, count);
		expect(there!.events).toBe(first.found.events!.read - first.found.events!.rejected);
		const second = await run();
		expect(second.found).toEqual(second.wanted);
		expect(await letters()).toEqual(kept);
		// `events` has no key
		expect(await rows(fake.settings, count)).toEqual([{ orders: there!.orders, events: Number(there!.events) * 2 }]);
	});

	function sumsOf(commits: Written["commits"]): Sums {
		const sums: Sums = {};
		for (const { stream, read, rejected } of commits.flatMap(({ streams }) => streams)) {
			sums[stream] ??= { read: 0, rejected: 0 };
			sums[stream].read += read;
			sums[stream].rejected += rejected;
		}
		return sums;
	}
});
