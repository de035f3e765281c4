/**
 * The source of a pipe whose memory is measured: so many records of a kind (`long`, `many`, `huge`) on stdout. Of the
 * last kind one in the middle has 30 MB.
 */
import { once } from "node:events";
import type { RecordPayload } from "@growthnav/spec";
import { catalogOf } from "./catalogs.ts";
import { blocks, completeOf, lineOf, stateOf } from "./inputs.ts";
import { recordLines } from "./orders.ts";

const STATE_EVERY = 5_000;
const BULK = "x".repeat(30_000_000);

const [kind = "", count = "1"] = process.argv.slice(2);
for (const block of blocks(linesOf(kind, Number(count)))) {
	if (!process.stdout.write(block)) await once(process.stdout, "drain");
}

function* linesOf(kind: string, count: number): Generator<string> {
	const streams = kind === "many" ? Array.from({ length: 200 }, (_, n) => `orders_${n}`) : ["orders"];
	yield lineOf({ type: "CATALOG", catalog: catalogOf("large", "rows", streams) });
	let n = 0;
	for (const line of recordLines("large", count)) {
		const stream = streams[n % streams.length]!;
		if (kind === "huge" && count > 1 && n === Math.floor(count / 2)) yield huge(line);
		else yield stream === "orders" ? line : line.replace('"stream":"orders"', `"stream":"${stream}"`);
		if (++n % STATE_EVERY === 0) for (const one of streams) yield lineOf(stateOf(one, n));
	}
	for (const one of streams) {
		yield lineOf(stateOf(one, n + 1));
		yield lineOf(completeOf(one));
	}
}

function huge(line: string): string {
	const { record } = JSON.parse(line) as { record: RecordPayload };
	return lineOf({ type: "RECORD", record: { ...record, data: { ...record.data, note: BULK } } });
}
