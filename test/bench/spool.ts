/**
 * How fast records become typed rows in the spool, as a share of what `JSON.parse` alone does over the same pipe in the
 * same minutes. Runs of each kind alternate; the medians are compared.
 *
 *     node --conditions=growthnav-source test/bench/spool.ts [runs]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareSpools, SPOOL_MODES } from "./spool-rates.ts";

const runs = Number(process.argv[2] ?? 3);
const folder = await mkdtemp(join(tmpdir(), "gn-bench-"));
try {
	for (const size of ["small", "large"] as const) await compareSpools(folder, size, SPOOL_MODES, runs);
} finally {
	await rm(folder, { recursive: true });
}
