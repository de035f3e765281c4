/** Every bound of the HTTP room, named, in one place. An error about one of them names its setting. */
import { count } from "../count.ts";
import { integer, object, optional, type ParsedOf } from "../schema/vocabulary.ts";
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
	downloadTimeout: 21_600_000,
	downloadMegabytes: 100_000,
	rowBytes: 32_000_000,
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
	downloadTimeout: "Milliseconds of one download (an export), what is done with its rows included",
	downloadMegabytes: "Megabytes of one download, after decompression",
	rowBytes: "Bytes of one row of a download",
	redirects: "Redirects of one request",
};

/** A timer with more milliseconds would end at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

const NAMES = Object.keys(HTTP_LIMITS) as (keyof HttpLimits)[];

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The name under which a person sets a limit: `http_limits.answer_bytes`. */
export function limitSetting(name: keyof HttpLimits): string {
	return `http_limits.${snake(name)}`;
}

/** The setting `http_limits`, which every source that speaks HTTP has. */
export const httpLimitsSetting = optional(
	object(
		Object.fromEntries(
			NAMES.map((name) => {
				const told = `${HTTP_LIMIT_NOTES[name]}; ${count(HTTP_LIMITS[name])} unless set`;
				return [snake(name), optional(integer().min(1).max(LONGEST_TIMER)).describe(told)];
			}),
		),
	),
).describe("Bounds of requests and answers, for vendors that need others");

/** The limits that a person set, by the names of `HttpLimits`. */
export function limitsFrom(setting: ParsedOf<typeof httpLimitsSetting>): Partial<HttpLimits> {
	const limits: Partial<HttpLimits> = {};
	for (const name of NAMES) {
		const value = setting?.[snake(name)];
		if (value != null) limits[name] = value;
	}
	return limits;
}
