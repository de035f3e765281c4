/** The answer of `check` that says no. */
import type { ConnectionStatusPayload } from "@growthnav/spec";
import { type ConnectorError, toTraceError } from "../errors.ts";

/** For people who see the message alone, every error is in it; `error` and `errors` hold their parts. */
export function failedStatus(errors: ConnectorError[]): ConnectionStatusPayload {
	const traces = errors.map(toTraceError);
	return {
		status: "FAILED",
		message: errors.map(({ message, next }) => (next === undefined ? message : `${message}; ${next}`)).join("\n"),
		error: traces[0]!,
		...(traces.length > 1 && { errors: traces }),
	};
}
