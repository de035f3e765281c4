/** OAuth 2: a token for a grant (RFC 6749), from the vendor's token address. */
import { registerSecret } from "../../redact.ts";
import type { HttpAnswer } from "../exchange.ts";
import type { Auth, AuthSession } from "./contract.ts";
import { basicText } from "./keys.ts";
import { noToken, type RefusalTable, saidIn, tokenRefused } from "./refusal.ts";
import { settingAt, shownUntil, type Token, type TokenOptions, tokenAuth } from "./token.ts";

export interface Client extends TokenOptions {
	/** https, or below the base: "/oauth2/token". */
	tokenUrl: string;
	clientId?: string | undefined;
	clientSecret?: string | undefined;
	/** Where the two go: into the form, or into Basic auth as the RFC prefers. "form" unless set. */
	clientIn?: "form" | "basic";
	scope?: string | undefined;
	/** Further parameters of the vendor: audience, resource, account_id. */
	more?: Record<string, string | undefined>;
	/** The parameters are sent as JSON, against the RFC. */
	json?: true;
}

/** Client credentials (RFC 6749, 4.4). */
export function clientCredentials(client: Client & { clientId: string; clientSecret: string }): Auth {
	return tokenAuth(async (session) => {
		const { token } = await granted(client, { grant_type: "client_credentials" }, session);
		return token;
	}, client);
}

export interface RefreshClient extends Client {
	refreshToken: string;
	/** The setting of `refreshToken`: where a new one is kept that takes its place. */
	setting: string;
}

/**
 * Refresh token (RFC 6749, 6). Where the vendor gives a new one with each token, it is kept before the first request with
 * that token leaves: the old one works no more.
 */
export function refreshToken(client: RefreshClient): Auth {
	let current = client.refreshToken;
	registerSecret(current);
	return tokenAuth(async (session) => {
		const parameters = { grant_type: "refresh_token", refresh_token: current };
		const { token, body } = await granted(client, parameters, session, spent(session, client.setting));
		const next = body.refresh_token;
		if (typeof next !== "string" || next === "" || next === current) return token;
		registerSecret(next);
		current = next;
		return { ...token, renewed: settingAt(client.setting, next) };
	}, client);
}

function spent({ vendor }: AuthSession, setting: string): RefusalTable {
	return {
		invalid_grant: {
			message: `${vendor} does not take the refresh token any more`,
			why: "it has expired, was revoked, or was used: a run that was ended just while it renewed it leaves a used one",
			next: `connect the account again at ${vendor}, and put the new refresh token into the setting ${setting}`,
		},
	};
}

/** Asks for a token with a grant's parameters. Throws `config.credentials`, `data.no_token`, and what is transient. */
export async function granted(
	client: Client,
	grant: Record<string, string>,
	session: AuthSession,
	table?: RefusalTable,
): Promise<{ token: Token; body: HttpAnswer["body"] }> {
	const { clientId, clientSecret, scope, more } = client;
	if (clientSecret !== undefined) registerSecret(clientSecret);
	const inBasic = client.clientIn === "basic" && clientId !== undefined;
	const form = { ...grant, ...(!inBasic && { client_id: clientId, client_secret: clientSecret }), scope, ...more };
	const headers = inBasic ? { authorization: `Basic ${basicText(encoded(clientId), encoded(clientSecret))}` } : {};
	const refused = (answer: HttpAnswer) => tokenRefused(session, answer, table);
	const asked = session.now();
	const answer = await session.ask(client.tokenUrl, {
		...(client.json ? { json: withoutAbsent(form) } : { form }),
		headers,
		refused,
	});
	const { access_token: value, expires_in } = answer.body ?? {};
	if (typeof value === "string" && value !== "")
		return { token: { value, until: shownUntil(asked, secondsIn(expires_in)) }, body: answer.body };
	throw saidIn(answer.body).code === undefined ? noToken(answer, "access_token") : refused(answer);
}

/** A number, or one written as text; nothing for anything else. */
export function secondsIn(value: unknown): number | undefined {
	const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
	return typeof seconds === "number" && Number.isFinite(seconds) ? seconds : undefined;
}

/** RFC 6749, 2.3.1: id and secret are form-encoded before they are joined. */
function encoded(text = ""): string {
	return new URLSearchParams({ t: text }).toString().slice(2);
}

function withoutAbsent(parameters: Record<string, string | undefined>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined),
	);
}
