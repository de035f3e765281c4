/** What was asked and what happened, in order. */
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { shapeOf } from "../analyzer/shape.ts";
import type { Scan } from "./bytes.ts";

export interface RequestEntry {
	/** Counts requests and events together: the order of both. */
	order: number;
	/** Milliseconds since 1970, by the machine's clock. */
	at: number;
	method: string;
	path: string;
	query: Record<string, string>;
	headers: Record<string, string>;
	/** JSON as it came; of uploaded data only the number of bytes. */
	body?: unknown;
	bytes: number;
	/** Of the answer; absent as long as there is none. */
	status?: number;
}

export type EventName =
	| "job inserted"
	| "job known"
	| "job done"
	| "job failed"
	| "upload begun"
	| "upload finished"
	| "statement"
	| "expression"
	| "transaction begun"
	| "transaction committed"
	| "transaction rolled back"
	| "object made"
	| "object deleted"
	| "fault";

export interface EventEntry {
	order: number;
	at: number;
	event: EventName;
	job?: string;
	/** Of a statement. */
	type?: string;
	text?: string;
	scans?: Scan[];
	rows?: number;
	/** `gs://bucket/name` */
	uri?: string;
	/** Tables by name that a transaction changed. */
	tables?: string[];
	/** Of a failed job, or what a fault did. */
	reason?: string;
	message?: string;
}

/** What a job ran beside the tables as they were when it came: for an analyzer of GoogleSQL. */
export interface CollectedJob {
	sql: string;
	/** Name and type in SQL of the columns of every table that is named. */
	tables: Record<string, [column: string, type: string][]>;
	/** Types by name. */
	parameters: Record<string, string>;
}

export interface Journal {
	requests: RequestEntry[];
	events: EventEntry[];
	request(entry: Omit<RequestEntry, "order" | "at">): RequestEntry;
	event(event: EventName, more?: Partial<EventEntry>): void;
	/** Undefined where nobody collects. */
	collect: ((job: CollectedJob) => void) | undefined;
}

export function openJournal(collectInto: string | undefined): Journal {
	let order = 0;
	const collected = new Set<string>();
	const journal: Journal = {
		requests: [],
		events: [],
		request(entry) {
			const made = { order: ++order, at: Date.now(), ...entry };
			journal.requests.push(made);
			return made;
		},
		event(event, more = {}) {
			journal.events.push({ order: ++order, at: Date.now(), event, ...more });
		},
		collect:
			collectInto === undefined
				? undefined
				: (job) => {
						// of jobs that differ in literals, numbers and ids alone the first is enough
						const line = JSON.stringify(job);
						const shape = createHash("sha256").update(shapeOf(line)).digest("base64");
						if (collected.has(shape)) return;
						collected.add(shape);
						appendFileSync(collectInto, `${line}\n`);
					},
	};
	return journal;
}
