/** When it happened: `timestamp`, its precision, `business_date` and `source_updated_at`. Never the time of now. */
import { whyAbsent, whyWrong } from "./blame.ts";
import {
	columnOf,
	type Draft,
	flag,
	flagWrong,
	type Mapped,
	mapped,
	type Part,
	type PartSource,
	type Refusal,
} from "./draft.ts";
import { DAY, dayText, instantText, type Moment, parseMoment, secondsOf } from "./moment.ts";
import type { Scope } from "./path.ts";
import type { Found } from "./value.ts";
import { instantOf, type Zone, zoneOf } from "./zone.ts";

/** Fills the columns of time; refuses a row whose own time is absent, wrong or cannot be placed. */
export function timePart(source: PartSource): Part {
	const event = columnOf(source, "timestamp");
	const updated = columnOf(source, "source_updated_at");
	const businessDate = columnOf(source, "business_date");
	const zoneFor = compileZone(source);
	return (draft, scope) => {
		const found = event.read(scope);
		if (found === undefined) return { code: "no_event_time", ...whyAbsent(event, "timestamp", scope) };
		const moment = momentOf(found);
		if (moment === undefined) return { code: "wrong_value", ...whyWrong(event, "not a date", scope) };
		const zone = zoneFor(scope);
		const placed = place(moment, zone);
		if (typeof placed === "string") return refusalOf(placed, event, source, zone, scope);
		const { row } = draft;
		row.timestamp = placed.text;
		row.timestamp_precision = moment.kind === "day" ? "day" : "instant";
		row.business_date = placed.date ?? null;
		noteDoubts(draft, "timestamp", moment, placed);
		if (zone === "wrong") flagWrong(draft, "time_zone");
		else if (zone === "absent" && moment.kind === "day") flag(draft, "no_time_zone");
		if (businessDate.value !== undefined) fillBusinessDate(draft, businessDate, zone, scope);
		if (updated.value !== undefined) fillUpdated(draft, updated, zone, scope);
		return undefined;
	};
}

function momentOf(found: Found): Moment | undefined {
	return typeof found === "string" ? parseMoment(found.trim()) : undefined;
}

/** The zone of a row; "absent" where the mapping names one and the record lacks it, "wrong" where it is none. */
type RowZone = Zone | "none" | "absent" | "wrong";

function compileZone({ mapping: { time_zone }, names }: PartSource): (scope: Scope) => RowZone {
	if (time_zone === undefined) return () => "none";
	if (typeof time_zone === "string") {
		const zone = zoneOf(time_zone) ?? "wrong";
		return () => zone;
	}
	const { read } = mapped(time_zone.path, names);
	return (scope) => {
		const found = read(scope);
		if (found === undefined) return "absent";
		return (typeof found === "string" ? zoneOf(found.trim()) : undefined) ?? "wrong";
	};
}

interface Placed {
	/** RFC 3339 in UTC. */
	text: string;
	/** The date at the place, where it is known. */
	date: string | undefined;
	/** Clocks there showed this time twice. */
	ambiguous: boolean;
}

type Unplaced = "no_time_zone" | "no_such_local_time" | "out_of_range";

/** Where a time stands in UTC. A day is its midnight in the zone, or its first moment where it has no midnight. */
function place(moment: Moment, rowZone: RowZone): Placed | Unplaced {
	const { kind, text } = moment;
	const zone = typeof rowZone === "object" ? rowZone : undefined;
	if (kind === "instant") return { text, date: zone && dateIn(zone, secondsOf(text)), ambiguous: false };
	const date = text.slice(0, 10);
	if (zone === undefined) {
		return kind === "day" ? { text: `${text}T00:00:00Z`, date, ambiguous: false } : "no_time_zone";
	}
	const local = instantOf(zone, secondsOf(text));
	if (local.second !== undefined)
		return placed(local.second, text.slice(19), date, kind === "local" && local.ambiguous);
	// a day without midnight begins when its clocks have changed; some days some places left out whole
	const begins = kind === "day" && dateIn(zone, local.next) === date;
	return begins ? placed(local.next, "", date, false) : "no_such_local_time";
}

function placed(second: number, fraction: string, date: string, ambiguous: boolean): Placed | Unplaced {
	const text = instantText(second, fraction);
	return text === undefined ? "out_of_range" : { text, date, ambiguous };
}

function dateIn(zone: Zone, second: number): string | undefined {
	return dayText(Math.floor((second + zone.offsetAt(second)) / DAY));
}

function refusalOf(why: Unplaced, event: Mapped, source: PartSource, zone: RowZone, scope: Scope): Refusal {
	if (why === "out_of_range") return { code: "wrong_value", ...whyWrong(event, "not in the years 1 to 9999", scope) };
	if (why === "no_such_local_time") {
		const name = typeof zone === "object" ? zone.name : "this zone";
		return { code: why, ...whyWrong(event, `skipped by the clocks of ${name}`, scope) };
	}
	const declared = source.mapping.time_zone;
	if (zone === "wrong" && typeof declared === "object") {
		return { code: "wrong_value", ...whyWrong(mapped(declared, source.names), "no time zone", scope) };
	}
	const lack = typeof declared === "object" ? `${declared.path} is absent` : "the mapping has no time_zone";
	return { code: why, ...whyWrong(event, `a local time, and ${lack}`, scope) };
}

function noteDoubts(draft: Draft, column: string, moment: Moment, { ambiguous }: Placed): void {
	if (moment.truncated) flag(draft, `truncated:${column}`);
	if (ambiguous) flag(draft, `ambiguous_local_time:${column}`);
}

/** The mapped date is kept as the source has it; of an instant it is the date in the zone. */
function fillBusinessDate(draft: Draft, column: Mapped, zone: RowZone, scope: Scope): void {
	const found = column.read(scope);
	const moment = momentOf(found);
	const at =
		moment === undefined ? undefined : moment.kind === "instant" ? place(moment, zone) : moment.text.slice(0, 10);
	const date = typeof at === "object" ? at.date : at;
	draft.row.business_date = date ?? null;
	if (found !== undefined && date === undefined) flagWrong(draft, "business_date");
}

function fillUpdated(draft: Draft, column: Mapped, zone: RowZone, scope: Scope): void {
	const found = column.read(scope);
	if (found === undefined) return;
	const moment = momentOf(found);
	const at = moment === undefined ? undefined : place(moment, zone);
	if (moment === undefined || typeof at !== "object") flagWrong(draft, "source_updated_at");
	else {
		draft.row.source_updated_at = at.text;
		noteDoubts(draft, "source_updated_at", moment, at);
	}
}
