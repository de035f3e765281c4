/** How a process ended, in words, and whose error that is. */

import type { TraceError } from "@growthnav/spec";
import { ConnectorError, type ErrorKind, type ErrorParts, fromTraceError } from "../../errors.ts";
import { shownLine } from "../run/run-log.ts";
import type { Exit } from "./process.ts";

const KINDS: Record<number, ErrorKind> = { 10: "config", 20: "transient", 30: "data", 70: "internal" };

/** "was killed (SIGKILL)", "ended with 70". */
export function endInWords({ code, signal }: Exit): string {
	if (signal !== null) return signal === "SIGKILL" ? "was killed (SIGKILL)" : `was ended by ${signal}`;
	return `ended with ${code}`;
}

/** What is known of the reason: the signal's usual cause, or its last words. */
export function whyItEnded({ signal }: Exit, lastLines: readonly string[]): string {
	if (signal === "SIGKILL") return "killed from outside; often the memory limit of a container";
	if (signal !== null) return "ended from outside";
	const last = lastLines.at(-1);
	if (last === undefined) return "it said nothing";
	const more = lastLines.length - 1;
	return `its last line: "${shownLine(last)}"${more > 0 ? ` (${more} more in the log)` : ""}`;
}

/** The kind of an exit code of ours; a signal is nobody's fault; anything else is a bug of the program. */
export function kindOfExit({ code, signal }: Exit): ErrorKind {
	return signal !== null ? "transient" : (KINDS[code ?? -1] ?? "internal");
}

/** A process that ended badly without saying why in the protocol. */
export function diedError(
	what: string,
	exit: Exit,
	lastLines: readonly string[],
	program: string,
	parts: ErrorParts = {},
): ConnectorError {
	return new ConnectorError(
		`${kindOfExit(exit)}.${what}`,
		`${program} ${endInWords(exit)}${parts.stream ? `, reading ${parts.stream}` : ""}`,
		{
			why: whyItEnded(exit, lastLines),
			...parts,
		},
	);
}

/** So many errors of one process are kept; a flood of them has nothing more to say. */
export const MOST_ERRORS = 100;

/** They are about the account: the streams that come after the first say nothing new. */
const OF_THE_ACCOUNT = ["transient.quota", "transient.wait_too_long"];

/** Each error once: a source may tell the same one for every slice, and a used-up quota for every stream. */
export function distinctErrors(traces: readonly TraceError[], origin: string): ConnectorError[] {
	const seen = new Map<string, ConnectorError>();
	for (const trace of traces) {
		const error = fromTraceError(trace, origin);
		const isOfAll = OF_THE_ACCOUNT.includes(error.code);
		const key = JSON.stringify(isOfAll ? [error.code] : [error.code, error.message, error.stream, error.where]);
		if (!seen.has(key)) seen.set(key, error);
	}
	return [...seen.values()];
}

/** Several errors as one thing to throw; `allErrors` is the way back. */
export function asOne(errors: readonly ConnectorError[]): Error {
	return errors.length === 1 ? errors[0]! : new AggregateError(errors, errors.map(({ message }) => message).join("\n"));
}
