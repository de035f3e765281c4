/** What went wrong as events of `--json`. */
import { type ConnectorError, exitCodeOf } from "../../errors.ts";
import type { RunEvent, RunFinished } from "../../pipeline/events.ts";

export function errorEvent(error: ConnectorError): Extract<RunEvent, { event: "error" }> {
	return {
		event: "error",
		code: error.code,
		kind: error.kind,
		exit_code: exitCodeOf(error),
		message: error.message,
		where: error.where ?? null,
		why: error.why ?? null,
		next: error.next ?? null,
		kept_rows: null,
		again_rows: null,
	};
}

/** The end of a run that could not begin: output without a `run_finished` was cut off. */
export function unbegunEvent(status: RunFinished["status"], exit_code: number, duration_s: number): RunEvent {
	return {
		event: "run_finished",
		status,
		exit_code,
		duration_s,
		read: 0,
		loaded: 0,
		superseded: 0,
		rejected: 0,
		conversions: 0,
		rejects_waiting: 0,
		committed_through: null,
		next: null,
	};
}
