/** What BigQuery says, in our words: what happened, where, why, and what the operator does next. */
import { ConnectorError, isConnectorError } from "@growthnav/sdk/store";
import { datasetOf } from "../config.ts";
import { type ApiProblem, anyProblemOf, networkProblem } from "./problem.ts";
import { type ErrorSettings, oneLine, sentenceOf } from "./sentences.ts";

/**
 * Any thrown thing as a ConnectorError, whose `cause` is the problem (`{ status, reason, message, step, jobId? }`) so
 * that callers can act on reasons. Ours pass as they are; what is no error of a service is a bug.
 */
export function storeError(thrown: unknown, settings: ErrorSettings): ConnectorError {
	if (isConnectorError(thrown)) return thrown;
	const problem = anyProblemOf(thrown) ?? (isSystemError(thrown) ? networkProblem(thrown, "request") : undefined);
	if (problem !== undefined) return problemError(problem, settings);
	return new ConnectorError("internal.bigquery", "The destination failed", {
		where: `dataset ${datasetOf(settings)} of project ${settings.project_id}`,
		why: thrown instanceof Error ? thrown.message : String(thrown),
		next: "run again; if it fails again, report it with this message",
		cause: thrown,
	});
}

export function problemError(problem: ApiProblem, settings: ErrorSettings): ConnectorError {
	const { code, what, why, next } = sentenceOf(problem, settings);
	return new ConnectorError(code, what, {
		where: whereOf(problem, settings),
		why: why ?? oneLine(problem.message),
		next,
		...(problem.retryAfter !== undefined && { retryAfter: Math.ceil(problem.retryAfter / 1000) }),
		cause: problem,
	});
}

function whereOf({ jobId, step, location }: ApiProblem, { project_id, location: region }: ErrorSettings): string {
	const job = jobId === undefined ? step : `${step}, job ${jobId}`;
	// "query" and "q" are the text of the statement
	const place = location === undefined || jobId === undefined || /^q(uery)?$/.test(location) ? "" : `, at ${location}`;
	return `${job} in project ${project_id}, ${region}${place}`;
}

/** Of system calls and sockets. */
function isSystemError(thrown: unknown): boolean {
	return thrown instanceof Error && "syscall" in thrown && "code" in thrown;
}
