import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAbsent, readNumber, styleOf } from "../src/money.ts";

/** Text, locale and the exact decimal: how people write money in several countries. */
const WRITTEN: [text: string, locale: string | undefined, value: string][] = [
	["1234.56", undefined, "1234.56"],
	["$1,234.56", "en", "1234.56"],
	["-$3.00", "en", "-3.00"],
	["$-3.00", "en", "-3.00"],
	["($3.00)", "en", "-3.00"],
	["(12.00)", "en", "-12.00"],
	["$(12.00)", "en", "-12.00"],
	["(1.234,56) €", "de", "-1234.56"],
	["3.00-", "en", "-3.00"],
	["1.234,56 €", "de", "1234.56"],
	["1 234,56", "fr", "1234.56"],
	["1\u00a0234,56", "fr", "1234.56"],
	["1\u202f234,56", "fr", "1234.56"],
	["1'234.50", "de-CH", "1234.50"],
	["1’234.50", "de-CH", "1234.50"],
	["1,234", "en", "1234"],
	["1,234", "de", "1.234"],
	["1,23,456.78", "en-IN", "123456.78"],
	["2,329.86", undefined, "2329.86"],
	["1.234,56", undefined, "1234.56"],
	["1,234,567", undefined, "1234567"],
	["0,5", undefined, "0.5"],
	["0", undefined, "0"],
	["-0.00", undefined, "0.00"],
	[".50", undefined, "0.50"],
	["0.1", undefined, "0.1"],
	["USD 12.00", "en", "12.00"],
	["\u22125.10", "en", "-5.10"],
	["123456789012345678.12", undefined, "123456789012345678.12"],
	["12345678901234567890123456789.123456789", undefined, "12345678901234567890123456789.123456789"],
];

describe("numbers as people write them", () => {
	test.each(WRITTEN)("%s in %s is %s", (text, locale, value) => {
		const style = locale === undefined ? undefined : styleOf(locale);
		expect(readNumber(text, style, text.startsWith("USD") ? "USD" : undefined)?.value).toBe(value);
	});

	test.each([
		"1e3",
		"1E+15",
		"Infinity",
		"NaN",
		"12%",
		"1,2,3",
		"12,34.5",
		"1.234.56",
		"-(3.00)",
		"--3",
		"-3-",
		"(3",
		"3)",
		"$3$",
		"5.",
		"0x10",
		"12 345 6",
		"abc",
		"10:30",
		"2026-07-03",
		"555-1234",
		"+1 (555) 123-4567",
	])("%s is no number", (text) => {
		expect(readNumber(text)).toBeUndefined();
		expect(readNumber(text, "point")).toBeUndefined();
	});

	test("1,234 without a style is not read, for it is 1234 or 1.234", () => {
		expect(readNumber("1,234")).toBeUndefined();
	});

	test.each(["", "  ", "--", "-", "N/A", "n/a", "#N/A", "null", "None"])("%j is absent, which is not zero", (text) => {
		expect(isAbsent(text)).toBe(true);
		expect(readNumber(text)).toBeUndefined();
	});

	test.each(["0", "0.00", "no", "-5"])("%j is not absent", (text) => expect(isAbsent(text)).toBe(false));

	test("an id with leading zeros says so", () => {
		expect(readNumber("00004")).toMatchObject({ value: "4", leadingZeros: true });
		expect(readNumber("0.5")).toMatchObject({ leadingZeros: false });
	});

	test("a sign must belong to the declared currency; without one, letters are no sign", () => {
		const reads = (text: string, currency?: string) => readNumber(text, "point", currency) !== undefined;
		expect(["$5", "US$5", "USD 5", "5 USD", "5"].map((text) => reads(text, "USD"))).not.toContain(false);
		expect(["€5", "EUR 5", "CA$5", "5 kr"].map((text) => reads(text, "USD"))).not.toContain(true);
		expect(reads("5 kr", "SEK") && reads("CHF 5", "CHF") && reads("€5") && reads("R$ 5", "BRL")).toBe(true);
		expect(["INV 1001", "TOP 10", "5 kg", "USD 5"].map((text) => reads(text))).not.toContain(true);
	});

	test("whatever a locale writes is read back exactly", () => {
		const locale = fc.constantFrom("en-US", "de-DE", "fr-FR", "de-CH", "en-IN", "sv-SE", "es-ES", "pt-BR", "pl-PL");
		fc.assert(
			fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), locale, (cents, locale) => {
				const exact = `${cents < 0n ? "-" : ""}${String(cents < 0n ? -cents : cents).padStart(3, "0")}`.replace(
					/(\d\d)$/,
					".$1",
				);
				const written = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 }).format(exact as `${number}`);
				expect(readNumber(written, styleOf(locale))?.value).toBe(exact);
			}),
		);
	});

	test("long and strange text is refused quickly", () => {
		for (const text of ["1".repeat(1e6), `${" ".repeat(70)}x`, `1${" ".repeat(78)}x`]) {
			expect(readNumber(text)).toBeUndefined();
		}
	});
});
