/** What an author's functions find in an answer. */
import { ConnectorError, isConnectorError } from "../../errors.ts";
import { redact } from "../../redact.ts";
import type { HttpAnswer } from "../exchange.ts";
import type { FieldOrFunction } from "./contract.ts";

/** The rows, none where the answer has none. Throws `data.unexpected_answer` for what is no list. */
export function rowsOf<Row>(answer: HttpAnswer, rows: (body: HttpAnswer["body"]) => Row[] | undefined): Row[] {
	const found = reading(answer, () => rows(answer.body)) ?? [];
	if (Array.isArray(found)) return found;
	throw unexpected(
		answer.request,
		`its rows are ${typeof found === "object" ? "an object" : `a ${typeof found}`}, not a list`,
	);
}

/** What the connector's functions stumble over is the answer's shape. */
export function reading<T>({ request }: { request: string }, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (isConnectorError(error)) throw error;
		throw unexpected(request, redact(error instanceof Error ? error.message : String(error)), error);
	}
}

export function fieldOf<Row>(row: Row, field: FieldOrFunction<Row>): unknown {
	return typeof field === "function" ? field(row) : row[field];
}

/** `data.unexpected_answer`, of what `request` was answered with. `why`: "it has no list of results". */
export function unexpected(request: string, why: string, cause?: unknown): ConnectorError {
	return new ConnectorError("data.unexpected_answer", "The answer does not have the expected shape", {
		where: request,
		why,
		next: "check that base_url is the vendor's API; else report it as a bug of the connector",
		cause,
	});
}
