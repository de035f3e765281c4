/**
 * A source of as many `records` as are asked for, in so many `streams`, of so many `bytes`, in so many `columns`: made
 * while it is read, no two alike.
 */
import { defineSource, integer, object, string } from "@growthnav/sdk";
import { start } from "@growthnav/sdk/start.js";

/** Rows of a page, but never more than so many bytes. */
const PAGE = { rows: 1_000, bytes: 4_000_000 };
/** What the envelope takes, and a column beside its text. */
const ENVELOPE = 110;
const AROUND = 10;

interface Shape {
	records: number;
	streams: number;
	bytes: number;
	columns: number;
}

const source = defineSource({
	name: "bench",
	version: "0.1.0",
	title: "Bench",
	config: object({ records: integer(), streams: integer(), bytes: integer(), columns: integer() }),
	check: async () => "memory",
	streams: async ({ config }) =>
		Object.fromEntries(
			Array.from({ length: config.streams }, (_, n) => [
				`s${n}`,
				{ schema: schemaOf(config), read: () => pagesOf(config, n) },
			]),
		),
});

const nameOf = (n: number) => `c${String(n).padStart(3, "0")}`;

function schemaOf({ columns }: Shape) {
	return object(Object.fromEntries(Array.from({ length: columns }, (_, n) => [nameOf(n), string()])));
}

async function* pagesOf(shape: Shape, stream: number): AsyncGenerator<Record<string, string>[]> {
	const { records, streams, bytes, columns } = shape;
	const names = Array.from({ length: columns }, (_, n) => nameOf(n));
	const length = Math.max(Math.floor((bytes - ENVELOPE) / columns) - AROUND, 8);
	const size = Math.max(Math.min(PAGE.rows, Math.floor(PAGE.bytes / bytes)), 1);
	const most = Math.floor(records / streams) + (stream < records % streams ? 1 : 0);
	const filler = "The quick brown fox jumps over the lazy dog. ".repeat(Math.ceil(length / 45));
	const texts = Array.from({ length: 64 }, (_, n) => filler.slice(n % 45, (n % 45) + length - 8));
	for (let n = 0; n < most; ) {
		const page: Record<string, string>[] = [];
		for (; page.length < size && n < most; n++) page.push(row(names, texts, n));
		yield page;
	}
}

function row(names: readonly string[], texts: readonly string[], n: number): Record<string, string> {
	const made: Record<string, string> = {};
	for (let c = 0; c < names.length; c++) made[names[c]!] = String(n).padStart(8, "0") + texts[(n + c) % texts.length]!;
	return made;
}

await start(async () => ({ default: source }));
