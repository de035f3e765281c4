/**
 * A source as a function: what a shop sends when it goes on from given states. Rows are the same at every reading, so
 * two histories of reading it must end in the same tables, to the microsecond of `emitted_at`.
 */
import type { JsonObject, StatePayload } from "@growthnav/spec";
import {
	APPEND,
	catalog,
	complete,
	INSTANT,
	NOON,
	NUMBER,
	overwrite,
	record,
	state,
	status,
	stream,
	TEXT,
	WHOLE,
} from "./lines.ts";

export interface Reading {
	/** From the ledger; absent: from the start. */
	states?: readonly StatePayload[];
	/** Rows of each stream. */
	rows: number;
	/** Of `stock`, which is read whole in every run. */
	generation: number;
	/** Of `prices`, which is read whole too, but goes on within its generation. */
	prices: number;
}

/** Rows between two states. */
export const PAGE = 10;

const at = (row: number) => new Date(NOON + row * 60_000).toISOString();

const ROWS: Record<string, (row: number) => JsonObject> = {
	// no key: every row is kept. Some have a wrong value, which is noted; some are empty, which are refused
	events: (row) =>
		row % 11 === 10
			? {}
			: { n: row, note: `visit ${row}`, seconds: row % 7 === 6 ? "many" : row, page: { path: `/${row}` } },
	// 17 orders in ever newer versions; some without id, some not closed yet, some deleted
	orders: (row) => ({
		...(row % 19 !== 18 && { id: `o${row % 17}` }),
		updated_at: at(row),
		total: `${row}.05`,
		...(row % 13 !== 12 && { closed_at: at(row % 17) }),
		...(row % 23 === 22 && { _ab_cdc_deleted_at: at(row) }),
	}),
	prices: (row) => ({ id: row % 25, price: row / 4 }),
	stock: (row) => ({ id: `s${row}`, pieces: row * 3, counted_at: at(row) }),
};

const CURRENCY = { const: "USD" };
const ORIGIN = { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: "main" } };

function streams({ generation, prices }: Reading): JsonObject[] {
	return [
		stream("events", { n: WHOLE, note: TEXT, seconds: WHOLE, page: { type: ["null", "object"] } }, APPEND),
		stream(
			"orders",
			{ id: TEXT, updated_at: INSTANT, total: NUMBER, closed_at: INSTANT },
			{
				cursor_field: ["updated_at"],
				conversion_origin: ORIGIN,
				conversions: [{ type: "purchase", columns: { timestamp: "closed_at", value: "total", currency: CURRENCY } }],
			},
		),
		stream("prices", { id: WHOLE, price: NUMBER }, overwrite(prices)),
		stream(
			"stock",
			{ id: TEXT, pieces: WHOLE, counted_at: INSTANT },
			{
				...overwrite(generation),
				conversion_origin: ORIGIN,
				conversions: [{ type: "lead", columns: { timestamp: "counted_at", user_id: "id" } }],
			},
		),
	];
}

/** Line by line: the streams take turns, a page each. */
export function* read(reading: Reading): Generator<string> {
	yield catalog(...streams(reading));
	const names = Object.keys(ROWS);
	const done = new Map(names.map((name) => [name, startOf(name, reading)]));
	for (const name of names) yield status(name, "STARTED");
	const open = () => names.filter((name) => done.get(name)! < reading.rows);
	while (open().length > 0) {
		for (const name of open()) {
			const from = done.get(name)!;
			const to = Math.min(from + PAGE, reading.rows);
			for (let row = from; row < to; row++) yield record(name, ROWS[name]!(row), NOON + row);
			done.set(name, to);
			yield '{"type":"LOG","log":{"level":"INFO","message":"a page"}}\n';
			if (name !== "stock") yield state(name, positionOf(name, to, reading));
		}
	}
	yield state("stock", {});
	for (const name of names) yield complete(name);
	// real sources send their last state once more
	yield state("events", positionOf("events", reading.rows, reading));
}

function positionOf(name: string, row: number, { prices }: Reading): JsonObject {
	return name === "prices" ? { row, generation: prices } : { row };
}

/** A position counts only within its generation. */
function startOf(name: string, { states = [], prices }: Reading): number {
	const found = states.find(({ stream }) => stream?.stream_descriptor.name === name)?.stream?.stream_state;
	const { row = 0, generation = prices } = (found ?? {}) as { row?: number; generation?: number };
	return generation === prices ? row : 0;
}
