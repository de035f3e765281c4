/**
 * What nothing can beat that reads `order-server.ts`: `parse` takes the pages from memory, `fetch` from the server, and
 * neither does more than parse them. The second word is the number of records, or the URL; a third one: only one page.
 */
import { pagesOfOrders } from "./order-pages.ts";

interface Answer {
	orders: unknown[];
	next: number | null;
}

const [mode, from = "", one] = process.argv.slice(2);
const records = mode === "parse" ? parseAll(pagesOfOrders(Number(from))) : await fetchAll();
process.stdout.write(JSON.stringify({ records }));

function parseAll(pages: Buffer[]): number {
	let count = 0;
	for (const page of one === undefined ? pages : pages.slice(0, 1)) {
		count += (JSON.parse(page.toString()) as Answer).orders.length;
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
