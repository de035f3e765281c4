/** How fast a source says what it has. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Catalog, JsonObject } from "@growthnav/spec";
import { findPeer } from "../../peers/find.ts";
import { outcomeOf, outcomeOfMessages } from "../check/messages.ts";
import type { Case, Comparison, Contender, Wish } from "../harness/case.ts";
import { orderTexts } from "../workloads/orders.ts";
import { quiet, reading, settings, workload } from "../workloads/run.ts";

const peer = findPeer("airbyte");

/** Streams of source-hardcoded-records: each says one record again and again. */
const STREAMS = [
	{ stream: "products", size: "229 bytes", records: 1_000_000, times: 6 },
	{ stream: "customers", size: "1.7 kB", records: 200_000, times: 2 },
];

interface Said {
	stream: string;
	data: JsonObject;
	catalog: Catalog | undefined;
}

export const emission: Case = {
	name: "emission",
	says:
		"A source that has its records in memory, to stdout: Airbyte's source-hardcoded-records and one of ours that says " +
		"the same records. Ours checks each record against its schema; theirs does not.",
	async *comparisons(wish) {
		for (const one of STREAMS) yield await comparison(one, wish);
	},
};

async function comparison({ stream, size, records, times }: (typeof STREAMS)[number], wish: Wish): Promise<Comparison> {
	const count = wish.amount(records);
	const said = "missing" in peer ? saidByUs(stream) : await saidByPeer(peer.bin, stream, wish.folder);
	const line = Buffer.from(
		`{"type":"RECORD","record":{"stream":"${stream}","data":${JSON.stringify(said.data)},"emitted_at":1790000000000}}\n`,
	);
	const file = await settings(wish.folder, { stream, data: said.data }, `${stream}-record.json`);
	const outcome = (_at: string, out: string) => outcomeOfMessages(out);
	const ours: Contender = {
		name: "ours",
		role: "ours",
		command: (at, amount) => reading(at, "record-source.ts", { count: amount === "all" ? count : 1, file }),
		outcome,
		goals: [{ times, than: "source-hardcoded-records" }],
	};
	return {
		title: `emission of ${size} a record`,
		records: count,
		bytes: count * line.length,
		expected: await outcomeOf(repeated(line, count)),
		contenders: [stringifyOnly(file, count, outcome), ours, theirs(said, count, outcome)],
	};
}

function stringifyOnly(file: string, count: number, outcome: NonNullable<Contender["outcome"]>): Contender {
	return {
		name: "JSON.stringify of each record",
		role: "ceiling",
		command: (_at, amount) => ({
			argv: workload("stringify-only.ts", [file, String(amount === "all" ? count : 1)], { sources: true }),
		}),
		outcome,
	};
}

function theirs({ catalog }: Said, count: number, outcome: NonNullable<Contender["outcome"]>): Contender {
	const name = "source-hardcoded-records";
	const missing = "missing" in peer ? { missing: peer.missing } : {};
	return {
		name,
		role: "peer",
		...missing,
		async command(at, amount) {
			if (!("bin" in peer) || catalog === undefined) throw new Error("it is missing");
			const config = await settings(at, { count: amount === "all" ? count : 1 });
			const wanted = await settings(at, configured(catalog), "catalog.json");
			return { argv: [`${peer.bin}${name}`, "read", "--config", config, "--catalog", wanted], env: quiet(at) };
		},
		outcome,
	};
}

function configured({ streams }: Catalog): JsonObject {
	const whole = { sync_mode: "full_refresh", destination_sync_mode: "append" };
	return { streams: streams.map((stream) => ({ stream, ...whole })) } as unknown as JsonObject;
}

/** The record that the peer says, and its catalog of that stream. */
async function saidByPeer(bin: string, stream: string, folder: string): Promise<Said> {
	const config = await settings(folder, { count: 1 }, "one.json");
	const ask = (...words: string[]) =>
		execFileSync(join(bin, "source-hardcoded-records"), [...words, "--config", config], {
			env: { PATH: process.env.PATH, ...quiet(folder) },
		})
			.toString()
			.split("\n");
	const all = JSON.parse(ask("discover").find((line) => line.startsWith('{"type":"CATALOG"'))!).catalog as Catalog;
	const catalog = { streams: all.streams.filter(({ name }) => name === stream) };
	const file = await settings(folder, configured(catalog), `${stream}-catalog.json`);
	const record = ask("read", "--catalog", file).find((line) => line.startsWith('{"type":"RECORD"'))!;
	return { stream, catalog, data: JSON.parse(record).record.data as JsonObject };
}

/** Without the peer: an order, or two large ones. */
function saidByUs(stream: string): Said {
	const [order = ""] = orderTexts(stream === "products" ? "small" : "large", 1);
	const data = JSON.parse(order) as JsonObject;
	return { stream, catalog: undefined, data: stream === "products" ? data : { ...data, more: JSON.parse(order) } };
}

async function* repeated(line: Buffer, count: number): AsyncGenerator<Buffer> {
	const many = 1_000;
	const block = Buffer.concat(Array.from({ length: many }, () => line));
	for (let left = count; left > 0; left -= many) yield left < many ? block.subarray(0, left * line.length) : block;
}
