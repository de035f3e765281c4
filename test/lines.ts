/** Lines of the protocol, written by hand as any source may write them. */
import type { JsonObject } from "@growthnav/spec";

/** 2026-07-03T12:00:00Z, in milliseconds. */
export const NOON = Date.UTC(2026, 6, 3, 12);

export function record(stream: string, data: unknown, emitted_at = NOON, more: object = {}): string {
	return line({ type: "RECORD", record: { stream, data, emitted_at, ...more } });
}

export function state(stream: string, stream_state: unknown, more: object = {}): string {
	return line({
		type: "STATE",
		state: { type: "STREAM", stream: { stream_descriptor: { name: stream }, stream_state }, ...more },
	});
}

export function status(stream: string, word: "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE"): string {
	const stream_status = { stream_descriptor: { name: stream }, status: word };
	return line({ type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at: NOON, stream_status } });
}

export const complete = (stream: string): string => status(stream, "COMPLETE");

/** A stream of a catalog that describes itself: incremental, one row per `id`. */
export function stream(name: string, properties: Record<string, unknown>, more: object = {}): JsonObject {
	return {
		name,
		json_schema: { type: "object", properties },
		supported_sync_modes: ["full_refresh", "incremental"],
		sync_mode: "incremental",
		destination_sync_mode: "append_dedup",
		primary_key: [["id"]],
		generation_id: 0,
		minimum_generation_id: 0,
		...more,
	} as JsonObject;
}

/** Every row is kept. */
export const APPEND = { destination_sync_mode: "append", primary_key: [] };

export function overwrite(generation: number): object {
	return {
		sync_mode: "full_refresh",
		destination_sync_mode: "overwrite",
		generation_id: generation,
		minimum_generation_id: generation,
	};
}

export function catalog(...streams: JsonObject[]): string {
	return line({ type: "CATALOG", catalog: { streams } });
}

export function line(message: object): string {
	return `${JSON.stringify(message)}\n`;
}

const type = (name: string, more: object = {}) => ({ type: ["null", name], ...more });

export const TEXT = type("string");
export const NUMBER = type("number");
export const WHOLE = type("integer");
export const INSTANT = type("string", { format: "date-time" });
