import { describe, expect, test } from "vitest";
import { frame, frameWriter, waitingLine } from "../../src/cli/screen/live.ts";
import { age, bytes, clock, count, duration, money, time } from "../../src/cli/screen/numbers.ts";
import { conversionsTable, rejectsTable, schemaChangeLines, streamsTable } from "../../src/cli/screen/result.ts";
import { jsonLine } from "../../src/cli/screen/screen.ts";
import { styleFor } from "../../src/cli/screen/style.ts";
import { addEvent, joined, newSummary, type Summary } from "../../src/cli/screen/summary.ts";
import { table } from "../../src/cli/screen/table.ts";
import { cells, cutEnd, cutMiddle, cutStart, wrap } from "../../src/cli/screen/text.ts";
import { verdict } from "../../src/cli/screen/verdict.ts";
import type { RunEvent, StreamFinished } from "../../src/pipeline/events.ts";
import { visible, visibleJson } from "../../src/visible.ts";

const style = styleFor({ env: {}, isTerminal: false, columns: 80 });

function finished(stream: string, numbers: [number, number, number, number, number, number]): RunEvent {
	const [read, loaded, superseded, rejected, size, seconds] = numbers;
	const fields: StreamFinished = {
		stream,
		namespace: "square",
		table: `square__${stream}`,
		status: "complete",
		read,
		loaded,
		superseded,
		rejected,
		values_nulled: 0,
		bytes: size,
		duration_s: seconds,
		cursor_to: null,
		reasons:
			stream === "orders"
				? [
						{ kind: "record", code: "wrong_type", reason: 'updated_at: "2026-02-30T10:00:00Z" is not a date', rows: 6 },
						{ kind: "conversion", code: "no_event_time", reason: "closed_at is absent", rows: 3 },
						{ kind: "value", code: "wrong_type", reason: 'version became null: "xxx" is no integer', rows: 2 },
					]
				: [],
	};
	return { event: "stream_finished", ...fields };
}

function summaryOf(events: RunEvent[]): Summary {
	const summary = newSummary(0);
	for (const event of events) addEvent(summary, event, 0);
	return summary;
}

const conversions = (type: string, rows: number, value: string, source: string | null): RunEvent => ({
	event: "conversions",
	source_system: "square",
	source_account: "M1",
	conversion_type: type,
	currency: "USD",
	rows,
	value,
	source_value: source,
	source_rows: source === null ? null : rows,
	check: source === null ? "not_stated" : source === value ? "equal" : "differs",
});

describe("numbers as people read them", () => {
	test("counts, bytes, durations, ages", () => {
		expect([count(20037), count(7)]).toEqual(["20,037", "7"]);
		expect([bytes(215_300), bytes(2_940_000), bytes(78_000_000), bytes(999_600), bytes(12)]).toEqual([
			"215 kB",
			"2.9 MB",
			"78.0 MB",
			"1.0 MB",
			"12 B",
		]);
		expect([duration(0.4), duration(59.2), duration(370), duration(7500)]).toEqual([
			"0.4 s",
			"59.2 s",
			"6 min 10 s",
			"2 h 05 min",
		]);
		expect([clock(4), clock(3700), age(7300)]).toEqual(["00:04", "1:01:40", "2 h"]);
	});

	test("money is exact, grouped, with the digits of its currency", () => {
		expect(money("USD", "-21377.6")).toBe("USD -21,377.60");
		expect(money("JPY", "1250")).toBe("JPY 1,250");
		expect(money("KWD", "1.25")).toBe("KWD 1.250");
		expect(money("USD", "12345678901234567890.123456789")).toBe("USD 12,345,678,901,234,567,890.123456789");
	});

	test("times are UTC with Z and seconds", () => {
		expect(time("2026-03-18T17:22:04.123456Z")).toBe("2026-03-18 17:22:04Z");
		expect(time("2026-03-18T17:22:04+02:00")).toBe("2026-03-18 15:22:04Z");
		expect(time("2026-03-18")).toBe("2026-03-18");
	});
});

