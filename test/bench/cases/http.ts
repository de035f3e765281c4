/** How fast a source reads pages of an API. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findPeer } from "../../peers/find.ts";
import { outcomeOf, outcomeOfMessages } from "../check/messages.ts";
import { outcomeTold } from "../check/told.ts";
import type { Amount, Case, Contender } from "../harness/case.ts";
import { pagesOfOrders } from "../workloads/order-pages.ts";
import { SCHEMAS } from "../workloads/orders.ts";
import { quiet, reading, settings, workload } from "../workloads/run.ts";
import { startServer } from "../workloads/server.ts";

const RECORDS = 200_000;
const LINE_FEED = Buffer.from("\n");
const PARSE = "JSON.parse of the pages, from memory";
/** Parsing over the same connection: the ceiling of all that reads pages. */
const FETCH = "pages fetched and parsed";
const airbyte = findPeer("airbyte");
const singer = findPeer("tap-rest-api-msdk");

export const http: Case = {
	name: "http",
	says:
		"A source that reads orders of 229 bytes in pages of 1,000 from a server on loopback, to stdout. Ours checks each " +
		"record against its schema; the peers do not.",
	async *comparisons({ amount, folder }) {
		const records = amount(RECORDS);
		const pages = pagesOfOrders(records);
		const file = join(folder, "pages.ndjson");
		await writeFile(file, Buffer.concat(pages.flatMap((page) => [page, LINE_FEED])));
		const server = await startServer(workload("order-server.ts", [String(records)]));
		try {
			yield {
				title: "pages over HTTP",
				records,
				bytes: pages.reduce((sum, page) => sum + page.length, 0),
				expected: await outcomeOf(asMessages(pages)),
				contenders: [parse(file), fetchAndParse(server.url), ours(server.url), manifest(server.url), tap(server.url)],
			};
		} finally {
			server.end();
		}
	},
};

const below = (url: string, amount: Amount) => `${url}/${amount}`;
const outcome = (_at: string, out: string) => outcomeOfMessages(out);

function ours(url: string): Contender {
	return {
		name: "ours",
		role: "ours",
		command: (at, amount) => reading(at, "order-source.ts", { base_url: below(url, amount) }),
		outcome,
		goals: [
			{ times: 0.4, than: FETCH },
			{ times: 5, than: "source-declarative-manifest" },
			{ times: 8, than: "tap-rest-api-msdk" },
		],
	};
}

function parse(file: string): Contender {
	const one = (amount: Amount) => (amount === "all" ? [] : ["one"]);
	return {
		name: PARSE,
		role: "ceiling",
		command: (_at, amount) => ({ argv: workload("order-ceilings.ts", ["parse", file, ...one(amount)]) }),
		outcome: outcomeTold,
	};
}

function fetchAndParse(url: string): Contender {
	return {
		name: FETCH,
		role: "ceiling",
		command: (_at, amount) => ({ argv: workload("order-ceilings.ts", ["fetch", below(url, amount)]) }),
		outcome: outcomeTold,
	};
}

function manifest(url: string): Contender {
	const name = "source-declarative-manifest";
	const file = join(import.meta.dirname, "../workloads/peers/manifest.yaml");
	const stream = { name: "orders", json_schema: SCHEMAS.small, supported_sync_modes: ["full_refresh"] };
	return {
		name,
		role: "peer",
		...("missing" in airbyte && { missing: airbyte.missing }),
		async command(at, amount) {
			const config = await settings(at, { base_url: below(url, amount) });
			const streams = [{ stream, sync_mode: "full_refresh", destination_sync_mode: "append" }];
			const catalog = await settings(at, { streams }, "catalog.json");
			const words = ["read", "--config", config, "--catalog", catalog, "--manifest-path", file];
			return { argv: [programOf(airbyte, name), ...words], env: quiet(at) };
		},
		outcome,
	};
}

function tap(url: string): Contender {
	const name = "tap-rest-api-msdk";
	return {
		name,
		role: "peer",
		...("missing" in singer && { missing: singer.missing }),
		async command(at, amount) {
			const memo = { type: "string" };
			const stream = {
				name: "orders",
				path: "/orders",
				records_path: "$.orders[*]",
				primary_keys: ["id"],
				schema: { type: "object", properties: { ...SCHEMAS.small.properties, memo } },
			};
			const paging = {
				pagination_request_style: "default",
				pagination_response_style: "default",
				next_page_token_path: "$.next",
			};
			const config = await settings(at, { api_url: below(url, amount), ...paging, streams: [stream] });
			return { argv: [programOf(singer, name), "--config", config], env: quiet(at) };
		},
		outcome,
	};
}

function programOf(peer: ReturnType<typeof findPeer>, name: string): string {
	if ("missing" in peer) throw new Error(peer.missing);
	return `${peer.bin}${name}`;
}

async function* asMessages(pages: readonly Buffer[]): AsyncGenerator<Buffer> {
	for (const page of pages) {
		const { orders } = JSON.parse(page.toString()) as { orders: object[] };
		const lines = orders.map((data) => `${JSON.stringify({ type: "RECORD", record: { data } })}\n`);
		yield Buffer.from(lines.join(""));
	}
}
