/** Lines of the protocol, written by hand as any source may write them. */
import { messages } from "@growthnav/sdk/testing";
import type { JsonObject } from "@growthnav/spec";

/** 2026-07-03T12:00:00Z, in milliseconds. */
export const NOON = Date.UTC(2026, 6, 3, 12);

export function record(name: string, data: unknown, emitted_at = NOON, more: object = {}): string {
	return line(messages.record(name, data as object, emitted_at, more));
}

export function state(name: string, value: unknown, more: object = {}): string {
	return line(messages.state(name, value, more));
}

export function status(name: string, word: "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE"): string {
	return line(messages.status(name, word, NOON));
}

export const complete = (name: string): string => status(name, "COMPLETE");

/** A stream of a catalog that describes itself: incremental, one row per `id`. */
export const stream = messages.stream as (...of: Parameters<typeof messages.stream>) => JsonObject;

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
	return line(messages.catalog(...streams));
}

export function line(message: object): string {
	return `${JSON.stringify(message)}\n`;
}

const type = (name: string, more: object = {}) => ({ type: ["null", name], ...more });

export const TEXT = type("string");
export const NUMBER = type("number");
export const WHOLE = type("integer");
export const INSTANT = type("string", { format: "date-time" });
