/** The contract of the HTTP room, as connectors see it. */
import type { Json } from "@growthnav/spec";

export interface HttpOptions {
	/** "https://connect.squareup.com/v2"; http only on loopback. Credentials go to this origin alone. */
	baseUrl: string;
	headers?: Record<string, string>;
	/** Bearer token; registered as a secret. */
	bearer?: string;
	/** What a person calls the vendor: "Square". */
	vendor: string;
	/** Where the config setting with the key is explained; used in errors. */
	credentialHint?: string;
	/** At most this many requests per second, shared by all streams of the run. */
	requestsPerSecond?: number;
	/** Reads the vendor's error code and detail from a failed answer's body. */
	errorOf?: (body: Json) => { code?: string; detail?: string } | undefined;
	/** Named limits, each with a default in `limits.ts`. */
	limits?: Partial<HttpLimits>;
}

export interface HttpLimits {
	/** Milliseconds. */
	connectTimeout: number;
	headersTimeout: number;
	/** Longest silence within a body. */
	bodyTimeout: number;
	/** The whole of one try. */
	totalTimeout: number;
	/** Tries of one request. */
	tries: number;
	/** Longest wait that a vendor may ask for (Retry-After). */
	longestWait: number;
	/** Bytes of one answer, after decompression. */
	answerBytes: number;
	/** Against compression bombs: how many times larger than its compressed form an answer above 1 MB may be. */
	decompressionRatio: number;
	/** Bytes of the head of one answer. */
	headerBytes: number;
	redirects: number;
}

export interface HttpRequest {
	query?: Record<string, string | number | boolean | undefined>;
	body?: Json;
	headers?: Record<string, string>;
}

export interface HttpAnswer {
	status: number;
	headers: Record<string, string>;
	// biome-ignore lint/suspicious/noExplicitAny: the raw body; the next thing that happens to it is parsing
	body: any;
	/** The request that was sent, without secrets: "POST /v2/orders/search". */
	request: string;
}

export interface PagesOptions<Row> extends HttpRequest {
	method?: "GET" | "POST";
	rows: (body: HttpAnswer["body"]) => Row[] | undefined;
	/** A patch of query and body for the next page, a whole URL, or nothing at the end. */
	next: (page: HttpAnswer) => NextPage;
}

export type NextPage = { query?: HttpRequest["query"]; body?: Record<string, Json> } | string | undefined | null | "";

export interface HttpClient {
	get(path: string, request?: HttpRequest): Promise<HttpAnswer>;
	post(path: string, request?: HttpRequest): Promise<HttpAnswer>;
	/** Owns the loop: an empty page in the middle is not the end, a repeated request is an error. */
	pages<Row>(path: string, options: PagesOptions<Row>): AsyncIterable<Row[]>;
}
