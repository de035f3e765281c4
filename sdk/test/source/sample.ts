/** A source in memory: what a vendor might hold, without a vendor. Its data and its habits are the test's. */

import {
	date,
	decimal,
	defineSource,
	integer,
	object,
	oneOf,
	optional,
	secret,
	string,
	timestamp,
} from "../../src/index.ts";
import type { RecordSchema, StreamDefinition } from "../../src/source/definition.ts";

export const order = object({
	id: string(),
	updated_at: timestamp(),
	total: optional(decimal()),
	state: optional(oneOf("OPEN", "COMPLETED")),
	shop: optional(string()),
	day: optional(date()),
	number: optional(integer()),
});

export type Order = { id: string; updated_at: string; [field: string]: unknown };

export const config = object({
	token: secret(string()).describe("From the dashboard"),
	page_size: integer().min(1).default(2),
});

/** Minute `n` of a day, as the cursor of the n-th change. */
export function minute(n: number): string {
	return new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString().replace(".000Z", "Z");
}

export function sampleSource(streams: Record<string, StreamDefinition<RecordSchema, { page_size: number }>>) {
	return defineSource({
		name: "sample",
		version: "1.2.3",
		title: "Sample",
		config,
		check: async ({ config }) => `pages of ${config.page_size}`,
		streams: async () => streams,
	});
}

/** Rows at or after a cursor, in pages, as an API with `updated_min` and `sort` gives them. */
export async function* pagesOf(rows: Order[], since: string | undefined, size: number): AsyncGenerator<Order[]> {
	const found = rows.filter(({ updated_at }) => since === undefined || updated_at >= since);
	for (let at = 0; at < found.length; at += size) yield found.slice(at, at + size);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
	const all: T[] = [];
	for await (const item of items) all.push(item);
	return all;
}

export const settings = { token: "a-long-token" };
