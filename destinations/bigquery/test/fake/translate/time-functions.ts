/** Functions of dates and times. All is UTC. */
import { invalidQuery } from "../refusal.ts";
import type { Expression } from "../sql/syntax.ts";
import type { Known, Render } from "./functions.ts";
import { interval } from "./intervals.ts";

function partOf(value: Expression | undefined): string {
	const part = value?.is === "path" && value.parts.length === 1 ? value.parts[0]!.toUpperCase() : "";
	if (
		!["MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"].includes(
			part,
		)
	) {
		throw invalidQuery(`A valid date part name is required but found ${part}`);
	}
	return part;
}

const truncated = (type: string): Known => ({
	least: 2,
	most: 2,
	raw: [1],
	sql: ([value], call) => `CAST(date_trunc('${partOf(call.args[1]).toLowerCase()}', ${value}) AS ${type})`,
});

/** `…_ADD(value, INTERVAL n PART)` */
const moved = (sign: "+" | "-", type: string): Known => ({
	least: 2,
	most: 2,
	raw: [1],
	sql([value], call, sql: Render) {
		const by = call.args[1]!;
		if (by.is !== "interval") throw invalidQuery(`${call.name} takes an INTERVAL`);
		return `CAST(${value} ${sign} ${interval(sql(by.amount), by.part)} AS ${type})`;
	},
});

const formatted = (type: string): Known => ({
	least: 2,
	most: 2,
	sql: ([, value], call) => `strftime(CAST(${value} AS ${type}), ${duckFormat(call.args[0]!)})`,
});

const DIRECTIVES: Record<string, string> = { "%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%E6S": "%S.%f", "%Z": "UTC" };

function duckFormat(format: Expression): string {
	if (format.is !== "string" || format.value.includes("'"))
		throw invalidQuery("a format is a plain string literal here");
	const known = format.value.replace(/%(E\dS|E\*S|Ez|.)/g, (directive) => {
		const mapped = DIRECTIVES[directive] ?? (/^%[YmdHMSjaAbByueU%]$/.test(directive) ? directive : undefined);
		if (mapped === undefined) throw invalidQuery(`the fake does not know the format element ${directive}`);
		return mapped;
	});
	return `'${known}'`;
}

const single = (render: (value: string) => string): Known => ({ least: 1, most: 1, sql: ([value]) => render(value!) });

export const timeFunctions: Record<string, Known> = {
	CURRENT_TIMESTAMP: { least: 0, most: 0, sql: (_args, _call, _sql, room) => room.now() },
	CURRENT_DATE: { least: 0, most: 0, sql: (_args, _call, _sql, room) => `CAST(${room.now()} AS DATE)` },
	CURRENT_DATETIME: { least: 0, most: 0, sql: (_args, _call, _sql, room) => `CAST(${room.now()} AS TIMESTAMP)` },
	TIMESTAMP_MICROS: single((value) => `make_timestamptz(CAST(${value} AS BIGINT))`),
	TIMESTAMP_MILLIS: single((value) => `make_timestamptz(CAST(${value} AS BIGINT) * 1000)`),
	TIMESTAMP_SECONDS: single((value) => `make_timestamptz(CAST(${value} AS BIGINT) * 1000000)`),
	UNIX_MICROS: single((value) => `epoch_us(${value})`),
	UNIX_MILLIS: single((value) => `epoch_ms(${value})`),
	UNIX_SECONDS: single((value) => `(epoch_us(${value}) // 1000000)`),
	UNIX_DATE: single((value) => `date_diff('day', DATE '1970-01-01', ${value})`),
	DATE: {
		least: 1,
		most: 3,
		sql: ([a, b, c]) =>
			b === undefined ? `CAST(${a} AS DATE)` : c === undefined ? refuseZone() : `make_date(${a}, ${b}, ${c})`,
	},
	TIMESTAMP: single((value) => `CAST(${value} AS TIMESTAMPTZ)`),
	DATETIME: single((value) => `CAST(${value} AS TIMESTAMP)`),
	TIME: single((value) => `CAST(${value} AS TIME)`),
	TIMESTAMP_TRUNC: truncated("TIMESTAMPTZ"),
	DATE_TRUNC: truncated("DATE"),
	DATETIME_TRUNC: truncated("TIMESTAMP"),
	TIMESTAMP_ADD: moved("+", "TIMESTAMPTZ"),
	TIMESTAMP_SUB: moved("-", "TIMESTAMPTZ"),
	DATE_ADD: moved("+", "DATE"),
	DATE_SUB: moved("-", "DATE"),
	DATETIME_ADD: moved("+", "TIMESTAMP"),
	DATETIME_SUB: moved("-", "TIMESTAMP"),
	// whole parts between two moments
	TIMESTAMP_DIFF: {
		least: 3,
		most: 3,
		raw: [2],
		sql: ([a, b], call) => `date_sub('${partOf(call.args[2]).toLowerCase()}', ${b}, ${a})`,
	},
	// boundaries of parts between two days
	DATE_DIFF: {
		least: 3,
		most: 3,
		raw: [2],
		sql: ([a, b], call) => `date_diff('${partOf(call.args[2]).toLowerCase()}', ${b}, ${a})`,
	},
	FORMAT_TIMESTAMP: formatted("TIMESTAMP"),
	FORMAT_DATETIME: formatted("TIMESTAMP"),
	FORMAT_DATE: formatted("DATE"),
	FORMAT_TIME: formatted("TIMESTAMP"),
	GENERATE_DATE_ARRAY: {
		least: 2,
		most: 2,
		sql: ([from, to]) => `list_transform(generate_series(${from}, ${to}, INTERVAL 1 DAY), lambda d: CAST(d AS DATE))`,
	},
};

function refuseZone(): never {
	throw invalidQuery("the fake knows no time zone but UTC");
}
