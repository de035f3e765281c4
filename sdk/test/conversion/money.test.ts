import { readFileSync } from "node:fs";
import { CONVERSION_TYPES, type ConversionType, type JsonObject, MONEY_TYPES, REVERSAL_TYPES } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileConversions } from "../../src/conversion/compile.ts";
import { currencyCode, currencyExponent } from "../../src/conversion/currency.ts";
import { addDecimals, compareDecimals, rawNumber, shortestDecimal } from "../../src/protocol/numbers.ts";
import { context, mapping, outcome, reject, row } from "./convert.ts";

const money = { value: "v", currency: "c" };
const value = (v: unknown, type: ConversionType = "custom") =>
	row({ type, columns: money }, { v, c: "USD" } as JsonObject).value;

describe("minor units", () => {
	const minor = (v: unknown, c: string, columns = {}) =>
		row({ columns: { ...money, value: { minor: "v" }, ...columns } }, { v, c } as JsonObject).value;

	test.each([
		[4820, "USD", "48.20"],
		[5, "USD", "0.05"],
		[-5, "EUR", "-0.05"],
		[0, "USD", "0.00"],
		[-0, "USD", "0.00"],
		[1250, "JPY", "1250"],
		[1250, "KWD", "1.250"],
		[1, "CLF", "0.0001"],
		["4820", "USD", "48.20"],
		["4820.5", "USD", "48.205"],
		[rawNumber("9007199254740993"), "USD", "90071992547409.93"],
		[Number.MAX_SAFE_INTEGER, "KWD", "9007199254740.991"],
	])("%s in %s is %s", (v, c, expected) => {
		expect(minor(v, c)).toBe(expected);
	});

	test("of a currency that has none are wrong, unless the mapping says how many", () => {
		const parts = { type: "purchase" as const, columns: { ...money, value: { minor: "v" } } };
		expect(reject(parts, { v: 1250, c: "XAU" })).toEqual({
			code: "wrong_value",
			reason: "v is no amount in minor units of XAU: ISO 4217 has none",
			path: "v",
		});
		const fixed = { ...parts, columns: { ...money, value: { minor: "v", decimals: 4 } } };
		expect(row(fixed, { v: 1250, c: "XAU" })).toMatchObject({ value: "0.1250", dq_flags: ["unknown_currency"] });
	});

	test("are exact for any amount and any currency", () => {
		const codes = ["USD", "JPY", "KWD", "CLF", "EUR", "BHD", "ISK"];
		fc.assert(
			fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.constantFrom(...codes), (units, code) => {
				const v = Number.isSafeInteger(Number(units)) ? Number(units) : rawNumber(String(units));
				const decimal = minor(v, code) as string;
				const exponent = currencyExponent(code)!;
				expect(decimal.split(".")[1]?.length ?? 0).toBe(exponent);
				expect(BigInt(decimal.replace(".", ""))).toBe(units);
			}),
		);
	});
});

describe("decimals", () => {
	test.each([
		["12.50", "12.50"],
		[12.5, "12.5"],
		["+5", "5"],
		["007.10", "7.10"],
		[".5", "0.5"],
		[" 3 ", "3"],
		["1e3", "1000"],
		[1e21, "1000000000000000000000"],
		["-0.00", "0.00"],
		[rawNumber("12345678901234567890123456789.123456789"), "12345678901234567890123456789.123456789"],
		[0.1, "0.1"],
		["0.1234567890", "0.123456789"],
	])("%s is %s", (written, decimal) => {
		expect(value(written)).toBe(decimal);
	});

	test.each(["1,250.00", "$5", "12.50 USD", "NaN", "Infinity", "0x10", "1_000", true, [], {}, "--5", "1.2.3"])(
		"%j is none",
		(written) => {
			expect(reject({ type: "purchase", columns: money }, { v: written, c: "USD" }).code).toBe("wrong_value");
		},
	);

	test("that NUMERIC(38, 9) cannot hold are refused, never rounded", () => {
		for (const v of ["0.1234567891", "1e29", rawNumber("1e400"), "123456789012345678901234567890"]) {
			expect(reject({ type: "purchase", columns: money }, { v, c: "USD" } as JsonObject).code).toBe("wrong_value");
		}
	});

	test("sums are exact where floats are not", () => {
		const columns = { currency: { const: "USD" }, value: { sum: ["a", "b", { negate: "c" }] } };
		expect(row({ columns }, { a: 0.1, b: 0.2, c: 0 }).value).toBe("0.3");
		expect(row({ columns }, { a: 9007199254740991, b: 2, c: 1 }).value).toBe("9007199254740992");
		expect(row({ columns }, { a: "1.10", b: 2, c: "0.1" }).value).toBe("3.00");
	});

	test("sums of any decimals are those of decimal arithmetic, in any order", () => {
		const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
		const term = fc.tuple(cents, fc.constantFrom(0, 1, 2, 5)).map(([n, scale]) => (n / 10 ** scale).toFixed(scale));
		const columns = { currency: { const: "USD" }, value: { sum: ["t.0", "t.1", "t.2"] } };
		fc.assert(
			fc.property(
				fc.tuple(term, term, term),
				fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
				(terms, asNumbers) => {
					const exact = (text: string) => (text === "-0" || /^-0\.0+$/.test(text) ? text.slice(1) : text);
					const t = terms.map((text, i) => (asNumbers[i] ? Number(text) : text));
					const expected = terms.map(exact).reduce((sum, text) => addDecimals(sum, text));
					expect(shortestDecimal(row({ columns }, { t }).value as string)).toBe(shortestDecimal(expected));
				},
			),
		);
	});
});

