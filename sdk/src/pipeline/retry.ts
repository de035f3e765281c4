/** `rejects --retry`: refused records once more, with today's mapping. */
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import type { ConfiguredStream, Json, JsonObject, Message, TraceError } from "@growthnav/spec";
import { lineBatches, messageText, parseJson, readMessages } from "../protocol/index.ts";
import { asOne, diedError, distinctErrors } from "./connectors/death.ts";
import { withChild } from "./connectors/one-shot.ts";
import { placedInFile } from "./file/places.ts";
import type { Plan } from "./file/plan.ts";
import { isObject } from "./file/shape.ts";
import { configureFor, discoverStreams } from "./preview.ts";
import { countRejects, eachLetter, type FullLetter, type LetterFilter } from "./rejects.ts";
import { send } from "./run/flow.ts";

export interface RetryResult {
	tried: number;
	/** Of those, the ones that are no rejects any more. */
	resolved: number;
	/** Rows that no record can be made of: they are read again by `state reset`, once the source is corrected. */
	notRetryable: number;
}

/**
 * Sends refused records once more, with today's mapping and the time at which they were first read, so that a newer
 * version of the row stays. States do not move. Letters are read first, whole, to a private file: the store is open once.
 */
export async function retryRejects(plan: Plan, filter: LetterFilter = {}): Promise<RetryResult> {
	const streams = configureFor(plan, await discoverStreams(plan)).map(forRetry);
	const spool = join(plan.scratch.folder, "letters.ndjson");
	const before = await spoolLetters(plan, filter, streams, spool);
	if (before.tried === 0) return { ...before, resolved: 0 };
	await writeAgain(plan, streams, spool);
	const still = (await countRejects(plan, filter)).reduce((sum, { rows }) => sum + rows, 0);
	return { ...before, resolved: Math.max(0, before.tried + before.notRetryable - still) };
}

/** Rows come on top of what is there: nothing is published, no generation begins. */
function forRetry(configured: ConfiguredStream): ConfiguredStream {
	const keyed = (configured.primary_key?.length ?? 0) > 0;
	return {
		...configured,
		sync_mode: "full_refresh",
		destination_sync_mode: keyed ? "append_dedup" : "append",
		generation_id: null,
		minimum_generation_id: null,
	};
}

async function spoolLetters(plan: Plan, filter: LetterFilter, streams: ConfiguredStream[], spool: string) {
	const known = new Set(streams.map(({ stream }) => JSON.stringify([stream.namespace ?? null, stream.name])));
	const out = createWriteStream(spool, { mode: 0o600, flags: "wx" });
	let tried = 0;
	let notRetryable = 0;
	await eachLetter(plan, filter, async (letter) => {
		const record = known.has(JSON.stringify([letter.namespace, letter.stream])) ? recordOf(letter, plan) : undefined;
		if (!record) notRetryable++;
		else {
			tried++;
			await send(out, Buffer.from(`${messageText(record)}\n`));
		}
	});
	await new Promise<void>((resolve, reject) => {
		out.once("error", reject);
		out.end(resolve);
	});
	return { tried, notRetryable };
}

/** Undefined where what was kept is no whole record. */
function recordOf(letter: FullLetter, { host }: Plan): Message | undefined {
	if (letter.kind === "line" || !letter.whole) return undefined;
	let data: Json;
	try {
		data = parseJson(letter.raw);
	} catch {
		return undefined;
	}
	if (!isObject(data) || Object.keys(data).length === 0) return undefined;
	return {
		type: "RECORD",
		record: {
			stream: letter.stream,
			...(letter.namespace !== null && { namespace: letter.namespace }),
			data: data as JsonObject,
			emitted_at: letter.emitted_at === null ? host.now() : milliseconds(letter.emitted_at),
			dead_letter: letter.id,
		},
	};
}

/** RFC 3339 with microseconds to milliseconds with a fraction. */
function milliseconds(instant: string): number {
	const [, digits = ""] = /\.(\d+)/.exec(instant) ?? [];
	return Date.parse(instant) + Number(digits.slice(3, 6).padEnd(3, "0")) / 1000;
}

async function writeAgain(plan: Plan, streams: ConfiguredStream[], spool: string): Promise<void> {
	const { destination, scratch } = plan;
	const catalog = await scratch.write("catalog.json", JSON.stringify({ streams }));
	const config = await scratch.write("config.json", JSON.stringify(destination.config));
	const errors: TraceError[] = [];
	const args = ["write", "--config", config, "--catalog", catalog];
	await withChild({ ...destination.ask, deadline: 86_400, input: true }, args, async (child) => {
		const answers = (async () => {
			for await (const batch of readMessages(child.stdout)) {
				for (const { message } of batch)
					if (message?.type === "TRACE" && message.trace.error) errors.push(message.trace.error);
			}
		})();
		for await (const lines of lineBatches(createReadStream(spool))) {
			const open = await send(
				child.stdin,
				Buffer.concat(lines.flatMap((line) => (line.oversize ? [] : [line.bytes, NEWLINE]))),
			);
			if (!open) break;
		}
		for (const { stream } of streams) await send(child.stdin, completion(stream, plan.host.now()));
		child.stdin?.end();
		await answers;
		const exit = await child.exited;
		if (errors.length > 0) {
			// that a row is refused once more is no failure of the retry
			const told = distinctErrors(errors, child.program).filter(({ kind }) => kind !== "data");
			if (told.length > 0) throw asOne(told.map((error) => placedInFile(error, plan, { end: "destination", streams })));
		} else if (exit.code !== 0) throw diedError("destination_died", exit, child.lastLines(), child.program);
	});
}

const NEWLINE = Buffer.from("\n");

function completion({ name, namespace }: ConfiguredStream["stream"], now: number): Buffer {
	const stream_descriptor = { name, ...(namespace !== undefined && { namespace }) };
	const trace = { type: "STREAM_STATUS", emitted_at: now, stream_status: { stream_descriptor, status: "COMPLETE" } };
	return Buffer.from(`${JSON.stringify({ type: "TRACE", trace })}\n`);
}