describe("text", () => {
	test("what a terminal would obey is shown", () => {
		expect(visible("a\x1b]0;title\x07b\u202ec\nd\u2028\ud800")).toBe("a\\x1b]0;title\\x07b\\u202ec\\nd\\u2028\\ud800");
		expect(visible("日本 👨‍👩‍👧 é")).toBe("日本 👨‍👩‍👧 é");
		expect(visibleJson({ a: "\u009b\u202e" })).toBe('{"a":"\\u009b\\u202e"}');
	});

	test("is measured in cells and cut between graphemes", () => {
		expect([cells("日本"), cells("👨‍👩‍👧"), cells("ab")]).toEqual([4, 2, 2]);
		expect(cutEnd("日本日本", 5)).toBe("日本…");
		expect(cutMiddle("26928855-f8ec-519b", 9)).toBe("2692…519b");
		expect(cutStart("/data/sales/2026-07.csv", 12)).toBe("…2026-07.csv");
		expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
	});
});

describe("tables", () => {
	test("columns leave in order where the terminal is narrow", () => {
		const columns = [{ head: "Name" }, { head: "Bytes", leaves: 1 }, { head: "Seconds", leaves: 2 }];
		const rows = [["orders", "1 kB", "0.1"]];
		expect(table(columns, rows, { ...style, width: 20 })).toEqual(["Name    Seconds", "orders  0.1"]);
		expect(table(columns, rows, { ...style, width: 10 })).toEqual(["Name", "orders"]);
	});
});

describe("the result of a run", () => {
	const summary = summaryOf([
		finished("orders", [20037, 20000, 31, 6, 52_600_000, 3.9]),
		finished("refunds", [618, 616, 0, 2, 512_000, 0.3]),
		conversions("purchase", 18652, "912480.35", "912480.35"),
		conversions("refund", 604, "-21377.60", "-21377.60"),
		{ event: "balance", mapped: 20647, loaded: 19256, superseded: 31, rejected: 3, left_out: 1357, left_out_by: [] },
	]);

	test("rows balance in every line", () => {
		expect(streamsTable(summary, style, 5.2)).toEqual([
			"Table              Read  Loaded  Superseded  Rejected    Bytes  Seconds",
			"square__orders   20,037  20,000          31         6  52.6 MB      3.9",
			"square__refunds     618     616           0         2   512 kB      0.3",
			"Total            20,655  20,616          31         8  53.1 MB      5.2",
			"  read = loaded + superseded + rejected, in every line",
			"  superseded: a copy of a row that is not newer than the one kept",
		]);
	});

	test("what a store billed stands below the rows", () => {
		const committed = { event: "committed" as const, streams: [], states: 1, bytes: 9, commit_s: 2 };
		const bills: RunEvent[] = [
			{ ...committed, epoch: 1, lag_s: 31.5, bytes_billed: 62_914_560, cost_usd: 0.000357628 },
			{ ...committed, epoch: 2, lag_s: 4.25, bytes_billed: 31_457_280, cost_usd: 0.000178814 },
		];
		const billed = summaryOf([finished("orders", [1, 1, 0, 0, 10, 0.1]), ...bills]);
		expect(streamsTable(billed, style, 1).at(-1)).toBe(
			"  billed 94.4 MB in 2 commits, $0.0005; no row waited more than 31.5 s",
		);
		expect(joined([billed, summary, billed]).bill).toMatchObject({ commits: 4, bytes: 188_743_680, lag: 31.5 });
	});

	test("conversions stand beside the sums of the source", () => {
		expect(conversionsTable(summary, style, "the merchant's own ledger")).toEqual([
			"Conversions         Rows      Value here  Value at source  Check",
			"square  purchase  18,652  USD 912,480.35   USD 912,480.35  equal",
			"square  refund       604  USD -21,377.60   USD -21,377.60  equal",
			"Total             19,256  USD 891,102.75   USD 891,102.75  equal",
			"  20,647 mapped = 19,256 loaded + 31 superseded + 3 rejected + 1,357 left out",
			"  value at source: the merchant's own ledger",
		]);
	});

	test("a sum that differs and one that is not stated say so", () => {
		const mixed = summaryOf([conversions("purchase", 2, "10.00", "10.01"), conversions("refund", 1, "-1.00", null)]);
		const lines = conversionsTable(mixed, style);
		expect(lines[1]).toContain("differs");
		expect(lines[2]).toContain("not stated");
		expect(lines.at(-1)).toContain("differs");
	});

	test("rejects come with their reasons", () => {
		expect(rejectsTable(summary, style)).toEqual([
			"Rejects         Rows  Why (kept with the raw row, to try again)",
			'square__orders     6  updated_at: "2026-02-30T10:00:00Z" is not a date',
			"square__orders     3  loaded, but no conversion: closed_at is absent",
			'square__orders     2  loaded, but version became null: "xxx" is no integer',
		]);
	});

	test("the verdict is the last sentence and names what waits", () => {
		const facts = {
			seconds: 5.2,
			exitCode: 0,
			rejectsWaiting: 11,
			next: [{ command: "growthnav rejects demo.duckdb", shows: "the refused rows" }],
		};
		expect(verdict([summary, summary], style, facts)).toEqual([
			"✓ Done in 5.2 s. All 4 sums equal the source. 11 rejects wait for a decision.",
			"",
			"Next  growthnav rejects demo.duckdb  the refused rows",
		]);
	});

	test("schema changes are one block a table", () => {
		const changed: RunEvent = {
			event: "schema_changed",
			stream: "orders",
			namespace: "square",
			table: "square__orders",
			path: "ticket_number",
			change: "retyped",
			from: "integer",
			to: "string",
			column: "ticket_number__str",
			mapping_touched: false,
		};
		expect(schemaChangeLines(summaryOf([changed]), style)).toEqual([
			"! square__orders changed at the source; nothing was dropped",
			"  ~  ticket_number  integer -> string  new column ticket_number__str",
			"     the mapping reads none of these; conversions are not touched",
		]);
	});
});

