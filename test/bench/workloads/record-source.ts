/** A source that has its records in memory: one, from a file with `stream` and `data`, again and again. */
import { readFileSync } from "node:fs";
import {
	array,
	boolean,
	decimal,
	defineSource,
	integer,
	type Json,
	type JsonObject,
	json,
	object,
	optional,
	string,
} from "@growthnav/sdk";
import { start } from "@growthnav/sdk/start.js";
import type { z } from "zod";

const PAGE = 1_000;

const source = defineSource({
	name: "bench",
	version: "0.1.0",
	title: "Bench",
	config: object({ count: integer(), file: string() }),
	check: async () => "memory",
	streams: async ({ config: { file } }) => {
		const { stream, data } = JSON.parse(readFileSync(file, "utf8")) as { stream: string; data: JsonObject };
		return { [stream]: { schema: objectLike(data), read: ({ config: { count } }) => pagesOf(data, count) } };
	},
});

async function* pagesOf(data: JsonObject, count: number): AsyncGenerator<JsonObject[]> {
	const page = Array.from({ length: PAGE }, () => data);
	for (let left = count; left > 0; left -= PAGE) yield left < PAGE ? page.slice(0, left) : page;
}

function objectLike(data: JsonObject) {
	return object(Object.fromEntries(Object.entries(data).map(([name, value]) => [name, optional(wordLike(value!))])));
}

/** What an author would declare who sees this value; all of it is checked. */
function wordLike(value: Json): z.ZodType {
	if (typeof value === "string") return string();
	if (typeof value === "boolean") return boolean();
	if (typeof value === "number") return Number.isInteger(value) ? integer() : decimal();
	if (Array.isArray(value)) return array(value.length === 0 ? json() : wordLike(value[0]!));
	return value === null ? json() : objectLike(value as JsonObject);
}

await start(async () => ({ default: source }));
