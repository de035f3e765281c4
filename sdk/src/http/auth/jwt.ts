/** Signed assertions (RFC 7515, 7523): a private key proves who asks, and never leaves. */
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { registerSecret } from "../../redact.ts";
import type { Auth } from "./contract.ts";
import { type Client, granted } from "./grant.ts";
import type { RefusalTable } from "./refusal.ts";
import { tokenAuth } from "./token.ts";

export interface SigningKey {
	/** PEM, also with its line breaks written as `\n`, as it stands in an environment variable. RSA, or EC on P-256. */
	key: string;
	keyId?: string | undefined;
}

export interface Assertion extends Client, SigningKey {
	/** Who asks: the address of the service account. */
	issuer: string;
	/** For whom it asks, where it may act for others. */
	subject?: string | undefined;
	/** `tokenUrl` unless set. */
	audience?: string;
	/** Seconds; 3,600 unless set, the most that Google takes. */
	life?: number;
	claims?: JsonObject;
}

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** Seconds by which our clock may be ahead: an assertion that begins in the future is refused. */
const EARLIER = 10;

/** A token for an assertion that the service account's key signs: RS256 or ES256, as the key is. */
export function jwtAssertion(account: Assertion): Auth {
	const { key, keyId, issuer, subject, audience = account.tokenUrl, life = 3600, claims, scope, ...client } = account;
	registerSecret(key);
	return tokenAuth(async (session) => {
		const iat = Math.floor(session.now() / 1000) - EARLIER;
		const times = { iat, exp: iat + life };
		const about = { iss: issuer, aud: audience, ...(subject && { sub: subject }), ...(scope && { scope }) };
		const assertion = jwt({ ...about, ...times, ...claims }, { key, keyId }, session.hint);
		const { token } = await granted(client, { grant_type: JWT_BEARER, assertion }, session, refusals(session.vendor));
		return token;
	}, account);
}

function refusals(vendor: string): RefusalTable {
	return {
		invalid_grant: {
			message: `${vendor} does not take what the private key signed`,
			next: "check that the account exists, that its key was not deleted, and that this machine's clock is right",
		},
	};
}

/** A signed JWT: for vendors that want one in each request (`signed`). Throws `config.private_key`. */
export function jwt(claims: JsonObject, { key, keyId }: SigningKey, hint?: string): string {
	const secret = privateKey(key, hint);
	const header = {
		alg: secret.asymmetricKeyType === "rsa" ? "RS256" : "ES256",
		typ: "JWT",
		...(keyId && { kid: keyId }),
	};
	const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
	// of the two forms of an ECDSA signature JWT takes the plain one; RSA does not look at it
	const signature = sign("sha256", Buffer.from(text), { key: secret, dsaEncoding: "ieee-p1363" });
	return `${text}.${signature.toString("base64url")}`;
}

function privateKey(pem: string, hint = "paste the whole key, from -----BEGIN to -----END"): KeyObject {
	const refuse = (why: string) =>
		new ConnectorError("config.private_key", "The private key cannot be used", { why, next: hint });
	let key: KeyObject;
	try {
		key = createPrivateKey(pem.replaceAll("\\n", "\n"));
	} catch {
		throw refuse(pem.includes("PRIVATE KEY") ? "it is not whole, or has a password" : "it is no PEM text");
	}
	const { asymmetricKeyType: type, asymmetricKeyDetails } = key;
	if (type === "rsa" || (type === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1")) return key;
	throw refuse(
		`it is a key for ${type === "ec" ? asymmetricKeyDetails?.namedCurve : type}; RSA and EC on P-256 are known`,
	);
}

/**
 * Of the JSON file that Google gives out for a service account: `jwtAssertion({ ...googleKey(text), scope })`. Throws
 * `config.private_key`.
 */
export function googleKey(text: string): SigningKey & { issuer: string; tokenUrl: string } {
	const { client_email: issuer, private_key: key, private_key_id: keyId, token_uri } = parsedKey(text);
	if (typeof issuer !== "string" || typeof key !== "string")
		throw noServiceAccount("client_email or private_key is missing");
	registerSecret(key);
	const tokenUrl = typeof token_uri === "string" ? token_uri : "https://oauth2.googleapis.com/token";
	return { issuer, key, keyId: typeof keyId === "string" ? keyId : undefined, tokenUrl };
}

function parsedKey(text: string): Record<string, unknown> {
	try {
		const parsed: unknown = JSON.parse(text);
		if (typeof parsed === "object" && parsed !== null) return parsed as Record<string, unknown>;
	} catch {}
	throw noServiceAccount("it is no JSON object");
}

function noServiceAccount(why: string): ConnectorError {
	return new ConnectorError("config.private_key", "This is not the key of a service account", {
		why,
		next: "paste the whole JSON file that was downloaded when the key was made",
	});
}
