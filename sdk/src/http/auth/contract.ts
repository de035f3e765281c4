/** How requests prove who asks: what an author may also write himself. */
import type { Json, JsonObject } from "@growthnav/spec";
import type { HttpAnswer } from "../exchange.ts";

/** One per client, so that what it holds (a token) is shared by all streams of the run. */
export interface Auth {
	/** Headers and query parameters of one request that is about to leave, each redirect included; for the base's origin alone. */
	sign(request: Unsigned, session: AuthSession): Proof | Promise<Proof>;
	/** Before a request waits for its turn: fetches what is missing, so that nobody holds a turn meanwhile. */
	ready?(session: AuthSession): Promise<void>;
	/** The vendor refused this proof (401): forgets it. True: a try with a new one makes sense; there is one per request. */
	refused?(proof: Proof): boolean;
	/** The key itself is never sent: `baseUrl` may be plain http. */
	plainHttp?: true;
}

export interface Proof {
	headers?: Record<string, string>;
	query?: Record<string, string>;
}

/** A request before its proof is added. */
export interface Unsigned {
	method: string;
	url: URL;
	/** Names in lower case. */
	headers: Record<string, string>;
	body: string | undefined;
}

/** What an `Auth` can do beside the requests of the connector. */
export interface AuthSession {
	/** What a person calls the vendor. */
	vendor: string;
	/** `credentialHint` of the client. */
	hint: string | undefined;
	/** Milliseconds since the epoch. */
	now(): number;
	/**
	 * POST without credentials of ours to the token's own address (https, or loopback), with the client's limits and
	 * retries. Throws a ConnectorError where the answer is no success.
	 */
	ask(url: string, request: TokenRequest): Promise<HttpAnswer>;
	/**
	 * Settings of the config that were renewed, each of them marked `secret` there: kept by a CONTROL message with the
	 * whole config. Resolves when that has been written; what replaces a single-use token is used only then.
	 */
	save(settings: JsonObject): Promise<void>;
}

export interface TokenRequest {
	/** Sent as `application/x-www-form-urlencoded`; what is undefined is left out. */
	form?: Record<string, string | undefined>;
	json?: Json;
	headers?: Record<string, string>;
	/** The error of an answer that is refused for good (4xx); left out: as for any other request. */
	refused?: (answer: HttpAnswer) => Error;
}
