/**
 * One error class. Its kind says who must act next, and decides the exit code: the person who configures (10), nobody,
 * run again later (20), whoever owns the data (30), us (70).
 */
import type { TraceError } from "@growthnav/spec";
import { redact } from "./redact.ts";

export type ErrorKind = "config" | "transient" | "data" | "internal";

const EXIT_CODES: Record<ErrorKind, number> = { config: 10, transient: 20, data: 30, internal: 70 };

/** The parts of an error that its message (what happened) leaves out. */
export interface ErrorParts {
	/** File, line, path, stream or request. */
	where?: string;
	/** Facts, not guesses. */
	why?: string;
	/** The next step: a command or a setting. */
	next?: string;
	stream?: string;
	/** Seconds after which trying again makes sense. */
	retryAfter?: number;
	cause?: unknown;
}

const BRAND = Symbol.for("growthnav.error");

/**
 * What every room throws for a person to read. `code` is `<kind>.<word>`, stable; the message is one line without a
 * full stop at its end where it names a thing, and holds no secret.
 */
export class ConnectorError extends Error {
	readonly [BRAND] = true;
	readonly kind: ErrorKind;
	readonly code: string;
	readonly where: string | undefined;
	readonly why: string | undefined;
	readonly next: string | undefined;
	readonly stream: string | undefined;
	readonly retryAfter: number | undefined;

	constructor(code: `${ErrorKind}.${string}`, message: string, parts: ErrorParts = {}) {
		super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
		this.name = "ConnectorError";
		this.code = code;
		this.kind = code.slice(0, code.indexOf(".")) as ErrorKind;
		this.where = parts.where;
		this.why = parts.why;
		this.next = parts.next;
		this.stream = parts.stream;
		this.retryAfter = parts.retryAfter;
	}
}

/** True for ours from any installed copy of the package; `instanceof` fails across two copies. */
export function isConnectorError(value: unknown): value is ConnectorError {
	return typeof value === "object" && value !== null && BRAND in value;
}

/** Any thrown thing as ours: what is not ours is a bug, kept as the cause. */
export function toConnectorError(thrown: unknown): ConnectorError {
	if (isConnectorError(thrown)) return thrown;
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	return new ConnectorError("internal.unexpected", message, {
		why: "this is a bug in the connector or in GrowthNav",
		next: "report it with the log of this run",
		cause: thrown,
	});
}

/** Every error in a thrown thing: an AggregateError, as a config with several faults throws, holds many. */
export function allErrors(thrown: unknown): ConnectorError[] {
	return thrown instanceof AggregateError && thrown.errors.length > 0
		? thrown.errors.flatMap(allErrors)
		: [toConnectorError(thrown)];
}

/** The same error, with more of where it happened: "slice uji", "stream orders". */
export function inPlace(error: ConnectorError, places: readonly string[], stream = error.stream): ConnectorError {
	if (places.length === 0 && stream === error.stream) return error;
	const { why, next, retryAfter, cause } = error;
	return new ConnectorError(error.code as `${ErrorKind}.${string}`, error.message, {
		where: [error.where, ...places].filter(Boolean).join(", "),
		...(why !== undefined && { why }),
		...(next !== undefined && { next }),
		...(stream !== undefined && { stream }),
		...(retryAfter !== undefined && { retryAfter }),
		cause,
	});
}

export function exitCodeOf(error: ConnectorError): number {
	return EXIT_CODES[error.kind];
}

/** With several failures the exit code is the first of 70, 10, 30, 20 that occurred. */
export function worstExitCode(codes: Iterable<number>): number {
	const seen = new Set(codes);
	for (const code of [70, 10, 30, 20]) if (seen.has(code)) return code;
	return [...seen].find((code) => code !== 0) ?? 0;
}

/** The `error` of a TRACE message. Stack traces stay at home, except for bugs. */
export function toTraceError(error: ConnectorError): TraceError {
	const failure_type =
		error.kind === "config" ? "config_error" : error.kind === "transient" ? "transient_error" : "system_error";
	return {
		message: error.message,
		failure_type,
		code: error.code,
		...(error.where !== undefined && { where: error.where }),
		...(error.why !== undefined && { why: error.why }),
		...(error.next !== undefined && { next: error.next }),
		...(error.stream !== undefined && { stream_descriptor: { name: error.stream } }),
		...(error.retryAfter !== undefined && { retry_after: error.retryAfter }),
		...(error.kind === "internal" && error.cause instanceof Error && { stack_trace: error.cause.stack ?? "" }),
	};
}

const CODE = /^(?:config|transient|data|internal)\.[\w-]{1,60}$/;
const LONGEST_PART = 2_000;

/**
 * The way back: the error of another process, also of a foreign one, which has only a message and a failure type; its
 * code is then `<kind>.<origin>`. Nothing of it is believed: what is no text is left out, secrets go, and long text is cut.
 */
export function fromTraceError(trace: TraceError, origin: string): ConnectorError {
	const kind: ErrorKind =
		trace.failure_type === "config_error"
			? "config"
			: trace.failure_type === "transient_error"
				? "transient"
				: "internal";
	const isOurs = typeof trace.code === "string" && CODE.test(trace.code);
	const code = (isOurs ? trace.code : `${kind}.${origin.replace(/[^\w-]/g, "_")}`) as `${ErrorKind}.${string}`;
	const [where, why, next] = [trace.where, trace.why, trace.next].map(partOf);
	const stream = partOf(trace.stream_descriptor?.name);
	return new ConnectorError(code, partOf(trace.message) ?? "it gave no message", {
		...(where !== undefined && { where }),
		...(why !== undefined && { why }),
		...(next !== undefined && { next }),
		...(stream !== undefined && { stream }),
		...(typeof trace.retry_after === "number" && { retryAfter: trace.retry_after }),
	});
}

/** Secrets go before the text is cut, so that no half of one is left. */
function partOf(value: unknown): string | undefined {
	if (typeof value !== "string") return undefined;
	const clean = redact(value);
	return clean.length <= LONGEST_PART ? clean : `${clean.slice(0, LONGEST_PART)}…`;
}
