/** `INTERVAL 3 DAY` as DuckDB's. */
import { invalidQuery } from "../refusal.ts";

const UNITS: Record<string, string> = {
	MICROSECOND: "to_microseconds",
	MILLISECOND: "to_milliseconds",
	SECOND: "to_seconds",
	MINUTE: "to_minutes",
	HOUR: "to_hours",
	DAY: "to_days",
	WEEK: "to_weeks",
	MONTH: "to_months",
	YEAR: "to_years",
};
const OF_BIGINT = new Set(["MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR"]);

export function interval(amount: string, part: string): string {
	const make = UNITS[part];
	if (make === undefined) throw invalidQuery(`A valid date part name is required but found ${part}`);
	return `${make}(CAST(${amount} AS ${OF_BIGINT.has(part) ? "BIGINT" : "INTEGER"}))`;
}
