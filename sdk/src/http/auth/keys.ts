/** Keys that stay as they are: sent with every request, never renewed. */
import { registerSecret } from "../../redact.ts";
import type { Auth } from "./contract.ts";

/** `Authorization: Bearer <token>`. The token is registered as a secret. */
export function bearer(token: string): Auth {
	return apiKey({ header: "authorization", prefix: "Bearer " }, token);
}

/** Where a vendor wants its key. `prefix` stands before it: "Token ". */
export type KeyPlace = { header: string; prefix?: string } | { query: string };

/** A key in a header or in the query. It is registered as a secret: no error, log or redirect shows it. */
export function apiKey(place: KeyPlace, key: string): Auth {
	registerSecret(key);
	const proof =
		"query" in place
			? { query: { [place.query]: key } }
			: { headers: { [place.header.toLowerCase()]: `${place.prefix ?? ""}${key}` } };
	return { sign: () => proof };
}

/** `Authorization: Basic`, RFC 7617: UTF-8. The password is registered as a secret; for vendors that have none, leave it out. */
export function basic(user: string, password = ""): Auth {
	if (password !== "") registerSecret(password);
	return apiKey({ header: "authorization", prefix: "Basic " }, basicText(user, password));
}

/** What follows after "Basic ". */
export function basicText(user: string, password: string): string {
	return Buffer.from(`${user}:${password}`).toString("base64");
}
