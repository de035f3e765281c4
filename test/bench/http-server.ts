/** Serves 200 pages of 1,000 records from memory; prints its address, ends with its stdin. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pagesOfRecords } from "./http-pages.ts";

const pages = pagesOfRecords();
const server = createServer((request, response) => {
	const number = Number(new URL(request.url ?? "/", "http://x").searchParams.get("page") ?? 0);
	const body = pages[number] ?? Buffer.from("{}");
	response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.stdin.resume().once("end", () => process.exit());
