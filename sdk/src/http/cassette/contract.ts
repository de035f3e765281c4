/** The file of a cassette: exchanges of a real run, without anything of keys and people, to be replayed. */
import type { Json, JsonObject } from "@growthnav/spec";

export interface Cassette {
	cassette: 1;
	/** For whoever opens the file. */
	says: string;
	source: string;
	version: string;
	/** "read" */
	command: string;
	/** When it was recorded: the clock of the replay. RFC 3339. */
	at: string;
	/** Settings with which it replays; addresses of the vendor are `VENDOR`. */
	config: JsonObject;
	exchanges: TapedExchange[];
	/** Requests that came after the cassette was full. */
	left_out?: number;
}

export interface TapedExchange {
	request: {
		method: string;
		/** With its query: "/v1/sales?limit=100". */
		path: string;
		headers?: Record<string, string>;
		body?: Json;
	};
	answer: {
		status: number;
		headers: Record<string, string>;
		/** What is JSON; else `text`. */
		json?: Json;
		text?: string;
		/** Only so many bytes of a download were kept, up to the end of a line. */
		cut?: true;
	};
}

/** In place of the vendor's address, whatever it was; in place of others `https://elsewhere1.example`. */
export const VENDOR = "https://vendor.example";
