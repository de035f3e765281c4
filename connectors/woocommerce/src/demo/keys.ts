/** Whose request it is: by the rules of WC_REST_Authentication, refused in its words. */
import { createHmac } from "node:crypto";
import type { ScriptedRequest } from "@growthnav/sdk/testing";
import { refused } from "./wordpress.ts";

export interface Keys {
	key: string;
	secret: string;
	permissions: "read" | "write" | "read_write";
}

const QUARTER = 15 * 60;

const wrong = (message: string) => refused(401, "woocommerce_rest_authentication_error", message);
const missing = (names: string[]) =>
	refused(
		401,
		"woocommerce_rest_authentication_missing_parameter",
		`Missing OAuth parameter${names.length > 1 ? "s" : ""} ${names.join(", ")}`,
	);

/** Answers whether a known key signed the request; nobody is nobody, which only some addresses mind. */
export function keyCheck(keys: Keys, secure: () => boolean): (request: ScriptedRequest) => boolean {
	const nonces = new Map<string, number>();
	return (request) => {
		if (!(secure() && byKey(keys, request)) && !bySignature(keys, request, nonces)) return false;
		if (keys.permissions === "write") throw wrong("The API key provided does not have read permissions.");
		return true;
	};
}

/** The query counts before the header; a key that nobody knows is as good as none. */
function byKey({ key, secret }: Keys, { query, headers }: ScriptedRequest): boolean {
	const [, encoded = ""] = /^Basic (.+)$/.exec(headers.authorization ?? "") ?? [];
	const [user, ...password] = Buffer.from(encoded, "base64").toString().split(":");
	const given =
		query.consumer_key && query.consumer_secret
			? [query.consumer_key, query.consumer_secret]
			: [user, password.join(":")];
	if (given[0] !== key) return false;
	if (given[1] !== secret) throw wrong("Consumer secret is invalid.");
	return true;
}

const PARAMETERS = [
	"oauth_consumer_key",
	"oauth_timestamp",
	"oauth_nonce",
	"oauth_signature",
	"oauth_signature_method",
];

/** OAuth 1.0a, one-legged: over the shop's own address, each parameter encoded, sorted by name. */
function bySignature({ key, secret }: Keys, request: ScriptedRequest, nonces: Map<string, number>): boolean {
	const { query, method, path, headers } = request;
	const absent = PARAMETERS.filter((name) => !query[name]);
	if (absent.length === PARAMETERS.length) return false;
	if (absent.length > 0) throw missing(absent);
	if (query.oauth_consumer_key !== key) throw wrong("Consumer key is invalid.");
	const [, hash] = /^HMAC-(SHA1|SHA256)$/.exec(query.oauth_signature_method!) ?? [];
	if (hash === undefined) throw wrong("Invalid signature - signature method is invalid.");
	const pairs = Object.entries(query).filter(([name]) => name !== "oauth_signature");
	const text = pairs
		.map(([name, value]) => `${percent(name)}=${percent(value)}`)
		.sort((a, b) => (a < b ? -1 : 1))
		.join("&");
	const base = [method, percent(`http://${headers.host}${path}`), percent(text)].join("&");
	const right = createHmac(hash.toLowerCase(), `${secret}&`).update(base).digest("base64");
	if (query.oauth_signature !== right) throw wrong("Invalid signature - provided signature does not match.");
	const [now, at] = [Date.now() / 1000, Number(query.oauth_timestamp)];
	if (!(Math.abs(now - at) <= QUARTER)) throw wrong("Invalid timestamp.");
	if (nonces.has(query.oauth_nonce!)) throw wrong("Invalid nonce - nonce has already been used.");
	nonces.set(query.oauth_nonce!, at);
	return true;
}

function percent(text: string): string {
	return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
