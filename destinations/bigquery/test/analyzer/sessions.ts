/** Runs that make the destination send what it can send: streams of every kind, columns of every type that change. */
import type { JsonObject } from "@growthnav/sdk/destination";
import fc from "fast-check";
import { session } from "../../../duckdb/test/sessions.ts";
import bigquery from "../../src/index.ts";
import { catalog, type Line, record, state, status, stream, write } from "../support.ts";

const TEXT = { type: ["null", "string"] };

const EVERY_TYPE = {
	id: TEXT,
	whole: { type: "integer" },
	exact: { type: "number" },
	truth: { type: "boolean" },
	day: { ...TEXT, format: "date" },
	moment: { ...TEXT, format: "date-time" },
	local: { ...TEXT, format: "date-time", airbyte_type: "timestamp_without_timezone" },
	clock: { ...TEXT, format: "time", airbyte_type: "time_without_timezone" },
	inner: { type: "object", properties: { a: TEXT } },
	list: { type: "array", items: TEXT },
};

/** What was a whole number may have decimals now, and there is more of everything. */
const LATER = {
	...Object.fromEntries(
		Object.entries(EVERY_TYPE).map(([name, schema]) => [name === "id" ? name : `new_${name}`, schema]),
	),
	whole: { type: "number" },
};

const ROW = {
	id: "a",
	whole: 1,
	exact: "12345678901234567890.123456789",
	truth: true,
	day: "2026-07-03",
	moment: "2026-07-03T10:00:00.123456Z",
	local: "2026-07-03T10:00:00",
	clock: "10:00:00",
	inner: { a: "x" },
	list: ["x"],
};

function typesRun(properties: object, at: number): Line[] {
	return [
		catalog(stream("types", properties as Record<string, unknown>, { cursor_field: ["moment"] })),
		record("types", { ...ROW, whole: at / 2 }, 1_780_000_000_000 + at),
		record("types", { ...ROW, id: "b", day: "no day" }, 1_780_000_000_000 + at),
		state("types", { at }),
		status("types"),
	];
}

/** One after the other: columns of every type, then more and wider ones, then the same again. */
export const TYPE_RUNS: Line[][] = [
	typesRun(EVERY_TYPE, 2),
	typesRun({ ...EVERY_TYPE, ...LATER }, 5),
	typesRun({ ...EVERY_TYPE, ...LATER }, 5),
];

/** Answers the errors that the runs ended with. */
export async function sendSessions(settings: JsonObject): Promise<string[]> {
	const runs = [...TYPE_RUNS, ...fc.sample(session, { seed: 11, numRuns: 6 })];
	const errors: string[] = [];
	for (const lines of runs) {
		const written = await write(settings, lines);
		errors.push(...written.errors.map(({ code, why }) => `${code}: ${why}`));
	}
	await bigquery.state({ config: settings });
	await bigquery.state({ config: settings, reset: true });
	return errors;
}
