/** The decimal that a value of a vendor is. */
import { expect, test } from "vitest";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { decimalText } from "../../src/schema/text.ts";

test.each([
	[29.35, "29.35"],
	["29.35", "29.35"],
	["12.50", "12.50"],
	["+5", "5"],
	[".5", "0.5"],
	["1e3", "1000"],
	[1e21, "1000000000000000000000"],
	[-0, "0"],
	[rawNumber("0.10000000000000000001"), "0.10000000000000000001"],
	["1,250.00", undefined],
	["", undefined],
	[null, undefined],
	[true, undefined],
	[Number.NaN, undefined],
	[[1], undefined],
])("%s", (value, text) => {
	expect(decimalText(value)).toBe(text);
});
