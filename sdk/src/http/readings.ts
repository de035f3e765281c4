/** The ways of reading that a client has beside single requests, on top of them. */
import type { Waiting } from "@growthnav/spec";
import { redact } from "../redact.ts";
import { downloadUrl, requestUrl } from "./address.ts";
import { downloaded, type OpenAnswer } from "./bodies/download.ts";
import { bodyForBase } from "./bodies/elsewhere.ts";
import type { Time } from "./budget.ts";
import type { HttpClient, HttpLimits, HttpOptions } from "./client.ts";
import type { AnyRequest, HttpAnswer, HttpRequest } from "./exchange.ts";
import { connectionPages } from "./graphql/connection.ts";
import type { GraphqlOptions } from "./graphql/contract.ts";
import { dataOf, graphqlErrorOf } from "./graphql/graphql.ts";
import { changes } from "./paging/changes.ts";
import { keyset } from "./paging/keyset.ts";
import { pages } from "./paging/pages.ts";
import { poll } from "./poll.ts";
import { brokenBody } from "./send.ts";

/** A request on its way to its tries. */
export interface Asked {
	method: "GET" | "POST";
	url: URL;
	/** "GET /exports/17" */
	request: string;
	ask: HttpRequest;
	/** Headers for any origin. */
	plain?: Record<string, string> | undefined;
	/** In place of that of the options. */
	errorOf?: HttpOptions["errorOf"];
}

/** What the ways of reading are made of. */
export interface Requests {
	base: URL;
	options: HttpOptions;
	limits: HttpLimits;
	time: Time;
	signal: AbortSignal;
	request(
		method: "GET" | "POST",
		path: string,
		ask?: HttpRequest,
		errorOf?: HttpOptions["errorOf"],
	): Promise<HttpAnswer>;
	open(asked: Asked): Promise<OpenAnswer>;
	waiting(waiting: Waiting): void;
}

export function readings(requests: Requests): Omit<HttpClient, "get" | "post"> {
	const { base, options, limits, time, signal, request, waiting } = requests;
	const { vendor, graphql: graphqlPath = "/graphql" } = options;

	async function graphql(query: string, variables?: object, how: GraphqlOptions = {}) {
		const ask = { body: { query, ...(variables !== undefined && { variables }) }, cost: how.cost } as HttpRequest;
		return dataOf(await request("POST", graphqlPath, ask, graphqlErrorOf(how, options.errorOf)));
	}

	function download(url: URL, { method = "GET", ...ask }: AnyRequest, accept: string) {
		const name = redact(`${method} ${url.origin === base.origin ? "" : url.origin}${url.pathname}`);
		bodyForBase(url, ask, base, name);
		return {
			...{ limits, time, signal, vendor, request: name },
			open: (headers: Record<string, string>) =>
				requests.open({ method, url, request: name, ask, plain: { accept, ...headers } }),
			failureOf: (thrown: unknown) => brokenBody(thrown, options, name, limits),
		};
	}

	return {
		pages: (path, how) => pages(base, path, how, request),
		keyset: (path, how) => keyset(path, how, request),
		changes: (path, how) => changes(base, path, how, request),
		graphql,
		connection: (query, how) =>
			connectionPages(query, how, (inner, variables) => graphql(inner, variables, how), `POST ${graphqlPath}`),
		poll<Answer, Result>(ask: string | (() => Promise<Answer>), how: object): Promise<Result> {
			const looks = typeof ask === "string" ? () => request("GET", ask) : ask;
			const name = typeof ask === "string" ? redact(`GET ${requestUrl(base, ask).pathname}`) : undefined;
			return poll(looks as never, how as never, { time, signal, vendor, request: name, waiting });
		},
		download: async function* (url, format, ask = {}) {
			const target = downloadUrl(base, url, ask.query, options.elsewhere ?? []);
			yield* downloaded(format, download(target, ask, format.accept));
		},
	};
}
