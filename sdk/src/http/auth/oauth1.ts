/** OAuth 1.0 (RFC 5849) with an HMAC, one-legged or with a token: how WooCommerce signs plain http. */
import { randomUUID } from "node:crypto";
import { registerSecret } from "../../redact.ts";
import type { Auth, Unsigned } from "./contract.ts";
import { hmac } from "./signed.ts";

export interface OAuth1 {
	consumerKey: string;
	consumerSecret: string;
	token?: string;
	tokenSecret?: string;
	/** "sha256" unless set; the RFC itself knows only "sha1". */
	hash?: "sha1" | "sha256";
	/** Where the parameters go; "query" unless set. */
	in?: "query" | "header";
	/** Never twice with the same time; a random one unless set. */
	nonce?: () => string;
}

type Pair = [name: string, value: string];

/** The secrets never leave, so the base may be plain http. */
export function oauth1(keys: OAuth1): Auth {
	for (const secret of [keys.consumerSecret, keys.tokenSecret]) if (secret !== undefined) registerSecret(secret);
	const { hash = "sha256", nonce = randomUUID } = keys;
	return {
		plainHttp: true,
		sign(request, session) {
			const parameters: Pair[] = [
				["oauth_consumer_key", keys.consumerKey],
				["oauth_nonce", nonce()],
				["oauth_signature_method", `HMAC-${hash.toUpperCase()}`],
				["oauth_timestamp", String(Math.floor(session.now() / 1000))],
				...(keys.token === undefined ? [] : [["oauth_token", keys.token] as Pair]),
			];
			const key = `${percent(keys.consumerSecret)}&${percent(keys.tokenSecret ?? "")}`;
			const signature = hmac(hash, key, baseString(request, parameters), "base64");
			const proof = Object.fromEntries([...parameters, ["oauth_signature", signature] as Pair]);
			return keys.in === "header" ? { headers: { authorization: headerOf(proof) } } : { query: proof };
		},
	};
}

/**
 * What is signed (RFC 5849, 3.4.1). Parameters of an older signature, which a vendor may echo in the address of its next
 * page, are replaced and so not part of it. Our bodies are JSON, and so not either.
 */
export function baseString({ method, url }: Pick<Unsigned, "method" | "url">, parameters: Pair[]): string {
	const own = new Set([...parameters.map(([name]) => name), "oauth_signature"]);
	const asked = [...url.searchParams].filter(([name]) => !own.has(name));
	const normal = [...asked, ...parameters]
		.map(([name, value]): Pair => [percent(name), percent(value)])
		.sort((a, b) => order(a[0], b[0]) || order(a[1], b[1]))
		.map((pair) => pair.join("="))
		.join("&");
	return [method.toUpperCase(), `${url.protocol}//${url.host}${url.pathname}`, normal].map(percent).join("&");
}

/** By bytes: what is compared is ASCII. */
function order(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** RFC 5849, 3.6: all but letters, digits and -._~ */
function percent(text: string): string {
	return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function headerOf(proof: Record<string, string>): string {
	const parts = Object.entries(proof).map(([name, value]) => `${percent(name)}="${percent(value)}"`);
	return `OAuth ${parts.join(", ")}`;
}
