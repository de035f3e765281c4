import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { cursorOf, cursorText, parseLookback } from "../../src/source/cursor.ts";

describe("lookback", () => {
	test.each([
		["timestamp", "90s", "2026-03-01T00:01:00Z", "2026-02-28T23:59:30Z"],
		["timestamp", "3d", "2026-03-01T02:00:00.123456+02:00", "2026-02-26T00:00:00.123456Z"],
		["datetime", "15m", "2026-01-01T00:10:00", "2025-12-31T23:55:00"],
		["date", "1h", "2026-03-01", "2026-02-28"],
		["date", "3d", "2024-03-01", "2024-02-27"],
		["integer", "500", "9007199254740993", "9007199254740493"],
		["timestamp", "999999d", "0001-01-02T00:00:00Z", "0001-01-01T00:00:00Z"],
	] as const)("%s by %s: %s becomes %s", (kind, lookback, saved, since) => {
		expect(cursorOf(kind, parseLookback(kind, lookback)).movedBack(saved)).toBe(since);
	});

	test("without one the saved text is handed out as it stands", () => {
		expect(cursorOf("timestamp").movedBack("2026-03-01T02:00:00.123456789+02:00")).toBe(
			"2026-03-01T02:00:00.123456789+02:00",
		);
	});

	test.each([
		["timestamp", "3"],
		["timestamp", "3w"],
		["timestamp", "-3d"],
		["integer", "3d"],
		["date", ""],
	] as const)("%s does not take %j", (kind, text) => {
		expect(parseLookback(kind, text)).toBeUndefined();
	});
});

describe("order", () => {
	test("of instants is that of time, whatever their offset and fraction", () => {
		const instant = fc.record({ ms: fc.integer({ min: 0, max: 4e12 }), offset: fc.integer({ min: -839, max: 839 }) });
		const write = ({ ms, offset }: { ms: number; offset: number }) => {
			const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
			const clock = `${String(Math.floor(Math.abs(offset) / 60)).padStart(2, "0")}:${String(Math.abs(offset) % 60).padStart(2, "0")}`;
			return `${local.replace(/\.?0+$/, (zeros) => (local.endsWith(".000") || zeros.startsWith(".") ? "" : zeros))}${offset < 0 ? "-" : "+"}${clock}`;
		};
		const { keyOf } = cursorOf("timestamp");
		fc.assert(
			fc.property(instant, instant, (a, b) => {
				const [first, second] = [keyOf(write(a)), keyOf(write(b))];
				fc.pre(first !== undefined && second !== undefined);
				expect(Math.sign(a.ms - b.ms)).toBe(first! < second! ? -1 : first! > second! ? 1 : 0);
			}),
		);
	});

	test("of integers is exact beyond 2^53, between numbers, text and raw literals", () => {
		const { keyOf } = cursorOf("integer");
		fc.assert(
			fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
				const first = keyOf(String(a))!;
				const second = keyOf(rawNumber(String(b)))!;
				expect(first < second).toBe(a < b);
				expect(first > second).toBe(a > b);
			}),
		);
	});

	test("what is no value of the kind has no place", () => {
		for (const value of [null, undefined, "", "soon", 5, {}, "2026-02-30T00:00:00Z"]) {
			expect(cursorOf("timestamp").keyOf(value)).toBeUndefined();
		}
		for (const value of [null, 1.5, "1.5", "x", Number.NaN]) expect(cursorOf("integer").keyOf(value)).toBeUndefined();
	});

	test("the text of a cursor is the vendor's", () => {
		expect(cursorText(rawNumber("9007199254740993"))).toBe("9007199254740993");
		expect(cursorText(17)).toBe("17");
	});
});
