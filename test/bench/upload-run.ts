/**
 * One timed upload of a file to the sink: one PUT of its bytes from `memory` or from the `file`, which are ceilings;
 * `plain` or `gzip` as the destination does it.
 */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { systemClock } from "../../destinations/bigquery/src/api/clock.ts";
import { openUploader } from "../../destinations/bigquery/src/api/upload.ts";

/** As the destination does. */
const READ_AT_ONCE = 8 * 1024 * 1024;

const [mode = "file", file = "", endpoint = ""] = process.argv.slice(2);
const { size } = await stat(file);
const api = {
	project: "bench",
	endpoint,
	headers: async () => ({}),
	call: () => Promise.reject(new Error("unused")),
	serviceTime: () => Date.now(),
};
const upload = openUploader(api, { clock: systemClock, emulator: true, compress: mode === "gzip" });

const bytes = mode === "memory" ? await readFile(file) : undefined;
const started = performance.now();
const before = process.cpuUsage();
if (mode === "memory" || mode === "file") await onePut();
else await upload({ file, resource: { jobReference: { jobId: "bench" } }, step: "load" });
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ seconds, cpu: (user + system) / 1e6 }));

async function onePut(): Promise<void> {
	const sent = request(`${endpoint}/raw`, { method: "PUT", headers: { "content-length": size } });
	const answered = once(sent, "response") as Promise<[IncomingMessage]>;
	if (bytes === undefined) createReadStream(file, { highWaterMark: READ_AT_ONCE }).pipe(sent);
	else sent.end(bytes);
	const [answer] = await answered;
	answer.resume();
	await once(answer, "end");
	if (answer.statusCode !== 200) throw new Error(`the sink answered ${answer.statusCode}`);
}
