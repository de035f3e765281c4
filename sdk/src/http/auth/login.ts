/** A vendor's own login call: keys for a token, in words that no standard has. */
import type { HttpAnswer } from "../exchange.ts";
import type { Auth, AuthSession } from "./contract.ts";
import { secondsIn } from "./grant.ts";
import { noToken } from "./refusal.ts";
import { shownUntil, type TokenOptions, tokenAuth } from "./token.ts";

export interface Login extends TokenOptions {
	/** The call itself: `(session) => session.ask("/login", { json: { … } })`. */
	ask: (session: AuthSession) => Promise<HttpAnswer>;
	/** Reads the token of its answer. */
	token: (body: HttpAnswer["body"]) => string | undefined | null;
	/** How long it lives: seconds, or the time of its end (RFC 3339). Left out, or absent: until it is refused. */
	expires?: (body: HttpAnswer["body"]) => number | string | undefined | null;
}

/** One login for as long as its token lives: vendors that count logins are asked no more often. */
export function login({ ask, token, expires, ...options }: Login): Auth {
	return tokenAuth(async (session) => {
		const asked = session.now();
		const answer = await ask(session);
		const value = read(() => token(answer.body));
		if (typeof value !== "string" || value === "") throw noToken(answer, "its token");
		return {
			value,
			until: shownUntil(
				asked,
				lifeOf(
					read(() => expires?.(answer.body)),
					asked,
				),
			),
		};
	}, options);
}

/** A body of another shape has neither. */
function read<T>(find: () => T): T | undefined {
	try {
		return find();
	} catch {
		return undefined;
	}
}

function lifeOf(told: number | string | undefined | null, asked: number): number | undefined {
	const seconds = secondsIn(told);
	if (seconds !== undefined || typeof told !== "string") return seconds;
	const end = Date.parse(told);
	return Number.isNaN(end) ? undefined : (end - asked) / 1000;
}
