/** Screens of the commands that look without running: connectors, check, discover, state. */
import type { RunEvent } from "../../pipeline/events.ts";
import { visible } from "../../visible.ts";
import { age, count, duration, time } from "./numbers.ts";
import type { Style } from "./style.ts";
import { type TableColumn, table } from "./table.ts";
import { padEnd } from "./text.ts";

type Of<Name extends RunEvent["event"]> = Extract<RunEvent, { event: Name }>;

/** What can be read and what can be written, a table each. */
export function connectorsScreen(
	found: (Of<"connector"> & { reads: string | null; makes: string | null; writes: string | null })[],
	style: Style,
): string[] {
	const sources = found.filter(({ kind }) => kind === "source");
	const destinations = found.filter(({ kind }) => kind === "destination");
	const common: TableColumn[] = [{ head: "Status" }, { head: "Found in" }];
	return [
		...table(
			[
				{ head: "Source" },
				{ head: "Version" },
				{ head: "Streams", align: "right" },
				{ head: "Conversions", cuttable: true },
				...common,
			],
			sources.map((one) => [
				visible(one.name),
				one.version,
				one.reads ?? count(one.streams.length),
				one.makes ?? (one.conversions.join(", ") || "none"),
				one.status,
				one.found_in,
			]),
			style,
		),
		"",
		...table(
			[{ head: "Destination" }, { head: "Version" }, { head: "Writes", cuttable: true }, ...common],
			destinations.map((one) => [visible(one.name), one.version, one.writes ?? "", one.status, one.found_in]),
			style,
		),
	];
}

/** One line per thing that was tried. */
export function checkLine(check: Of<"check">, style: Style): string {
	const mark =
		check.status === "ok" ? style.good(style.ok) : check.status === "failed" ? style.bad(style.failed) : style.dim("-");
	const text = `${padEnd(check.name, 11)}  ${visible(check.message)}`;
	const seconds = check.duration_s >= 0.05 ? duration(check.duration_s) : "";
	const room = style.width - 2 - seconds.length;
	return `${mark} ${seconds && text.length + 2 <= room ? `${padEnd(text, room)}${seconds}` : text}`.trimEnd();
}

/** Streams with key, cursor and what they become. */
export function discoverScreen(streams: Of<"stream">[], style: Style): string[] {
	return table(
		[
			{ head: "Stream" },
			{ head: "Key" },
			{ head: "Cursor" },
			{ head: "Reads" },
			{ head: "Conversions", cuttable: true },
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
			{ head: "Cursor", cuttable: true },
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
