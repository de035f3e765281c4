/** Meltano's own tests of taps, on our sources. Its kit takes Python classes: ours run the program and hand over its words. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import { FULL, folder, run, writeFile } from "../processes.ts";
import { DEMOS, startDemos } from "./demos.ts";
import { findPeer } from "./find.ts";

const peer = findPeer("singer-sdk");
const title = "missing" in peer ? `singer-sdk's tests of taps: skipped, ${peer.missing}` : "singer-sdk's tests of taps";
if ("missing" in peer) console.warn(title);

const TESTS = fileURLToPath(new URL("singer-sdk/test_our_taps.py", import.meta.url));
const NAMES = FULL ? DEMOS : ["file", "square"];

/** Seconds. The kit looks at each value of each field by itself: six sources have many. */
const DEADLINE = FULL ? 280 : 60;

describe.skipIf("missing" in peer)(title, () => {
	test(
		`${NAMES.join(", ")}: all pass`,
		async () => {
			const { bin } = peer as { bin: string };
			const at = folder();
			const demos = await startDemos(NAMES);
			try {
				const taps = await Promise.all(
					demos.map(async ({ name, program, config }) => {
						const command = [process.execPath, program, "--singer"];
						const { out } = await run(program, ["--singer", "--about", "--format=json"]);
						const { settings } = JSON.parse(out) as { settings: JsonObject };
						const file = writeFile(join(at, `${name}.json`), config);
						return { name, command: [...command, "--config", file], settings, config };
					}),
				);
				const args = ["-m", "pytest", TESTS, "-q", "-p", "no:cacheprovider", "-W", "ignore", "--rootdir", at];
				const ended = await run(`${bin}python`, args, {
					deadline: DEADLINE,
					cwd: at,
					env: { HOME: at, TMPDIR: at, PYTHONDONTWRITEBYTECODE: "1", OUR_TAPS: JSON.stringify(taps) },
				});
				expect(ended.code, ended.out.slice(-6000) + ended.err.slice(-2000)).toBe(0);
				const passed = Number(/(\d+) passed/.exec(ended.out)?.[1]);
				// a kit that found no tap would pass too: 80 tests of these two, over 300 of all six
				expect(passed).toBeGreaterThan(30 * NAMES.length);
				expect(ended.out).not.toMatch(/failed|error/i);
			} finally {
				for (const { close } of demos) await close();
			}
		},
		(DEADLINE + 20) * 1000,
	);
});
