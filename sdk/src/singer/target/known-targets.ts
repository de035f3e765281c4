/** What certain targets need so that they lose nothing. By their names, since Singer cannot ask them. */
import type { JsonObject } from "@growthnav/spec";
import type { SingerStream } from "../as-tap/to-singer.ts";

/** The stream as this target takes it. */
export function asTakenBy(program: string, stream: SingerStream): SingerStream {
	return program === "target-duckdb" ? withoutZones(stream) : stream;
}

/**
 * target-duckdb hands DuckDB a file without a header. From 1.3 on DuckDB takes its first row for one where a column has
 * times with a zone, so one row of each batch is lost. The columns have no zone anyway: UTC is what is written there.
 */
function withoutZones(stream: SingerStream): SingerStream {
	const { properties = {} } = stream.schema;
	const times = Object.keys(properties).filter((name) => properties[name]!.format === "date-time");
	if (times.length === 0) return stream;
	return {
		...stream,
		form(data, emittedAt) {
			const formed: JsonObject = stream.form(data, emittedAt);
			for (const name of times) {
				const value = formed[name];
				if (typeof value === "string") formed[name] = utcWithoutZone(value);
			}
			return formed;
		},
	};
}

const INSTANT = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/;

/** `2026-01-01T01:00:00.5+01:00` → `2026-01-01T00:00:00.5`. What is no time with a zone stays as it is. */
export function utcWithoutZone(text: string): string {
	const [, day, time, fraction = "", zone = ""] = INSTANT.exec(text) ?? [];
	const at = Date.parse(`${day}T${time}${zone.replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2").toUpperCase()}`);
	const utc = Number.isNaN(at) ? "" : new Date(at).toISOString();
	// in UTC it may be a year of five digits
	return utc.length === "2026-01-01T00:00:00.000Z".length ? `${utc.slice(0, 19)}${fraction}` : text;
}
