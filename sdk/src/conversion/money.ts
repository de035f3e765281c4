/** What it was worth: exact decimals in one currency per row. Nothing is rounded and no currency is assumed. */
import { CONVERSION_COLUMNS, type MappableColumn, MONEY_TYPES, REVERSAL_TYPES } from "@growthnav/spec";
import { fitDecimal } from "../protocol/numbers.ts";
import { hitPath, whyAbsent, whyWrong } from "./blame.ts";
import { currencyCode, currencyExponent } from "./currency.ts";
import { columnOf, flag, flagWrong, type Mapped, numberOf, type Part, type PartSource, type Refusal } from "./draft.ts";
import type { Scope } from "./path.ts";
import { type Found, WRONG } from "./value.ts";

/** NUMERIC(38, 9): 29 digits before the point and 9 after it. */
const NUMERIC = { precision: 38, scale: 9 };

/** The number as a NUMERIC column holds it without losing a digit; undefined where it cannot. */
export function exactDecimal(number: number | string | typeof WRONG): string | undefined {
	if (typeof number === "number") return String(number);
	if (number === WRONG) return undefined;
	// the usual amount is far below every limit
	if (number.length <= 29 && number.indexOf(".") >= number.length - 10) return number;
	const fitted = fitDecimal(number, NUMERIC);
	return fitted === undefined || fitted.rounded ? undefined : fitted.text;
}

/** The columns that hold money beside `value`: `tax_amount`, `total_amount`, … */
const AMOUNTS = CONVERSION_COLUMNS.filter(({ name }) => name.endsWith("_amount")).map(
	({ name }) => name as MappableColumn,
);

/** Fills `currency`, which every other amount needs, and `value` with its basis. */
export function moneyPart(source: PartSource): Part {
	const { type, columns } = source.mapping;
	const currency = columnOf(source, "currency");
	const value = numberOf(source, "value");
	const amounts = AMOUNTS.filter((name) => columns[name] !== undefined).map((name) => numberOf(source, name));
	const fillBasis = basisPart(source);
	const needed = MONEY_TYPES.includes(type);
	const reversal = REVERSAL_TYPES.includes(type);

	return (draft, scope) => {
		const written = currency.read(scope);
		const code = typeof written === "string" ? currencyCode(written) : undefined;
		const exponent = code === undefined ? undefined : currencyExponent(code);
		scope.currency = code;
		scope.exponent = code === undefined ? undefined : (exponent ?? Number.NaN);
		const found = value.read(scope);
		if (code === undefined) {
			if (needed || existsInSomeCurrency(value, scope)) return refuseCurrency(currency, written, value, scope);
			if (written !== undefined) flagWrong(draft, "currency");
			if (amounts.some((amount) => existsInSomeCurrency(amount, scope))) flag(draft, "no_currency");
			return undefined;
		}
		draft.row.currency = code;
		if (exponent === undefined) flag(draft, "unknown_currency");
		if (found === undefined) return needed ? { code: "no_money", ...whyAbsent(value, "value", scope) } : undefined;
		const decimal = exactDecimal(found);
		if (decimal === undefined) {
			if (needed) return { code: "wrong_value", ...whyWrong(value, NO_AMOUNT, scope) };
			flagWrong(draft, "value");
			return undefined;
		}
		if (reversal && isPositive(decimal)) return refusePositive(type, decimal, value, scope);
		draft.row.value = decimal;
		return fillBasis(draft, scope);
	};
}

const NO_AMOUNT = "no decimal of at most 29 digits before and 9 after the point";

function isPositive(decimal: string): boolean {
	return decimal.charCodeAt(0) !== 45 && /[1-9]/.test(decimal);
}

/** Minor units do not exist without a currency; with any they show whether the amount itself is there. */
function existsInSomeCurrency(value: Mapped, scope: Scope): boolean {
	if (value.value === undefined) return false;
	const exists = value.read({ ...scope, currency: "USD", exponent: 2 });
	return exists !== undefined;
}

function refuseCurrency(currency: Mapped, written: Found, value: Mapped, scope: Scope): Refusal {
	if (!existsInSomeCurrency(value, scope)) return { code: "no_money", ...whyAbsent(value, "value", scope) };
	if (written === undefined) return { code: "no_currency", ...whyAbsent(currency, "currency", scope) };
	return { code: "wrong_value", ...whyWrong(currency, "no currency code of three letters", scope) };
}

function refusePositive(type: string, decimal: string, value: Mapped, scope: Scope): Refusal {
	const path = value.value === undefined ? undefined : hitPath(value.value, scope, value.names);
	const reason = `the value of this ${type} is ${decimal}, above zero: it was negated twice or never`;
	return { code: "reversal_positive", reason, path };
}

/** `value` is net unless the mapping says otherwise. */
function basisPart(source: PartSource): Part {
	const basis = columnOf(source, "value_basis");
	if (basis.value === undefined) {
		return ({ row }) => {
			row.value_basis = "net";
			return undefined;
		};
	}
	return (draft, scope) => {
		const found = basis.read(scope);
		if (found === "net" || found === "total" || found === undefined) draft.row.value_basis = found ?? "net";
		else flagWrong(draft, "value_basis");
		return undefined;
	};
}
