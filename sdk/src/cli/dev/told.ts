/** What the process of one try tells growthnav, a line of JSON each: the contract between `dev-host.ts` and `attempt.ts`. */
import type { ConnectionStatusPayload, JsonObject, Message, SpecPayload, TraceError } from "@growthnav/spec";
import type { BudgetLevel } from "../../http/budget.ts";
import type { Sample } from "../../source/read.ts";
import type { TriedRequest } from "../screen/dev-requests.ts";

export type Told =
	/** The connector's own module is loaded. Without a demo, its settings are now awaited: one line of JSON on stdin. */
	| { loaded: { name: string; version: string; spec: SpecPayload } }
	| { demo: { says: string; config: JsonObject } }
	| { check: ConnectionStatusPayload }
	| { request: TriedRequest }
	| { budget: BudgetLevel }
	/** Of a read; of RECORDs so many as are looked at. */
	| { message: Message }
	| { read: StreamRead }
	/** What ended the try, with the stack by which its place is found. */
	| { failed: TraceError };

export interface StreamRead {
	stream: string;
	pages: number;
	rows: number;
	/** It was read to its end. */
	whole: boolean;
}

/** What is tried: argv of the process, as one word of JSON. Nothing in it is a secret. */
export interface Trying {
	/** Modules: the connector, and its scripted source where that is to be read. */
	module: string;
	demo: string | null;
	sample: Sample;
}

/** So many rows of a stream are looked at, or as many as are to be shown. */
export const MOST_ROWS = 200;
