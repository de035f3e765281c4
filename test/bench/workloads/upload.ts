/**
 * Uploads a file to the sink: one PUT of its bytes from `memory` or from the `file`, which are ceilings; `plain` or `gzip`
 * as the destination does it. What is read into memory is told by a last word, where more is read than is sent.
 */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { systemClock } from "../../../destinations/bigquery/src/api/clock.ts";
import { openUploader } from "../../../destinations/bigquery/src/api/upload.ts";

/** As the destination does. */
const READ_AT_ONCE = 8 * 1024 * 1024;

const [mode = "file", file = "", endpoint = "", whole = file] = process.argv.slice(2);
const { size } = await stat(file);
const api = {
	project: "bench",
	endpoint,
	headers: async () => ({}),
	call: () => Promise.reject(new Error("unused")),
	serviceTime: () => Date.now(),
};

const bytes = mode === "memory" ? (await readFile(whole)).subarray(0, size) : undefined;
const upload = openUploader(api, { clock: systemClock, emulator: true, compress: mode === "gzip" });
const answer =
	mode === "memory" || mode === "file"
		? await onePut()
		: await upload({ file, resource: { jobReference: { jobId: "bench" } }, step: "load" });
const { received } = answer as { received: number };
if (mode !== "gzip" && received !== size) throw new Error(`the sink got ${received} of ${size} bytes`);

async function onePut(): Promise<object> {
	const sent = request(`${endpoint}/raw`, { method: "PUT", headers: { "content-length": size } });
	const answered = once(sent, "response") as Promise<[IncomingMessage]>;
	if (bytes === undefined) createReadStream(file, { highWaterMark: READ_AT_ONCE }).pipe(sent);
	else sent.end(bytes);
	const [answer] = await answered;
	return (await json(answer)) as object;
}
