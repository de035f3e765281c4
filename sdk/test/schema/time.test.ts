import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { losesDigits, parseDate, parseInstant, parseLocalDateTime, parseTime } from "../../src/schema/time.ts";

describe("instants", () => {
	test.each([
		["2026-07-03T19:22:10Z", "2026-07-03T19:22:10Z"],
		["2026-07-03t19:22:10z", "2026-07-03T19:22:10Z"],
		["2026-07-03 19:22:10Z", "2026-07-03T19:22:10Z"],
		["2026-07-03 19:22:10 UTC", "2026-07-03T19:22:10Z"],
		["2026-07-03 19:22:10 Z", "2026-07-03T19:22:10Z"],
		["2026-07-03 19:22:10 +0000", "2026-07-03T19:22:10Z"],
		["2026-07-03T19:22Z", "2026-07-03T19:22:00Z"],
		["2026-07-03T19:22:10.000Z", "2026-07-03T19:22:10Z"],
		["2026-07-03T19:22:10.500Z", "2026-07-03T19:22:10.5Z"],
		["2026-07-03T19:22:10,5Z", "2026-07-03T19:22:10.5Z"],
		["2026-07-03T19:22:10.123456Z", "2026-07-03T19:22:10.123456Z"],
		["2026-07-03T19:22:10.123456789Z", "2026-07-03T19:22:10.123456Z"],
		["2026-07-03T19:22:10.0000009Z", "2026-07-03T19:22:10Z"],
		["2026-07-03T19:22:10+02:00", "2026-07-03T17:22:10Z"],
		["2026-07-03T19:22:10+0200", "2026-07-03T17:22:10Z"],
		["2026-07-03T19:22:10+02", "2026-07-03T17:22:10Z"],
		["2026-07-03T19:22-07:00", "2026-07-04T02:22:00Z"],
		["2026-07-03T19:22:10-00:00", "2026-07-03T19:22:10Z"],
		["2024-02-28T23:30:00-01:00", "2024-02-29T00:30:00Z"],
		["2023-02-28T23:30:00-01:00", "2023-03-01T00:30:00Z"],
		["2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00Z"],
		["2026-12-31T23:30:00.25-01:00", "2027-01-01T00:30:00.25Z"],
		["2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"],
		["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
		["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"],
	])("%s is %s", (text, canonical) => {
		expect(parseInstant(text)).toBe(canonical);
		expect(parseInstant(canonical)).toBe(canonical);
	});

	test.each([
		"",
		"2026-07-03",
		"2026-07-03T19:22:10",
		"2026-02-30T10:00:00Z",
		"2023-02-29T10:00:00Z",
		"1900-02-29T10:00:00Z",
		"2026-13-01T10:00:00Z",
		"2026-00-01T10:00:00Z",
		"2026-01-00T10:00:00Z",
		"2026-07-03T24:00:00Z",
		"2026-07-03T23:60:00Z",
		"2026-06-30T23:59:60Z",
		"0000-01-01T00:00:00Z",
		"10000-01-01T00:00:00Z",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
		"2026-07-03T19:22:10.Z",
		"2026-07-03T19:22.5Z",
		"2026-07-03T19Z",
		"2026-07-03T19:22:10+24:00",
		"2026-07-03T19:22:10+02:60",
		"2026-07-03T19:22:10+2",
		"2026-07-03T19:22:10+02:0",
		"2026-07-03T19:22:10 Europe/Zurich",
		"2026-07-03T19:22:10ZZ",
		"2026-07-03T19:22:10 ",
		" 2026-07-03T19:22:10Z",
		"2026-7-3T19:22:10Z",
		"2026/07/03T19:22:10Z",
		"2026-07-03X19:22:10Z",
		"２０２６-07-03T19:22:10Z",
		"1751570530",
		"2026-07-03T19:22:10Z\n",
	])("%j is none", (text) => {
		expect(parseInstant(text)).toBeUndefined();
	});

	test("agree with Date at every offset", () => {
		const dates = fc.date({
			min: new Date("0001-01-03T00:00:00Z"),
			max: new Date("9999-12-29T00:00:00Z"),
			noInvalidDate: true,
		});
		fc.assert(
			fc.property(dates, fc.integer({ min: -1439, max: 1439 }), (date, offset) => {
				const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
				const minutes = Math.abs(offset);
				const sign = offset < 0 ? "-" : "+";
				const zone = `${sign}${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
				expect(Date.parse(parseInstant(local + zone)!)).toBe(date.getTime());
			}),
		);
	});
});

test("digits after the microseconds are lost, zeros there are not", () => {
	expect(losesDigits("2026-07-03T19:22:10.1234567Z")).toBe(true);
	expect(losesDigits("2026-07-03T19:22:10.1234560Z")).toBe(false);
	expect(losesDigits("2026-07-03T19:22:10.1Z")).toBe(false);
	expect(losesDigits("19:22:10,0000001")).toBe(true);
});

test("local times keep their clock and have no zone", () => {
	expect(parseLocalDateTime("2026-07-03 19:22")).toBe("2026-07-03T19:22:00");
	expect(parseLocalDateTime("2026-07-03T19:22:10.500")).toBe("2026-07-03T19:22:10.5");
	expect(parseLocalDateTime("2026-07-03T19:22:10Z")).toBeUndefined();
	expect(parseLocalDateTime("2026-07-03T19:22:10+02:00")).toBeUndefined();
	expect(parseLocalDateTime("2026-07-03")).toBeUndefined();
});

test("days are days of the calendar", () => {
	expect(parseDate("2024-02-29")).toBe("2024-02-29");
	for (const text of ["2023-02-29", "2026-07-3", "2026-07-03T00:00:00", "0000-01-01", "20260703", "2026-04-31"]) {
		expect(parseDate(text)).toBeUndefined();
	}
});

test("times of day", () => {
	expect(parseTime("19:22")).toBe("19:22:00");
	expect(parseTime("19:22:10.250")).toBe("19:22:10.25");
	for (const text of ["24:00:00", "19:60", "19", "19:22:60", "19:22:10Z", "9:22:10"]) {
		expect(parseTime(text)).toBeUndefined();
	}
});

test("nothing that is no time becomes one", () => {
	fc.assert(
		fc.property(fc.string(), (text) => {
			for (const parse of [parseInstant, parseLocalDateTime, parseDate, parseTime]) {
				const canonical = parse(text);
				if (canonical !== undefined) expect(parse(canonical)).toBe(canonical);
			}
		}),
	);
});
