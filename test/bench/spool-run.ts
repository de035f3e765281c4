/** One timed run, reading stdin: `parse` (the ceiling), `messages` (our reader), `spool`, or `keyed` spool. */
import { hash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { assignNames } from "../../sdk/src/destination/names.ts";
import { compileRow } from "../../sdk/src/destination/row.ts";
import { columnsOf } from "../../sdk/src/destination/schema-columns.ts";
import { openSpool } from "../../sdk/src/destination/spool.ts";
import { readMessages } from "../../sdk/src/protocol/message.ts";
import { SCHEMAS, type Size } from "./orders.ts";

const [mode = "parse", size = "small", folder = "."] = process.argv.slice(2);
const started = performance.now();
const records = mode === "parse" ? await parseOnly() : mode === "messages" ? await messagesOnly() : await spool();
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
const { maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ records, seconds, cpu: (user + system) / 1e6, rssMb: maxRSS / 1024 }));

/** The least that a reader of NDJSON can do. */
async function parseOnly(): Promise<number> {
	let count = 0;
	let rest: Buffer = Buffer.alloc(0);
	for await (const part of process.stdin as AsyncIterable<Buffer>) {
		const chunk = rest.length === 0 ? part : Buffer.concat([rest, part]);
		let start = 0;
		for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
			if ((JSON.parse(chunk.utf8Slice(start, end)) as { type: string }).type === "RECORD") count++;
			start = end + 1;
		}
		rest = chunk.subarray(start);
	}
	return count;
}

async function messagesOnly(): Promise<number> {
	let count = 0;
	for await (const batch of readMessages(process.stdin)) {
		for (const { message } of batch) if (message?.type === "RECORD") count++;
	}
	return count;
}

/** As a destination spools: typed row, key, hash and the columns of ours; one epoch per 64 MB. */
async function spool(): Promise<number> {
	const primaryKey = mode === "keyed" ? [["id"]] : [];
	const cursor = mode === "keyed" ? ["created_at"] : [];
	const schema = SCHEMAS[size as Size];
	const names = assignNames(Object.keys(schema.properties ?? {}), new Map());
	const toRow = compileRow(columnsOf(schema, names, { primaryKey, cursor }), { primaryKey, cursor });
	const owner = { pid: process.pid, isAlive: () => true };
	const target = await openSpool({ folder: join(folder, "spool"), owner, quotaBytes: 10e9 });
	let count = 0;
	let sealedAt = 0;
	for await (const batch of readMessages(process.stdin)) {
		for (const { message } of batch) {
			if (message?.type !== "RECORD") continue;
			const { data, emitted_at } = message.record;
			const row = toRow(data);
			if (!row.ok) throw new Error(row.reason);
			const meta = `{"_gn_seq":${++count},"_gn_emitted_at":${Math.trunc(emitted_at * 1000)},`;
			const keyed =
				row.key === undefined
					? ""
					: `"_gn_key":${JSON.stringify(row.key)},"_gn_hash":"${hash("sha1", row.members, "base64")}",`;
			target.write("orders", `${meta}${keyed}${row.members}}`);
		}
		if (target.pressure()) await target.drained();
		if (target.bytes() - sealedAt > 64e6) {
			for (const parts of (await target.seal()).values()) await target.release(parts);
			sealedAt = target.bytes();
		}
	}
	await target.seal();
	await target.discard();
	await rm(join(folder, "spool"), { recursive: true });
	return count;
}
