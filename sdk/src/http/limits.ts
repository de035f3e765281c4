/** Every bound of the HTTP room, named, in one place. An error about one of them names its setting. */
import type { HttpLimits } from "./client.ts";

export const HTTP_LIMITS: HttpLimits = {
	connectTimeout: 10_000,
	headersTimeout: 60_000,
	bodyTimeout: 30_000,
	totalTimeout: 300_000,
	tries: 8,
	longestWait: 900_000,
	answerBytes: 64 * 1024 * 1024,
	decompressionRatio: 200,
	headerBytes: 32 * 1024,
	redirects: 5,
};

/** What each limit bounds, for the settings of a connector and for its documentation. */
export const HTTP_LIMIT_NOTES: Record<keyof HttpLimits, string> = {
	connectTimeout: "Milliseconds until a connection stands",
	headersTimeout: "Milliseconds until an answer begins",
	bodyTimeout: "Milliseconds of silence within an answer",
	totalTimeout: "Milliseconds of one try, from its first byte to the last of the answer",
	tries: "Tries of one request",
	longestWait:
		"Longest wait that a vendor may ask for, in milliseconds; above it the run ends and says when to come back",
	answerBytes: "Bytes of one answer, after decompression",
	decompressionRatio: "How many times larger than its compressed form an answer above 1 MB may be",
	headerBytes: "Bytes of the head of one answer",
	redirects: "Redirects of one request",
};

/** The name under which a person sets a limit: `http_limits.answer_bytes`. */
export function limitSetting(name: keyof HttpLimits): string {
	return `http_limits.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
