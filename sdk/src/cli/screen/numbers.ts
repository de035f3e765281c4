/** Numbers, money and times as people read them. Nothing is rounded that could be added up. */
import { count, grouped } from "../../count.ts";
import { visible } from "../../visible.ts";

export { count } from "../../count.ts";

/** 215 kB, 2.9 MB, 78.0 MB: decimal units, whole kB below 1 MB. */
export function bytes(value: number): string {
	if (value < 1000) return `${value} B`;
	if (value < 999_500) return `${Math.round(value / 1000)} kB`;
	const units = ["MB", "GB", "TB"];
	let size = value / 1e6;
	let unit = 0;
	while (size >= 999.95 && unit < units.length - 1) {
		size /= 1000;
		unit++;
	}
	return `${size.toFixed(1)} ${units[unit]}`;
}

/** 0.4 s, 59.2 s, 6 min 10 s, 2 h 05 min */
export function duration(seconds: number): string {
	if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
	const whole = Math.round(seconds);
	if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
	const minutes = Math.round(whole / 60);
	return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** 2 h: an age beside a time, in its largest unit. */
export function age(seconds: number): string {
	if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
	if (seconds < 86_400 * 2) return `${Math.floor(seconds / 3600)} h`;
	return `${Math.floor(seconds / 86_400)} d`;
}

/** 00:04, in the frame. */
export function clock(seconds: number): string {
	const whole = Math.floor(seconds);
	const hours = Math.floor(whole / 3600);
	const rest = `${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
	return hours > 0 ? `${hours}:${rest}` : rest;
}

// digits that a currency shows where its decimals are zero; all others show two. ISO 4217
const DIGITS: Record<string, number> = {
	...Object.fromEntries(
		[
			"BIF",
			"CLP",
			"DJF",
			"GNF",
			"ISK",
			"JPY",
			"KMF",
			"KRW",
			"PYG",
			"RWF",
			"UGX",
			"VND",
			"VUV",
			"XAF",
			"XOF",
			"XPF",
		].map((currency) => [currency, 0]),
	),
	...Object.fromEntries(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"].map((currency) => [currency, 3])),
};

/** USD -21,377.60: the exact decimal, with at least the digits that the currency has. */
export function money(currency: string, value: string): string {
	const sign = value.startsWith("-") ? "-" : "";
	const [whole = "0", fraction = ""] = value.replace(/^-/, "").split(".");
	const digits = (Object.hasOwn(DIGITS, currency) ? DIGITS[currency] : undefined) ?? 2;
	const kept = fraction.replace(/0+$/, "").padEnd(digits, "0");
	// a source states its own currency, which may be any text
	return visible(`${currency} ${sign}${grouped(whole)}${kept === "" ? "" : `.${kept}`}`);
}

/** 2026-03-18 17:22:04Z, from any RFC 3339 instant; other text as it is. */
export function time(instant: string): string {
	if (/^\d{4}-\d{2}-\d{2}$/.test(instant)) return instant;
	const parsed = new Date(instant);
	return Number.isNaN(parsed.getTime()) ? instant : `${parsed.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** 1 row, 2 rows */
export function plural(value: number, one: string, many = `${one}s`): string {
	return `${count(value)} ${value === 1 ? one : many}`;
}
