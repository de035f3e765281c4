/** Reads messages from stdin: with our reader alone (`messages`), or into the `spool`, without a key or `keyed`. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ConfiguredStream } from "@growthnav/spec";
import { planStreams } from "../../../sdk/src/destination/plan.ts";
import { openSpool, type Spool } from "../../../sdk/src/destination/spool/spool.ts";
import { openStreamWriter, type StreamWriter } from "../../../sdk/src/destination/stream-writer.ts";
import { planTables } from "../../../sdk/src/destination/tables/tables.ts";
import { readMessages } from "../../../sdk/src/protocol/message.ts";
import { SCHEMAS, type Size } from "./orders.ts";

const { positionals } = parseArgs({ allowPositionals: true });
const [mode = "spool", size = "small", folder = "."] = positionals;
const records = mode === "messages" ? await messagesOnly() : await spool();
process.stdout.write(JSON.stringify({ records }));

async function messagesOnly(): Promise<number> {
	let count = 0;
	for await (const batch of readMessages(process.stdin)) {
		for (const { message } of batch) if (message?.type === "RECORD") count++;
	}
	return count;
}

/** As every destination spools, keyless or keyed; one epoch per 64 MB, whose files go at once. */
async function spool(): Promise<number> {
	const owner = { pid: process.pid, isAlive: () => true };
	const target = await openSpool({ folder: join(folder, "spool"), owner, quotaBytes: 10e9, partBytes: 24e6 });
	const writer = openWriter(target);
	let seq = 0;
	for await (const batch of readMessages(process.stdin)) {
		for (const { message, bytes } of batch) if (message?.type === "RECORD") writer.take(message.record, ++seq, bytes);
		if (target.pressure()) await target.drained();
		if (target.bytes() > 64e6) for (const parts of (await target.seal()).values()) await target.release(parts);
	}
	await target.seal();
	await target.discard();
	if (writer.open.rows !== seq) throw new Error(`${seq - writer.open.rows} records became no rows`);
	return seq;
}

function openWriter(target: Spool): StreamWriter {
	const stream: ConfiguredStream = {
		stream: { name: "orders", json_schema: SCHEMAS[size as Size], supported_sync_modes: ["incremental"] },
		sync_mode: "incremental",
		destination_sync_mode: mode === "keyed" ? "append_dedup" : "append",
		primary_key: [["id"]],
		cursor_field: ["created_at"],
	};
	const plans = planStreams({ streams: [stream] });
	const nothing = { customers: [], layout: 0, commits: [], names: [], tables: new Map() };
	const { tables } = planTables(plans, nothing, new Map(), "default");
	return openStreamWriter(plans[0]!, tables[0]!, {
		connection: "default",
		customerId: "acme",
		recordLimit: 32e6,
		rawData: false,
		spool: target,
		onReject: (reject) => {
			throw new Error(reject.reason);
		},
		crash: undefined,
	});
}
