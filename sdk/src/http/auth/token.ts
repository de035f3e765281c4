/** One token for all requests of a client: fetched once for everybody who waits, shown until it ends or is refused. */
import type { Json, JsonObject } from "@growthnav/spec";
import { registerSecret } from "../../redact.ts";
import { object, optional, type ParsedOf, secret, string, timestamp } from "../../schema/vocabulary.ts";
import type { Auth, AuthSession, Proof } from "./contract.ts";

export interface Token {
	value: string;
	/** Milliseconds since the epoch, some time before the vendor's end; unknown: it is shown until it is refused. */
	until: number | undefined;
	/** Settings that came with it: a refresh token that takes the place of the one that was used. */
	renewed?: JsonObject;
}

export interface TokenOptions {
	/** How it is shown; left out: `Authorization: Bearer`. */
	show?: (token: string) => Proof;
	/** The token outlives the run: for vendors that limit logins. */
	kept?: { setting: string; value: ParsedOf<typeof keptToken> };
}

/** The setting that `kept` names, in a config: `session: keptToken`. Nobody writes it by hand. */
export const keptToken = optional(
	object({
		token: secret(string()).describe("What requests show"),
		until: optional(timestamp()).describe("When it ends; left out: nobody knows"),
	}),
).describe("Written by the connector: a token that is still good, so that the next run need not log in again");

/** Clocks differ, and a request takes its time: so much of a token's life is left unused, but never more than a tenth. */
const MARGIN = 60_000;

/** Until when a token is shown that was asked for at `asked` and lives for so many seconds; undefined where nobody said. */
export function shownUntil(asked: number, seconds: number | undefined): number | undefined {
	if (seconds === undefined || !(seconds > 0)) return undefined;
	return asked + seconds * 1000 - Math.min(MARGIN, seconds * 100);
}

/** `fetch` is called by one request at a time; its failure is told to all that wait for it, and the next one tries anew. */
export function tokenAuth(fetch: (session: AuthSession) => Promise<Token>, options: TokenOptions = {}): Auth {
	const { show = asBearer, kept } = options;
	const shown = new WeakMap<Proof, Token>();
	let held = keptIn(kept);
	let underWay: Promise<Token> | undefined;

	const current = async (session: AuthSession): Promise<Token> => {
		if (held !== undefined && (held.until === undefined || session.now() < held.until)) return held;
		underWay ??= fetched(session).finally(() => {
			underWay = undefined;
		});
		return underWay;
	};

	const fetched = async (session: AuthSession): Promise<Token> => {
		const token = await fetch(session);
		registerSecret(token.value);
		const settings = { ...token.renewed, ...(kept && keeping(kept.setting, token)) };
		if (Object.keys(settings).length > 0) await session.save(settings);
		held = token;
		return token;
	};

	return {
		async ready(session) {
			await current(session);
		},
		async sign(_request, session) {
			const token = await current(session);
			const proof = { ...show(token.value) };
			shown.set(proof, token);
			return proof;
		},
		refused(proof) {
			// another request may have fetched a newer one meanwhile
			if (shown.get(proof) === held) held = undefined;
			return true;
		},
	};
}

function asBearer(token: string): Proof {
	return { headers: { authorization: `Bearer ${token}` } };
}

function keptIn(kept: TokenOptions["kept"]): Token | undefined {
	if (kept?.value == null) return undefined;
	const { token, until } = kept.value;
	registerSecret(token);
	return { value: token, until: until == null ? undefined : Date.parse(until) };
}

/** The settings in which one stands, by its dotted path: "credentials.refresh_token". */
export function settingAt(path: string, value: Json): JsonObject {
	return path.split(".").reduceRight<Json>((inner, name) => ({ [name]: inner }), value) as JsonObject;
}

function keeping(setting: string, { value, until }: Token): JsonObject {
	return settingAt(setting, { token: value, ...(until !== undefined && { until: new Date(until).toISOString() }) });
}
