/** How cost grows with what comes: records, streams, bytes and columns, each alone. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { committedRecords } from "../check/messages.ts";
import type { Case, Comparison, Contender, Wish } from "../harness/case.ts";
import { reading, writing } from "../workloads/run.ts";

interface Shape {
	records: number;
	streams: number;
	/** Of a line. */
	bytes: number;
	columns: number;
}

interface Series {
	name: string;
	points: number[];
	/** Only in a full run. */
	full: number[];
	shape(at: number): Shape;
	/** What cost should be in proportion to. */
	unit: string;
	units(shape: Shape): number;
	shown(at: number): string;
}

const USUAL: Shape = { records: 200_000, streams: 1, bytes: 229, columns: 7 };
/** What every run costs, whatever comes: it is taken off. */
const SMALLEST: Shape = { ...USUAL, records: 1 };
/** Of long records only so many bytes in all, of streams so many records each, of wide records so many. */
const BYTES = 100e6;
const A_STREAM = 2_000;
const WIDE = 5_000;

const number = (at: number) => at.toLocaleString("en");
const records = ({ records }: Shape) => records;
const kilobytes = ({ records, bytes }: Shape) => (records * bytes) / 1e3;

const SERIES: Series[] = [
	{
		name: "records",
		points: [10_000, 100_000, 1_000_000],
		full: [10_000_000],
		shape: (at) => ({ ...USUAL, records: at }),
		unit: "record",
		units: records,
		shown: number,
	},
	{
		name: "streams",
		points: [10, 50, 200],
		full: [],
		shape: (at) => ({ ...USUAL, streams: at, records: A_STREAM * at }),
		unit: "stream",
		units: ({ streams }) => streams,
		shown: number,
	},
	{
		name: "bytes a record",
		points: [1_000, 10_000, 100_000],
		full: [1_000_000],
		shape: (at) => ({ ...USUAL, bytes: at, records: Math.round(BYTES / at) }),
		unit: "kB",
		units: kilobytes,
		shown: number,
	},
	{
		name: "columns",
		points: [10, 100, 1_000],
		full: [],
		shape: (at) => ({ ...USUAL, columns: at, bytes: 110 + 20 * at, records: WIDE }),
		unit: "value",
		units: ({ records, columns }) => records * columns,
		shown: number,
	},
];

export const growth: Case = {
	name: "growth",
	says:
		"A source of ours by itself, into no store, and into DuckDB: what a record, a kB, a stream or a value costs, and what " +
		"memory it takes, as there are more of them. Time that is even down a column is linear. Memory that steps up settles: " +
		"V8 lets its heap grow while there is room (a source of 20 million records also runs in 112 MB, where its heap may have " +
		"40), and DuckDB works on 2,048 values of a column at once, whatever their size. From 129 members on, JSON.parse keeps " +
		"an object as a dictionary, which costs three times as much a value.",
	async *comparisons(wish) {
		for (const series of SERIES) {
			for (const at of [...series.points, ...(wish.full ? series.full : [])]) yield pointOf(series, at, wish);
		}
	},
};

function pointOf(series: Series, at: number, { amount, full }: Wish): Comparison {
	const whole = series.shape(at);
	const shape = { ...whole, records: Math.min(whole.records, amount(whole.records)) };
	return {
		title: `${series.name}: ${series.shown(at)}`,
		records: shape.records,
		bytes: shape.records * shape.bytes,
		expected: { records: shape.records },
		// the points beside it say how much a time is worth
		rounds: (asked) => Math.min(asked, full ? 3 : 1),
		contenders: contendersOf(shape),
		point: { series: series.name, at: series.shown(at), unit: series.unit, units: series.units(shape) },
	};
}

function contendersOf(shape: Shape): Contender[] {
	const source = (at: string, amount: "all" | "start") =>
		reading(at, "growing-source.ts", { ...(amount === "all" ? shape : SMALLEST) });
	const into = (name: string, store?: (at: string) => JsonObject): Contender => ({
		name,
		role: "ours",
		command: async (at, amount) => ({
			...(await writing(at, store?.(at))),
			feed: (await source(at, amount)).argv,
		}),
		outcome: (_at, out) => committedRecords(out),
	});
	return [
		{
			name: "source",
			role: "ours",
			command: async (at, amount) => ({ ...(await source(at, amount)), sink: ["grep", "-c", '^{"type":"RECORD"'] }),
			outcome: async (_at, out) => ({ records: Number(await readFile(out, "utf8")) }),
		},
		into("into no store"),
		into("into DuckDB", (at) => ({ path: join(at, "orders.duckdb") })),
	];
}
