/** The contract of the HTTP room, as connectors see it. */
import type { JsonObject } from "@growthnav/spec";
import type { Auth } from "./auth/contract.ts";
import type { Format } from "./bodies/contract.ts";
import type { AnswerHead, AnyRequest, HttpAnswer, HttpRequest } from "./exchange.ts";
import type { ConnectionOptions, GraphqlData, GraphqlOptions } from "./graphql/contract.ts";
import type { ChangesOptions, KeysetOptions, PagesOptions } from "./paging/contract.ts";

export type { Auth, AuthSession, Proof, TokenRequest, Unsigned } from "./auth/contract.ts";
export type { Download, Format } from "./bodies/contract.ts";
export type { AnswerHead, AnyRequest, HttpAnswer, HttpRequest } from "./exchange.ts";
export type {
	Connection,
	ConnectionOptions,
	GraphqlData,
	GraphqlError,
	GraphqlOptions,
	Inner,
	InnerConnection,
	WholeConnection,
} from "./graphql/contract.ts";
export type { ChangesOptions, HttpPage, KeysetOptions, NextPage, PagesOptions, Patch } from "./paging/contract.ts";

export interface HttpOptions {
	/** "https://connect.squareup.com/v2"; http only on loopback. Credentials go to this origin alone. */
	baseUrl: string;
	headers?: Record<string, string>;
	/** How requests prove who asks: `bearer`, `apiKey`, `basic`, `clientCredentials`, … or one of the author's own. */
	auth?: Auth;
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
	/** Where GraphQL is answered, below the base: "/graphql" unless set. */
	graphql?: string;
	/** Other origins that downloads may come from, without credentials: "https://storage.googleapis.com", "https://*.vendor.example". */
	elsewhere?: string[];
	/** Named limits, each with a default in `limits.ts`. */
	limits?: Partial<HttpLimits>;
}

/** Everything that is given holds at once. */
export interface Rate {
	/** A request header ("x-location"): the vendor counts for each of its values apart, so each has a budget of its own. */
	per?: string;
	/** Evenly spaced. */
	perSecond?: number;
	/**
	 * At most so many requests in any such span, wherever it begins: right for the vendor's windows, fixed or moving. `of`:
	 * it counts these requests alone (`/\/search$/`, held against "POST /v2/orders/search").
	 */
	windows?: { requests: number; seconds: number; of?: RegExp }[];
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
	/** The whole of one download; what its reader does meanwhile counts. */
	downloadTimeout: number;
	/** Megabytes of one download, after decompression. */
	downloadMegabytes: number;
	/** Bytes of one row of a download. */
	rowBytes: number;
	redirects: number;
}

/** Waits of a job that the vendor does on its own: an export, a report. Seconds. */
export interface PollOptions<Answer, Result> {
	/** The result, once it is there; nothing while the vendor is at work. */
	until: (answer: Answer) => Result | undefined | null | false | "";
	/** Why the vendor gave up, in its words, or just `true`; nothing while it has not. */
	failed?: (answer: Answer) => string | boolean | undefined | null;
	/** The first wait; each is half as long again as the last. 2 unless set. */
	every?: number;
	/** The longest wait between two looks; 60 unless set. */
	longest?: number;
	/** After so long it is an error; 3,600 unless set. */
	atMost?: number;
}

export interface HttpClient {
	get(path: string, request?: HttpRequest): Promise<HttpAnswer>;
	post(path: string, request?: HttpRequest): Promise<HttpAnswer>;
	/** Owns the loop: an empty page in the middle is not the end, a repeated request is an error. */
	pages<Row>(path: string, options: PagesOptions<Row>): AsyncIterable<Row[]>;
	/** Pages from one value of a field to the next, for vendors without a cursor: no row twice, none left out among equals. */
	keyset<Row>(path: string, options: KeysetOptions<Row>): AsyncIterable<Row[]>;
	/**
	 * What changed in a span of time, by page numbers or offsets, where rows that change meanwhile leave the span and move
	 * those behind them up: what may have been passed over is read again, so rows may come twice, and none is lost. The
	 * vendor's list must have what it deletes, too. Throws `transient.results_change`.
	 */
	changes<Row>(path: string, options: ChangesOptions<Row>): AsyncIterable<Row[]>;
	/** The data of a query; its errors are thrown, a query that the vendor throttles is tried again. */
	graphql(query: string, variables?: JsonObject, options?: GraphqlOptions): Promise<GraphqlData>;
	/**
	 * The nodes of a connection, page by page; `query` takes `$after`. A connection within a node becomes the list of all
	 * its nodes: what its first page leaves out is fetched as `inner` says, and is an error where it says nothing.
	 */
	connection<Node>(query: string, options: ConnectionOptions<Node>): AsyncIterable<Node[]>;
	/** Looks again until a job of the vendor is done. A path is asked for with GET. Throws `transient.job_failed`, `transient.job_too_slow`. */
	poll<Result>(path: string, options: PollOptions<HttpAnswer, Result>): Promise<Result>;
	poll<Answer, Result>(ask: () => Promise<Answer>, options: PollOptions<Answer, Result>): Promise<Result>;
	/** The rows of a body of any size, in batches. `url` is a path, or a whole URL at the base's origin or one of `elsewhere`. */
	download<Row>(url: string, format: Format<Row>, request?: AnyRequest): AsyncIterable<Row[]>;
}
