/** Values of json columns: the record's own JSON, exact. */
import type { Json, JsonObject } from "@growthnav/spec";
import { isRawNumber } from "../../../protocol/numbers.ts";
import type { Converted } from "./converted.ts";

/** BigQuery's limit. */
const DEEPEST = 500;
/** Stores keep integers of 64 bits, signed or not, and doubles. */
const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 64n - 1n;

/** A number that no store keeps exactly in JSON becomes a string of its digits; half a surrogate pair becomes U+FFFD. */
export function jsonOf(value: Json): Converted {
	const clean = cleanness(value, 1);
	if (clean === TOO_DEEP) return { wrong: "too_deep" };
	const text = JSON.stringify(value);
	// JSON.stringify writes half a pair as \udxxx, so text without `\ud` has none
	if (clean === CLEAN && !text.includes("\\ud")) return { text };
	const changes = new Set<string>();
	const repaired = JSON.stringify(repair(value, changes));
	const changed = [...changes].sort().join(",");
	return changed === "" ? { text: repaired } : { text: repaired, changed };
}

const CLEAN = 0;
const RAW = 1;
const TOO_DEEP = 2;

/** Looks for numbers kept as text and for depth only: most values have neither, and `JSON.stringify` does the rest. */
function cleanness(value: Json | undefined, depth: number): number {
	if (typeof value !== "object" || value === null) return CLEAN;
	if (depth > DEEPEST) return isRawNumber(value) ? RAW : TOO_DEEP;
	let worst = CLEAN;
	if (Array.isArray(value)) {
		for (let at = 0; at < value.length; at++) {
			const item = value[at];
			if (typeof item === "object") worst = Math.max(worst, cleanness(item, depth + 1));
		}
		return worst;
	}
	if (isRawNumber(value)) return RAW;
	const object = value as JsonObject;
	for (const key in object) {
		const member = object[key];
		if (typeof member === "object") worst = Math.max(worst, cleanness(member, depth + 1));
	}
	return worst;
}

function repair(value: Json | undefined, changes: Set<string>): Json | undefined {
	if (typeof value === "string") return wellFormed(value, changes);
	if (typeof value !== "object" || value === null) return value;
	if (isRawNumber(value)) return isStorable(value.rawJSON) ? value : unsafe(value.rawJSON, changes);
	if (Array.isArray(value)) return value.map((item) => repair(item, changes) ?? null);
	// without a prototype `__proto__` is a name like any other
	const copy = Object.create(null) as JsonObject;
	for (const [key, member] of Object.entries(value as JsonObject)) {
		copy[wellFormed(key, changes)] = repair(member, changes);
	}
	return copy;
}

function wellFormed(text: string, changes: Set<string>): string {
	if (text.isWellFormed()) return text;
	changes.add("lone_surrogate");
	return text.toWellFormed();
}

function unsafe(literal: string, changes: Set<string>): string {
	changes.add("unsafe_number");
	return literal;
}

function isStorable(literal: string): boolean {
	if (literal === "-0") return true;
	if (!/^-?\d{1,20}$/.test(literal)) return false;
	const whole = BigInt(literal);
	return whole >= LOWEST && whole <= HIGHEST;
}