describe("currency", () => {
	test("is three letters; small ones become capitals", () => {
		expect(currencyCode("usd")).toBe("USD");
		expect(currencyCode(" eur ")).toBe("EUR");
		for (const wrong of ["US", "USDT", "$", "840", "U S", "ＵＳＤ", ""]) expect(currencyCode(wrong)).toBeUndefined();
	});

	test("that is no code refuses a row with money", () => {
		const columns = money;
		const reason = 'c: "€" is no currency code of three letters';
		const masked = reason.replace("€", "x");
		expect(reject({ type: "purchase", columns }, { v: 1, c: "€" })).toEqual({
			code: "wrong_value",
			reason: masked,
			path: "c",
		});
		expect(row({ type: "lead", columns }, { c: "€" }).dq_flags).toEqual(["wrong_value:currency"]);
	});

	test("exponents agree with those of Intl wherever people write minor units at all", () => {
		for (const code of Intl.supportedValuesOf("currency")) {
			const written = new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions();
			const exponent = currencyExponent(code);
			if (written.maximumFractionDigits! > 0 && exponent !== undefined && exponent < 4) {
				expect(`${code} ${exponent}`).toBe(`${code} ${written.maximumFractionDigits}`);
			}
		}
	});
});

describe("which types need money", () => {
	test.each(MONEY_TYPES.map((type) => [type]))("%s needs an amount and a currency", (type) => {
		const columns = money;
		const v = REVERSAL_TYPES.includes(type) ? -1 : 1;
		expect(reject({ type, columns }, { c: "USD" })).toEqual({ code: "no_money", reason: "v is absent", path: "v" });
		expect(reject({ type, columns }, { v })).toEqual({ code: "no_currency", reason: "c is absent", path: "c" });
		expect(reject({ type, columns }, {}).code).toBe("no_money");
		expect(reject({ type }, { v }).reason).toBe("the mapping has no value");
	});

	test.each(CONVERSION_TYPES.filter((type) => !MONEY_TYPES.includes(type)).map((type) => [type]))(
		"%s may have none, and needs the currency of a value that it has",
		(type) => {
			expect(outcome({ type, columns: money }, {}).outcome).toBe("converted");
			expect(reject({ type, columns: money }, { v: 1 }).code).toBe("no_currency");
			expect(reject({ type, columns: { ...money, value: { minor: "v" } } }, { v: 1 }).code).toBe("no_currency");
			expect(row({ type, columns: money }, { v: "x", c: "USD" }).dq_flags).toEqual(["wrong_value:value"]);
		},
	);

	test("amounts beside the value without a currency are flagged", () => {
		const columns = { ...money, total_amount: { minor: "total" } };
		expect(row({ type: "lead", columns }, { total: 5 }).dq_flags).toEqual(["no_currency"]);
	});

	test("a first that finds nothing names all its paths", () => {
		const columns = { ...money, value: { sum: [{ first: ["a", "b"] }, "v"] } };
		expect(reject({ type: "purchase", columns }, { v: 1, c: "USD" }).reason).toBe("a and b are absent");
	});
});

describe("value_basis", () => {
	test("is net unless the mapping says total, and absent without a value", () => {
		const basis = (b: unknown) => row({ columns: { ...money, value_basis: "b" } }, { v: 1, c: "USD", b } as JsonObject);
		expect(basis(undefined).value_basis).toBe("net");
		expect(basis("total").value_basis).toBe("total");
		expect(basis("gross").dq_flags).toEqual(["wrong_value:value_basis"]);
		expect(row({ columns: money }, {})).not.toHaveProperty("value_basis");
	});
});

describe("reversals", () => {
	test.each(REVERSAL_TYPES.map((type) => [type]))("a %s is never above zero", (type) => {
		for (const v of [1, "0.01", rawNumber("1e-9")]) {
			expect(reject({ type, columns: money }, { v, c: "USD" } as JsonObject).code).toBe("reversal_positive");
		}
		for (const v of [0, "0.00", -1]) expect(value(v, type)).toBe(String(v));
	});

	test("a won chargeback and an adjustment may be", () => {
		expect(value(5, "chargeback_reversal")).toBe("5");
		expect(value(5, "adjustment")).toBe("5");
	});
});

interface Scenario {
	name: string;
	rows: [type: string, value: string, note?: string][];
	sum: string;
}

describe("ledgers: whatever happens to a sale, the sum of value is right", () => {
	const scenarios: Scenario[] = JSON.parse(
		readFileSync(new URL("vectors/ledger_vectors.json", import.meta.url), "utf8"),
	);

	test.each(scenarios)("$name", ({ rows, sum }) => {
		// a return is a refund here; the source writes every amount above zero, as most do
		const types = { purchase: "purchase", return: "refund" } as Record<string, ConversionType>;
		const convert = compileConversions(
			CONVERSION_TYPES.map((type) => {
				const value = REVERSAL_TYPES.includes(type) ? { negate: "amount" } : "amount";
				return mapping({ type, when: { kind: type }, columns: { value, currency: { const: "USD" } } });
			}),
			context,
		);
		const table = new Map<unknown, string>();
		for (const [i, [type, amount, note]] of rows.entries()) {
			const record = {
				id: note?.includes("same") ? String(i - 1) : String(i),
				kind: types[type] ?? type,
				amount: amount.replace("-", ""),
			};
			for (const one of convert(record)) {
				if (one.outcome !== "converted") continue;
				expect(one.conversion.value).toBe(amount);
				table.set(one.conversion.conversion_id, one.conversion.value as string);
			}
		}
		const total = [...table.values()].reduce(addDecimals, "0");
		expect(compareDecimals(total, sum)).toBe(0);
	});
});
