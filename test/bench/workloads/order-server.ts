/** Serves pages of orders from memory, below `/all` and, one order, below `/start`; prints its URL, ends with its stdin. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pagesOfOrders } from "./order-pages.ts";

const pages = { "/all/orders": pagesOfOrders(Number(process.argv[2])), "/start/orders": pagesOfOrders(1) };
const server = createServer((request, response) => {
	const { pathname, searchParams } = new URL(request.url ?? "/", "http://x");
	const body = pages[pathname as keyof typeof pages]?.[Number(searchParams.get("page") ?? 0)];
	if (body === undefined) response.writeHead(404).end();
	else response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
});
server.listen(0, "127.0.0.1", () =>
	console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })),
);
process.stdin.resume().once("end", () => process.exit());
