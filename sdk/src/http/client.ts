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
	/** What the vendor allows: one budget per client, and so per account, shared by all streams of the run. */
	rate?: Rate;
	/**
	 * What the vendor says of its error. Asked of every answer: with `as` it is a refusal whatever its status (errors of
	 * GraphQL, `{ ok: false }`), and of that kind; without, the status decides.
	 */
	errorOf?: (body: HttpAnswer["body"], answer: AnswerHead) => VendorError | undefined;
	/** By the vendor's error code, else by the status: what a person should do ("add the scope crm.objects.deals.read to the private app"). */
	hints?: Record<string, string | ((detail: string | undefined) => string)>;
	/** Named limits, each with a default in `limits.ts`. */
	limits?: Partial<HttpLimits>;
}

/** Everything that is given holds at once. */
export interface Rate {
	/** Evenly spaced. */
	perSecond?: number;
	/** At most so many requests in any such span, wherever it begins: right for the vendor's windows, fixed or moving. */
	windows?: { requests: number; seconds: number }[];
	/** Requests under way at once; 4 unless set. */
	concurrent?: number;
	/** Reads from each answer, refused ones too, what the vendor says of the budget. */
	told?: (answer: AnswerHead & { body: HttpAnswer["body"] }) => BudgetNews | undefined;
	/** Points that a request is reserved with until answers tell more; 1 unless set. */
	cost?: number;
}

/** What an answer says of the budget. Numbers that are none are ignored. */
export interface BudgetNews {
	/** Requests or points that are left; says something together with `resetsIn` or `restores`. */
	remaining?: number;
	/** Seconds until `remaining` is full again. */
	resetsIn?: number;
	/** Points per second that come back (cost buckets), up to `most`. */
	restores?: number;
	most?: number;
	/** Points that this request was charged or checked with: the next ones are reserved with the highest told. */
	cost?: number;
	/** A quota of a day or month is used up and comes back in so many seconds: the run ends, with its state. */
	quotaUntil?: number;
}

export interface AnswerHead {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
}

/** What a vendor says of its error; texts are masked and cut before anybody sees them. */
export interface VendorError {
	code?: string;
	detail?: string;
	as?: Refusal;
	/** Seconds, where it says so in the body. */
	retryAfter?: number;
}

/**
 * What a refused answer means. `rate_limited` and `vendor_error` are tried again; `quota` ends the run until the quota
 * comes back; `forbidden` and `refused` fail their stream; `credentials`, `not_found` and `request_refused` are for
 * whoever wrote the settings.
 */
export type Refusal =
	| "rate_limited"
	| "quota"
	| "vendor_error"
	| "credentials"
	| "forbidden"
	| "not_found"
	| "request_refused"
	| "refused";

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
	/** Points that it is reserved with, in place of those of `rate`. */
	cost?: number;
}

export interface HttpAnswer extends AnswerHead {
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
