/** What a token's address answers when it gives none, as an error of four parts. */
import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import { redact } from "../../redact.ts";
import type { HttpAnswer } from "../exchange.ts";
import type { AuthSession } from "./contract.ts";

/** Words for one error code of RFC 6749, 5.2. */
export interface RefusalWords {
	message: string;
	why?: string;
	next: string;
}

/** By code; "" is for all others. */
export type RefusalTable = Record<string, RefusalWords>;

/** The vendor's own code and text: OAuth's names, and the usual ones of others. */
export function saidIn(body: HttpAnswer["body"]): { code?: string; detail?: string } {
	const { error, error_description, errors, code, message } = isObject(body) ? body : {};
	const inner = isObject(error) ? error : undefined;
	const found = textOf(error) ?? textOf(inner?.code) ?? textOf(inner?.status) ?? textOf(code);
	const detail = textOf(error_description) ?? textOf(inner?.message) ?? textOf(message) ?? textOf(errors);
	return { ...(found !== undefined && { code: found }), ...(detail !== undefined && { detail }) };
}

/** `config.credentials` with the words of the table, the vendor's own and what its clock says. */
export function tokenRefused(session: AuthSession, answer: HttpAnswer, table: RefusalTable = {}): ConnectorError {
	const { code = "", detail } = saidIn(answer.body);
	const words = table[code] ?? { ...generalWords(session, code), ...table[""] };
	const facts = [detail && JSON.stringify(redact(detail).slice(0, 300)), words.why, clockOf(answer, session.now())];
	return new ConnectorError("config.credentials", words.message, {
		where: redact(`${answer.request}, ${answer.status} ${code.slice(0, 100)}`.trimEnd()),
		why: facts.filter(Boolean).join("; ") || "it said no more",
		next: session.hint ?? words.next,
	});
}

function generalWords({ vendor }: AuthSession, code: string): RefusalWords {
	if (code === "invalid_client" || code === "unauthorized_client")
		return { message: `${vendor} does not take this client`, next: "check the client's id and its secret" };
	if (code === "invalid_scope")
		return { message: `${vendor} does not give this client what it asks for`, next: "allow the scope at the vendor" };
	return { message: `${vendor} refused the login`, next: "check the keys in the settings" };
}

/** What is signed with a time is refused when clocks differ. */
function clockOf(answer: HttpAnswer, now: number): string | undefined {
	const ahead = now - Date.parse(answer.headers.date ?? "");
	if (!(Math.abs(ahead) > 60_000)) return undefined;
	return `the clock of this machine is ${count(Math.round(Math.abs(ahead) / 1000))} s ${ahead > 0 ? "ahead of" : "behind"} the vendor's`;
}

/** An answer that is a success and still holds no token. */
export function noToken(answer: HttpAnswer, what: string): ConnectorError {
	return new ConnectorError("data.no_token", "The answer to the login holds no token", {
		where: answer.request,
		why: `${what} is missing`,
		next: "check the address of the login; if it is right, report it as a bug of the connector",
	});
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}
