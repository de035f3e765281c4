/** What the service refuses, as its own errors: an HTTP status, a reason, a message. */

export interface Refusal extends Error {
	status: number;
	reason: string;
	location?: string;
	/** Further entries of `errors` beside the refusal itself. */
	details?: ErrorProto[];
}

/** As BigQuery names it: an error inside a job resource or an answer. */
export interface ErrorProto {
	reason: string;
	message: string;
	location?: string;
}

export function refusal(status: number, reason: string, message: string, more: Partial<Refusal> = {}): Refusal {
	return Object.assign(new Error(message), { status, reason, ...more });
}

export const invalid = (message: string, location?: string): Refusal =>
	refusal(400, "invalid", message, location === undefined ? {} : { location });
export const invalidQuery = (message: string): Refusal => refusal(400, "invalidQuery", message, { location: "query" });
export const notFound = (message: string): Refusal => refusal(404, "notFound", message);
export const duplicate = (message: string): Refusal => refusal(409, "duplicate", message);

export function isRefusal(thrown: unknown): thrown is Refusal {
	return thrown instanceof Error && "reason" in thrown && "status" in thrown;
}

export function protoOf({ reason, message, location }: Refusal): ErrorProto {
	return { reason, message, ...(location !== undefined && { location }) };
}

/** Of an HTTP answer. */
export function errorBody(thrown: Refusal): object {
	const { status, message } = thrown;
	const errors = [{ ...protoOf(thrown), domain: "global" }, ...(thrown.details ?? [])];
	return { error: { code: status, message, errors, status: STATUS_NAMES[status] ?? "UNKNOWN" } };
}

const STATUS_NAMES: Record<number, string> = {
	400: "INVALID_ARGUMENT",
	401: "UNAUTHENTICATED",
	403: "PERMISSION_DENIED",
	404: "NOT_FOUND",
	409: "ALREADY_EXISTS",
	412: "FAILED_PRECONDITION",
	429: "RESOURCE_EXHAUSTED",
	500: "INTERNAL",
	503: "UNAVAILABLE",
};
