/** Text and times as JSON text. */
import type { Json } from "@growthnav/spec";
import { losesDigits } from "../../../schema/time.ts";
import type { Converted } from "./converted.ts";

/** True where the text stands in JSON as it is: no quote, backslash, control character or part of a surrogate pair. */
export function isPlain(text: string): boolean {
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code < 32 || code === 34 || code === 92 || (code & 0xf800) === 0xd800) return false;
	}
	return true;
}

/** Every character is kept, NUL too; half a surrogate pair is no character and becomes U+FFFD. */
export function textOf(value: Json): Converted {
	if (typeof value !== "string") return { wrong: "wrong_type" };
	if (value.isWellFormed()) return { text: JSON.stringify(value) };
	return { text: JSON.stringify(value.toWellFormed()), changed: "lone_surrogate" };
}

/** A time in its canonical form; digits after the microseconds are cut off. */
export function timeOf(value: Json, parse: (text: string) => string | undefined): Converted {
	const canonical = typeof value === "string" ? parse(value) : undefined;
	if (canonical === undefined) return { wrong: "wrong_type" };
	const text = `"${canonical}"`;
	return losesDigits(value as string) ? { text, changed: "truncated" } : { text };
}
