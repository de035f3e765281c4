/** What an `Auth` can do beside the requests of the connector: ask for a token, keep what was renewed. */
import { isConnectorError } from "../../errors.ts";
import { redact } from "../../redact.ts";
import { checkedBase, requestUrl } from "../address.ts";
import type { HttpOptions } from "../client.ts";
import type { HttpAnswer } from "../exchange.ts";
import type { Outgoing } from "../send.ts";
import type { AuthSession, TokenRequest } from "./contract.ts";
import { saidIn, tokenRefused } from "./refusal.ts";

export interface SessionInputs {
	options: HttpOptions;
	base: URL;
	now: () => number;
	save: AuthSession["save"];
	/** Sends with the client's limits and tries, but not out of its budget: who refreshes must not wait for those who wait for it. */
	post: (base: URL, options: HttpOptions, outgoing: Outgoing) => Promise<HttpAnswer>;
}

/** One for a client; `post` throws what `errorOf` and the status make of an answer. */
export function openSession({ options, base, now, save, post }: SessionInputs): AuthSession {
	const { vendor, credentialHint: hint } = options;
	const session: AuthSession = {
		...{ vendor, hint, now, save },
		async ask(address, request) {
			const url = requestUrl(base, address);
			const name = redact(`POST ${url.origin === base.origin ? "" : url.host}${url.pathname}`);
			// the vendor's words for its data need not be those for its tokens: the answer itself is judged
			let refused: HttpAnswer | undefined;
			const errorOf: HttpOptions["errorOf"] = (body, { status, headers }) => {
				refused = REFUSED.includes(status) ? { status, headers, body, request: name } : undefined;
				const said = saidIn(body);
				return UNABLE.includes(said.code ?? "") ? { ...said, as: "vendor_error" } : status < 300 ? undefined : said;
			};
			try {
				const own = checkedBase(url.origin, { what: "address of the login" });
				return await post(
					own,
					{ ...options, errorOf, rate: {} },
					{ method: "POST", url, ...contentOf(request), request: name },
				);
			} catch (error) {
				if (refused === undefined || (isConnectorError(error) && error.kind === "transient")) throw error;
				throw request.refused?.(refused) ?? tokenRefused(session, refused);
			}
		},
	};
	return session;
}

/** With these a vendor refuses who asks; others mean what they always mean. */
const REFUSED = [400, 401, 403, 422];

/** Codes with which it does not. */
const UNABLE = ["temporarily_unavailable", "server_error"];

function contentOf({ form, json, headers }: TokenRequest): Pick<Outgoing, "headers" | "body"> {
	if (form === undefined)
		return { headers: { ...headers }, body: json === undefined ? undefined : JSON.stringify(json) };
	const pairs = Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined);
	const content = { "content-type": "application/x-www-form-urlencoded" };
	return { headers: { ...content, ...headers }, body: new URLSearchParams(pairs).toString() };
}
