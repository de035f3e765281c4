/**
 * What nothing can beat that reads `order-server.ts`: `parse` takes the pages from memory, `fetch` from the server, and
 * neither does more than parse them. The second word is the file of pages, a page a line, or the URL; a third one: only
 * one page.
 */
import { readFileSync } from "node:fs";

interface Answer {
	orders: unknown[];
	next: number | null;
}

const [mode, from = "", one] = process.argv.slice(2);
const records = mode === "parse" ? parseAll(readFileSync(from)) : await fetchAll();
process.stdout.write(JSON.stringify({ records }));

function parseAll(pages: Buffer): number {
	let count = 0;
	for (let start = 0; start < pages.length; ) {
		const end = pages.indexOf(10, start);
		count += (JSON.parse(pages.toString("utf8", start, end)) as Answer).orders.length;
		start = one === undefined ? end + 1 : pages.length;
	}
	return count;
}

async function fetchAll(): Promise<number> {
	const { request } = await import("undici");
	let count = 0;
	for (let page: number | null = 0; page !== null; ) {
		const { body } = await request(`${from}/orders?page=${page}`);
		const answer = (await body.json()) as Answer;
		count += answer.orders.length;
		page = answer.next;
	}
	return count;
}
