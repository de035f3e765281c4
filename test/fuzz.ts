/** Lines of a source gone wild, and what is to become of each. */
import { type Chance, chanceOf } from "./chance.ts";
import { APPEND, catalog, INSTANT, line, NOON, NUMBER, record, state, stream, TEXT, WHOLE } from "./lines.ts";

export interface Fuzzed {
	line: string | Buffer;
	/** Whose count it is: a stream of the catalog, one that nobody knows, or "" where no stream can be told. */
	stream: string;
	/** Why it is refused; absent where it is loaded or superseded. */
	code?: string;
	/** The property at fault. */
	path?: string;
	/** What the dead letter keeps. */
	raw?: string;
	/** Not a record at all: a log, an empty line. */
	nothing?: true;
}

export const FUZZ_CATALOG = catalog(
	stream(
		"orders",
		{ id: TEXT, n: WHOLE, total: NUMBER, at: INSTANT, email: TEXT },
		{
			conversion_origin: {
				source: { const: "pos" },
				source_system: { const: "fuzz" },
				source_account: { const: "main" },
			},
			conversions: [{ type: "purchase", columns: { timestamp: "at", value: "total", currency: { const: "USD" } } }],
		},
	),
	stream("events", { n: WHOLE, what: TEXT }, APPEND),
	stream("quiet", { id: TEXT }),
);

/** An address that nobody may see outside the dead letters. */
export const EMAIL = "maria.gonzalez@example.com";

type Kind = (row: number, chance: Chance) => Fuzzed;

const order = (row: number, more: object = {}) => ({
	id: `o${row % 5_000}`,
	n: row,
	total: row / 100,
	at: new Date(NOON + row).toISOString(),
	email: EMAIL,
	...more,
});

function good(stream: string, data: object, row: number): Fuzzed {
	return { line: record(stream, data, NOON + row), stream };
}

function refused(stream: string, data: unknown, code: string, path: string, row: number): Fuzzed {
	return { line: record(stream, data, NOON + row), stream, code, path, raw: JSON.stringify(data) };
}

function broken(text: string): Fuzzed {
	return { line: `${text}\n`, stream: "", code: "no_message", raw: text };
}

/** Each as often as its number. */
const KINDS: [number, Kind][] = [
	[400, (row) => good("orders", order(row), row)],
	[250, (row) => good("events", { n: row, what: `visit ${row}` }, row)],
	// wrong values of optional columns become null, with a note
	[60, (row, { pick }) => good("orders", order(row, { total: pick(["12,50", true, [row], { row }, "NaN"]) }), row)],
	[40, (row, { pick }) => good("events", { n: pick([1.5, "x", 2 ** 70, [], false]), what: `odd ${row}` }, row)],
	[30, (row) => good("orders", order(row, { extra: { row }, constructor: row }), row)],
	// without a key, or with one that is none, nothing can be kept apart
	[30, (row) => refused("orders", order(row, { id: null }), "missing_key", "id", row)],
	[20, (row) => refused("orders", { n: row, email: EMAIL }, "missing_key", "id", row)],
	[20, (row) => refused("orders", order(row, { id: { row } }), "wrong_type", "id", row)],
	[10, (row) => refused("events", {}, "empty_record", "", row)],
	[20, (row, { pick }) => refused(pick(["ghosts", "Orders", "order"]), { n: row }, "unknown_stream", "", row)],
	[10, (row) => elsewhere(row)],
	// lines that are no message
	[30, (row, chance) => cut(record("orders", order(row), NOON), chance)],
	[10, (row) => broken(`{"type":"RECORD","record":{"stream":"orders","data":[${row}],"emitted_at":1}}`)],
	[10, (row) => broken(`{"type":"RECORD","record":{"stream":"orders","data":{"n":${row}}}}`)],
	[10, (row) => broken(`{"type":"RECORD","record":{"data":{"n":${row}},"emitted_at":1}}`)],
	[10, (row) => broken(`{"level":"info","row":${row},"email":"${EMAIL}"}`)],
	[10, (row) => broken(`{"type":"STATE","state":{"type":"STREAM","row":${row}}}`)],
	[10, (row) => broken(`{"n":${row},"deep":${"[".repeat(600)}${"]".repeat(600)}}`)],
	[5, (row) => notUtf8(row)],
	// what stands between messages and is none of our business
	[10, (row) => ({ line: `line ${row} of a library's own log\n`, stream: "", nothing: true })],
	[5, () => ({ line: "\n", stream: "", nothing: true })],
];

function elsewhere(row: number): Fuzzed {
	const data = { n: row, id: `o${row}` };
	return {
		line: record("orders", data, NOON, { namespace: "elsewhere" }),
		stream: "orders",
		code: "unknown_stream",
		path: "",
		raw: JSON.stringify(data),
	};
}

function cut(text: string, chance: Chance): Fuzzed {
	return broken(text.slice(0, 20 + chance.below(text.length - 30)));
}

function notUtf8(row: number): Fuzzed {
	const text = `{"type":"RECORD","row":${row},"name":"`;
	const bytes = Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]);
	return { line: bytes, stream: "", code: "no_message", raw: `${text}\ufffd\ufffd"}` };
}

/** So many lines, a state of one stream or the other among them every thousand. */
export function* fuzzed(lines: number, seed: number): Generator<Fuzzed> {
	const chance = chanceOf(seed);
	const bag = KINDS.flatMap(([times, kind]) => Array.from({ length: times }, () => kind));
	for (let row = 0; row < lines; row++) {
		yield chance.pick(bag)(row, chance);
		if (row % 1_000 !== 999) continue;
		yield { line: state(chance.pick(["orders", "events"]), { row }), stream: "", nothing: true };
		yield { line: line({ type: "LOG", log: { level: "INFO", message: `row ${row}` } }), stream: "", nothing: true };
	}
}

/** A record of so many bytes, of a stream that is told before its data. */
export function* longRecord(stream: string, bytes: number): Generator<string> {
	const [head, tail] = [
		`{"type":"RECORD","record":{"stream":"${stream}","data":{"id":"long","text":"`,
		`"},"emitted_at":${NOON}}}\n`,
	];
	yield head;
	const piece = "x".repeat(1_000_000);
	let left = bytes - head.length - (tail.length - 1);
	for (; left > piece.length; left -= piece.length) yield piece;
	yield piece.slice(0, left) + tail;
}
