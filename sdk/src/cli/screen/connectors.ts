/** Screens of the commands that look without running: connectors, check, discover, state. */
import type { RunEvent } from "../../pipeline/events.ts";
import { visible } from "../../visible.ts";
import { age, count, duration, time } from "./numbers.ts";
import type { Style } from "./style.ts";
import { type TableColumn, table } from "./table.ts";
import { cells, padEnd, wrap } from "./text.ts";

type Of<Name extends RunEvent["event"]> = Extract<RunEvent, { event: Name }>;

/** For people, where the registry or the package tells: "5", "purchase, refund", "append, overwrite". */
export interface ConnectorWords {
	reads: string | null;
	makes: string | null;
	writes: string | null;
}

/** What can be read and what can be written, a table each. */
export function connectorsScreen(found: (Of<"connector"> & ConnectorWords)[], style: Style): string[] {
	const sources = found.filter(({ kind }) => kind === "source");
	const destinations = found.filter(({ kind }) => kind === "destination");
	const common: TableColumn[] = [{ head: "Status" }, { head: "Found in" }];
	return [
		...table(
			[
				{ head: "Source" },
				{ head: "Version" },
				{ head: "Streams", align: "right" },
				{ head: "Conversions", fit: "wrap" },
				...common,
			],
			sources.map((one) => [
				visible(one.name),
				visible(one.version || "-"),
				visible(one.reads ?? "-"),
				visible(one.makes ?? "-"),
				visible(one.status),
				one.found_in,
			]),
			style,
		),
		"",
		...table(
			[{ head: "Destination" }, { head: "Version" }, { head: "Writes", fit: "wrap" }, ...common],
			destinations.map((one) => [
				visible(one.name),
				visible(one.version || "-"),
				visible(one.writes ?? "-"),
				visible(one.status),
				one.found_in,
			]),
			style,
		),
	];
}

/** One line per thing that was tried. */
export function checkLine(check: Of<"check">, style: Style): string {
	const marks = { ok: style.ok, failed: style.failed, not_tried: "-" };
	const paint = { ok: style.good, failed: style.bad, not_tried: style.dim }[check.status];
	const widest = Math.max(...Object.values(marks).map(cells));
	const label = `${paint(padEnd(marks[check.status], widest))} ${padEnd(check.name, 11)}  `;
	const indent = widest + 14;
	const room = style.width - indent;
	const [first = "", ...more] = wrap(visible(check.message), room);
	const seconds = check.duration_s >= 0.05 ? duration(check.duration_s) : "";
	const fits = cells(first) + 2 + seconds.length <= room;
	const line = seconds !== "" && fits ? padEnd(first, room - seconds.length) + seconds : first;
	return [label + line, ...more.map((rest) => " ".repeat(indent) + rest)].join("\n");
}

/** Streams with key, cursor and what they become. */
export function discoverScreen(streams: Of<"stream">[], style: Style): string[] {
	return table(
		[
			{ head: "Stream" },
			{ head: "Key", fit: "wrap" },
			{ head: "Cursor" },
			{ head: "Reads" },
			{ head: "Conversions", fit: "wrap" },
		],
		streams.map((one) => [
			visible(one.stream),
			visible(one.key.join(", ")) || "-",
			visible(one.cursor ?? "-"),
			one.modes.includes("incremental") ? "incremental" : "full",
			visible(one.conversions.join("; ") || (one.note === null ? "none" : `none: ${one.note}`)),
		]),
		style,
	);
}

/** The columns of one stream, with their types. */
export function columnsScreen(stream: Of<"stream">, style: Style): string[] {
	return table(
		[{ head: "Column" }, { head: "Type" }],
		stream.columns.map(({ name, type }) => [visible(name), type]),
		style,
	);
}

/** Where each stream stands. */
export function stateScreen(states: Of<"state">[], style: Style): string[] {
	return table(
		[
			{ head: "Stream" },
			{ head: "Rows", align: "right" },
			{ head: "Committed" },
			{ head: "Age", leaves: 1 },
			{ head: "Cursor", fit: "end" },
		],
		states.map((one) => [
			visible(one.stream),
			count(one.rows),
			time(one.committed_at),
			age(one.age_s),
			visible(one.cursor ?? "-"),
		]),
		style,
	);
}
