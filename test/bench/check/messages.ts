/** What stands in messages that a program printed: how many records, and one hash of their contents. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Json, JsonObject } from "@growthnav/spec";
import type { Outcome } from "../harness/case.ts";
import { readLines } from "../workloads/lines.ts";

/** The same record has the same text but for when it was read: it need not be parsed again. */
const parsed = new Map<string, number | undefined>();
const MOST_KEPT = 1_000_000;
const WHEN = /"(?:emitted_at|time_extracted)": ?(?:[\d.]+|"[^"]*")/;
const SHARES = 2 ** 48;

/** RECORD messages of a file, Airbyte's or Singer's; all other lines are passed over. */
export async function outcomeOfMessages(file: string): Promise<Outcome> {
	return outcomeOf(createReadStream(file, { highWaterMark: 1 << 20 }));
}

export async function outcomeOf(input: AsyncIterable<Buffer>): Promise<Outcome> {
	let records = 0;
	let sum = 0;
	await readLines(input, (line) => {
		const share = shareOf(line);
		if (share === undefined) return;
		records++;
		sum = (sum + share) % SHARES;
	});
	return { records, hash: sum.toString(16) };
}

function shareOf(line: string): number | undefined {
	const key = line.replace(WHEN, "");
	if (parsed.has(key)) return parsed.get(key);
	const share = freshShare(line);
	if (parsed.size < MOST_KEPT) parsed.set(key, share);
	return share;
}

function freshShare(line: string): number | undefined {
	if (!line.startsWith("{")) return undefined;
	const message = JSON.parse(line) as { type: string; record?: { data?: JsonObject } & JsonObject };
	if (message.type !== "RECORD") return undefined;
	// Airbyte's record has its data in an envelope, Singer's is the data
	const text = JSON.stringify(ordered(message.record?.data ?? message.record!));
	return Number.parseInt(createHash("sha256").update(text).digest("hex").slice(0, 12), 16);
}

function ordered(value: Json): Json {
	if (Array.isArray(value)) return value.map(ordered);
	if (typeof value !== "object" || value === null) return value;
	const entries = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(entries.map(([name, inner]) => [name, ordered(inner!)]));
}

/** Records that the states of a destination vouch for. */
export async function committedRecords(file: string): Promise<Outcome> {
	let records = 0;
	await readLines(createReadStream(file), (line) => {
		if (/"type":"ERROR"/.test(line)) throw new Error(line.slice(0, 2000));
		const [, count] = /"destinationStats":\{[^}]*"recordCount":(\d+)/.exec(line) ?? [];
		records += Number(count ?? 0);
	});
	return { records };
}