describe("the live frame", () => {
	test("stays below the height, active streams first, the rest counted", () => {
		const events = Array.from({ length: 200 }, (_, index): RunEvent => {
			const name = `s${index}`;
			return index < 120
				? finished(name, [1, 1, 0, 0, 1, 0.1])
				: {
						event: "progress",
						stream: name,
						namespace: null,
						table: name,
						read: 10,
						committed: 4,
						rejected: 0,
						bytes: 100,
						rows_per_s: 5,
						cursor: null,
						estimate_rows: null,
						status: index < 199 ? "reading" : "waiting",
					};
		});
		const facts = { title: "2 square -> duckdb", doing: undefined, startedAt: 0, now: 4000, stopping: false };
		for (const height of [2, 3, 4, 5, 6, 8, 20, 60, 300]) {
			const lines = frame(summaryOf(events), [], style, { ...facts, height });
			expect(lines.length).toBeLessThanOrEqual(height);
			expect(lines[0]).toMatch(/^2 square -> duckdb +00:04 {2}Ctrl-C stops$/);
			expect(lines.every((line) => cells(line) < 80)).toBe(true);
			if (height === 20) expect(lines.join("\n")).toMatch(/and \d+ more: \d+ reading, 1 waiting, 120 done/);
		}
	});

	test("a terminal that became narrower shows no rest of the frame before", () => {
		let columns = 80;
		let written = "";
		const frames = frameWriter(
			(text) => {
				written = text;
			},
			() => columns,
		);
		frames.draw(["x".repeat(79), "y"]);
		expect(written.startsWith("\x1b[?25l")).toBe(true);
		columns = 40;
		frames.draw(["z"]);
		expect(written).toBe("\r\x1b[3Az\x1b[K\n\x1b[J");
		frames.erase();
		expect(written).toBe("\r\x1b[1A\x1b[J\x1b[?25h");
	});
});

test("--json lines carry version, event, time, run and pipeline", () => {
	const line = jsonLine({ event: "log", level: "INFO", from: "source", message: "\u202e" }, 0, 42, "acme");
	expect(line).toBe(
		'{"v":1,"event":"log","time":"1970-01-01T00:00:00.000Z","run":42,"pipeline":"acme","level":"INFO","from":"source","message":"\\u202e"}\n',
	);
});

test("a long wait that is told every minute is one wait", () => {
	const summary = newSummary(0);
	const wait = (wait_s: number, more: object, now: number) => {
		const event = {
			event: "waiting",
			stream: "orders",
			reason: "rate_limited",
			wait_s,
			try: null,
			of: null,
			request: null,
		};
		addEvent(summary, { ...event, ...more } as RunEvent, now);
	};
	wait(600, { try: 2, of: 8 }, 1_000);
	wait(540, {}, 61_000);
	wait(480.2, {}, 121_000);
	expect(summary.waits.get("rate_limited")).toEqual({ times: 1, seconds: 600 });
	expect(waitingLine(summary.waiting!, summary)).toContain("orders waits");
	wait(12, { try: 3, of: 8 }, 601_000);
	wait(12, { try: 2, of: 8 }, 601_000);
	expect(summary.waits.get("rate_limited")).toEqual({ times: 3, seconds: 624 });
});
