/** Requests that are signed one by one: the key itself is never sent. */
import { type BinaryToTextEncoding, createHmac } from "node:crypto";
import type { Auth, AuthSession, Proof, Unsigned } from "./contract.ts";

/**
 * A proof of its own for every request: a signature over it and `now` (milliseconds), or a token that is asked for each
 * time (`session.ask`). Redirects are signed anew.
 */
export function signed(sign: (request: Unsigned, now: number, session: AuthSession) => Proof | Promise<Proof>): Auth {
	return { sign: (request, session) => sign(request, session.now(), session) };
}

/** The keyed hash of a text (RFC 2104). */
export function hmac(
	algorithm: "sha1" | "sha256" | "sha384" | "sha512",
	key: string | Buffer,
	text: string,
	encoding: BinaryToTextEncoding,
): string {
	return createHmac(algorithm, key).update(text, "utf8").digest(encoding);
}
