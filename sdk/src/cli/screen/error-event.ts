/** An error as the event of `--json`. */
import { type ConnectorError, exitCodeOf } from "../../errors.ts";
import type { RunEvent } from "../../pipeline/events.ts";

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
