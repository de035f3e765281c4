/** What a tap writes to stderr: levels, and the reason why it failed. Pure. */
import type { LogLevel } from "@growthnav/spec";
import { ConnectorError, type ErrorKind } from "../../errors.ts";
import { endInWords, whyItEnded } from "../../pipeline/connectors/death.ts";
import type { Exit } from "../../pipeline/connectors/process.ts";
import { shownLine } from "../../pipeline/run/run-log.ts";

const LEVELS: { [word: string]: LogLevel } = {
	CRITICAL: "FATAL",
	FATAL: "FATAL",
	ERROR: "ERROR",
	WARNING: "WARN",
	WARN: "WARN",
	INFO: "INFO",
	DEBUG: "DEBUG",
	TRACE: "TRACE",
};

/** The level stands at the start (`CRITICAL x`), between bars or brackets, or behind `level=`; in JSON as a field. */
const LEVEL =
	/^(?:.{0,60}?[\s|[:])??(CRITICAL|FATAL|ERROR|WARNING|WARN|INFO|DEBUG|TRACE)(?:\b[\]\s|:-]*)|\blevel=(\w+)\b|"level(?:name)?"\s*:\s*"(\w+)"/i;
const JSON_TEXT = /"(?:message|event|msg)"\s*:\s*("(?:[^"\\]|\\.)*")/;

export interface TapLog {
	level: LogLevel;
	/** Without level, time and program. */
	text: string;
}

/** Of a longer line the rest says nothing new, and the patterns would overflow on it. */
const LONGEST = 100_000;

/** One line; what says no level is INFO. A METRIC is one for machines: DEBUG. */
export function readLog(whole: string): TapLog {
	const line = whole.slice(0, LONGEST);
	const found = LEVEL.exec(line);
	const word = found?.[1] ?? found?.[2] ?? found?.[3];
	// a word in a sentence is none: levels are written in capitals, or behind a name
	const isLevel = word !== undefined && (found?.[1] === undefined || word === word.toUpperCase());
	const level = isLevel ? (LEVELS[word.toUpperCase()] ?? "INFO") : "INFO";
	const text = !isLevel ? line : textBehind(line, found!);
	return { level: /\bMETRIC\b/.test(line) && level === "INFO" ? "DEBUG" : level, text: text.trim() };
}

function textBehind(line: string, found: RegExpExecArray): string {
	if (found[3] !== undefined) return unquoted(JSON_TEXT.exec(line)?.[1]) ?? line;
	if (found[2] !== undefined) return /\bmessage=(.*)$/.exec(line)?.[1] ?? line;
	const rest = line.slice(found[0].length);
	// "time | CRITICAL | tap-x | text"
	return /\|\s*$/.test(found[0]) ? rest.replace(/^[\w.:-]+\s*\|\s*/, "") : rest;
}

/** Undefined where it only looks like JSON: `"C:\data"` of a program that pastes its logs together. */
function unquoted(text: string | undefined): string | undefined {
	try {
		return text === undefined ? undefined : (JSON.parse(text) as string);
	} catch {
		return undefined;
	}
}

const KEPT = 20;

export interface LastWords {
	saw(line: string): void;
	/** The last CRITICAL lines, else how a Python program says why it died, else nothing. */
	reason(): string | undefined;
}

/** Remembers what may be the reason of a failure. */
export function lastWords(): LastWords {
	let critical: string[] = [];
	let goesOn = false;
	let exception: string | undefined;
	return {
		saw(line) {
			const { level, text } = readLog(line);
			if (level === "FATAL" && text !== "") {
				// an error of several lines is logged line by line
				critical = goesOn ? [...critical, text].slice(-KEPT) : [text];
				goesOn = true;
			} else if (line.trim() !== "") goesOn = false;
			if (/^[\w.]*(?:Error|Exception|Exit|Interrupt)\b.*/.test(line)) exception = line.trim();
		},
		reason: () => (critical.length > 0 ? critical.join(" ") : exception),
	};
}

const OF_CONFIG =
	/\b(?:40[13]|unauthori[sz]ed|forbidden|access denied|permission|authentication|invalid[ _](?:grant|token|api.?key|credentials?|client)|missing required|is a required property|config(?:uration)?\b.*\b(?:invalid|missing|validation|required)|ConfigValidationError|required arguments?)/i;
const OF_THE_MOMENT =
	/\b(?:429|50[0234]|too many requests|rate.?limit|timed? ?out|timeout|temporar|connection (?:reset|refused|aborted|error)|max retries|unavailable)/i;

/** Whose error it is, as far as the words tell. */
export function kindOf(reason: string, { signal }: Exit): ErrorKind {
	if (signal !== null || OF_THE_MOMENT.test(reason)) return "transient";
	return OF_CONFIG.test(reason) ? "config" : "internal";
}

export interface FailurePlace {
	/** "tap-github" */
	program: string;
	/** Where in the read: "stream orders, after row 9,384". */
	where: string;
	stream?: string;
}

/** A tap that ended badly: what, where, why and the next step. */
export function tapFailed(
	exit: Exit,
	words: LastWords,
	lastLines: readonly string[],
	place: FailurePlace,
): ConnectorError {
	const reason = words.reason();
	const kind = kindOf(reason ?? "", exit);
	const next = {
		config: `correct its settings and run it again: it goes on from the last committed state`,
		transient: "run it again: it goes on from the last committed state",
		data: "run it again",
		internal: `run it again; if it fails again, report it to the author of ${place.program}`,
	}[kind];
	return new ConnectorError(`${kind}.tap_failed`, `${place.program} ${endInWords(exit)}`, {
		where: place.where,
		why: reason === undefined ? whyItEnded(exit, lastLines) : shownLine(reason),
		next,
		...(place.stream !== undefined && { stream: place.stream }),
	});
}
