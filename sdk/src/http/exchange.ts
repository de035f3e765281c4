/** One request and its answer, as connectors see them. */
import type { Json } from "@growthnav/spec";

export interface HttpRequest {
	query?: Record<string, string | number | boolean | undefined>;
	body?: Json;
	headers?: Record<string, string>;
	/** Points that it is reserved with, in place of those of `rate`. */
	cost?: number;
}

/** A request whose method is not said by the function that sends it; GET unless set. */
export interface AnyRequest extends HttpRequest {
	method?: "GET" | "POST";
}

export interface AnswerHead {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
}

export interface HttpAnswer extends AnswerHead {
	// biome-ignore lint/suspicious/noExplicitAny: the raw body; the next thing that happens to it is parsing
	body: any;
	/** The request that was sent, without secrets: "POST /v2/orders/search". */
	request: string;
}
