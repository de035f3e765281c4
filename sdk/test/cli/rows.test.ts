import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine } from "../../src/cli/screen/rows.ts";

test.each([
	["=1+1", "'=1+1"],
	["+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"],
	["-2+3", "'-2+3"],
	["@SUM(A1)", "'@SUM(A1)"],
	["\t=1", "'\t=1"],
	["\r=1", `"'\r=1"`],
	["\n=1", `"'\n=1"`],
	["＝1+1", "'＝1+1"],
	['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
	["-12.50", "-12.50"],
	["+5", "+5"],
	["-1e-7", "-1e-7"],
	["a=1", "a=1"],
	["", ""],
])("%j is written as %j", (cell, written) => {
	expect(csvLine([cell])).toBe(`${written}\r\n`);
});

test("no cell begins as a formula, whatever it is, and the text can be had back", () => {
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (cell) => {
			const written = csvLine([cell]).slice(0, -2);
			const read = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
			expect(read === cell || read === `'${cell}`).toBe(true);
			expect(/^[=@\t\r\n]|^[+-](?![\d.e+-]+$)/i.test(read)).toBe(false);
		}),
	);
});
