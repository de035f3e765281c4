/**
 * Time zones by their IANA names, from the database that Node carries (Intl). Asking Intl takes microseconds, so each
 * day's offset is asked once; a day on which clocks change is searched for the second at which they do.
 */
import { DAY } from "./moment.ts";

export interface Zone {
	name: string;
	/** Seconds east of UTC at an instant given in seconds since 1970. */
	offsetAt(second: number): number;
}

const zones = new Map<string, Zone>();
const MOST_ZONES = 2000;
const MOST_DAYS = 20_000;

/** The zone of this name; undefined where there is none. */
export function zoneOf(name: string): Zone | undefined {
	const known = zones.get(name);
	if (known !== undefined) return known;
	const offset = intlOffset(name);
	if (offset === undefined) return undefined;
	const zone = { name, offsetAt: byDay(offset) };
	if (zones.size >= MOST_ZONES) zones.clear();
	zones.set(name, zone);
	return zone;
}

type Offset = (second: number) => number;

/** What Intl says: `GMT-05:00`, `GMT-04:56:02`. */
function intlOffset(timeZone: string): Offset | undefined {
	let format: Intl.DateTimeFormat;
	try {
		format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
	} catch {
		return undefined;
	}
	return (second) => {
		const text = format.format(second * 1000);
		const at = text.lastIndexOf("GMT") + 3;
		const [hours = 0, minutes = 0, seconds = 0] = text
			.slice(at + 1)
			.split(":")
			.map(Number);
		return (text[at] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
	};
}

/** A day of one offset, or the second at which it changes. */
type DayOffsets = number | { at: number; before: number; after: number };

function byDay(offset: Offset): Offset {
	const days = new Map<number, DayOffsets>();
	return (second) => {
		const day = Math.floor(second / DAY);
		let offsets = days.get(day);
		if (offsets === undefined) {
			offsets = offsetsOf(day, offset);
			if (days.size >= MOST_DAYS) days.clear();
			days.set(day, offsets);
		}
		if (typeof offsets === "number") return offsets;
		return second < offsets.at ? offsets.before : offsets.after;
	};
}

function offsetsOf(day: number, offset: Offset): DayOffsets {
	let low = day * DAY;
	let high = low + DAY - 1;
	const before = offset(low);
	const after = offset(high);
	if (before === after) return before;
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (offset(middle) === before) low = middle;
		else high = middle;
	}
	return { at: high, before, after };
}

export type LocalInstant =
	| { second: number; ambiguous: boolean }
	/** Clocks were put forward over this time; `next` is the instant that follows the same time before the change. */
	| { second: undefined; next: number };

/** More than any zone was ever away from UTC. */
const FARTHEST = 16 * 3600;

/**
 * The instant at which clocks of the zone show `wall` (seconds on their own clock). Where they show it twice, the
 * earlier one.
 */
export function instantOf(zone: Zone, wall: number): LocalInstant {
	const before = zone.offsetAt(wall - FARTHEST);
	const after = zone.offsetAt(wall + FARTHEST);
	if (before === after) return { second: wall - before, ambiguous: false };
	const early = zone.offsetAt(wall - before) === before;
	const late = zone.offsetAt(wall - after) === after;
	if (early) return { second: wall - before, ambiguous: late };
	return late ? { second: wall - after, ambiguous: false } : { second: undefined, next: wall - before };
}
