/**
 * The measured end of the pipe: `node memory-write.js <store> <folder>` takes messages from stdin. Plain JavaScript on the
 * build, so that nothing but what users run is in memory.
 */
import { join } from "node:path";

const [store, folder] = process.argv.slice(2);
const started = performance.now();
let bytes = 0;
async function* counted() {
	for await (const chunk of process.stdin) {
		bytes += chunk.length;
		yield chunk;
	}
}
const config = { customer_id: "acme", ...(store === "duckdb" && { path: join(folder, "bench.duckdb") }) };
const result = await (await destination()).write({
	config,
	input: counted(),
	send: () => {},
	owner: { pid: process.pid, isAlive: () => true },
});
if (result.errors.length > 0) throw result.errors[0];
const { maxRSS } = process.resourceUsage();
const seconds = (performance.now() - started) / 1000;
process.stdout.write(JSON.stringify({ peakMb: maxRSS / 1024, records: result.read, seconds, mb: bytes / 1e6 }));

async function destination() {
	if (store === "duckdb") return (await import("@growthnav/destination-duckdb")).default;
	const { memoryDestination } = await import("@growthnav/sdk/testing");
	return memoryDestination({ spool: join(folder, "spool"), discard: true });
}
