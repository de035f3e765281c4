import type { Moment } from "@growthnav/sdk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFormat } from "../src/date-format.ts";
import { orderOf, readDates, writtenDate } from "../src/dates.ts";

const say = (moment: Moment | undefined): string | undefined => moment?.text;

describe("dates without a declared format", () => {
	const read = readDates(undefined);

	test.each([
		["2026-07-03", "2026-07-03"],
		["2026/7/3", "2026-07-03"],
		["6 July 2026", "2026-07-06"],
		["06-Jul-2026", "2026-07-06"],
		["Jul 6, 2026", "2026-07-06"],
		["Sept. 6, 2026", "2026-09-06"],
		["2026-07-03T19:22:10Z", "2026-07-03T19:22:10Z"],
		["2026-07-03 19:22:10.5+02:00", "2026-07-03T17:22:10.5Z"],
		["2026-07-03 19:22", "2026-07-03T19:22:00"],
		["2026-07-03 7:22 PM", "2026-07-03T19:22:00"],
		["July 3, 2026 at 12:05 am", "2026-07-03T00:05:00"],
		["04/04/2026", "2026-04-04"],
	])("%s means %s to everyone", (text, said) => expect(say(read(text))).toBe(said));

	test.each([
		"03/04/2026",
		"13/04/2026",
		"03/04/26",
		"2026-02-30",
		"2026-13-01",
		"20260703",
		"6 Juli 2026",
		"Jul 2026",
		"2026-07-03 25:00",
		"2026-07-03 13:00 PM",
		"2026-07-03Z",
		"2026-07-03 19:22 EST",
		"12.50",
		"",
	])("%s is not read", (text) => expect(read(text)).toBeUndefined());

	test("03/04/2026 is read in the order that is known", () => {
		expect(say(readDates("MDY")("03/04/2026"))).toBe("2026-03-04");
		expect(say(readDates("DMY")("03/04/2026 10:00"))).toBe("2026-04-03T10:00:00");
		expect(readDates("MDY")("25/12/2026")).toBeUndefined();
	});

	test("a value tells its shape, and which orders it allows", () => {
		expect(writtenDate("03/04/2026")).toEqual({
			shape: "number/",
			kind: "day",
			orders: ["MDY", "DMY"],
			certain: false,
		});
		expect(writtenDate("25.12.2026 10:00")).toMatchObject({ kind: "local", orders: ["DMY"], certain: true });
		expect(writtenDate("12/25/2026")).toMatchObject({ orders: ["MDY"], certain: true });
		expect(writtenDate("04/04/2026")).toMatchObject({ certain: true });
		expect(writtenDate("2026-07-03")).toMatchObject({ shape: "ymd-", certain: true });
		expect(writtenDate("31/31/2026")).toBeUndefined();
	});

	test("a locale tells its order only with a region", () => {
		expect(["en", "en-US", "en-GB", "de-DE", "ja-JP", "x"].map(orderOf)).toEqual([
			undefined,
			"MDY",
			"DMY",
			"DMY",
			undefined,
			undefined,
		]);
	});
});

describe("declared formats", () => {
	test.each([
		["MM/DD/YYYY", "7/6/2026", "2026-07-06"],
		["DD.MM.YY", "06.07.26", "2026-07-06"],
		["DD.MM.YY", "06.07.70", "1970-07-06"],
		["YYYYMMDD", "20260706", "2026-07-06"],
		["YYYYMMDDHHmmss", "20260706192210", "2026-07-06T19:22:10"],
		["MMM D, YYYY h:mm A", "Jul 6, 2026 7:05 PM", "2026-07-06T19:05:00"],
		["YYYY-MM-DD[T]HH:mm:ss.SSSZ", "2026-07-06T19:22:10.250-0500", "2026-07-07T00:22:10.25Z"],
		["DD/MM/YYYY HH:mm", "06/07/2026 19:22", "2026-07-06T19:22:00"],
		["[day] D [of] MMMM YYYY", "day 6 of July 2026", "2026-07-06"],
		["unix", "1783365730", "2026-07-06T19:22:10Z"],
		["unix", "1783365730.5", "2026-07-06T19:22:10.5Z"],
		["unix_ms", "1783365730250", "2026-07-06T19:22:10.25Z"],
	])("%s reads %s", (format, text, said) => expect(say(compileFormat(format, "dates.d")(text))).toBe(said));

	test.each([
		["MM/DD/YYYY", "2026-07-06"],
		["MM/DD/YYYY", "13/06/2026"],
		["YYYYMMDD", "202676"],
		["h:mm A MM/DD/YYYY", "13:00 PM 07/06/2026"],
		["unix", "-1.5"],
	])("%s does not read %s", (format, text) => expect(compileFormat(format, "dates.d")(text)).toBeUndefined());

	test.each(["MM/DD", "mm/dd/yyyy", "YYYY-MM-DD YYYY", "MM/DD/YYYY mm", "date", ""])("%j is no format", (format) => {
		expect(() => compileFormat(format, "dates.d")).toThrowError(
			expect.objectContaining({ code: "config.date_format" }),
		);
	});

	test("every day is read back from every format", () => {
		const formats: [string, (d: string[]) => string][] = [
			["MM/DD/YYYY", ([y, m, d]) => `${m}/${d}/${y}`],
			["D.M.YYYY", ([y, m, d]) => `${Number(d)}.${Number(m)}.${y}`],
			["YYYYMMDD", ([y, m, d]) => `${y}${m}${d}`],
		];
		const day = fc.date({ min: new Date("1900-01-01"), max: new Date("2200-01-01"), noInvalidDate: true });
		fc.assert(
			fc.property(day, fc.constantFrom(...formats), (date, [format, write]) => {
				const iso = date.toISOString().slice(0, 10);
				expect(say(compileFormat(format, "d")(write(iso.split("-"))))).toBe(iso);
			}),
		);
	});
});
