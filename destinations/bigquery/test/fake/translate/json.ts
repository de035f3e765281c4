/** JSON as BigQuery keeps it: members in an order of its own, numbers that a FLOAT64 or INT64 holds exactly. */
import { invalidQuery } from "../refusal.ts";

const DEEPEST = 500;

/** The text of a JSON value as the JSON type gives it back; throws where BigQuery would refuse it. */
export function jsonText(text: string): string {
	let parsed: unknown;
	try {
		parsed = JSON.parse(text, function (this: unknown, _key, value: unknown, context?: { source?: string }) {
			return typeof value === "number" ? exactNumber(value, context?.source ?? String(value)) : value;
		} as (key: string, value: unknown) => unknown);
	} catch (thrown) {
		if (thrown instanceof Error && "reason" in thrown) throw thrown;
		throw invalidQuery(`Invalid input to PARSE_JSON: ${(thrown as Error).message}`);
	}
	return canonical(parsed, 0);
}

const rawJSON = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

export function exactNumber(value: number, source: string): unknown {
	if (/^-?\d+$/.test(source)) {
		const whole = BigInt(source);
		if (whole >= -(2n ** 63n) && whole < 2n ** 64n) return rawJSON(String(whole));
	}
	if (!Number.isFinite(value) || !sameNumber(source, value)) {
		throw invalidQuery(`Input number: ${source} cannot round-trip through string representation`);
	}
	return value;
}

/** Whether a literal says exactly what the double says. */
function sameNumber(source: string, value: number): boolean {
	return scientific(source) === scientific(String(value));
}

function scientific(text: string): string {
	const match = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
	const [, sign, whole, fraction = "", exponent = "0"] = match;
	const digits = `${whole}${fraction}`.replace(/^0+/, "");
	const significant = digits.replace(/0+$/, "");
	if (significant === "") return "0";
	return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

export function canonical(value: unknown, depth: number): string {
	if (depth > DEEPEST) throw invalidQuery("Invalid JSON: nested deeper than 500 levels");
	if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(",")}]`;
	if (value === null || typeof value !== "object" || isRaw(value)) return JSON.stringify(value);
	const members = Object.keys(value)
		.sort()
		.map((key) => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key], depth + 1)}`);
	return `{${members.join(",")}}`;
}

function isRaw(value: unknown): boolean {
	return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}
