/** Redaction of text that is JSON and must stay JSON. */
import { redact } from "../redact.ts";
import { visibleJson } from "../visible.ts";
import { isRawNumber, rawNumber } from "./numbers.ts";

/**
 * A JSON text with every secret in its keys, texts and numbers replaced by `***`: a number that holds one becomes a
 * text. Without a secret it is the same string; with one, hidden characters are escapes, as they may have been before.
 * What is no JSON is redacted as text.
 */
export function redactJson(text: string): string {
	if (redact(text) === text) return text;
	try {
		return visibleJson(redactedValue(JSON.parse(text, keepSource)));
	} catch {
		return redact(text);
	}
}

function keepSource(_key: string, value: unknown, context?: { source?: string }): unknown {
	return typeof value === "number" && context?.source !== undefined ? rawNumber(context.source) : value;
}

function redactedValue(value: unknown): unknown {
	if (typeof value === "string") return redact(value);
	if (isRawNumber(value)) return redact(value.rawJSON) === value.rawJSON ? value : "***";
	if (Array.isArray(value)) return value.map(redactedValue);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [redact(key), redactedValue(inner)]));
}
