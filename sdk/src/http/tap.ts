/** Who listens to what a client sends and gets, to record or to show it. Nobody does unless a run says so. */
import type { OpenAnswer } from "./bodies/download.ts";
import type { BudgetLevel } from "./budget.ts";

/** One request and the head of its answer, as they went over the wire but for the proof of who asks. */
export interface Heard {
	method: string;
	/** Origin of the base URL. */
	base: string;
	url: URL;
	/** The connector's own, without those of its `auth`. */
	headers: Record<string, string>;
	body: string | undefined;
	status: number;
	/** Names in lower case. */
	answered: Record<string, string>;
	/** Which try of the request it is, from 1. */
	tried: number;
	/** Milliseconds until the answer was there: whole, or its head where the body is read bit by bit. */
	ms: number;
}

export interface Tap {
	/** A body that was read whole, unpacked. */
	whole(heard: Heard, body: Buffer): void;
	/** Hands on a body that is read bit by bit, packed as it comes. */
	streamed(heard: Heard, body: OpenAnswer["body"]): OpenAnswer["body"];
	/** Where the rate budget stands when a request has ended. */
	budget?(level: BudgetLevel): void;
}
