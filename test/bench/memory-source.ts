/** The source of a measured pipe: messages of a case (`long`, `many`, `huge`) on stdout. */
import { once } from "node:events";
import type { Catalog, Message } from "@growthnav/spec";
import { recordLines, SCHEMAS } from "./orders.ts";

const [name = "", gigabytes = "1"] = process.argv.slice(2);
await make(name, Number(gigabytes));

async function make(name: string, gigabytes: number): Promise<void> {
	let block = "";
	for (const line of linesOf(name, gigabytes * 1e9)) {
		block += line;
		if (block.length < 1e6) continue;
		if (!process.stdout.write(block)) await once(process.stdout, "drain");
		block = "";
	}
	process.stdout.write(block);
}

function* linesOf(name: string, bytes: number): Generator<string> {
	const streams = name === "many" ? Array.from({ length: 200 }, (_, n) => `orders_${n}`) : ["orders"];
	yield message({ type: "CATALOG", catalog: catalogOf(streams) });
	const most = name === "long" ? bytes : 200e6;
	let written = 0;
	let n = 0;
	for (const line of recordLines("large", Number.POSITIVE_INFINITY)) {
		const stream = streams[n % streams.length]!;
		const sent = stream === "orders" ? line : line.replace('"stream":"orders"', `"stream":"${stream}"`);
		yield sent;
		written += sent.length;
		if (name === "huge" && n === 20_000) yield hugeRecord();
		if (++n % 5_000 === 0) for (const one of streams) yield state(one, n);
		if (written >= most) break;
	}
	for (const one of streams) {
		yield state(one, n + 1);
		const stream_status = { stream_descriptor: { name: one, namespace: "s" }, status: "COMPLETE" } as const;
		yield message({ type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at: 0, stream_status } });
	}
}

function hugeRecord(): string {
	const data = { id: "huge", note: "x".repeat(30_000_000), created_at: "2026-01-01T00:00:00Z" };
	return message({ type: "RECORD", record: { stream: "orders", namespace: "s", data, emitted_at: 1_790_000_000_000 } });
}

function state(name: string, count: number): string {
	const stream_descriptor = { name, namespace: "s" };
	return message({ type: "STATE", state: { type: "STREAM", stream: { stream_descriptor, stream_state: { count } } } });
}

function catalogOf(streams: string[]): Catalog {
	return {
		streams: streams.map((name) => ({
			name,
			namespace: "s",
			json_schema: SCHEMAS.large,
			supported_sync_modes: ["incremental"],
			sync_mode: "incremental",
			destination_sync_mode: "append",
			generation_id: 0,
			minimum_generation_id: 0,
		})),
	};
}

function message(one: Message): string {
	return `${JSON.stringify(one)}\n`;
}
