import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMoment, secondsOf } from "../../src/conversion/moment.ts";
import { instantOf, zoneOf } from "../../src/conversion/zone.ts";
import { reject, row } from "./convert.ts";

const at = (time: unknown, time_zone?: string) =>
	row({ columns: { timestamp: "at" }, ...(time_zone && { time_zone }) }, { at: time as string });
const refused = (time: unknown, time_zone?: string) =>
	reject({ columns: { timestamp: "at" }, ...(time_zone && { time_zone }) }, { at: time as string });

const ZONES = [
	"America/New_York",
	"America/Sao_Paulo",
	"America/St_Johns",
	"Europe/London",
	"Europe/Dublin",
	"Asia/Kolkata",
	"Asia/Kathmandu",
	"Australia/Lord_Howe",
	"Pacific/Apia",
	"Pacific/Chatham",
	"Africa/Casablanca",
	"America/Havana",
	"Asia/Beirut",
	"UTC",
];

describe("instants", () => {
	test.each([
		["2026-07-03T19:22:10Z", "2026-07-03T19:22:10Z"],
		["2026-07-03t19:22:10z", "2026-07-03T19:22:10Z"],
		["2026-07-03 19:22:10+0000", "2026-07-03T19:22:10Z"],
		["2026-07-03T19:22Z", "2026-07-03T19:22:00Z"],
		["2026-07-03T21:22:10.120+02:00", "2026-07-03T19:22:10.12Z"],
		["2026-07-03T23:59:59.999999-00:30", "2026-07-04T00:29:59.999999Z"],
		["2026-01-01T00:00:00+05:30", "2025-12-31T18:30:00Z"],
		["2024-02-29T23:00:00-02", "2024-03-01T01:00:00Z"],
		["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
		[" 2026-07-03T19:22:10Z ", "2026-07-03T19:22:10Z"],
	])("%s is %s", (written, utc) => {
		expect(at(written)).toMatchObject({ timestamp: utc, timestamp_precision: "instant" });
		expect(at(written)).not.toHaveProperty("business_date");
	});

	test("beyond microseconds digits are cut, and said where one of them counted", () => {
		expect(at("2026-07-03T19:22:10.1234567Z")).toMatchObject({
			timestamp: "2026-07-03T19:22:10.123456Z",
			dq_flags: ["truncated:timestamp"],
		});
		expect(at("2026-07-03T19:22:10.123456000Z")).not.toHaveProperty("dq_flags");
	});

	test.each([
		"2026-02-30T10:00:00Z",
		"2026-13-01",
		"2026-00-10",
		"2026-01-00",
		"2025-02-29",
		"0000-01-01T00:00:00Z",
		"10000-01-01T00:00:00Z",
		"2026-07-03T24:00:00Z",
		"2026-12-31T23:59:60Z",
		"2026-07-03T19:60:00Z",
		"2026-07-03T19:22:10+24:00",
		"2026-07-03T19:22:10.Z",
		"0001-01-01T00:00:00+00:01",
		"2026-7-3",
		"20260703",
		"July 3, 2026",
		"03/07/2026",
		"now",
		"2026-07-03T19:22:10ZZ",
		"2026-07-03T19:22:10Z\n2026-07-04",
	])("%j is not a date", (written) => {
		expect(refused(written).code).toBe("wrong_value");
		expect(refused(written).path).toBe("at");
	});

	test("neither is a number, a truth or a list", () => {
		expect(refused(1783106530)).toEqual({ code: "wrong_value", reason: "at: 1783106530 is not a date", path: "at" });
		expect(refused(true).reason).toBe("at: true is not a date");
		expect(refused([]).reason).toBe("at: a list of 0 is not a date");
	});

	test("what is shown of a wrong time is masked", () => {
		expect(refused("Mary Miller").reason).toBe('at: "xxxx xxxxxx" is not a date');
	});
});

describe("local times", () => {
	test("are what clocks of the zone show", () => {
		expect(at("2026-07-03T19:22:10.5", "America/Chicago")).toMatchObject({
			timestamp: "2026-07-04T00:22:10.5Z",
			business_date: "2026-07-03",
		});
		expect(at("2026-01-15 08:00", "Asia/Kathmandu").timestamp).toBe("2026-01-15T02:15:00Z");
	});

	test("in the hour that is skipped do not exist", () => {
		expect(refused("2026-03-08T02:00:00", "America/New_York").code).toBe("no_such_local_time");
		expect(at("2026-03-08T01:59:59", "America/New_York").timestamp).toBe("2026-03-08T06:59:59Z");
		expect(at("2026-03-08T03:00:00", "America/New_York").timestamp).toBe("2026-03-08T07:00:00Z");
		// Samoa left out this whole day
		expect(refused("2011-12-30T12:00:00", "Pacific/Apia").code).toBe("no_such_local_time");
	});

	test("in the hour that comes twice are the first of the two, and flagged", () => {
		const twice = at("2026-11-01T01:00:00", "America/New_York");
		expect(twice).toMatchObject({ timestamp: "2026-11-01T05:00:00Z", dq_flags: ["ambiguous_local_time:timestamp"] });
		expect(at("2026-11-01T02:00:00", "America/New_York")).not.toHaveProperty("dq_flags");
		// half an hour, on an island
		expect(at("2026-04-05T01:45:00", "Australia/Lord_Howe").timestamp).toBe("2026-04-04T14:45:00Z");
	});

	test("need a zone", () => {
		expect(refused("2026-07-03T19:22:10").code).toBe("no_time_zone");
		const columns = { timestamp: "at" };
		const time_zone = { path: "shop.zone" };
		expect(reject({ columns, time_zone }, { at: "2026-07-03T19:22:10" })).toEqual({
			code: "no_time_zone",
			reason: 'at: "2026-07-03T19:22:10" is a local time, and shop.zone is absent',
			path: "at",
		});
		expect(reject({ columns, time_zone }, { at: "2026-07-03T19:22:10", shop: { zone: "Mars/Base" } })).toEqual({
			code: "wrong_value",
			reason: 'shop.zone: "xxxx/xxxx" is no time zone',
			path: "shop.zone",
		});
	});
});

describe("days", () => {
	test("are midnight of the zone, with their own date", () => {
		expect(at("2026-07-03", "Pacific/Auckland")).toMatchObject({
			timestamp: "2026-07-02T12:00:00Z",
			timestamp_precision: "day",
			business_date: "2026-07-03",
		});
	});

	test("without midnight begin when the clocks have changed", () => {
		// Beirut and Havana change at midnight
		expect(at("2025-03-30", "Asia/Beirut").timestamp).toBe("2025-03-29T22:00:00Z");
		expect(at("2026-03-08", "America/Havana").timestamp).toBe("2026-03-08T05:00:00Z");
		expect(refused("2011-12-30", "Pacific/Apia").code).toBe("no_such_local_time");
	});

	test("with two midnights begin with the first, without a doubt", () => {
		const day = at("2026-11-01", "America/Havana");
		expect(day.timestamp).toBe("2026-11-01T04:00:00Z");
		expect(day).not.toHaveProperty("dq_flags");
	});

	test("whose zone the record should name but does not are midnight in UTC, and flagged", () => {
		const parts = { columns: { timestamp: "at" }, time_zone: { path: "zone" } };
		expect(row(parts, { at: "2026-07-03" })).toMatchObject({
			timestamp: "2026-07-03T00:00:00Z",
			dq_flags: ["no_time_zone"],
		});
		expect(row(parts, { at: "2026-07-03", zone: "Nowhere" }).dq_flags).toEqual(["wrong_value:time_zone"]);
	});
});

describe("business_date and source_updated_at", () => {
	const parts = { columns: { timestamp: "at", business_date: "day", source_updated_at: "updated" } };
	const record = { at: "2026-07-03T03:00:00Z" };

	test("a mapped business date is the source's own", () => {
		const zoned = { ...parts, time_zone: "America/Chicago" };
		expect(row(zoned, { ...record, day: "2026-07-01" }).business_date).toBe("2026-07-01");
		expect(row(zoned, { ...record, day: "2026-07-03T04:00:00Z" }).business_date).toBe("2026-07-02");
		expect(row(zoned, record)).not.toHaveProperty("business_date");
	});

	test("wrong ones are null and flagged", () => {
		const wrong = row(parts, { ...record, day: "2026-07-03T04:00:00Z", updated: "yesterday" });
		expect(wrong).not.toHaveProperty("business_date");
		expect(wrong).not.toHaveProperty("source_updated_at");
		expect(wrong.dq_flags).toEqual(["wrong_value:business_date", "wrong_value:source_updated_at"]);
	});

	test("an update time is an instant like any other", () => {
		expect(row(parts, { ...record, updated: "2026-07-03T05:00:00.1234567+01:00" })).toMatchObject({
			source_updated_at: "2026-07-03T04:00:00.123456Z",
			dq_flags: ["truncated:source_updated_at"],
		});
	});
});

/** What Intl says the clocks of a zone show, in the form of a canonical local time. */
function wallByIntl(second: number, timeZone: string): string {
	const parts = new Intl.DateTimeFormat("en-US", {
		timeZone,
		hourCycle: "h23",
		year: "numeric",
		month: "2-digit",
		day: "2-digit",
		hour: "2-digit",
		minute: "2-digit",
		second: "2-digit",
	}).formatToParts(second * 1000);
	const part = (type: string) => parts.find((one) => one.type === type)!.value;
	return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}`;
}

describe("always", () => {
	const second = fc.integer({ min: -2_208_988_800, max: 4_102_444_800 }); // 1900 to 2100
	const zone = fc.constantFrom(...ZONES);

	test("offsets are those of Intl to the second, wherever clocks changed since 1990", () => {
		for (const name of ["America/New_York", "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "Asia/Beirut"]) {
			const { offsetAt } = zoneOf(name)!;
			let changes = 0;
			for (let day = 7305; day < 21_000; day++) {
				const [start, end] = [day * 86_400, day * 86_400 + 86_399];
				if (offsetAt(start) === offsetAt(end)) continue;
				changes++;
				let change = start;
				while (offsetAt(change) === offsetAt(start)) change += 900;
				for (const when of [change - 901, change - 900, change - 1, change, change + 1]) {
					expect(when + offsetAt(when)).toBe(secondsOf(wallByIntl(when, name)));
				}
			}
			expect(changes).toBeGreaterThan(10);
		}
	});

	test("offsets are those of Intl", () => {
		fc.assert(
			fc.property(second, zone, (when, name) => {
				expect(when + zoneOf(name)!.offsetAt(when)).toBe(secondsOf(wallByIntl(when, name)));
			}),
			{ numRuns: 2000 },
		);
	});

	test("what clocks show leads back to the instant, or to the earlier one that looks the same", () => {
		fc.assert(
			fc.property(second, zone, (when, name) => {
				const wall = when + zoneOf(name)!.offsetAt(when);
				const found = instantOf(zoneOf(name)!, wall);
				expect(found.second).toBeDefined();
				expect(wallByIntl(found.second!, name)).toBe(wallByIntl(when, name));
				expect(found.second!).toBeLessThanOrEqual(when);
				if (found.second !== when) expect(found).toMatchObject({ ambiguous: true });
			}),
			{ numRuns: 1000 },
		);
	});

	test("an instant in any offset is the same instant in UTC, by the clock of Date", () => {
		const offset = fc.integer({ min: -1439, max: 1439 });
		fc.assert(
			fc.property(second, fc.nat(999), offset, (when, milli, minutes) => {
				const local = new Date((when + minutes * 60) * 1000 + milli).toISOString().slice(0, -1);
				const sign = minutes < 0 ? "-" : "+";
				const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
				const written = `${local}${sign}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
				const { timestamp } = at(written);
				expect(Date.parse(timestamp as string)).toBe(when * 1000 + milli);
			}),
		);
	});

	test("any text is a canonical time or none, and canonical times stay as they are", () => {
		const text = fc.oneof(
			fc.string(),
			fc.stringMatching(
				/^[0-2]\d{3}-[01]\d-[0-3]\d([T ][0-2]\d:[0-5]\d(:[0-6]\d(\.\d{0,8})?)?(Z|[+-]\d\d:?\d?\d?)?)?$/,
			),
		);
		fc.assert(
			fc.property(text, (written) => {
				const moment = parseMoment(written);
				if (moment !== undefined) expect(parseMoment(moment.text)).toEqual({ ...moment, truncated: false });
			}),
			{ numRuns: 2000 },
		);
	});
});
