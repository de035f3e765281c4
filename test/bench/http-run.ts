/** One timed run: `parse`, `fetch` or `read`; its messages go to stdout, its figures to descriptor 3. */
import { writeSync } from "node:fs";
import { decimal, defineSource, integer, object, optional, string, timestamp } from "../../sdk/src/index.ts";
import { messageWriter } from "../../sdk/src/protocol/writer.ts";
import { readBatches } from "../../sdk/src/source/index.ts";
import { lineMaker } from "../../sdk/src/source/record-text.ts";
import { pagesOfRecords } from "./http-pages.ts";

const order = object({
	id: string(),
	customer_id: optional(string()),
	total: optional(decimal()),
	quantity: optional(integer()),
	currency: optional(string()),
	state: optional(string()),
	created_at: timestamp(),
	memo: string(),
});

const source = defineSource({
	name: "bench",
	version: "0.1.0",
	title: "Bench",
	config: object({ base_url: string() }),
	http: ({ base_url }) => ({ vendor: "Bench", baseUrl: base_url }),
	check: async () => "a server of its own",
	streams: {
		orders: {
			schema: order,
			primaryKey: "id",
			read: ({ http }) =>
				http.pages("/orders", {
					query: { page: 0 },
					rows: (body) => body.orders,
					next: ({ body }) => body.next && { query: { page: body.next } },
				}),
		},
	},
});

const [mode = "read", url = ""] = process.argv.slice(2);
const pages = mode === "parse" ? pagesOfRecords() : [];
const started = performance.now();
const records = await { parse: parseAll, fetch: fetchAll, read: readAll }[mode]!();
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
const { maxRSS } = process.resourceUsage();
writeSync(3, JSON.stringify({ records, seconds, cpu: (user + system) / 1e6, rssMb: maxRSS / 1024 }));

async function parseAll(): Promise<number> {
	return pages.reduce((sum, page) => sum + JSON.parse(page.toString()).orders.length, 0);
}

async function fetchAll(): Promise<number> {
	const { request } = await import("undici");
	let rows = 0;
	for (let page: number | null = 0; page !== null; ) {
		const { body } = await request(`${url}/orders?page=${page}`);
		const answer = (await body.json()) as { orders: unknown[]; next: number | null };
		rows += answer.orders.length;
		page = answer.next;
	}
	return rows;
}

async function readAll(): Promise<number> {
	const out = messageWriter(process.stdout);
	const lineOf = lineMaker();
	let rows = 0;
	for await (const batch of readBatches(source, { config: { base_url: url } })) {
		for (const message of batch) {
			if (message.type === "RECORD") rows++;
			const behind = out.writeLine(lineOf(message));
			if (behind !== undefined) await behind;
		}
	}
	await out.flush();
	return rows;
}
