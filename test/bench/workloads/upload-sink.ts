/**
 * The receiving end of uploads, in a process of its own: Google's resumable protocol and a plain PUT, with nothing
 * behind it that would take time. `node upload-sink.ts [bytes per second]` prints its URL, and ends with its stdin.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const rate = process.argv[2] === undefined ? undefined : Number(process.argv[2]);
const JOB = { jobReference: { jobId: "bench" }, status: { state: "DONE" } };
/** When the line is free again, in milliseconds: all connections share it. */
let free = 0;
let received = 0;

const server = createServer(async (request, response) => {
	const at = `http://${request.headers.host}`;
	if (request.method === "POST") {
		await swallowed(request);
		received = 0;
		response.writeHead(200, { location: `${at}/upload/session`, "content-length": 0 }).end();
		return;
	}
	if (request.url === "/raw") received = 0;
	received += await swallowed(request);
	const total = /\/(\d+)$/.exec(request.headers["content-range"] ?? "/0")?.[1];
	if (total === undefined || received < Number(total)) {
		response.writeHead(308, { range: `bytes=0-${received - 1}`, "content-length": 0 }).end();
	} else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...JOB, received }));
});

async function swallowed(request: IncomingMessage): Promise<number> {
	let bytes = 0;
	for await (const piece of request as AsyncIterable<Buffer>) {
		bytes += piece.length;
		if (rate === undefined) continue;
		free = Math.max(free, performance.now()) + (piece.length / rate) * 1000;
		const wait = free - performance.now();
		if (wait > 5) await sleep(wait);
	}
	return bytes;
}

server.listen(0, "127.0.0.1", () => {
	console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.stdin.on("end", () => process.exit()).resume();
