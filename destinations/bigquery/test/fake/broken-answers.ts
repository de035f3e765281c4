/** Requests that go wrong on purpose: what a fault does to their answers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { RequestFault } from "./faults.ts";
import type { Job } from "./jobs.ts";
import { errorBody, refusal } from "./refusal.ts";

/** Faults that come before anything is done; true where nothing is to be done then. */
export async function instead(
	fault: RequestFault,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<boolean> {
	if ("answer" in fault) {
		const {
			status,
			reason = "backendError",
			message = "Visibility check was unavailable. Please retry the request",
			headers,
		} = fault.answer;
		for await (const _ of request) {
			// as a proxy would
		}
		response.writeHead(status, { "content-type": "application/json", ...headers });
		response.end(fault.answer.body ?? JSON.stringify(errorBody(refusal(status, reason, message))));
		return true;
	}
	if ("drop" in fault && fault.drop === "before") {
		request.socket.destroy();
		return true;
	}
	if ("hang" in fault && fault.hang === "before") {
		request.resume();
		return true;
	}
	return false;
}

/** Faults that come when all is done; true where nothing is said then. */
export async function afterwards(
	fault: RequestFault,
	job: Job | undefined,
	request: IncomingMessage,
): Promise<boolean> {
	const when = "drop" in fault ? fault.drop : "hang" in fault ? fault.hang : undefined;
	if (when === undefined) return false;
	if (when === "done") await job?.finished;
	if ("drop" in fault) request.socket.destroy();
	return true;
}

export const holdsAnswer = (fault: RequestFault | undefined): boolean =>
	fault !== undefined && ("drop" in fault || "hang" in fault);

/** A response whose words are lost. */
export function silent(response: ServerResponse): ServerResponse {
	return { ...response, headersSent: false, writeHead: () => ({ end: () => {} }) } as unknown as ServerResponse;
}

/** A connection that was destroyed has no socket any more. */
export function isGone(request: IncomingMessage): boolean {
	return (request.socket as Socket | null)?.destroyed !== false;
}
