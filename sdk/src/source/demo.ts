/** What a connector package's `./demo` exports: its scripted source with totals that are known beforehand. */
import type { JsonObject } from "@growthnav/spec";

/** `value` is exact decimal text, signed as the conversions are; `rows` counts conversions. */
export interface ExpectedTotal {
	source_system: string;
	conversion_type: string;
	currency: string;
	rows: number;
	value: string;
}

export interface Demo {
	/** A complete config for the connector; data is the same at every start, a port may differ. */
	config: JsonObject;
	/** The source's own sums, computed without the connector: a ledger, a column added up. */
	expectedTotals: ExpectedTotal[];
	/** One line for `growthnav demo`: "6,919 real purchases of 1997 and 1998 from a CSV file". */
	says: string;
	/** Where the totals come from, in words: "the merchant's own ledger". */
	totalsFrom: string;
	close(): Promise<void>;
}

export interface DemoOptions {
	/** The time that a server's rate windows and costs go by, in milliseconds; a test lets it pass quickly. */
	clock?: () => number;
	/** A shorter story of the same kind, where the whole one is large: for tests that read it many times. */
	small?: boolean;
}

export type StartDemo = (options?: DemoOptions) => Promise<Demo>;
