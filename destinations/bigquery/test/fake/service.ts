/** What all parts of the fake share. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Catalog, openCatalog } from "./catalog.ts";
import { type Engine, openEngine } from "./engine.ts";
import { type Faults, openFaults } from "./faults.ts";
import { type Journal, openJournal } from "./journal.ts";
import { openQuotas, type Quotas } from "./quotas.ts";
import { type Buckets, openBuckets } from "./storage.ts";
import { openTransactions, type Transactions } from "./transactions.ts";

export interface FakeOptions {
	/** 0 or left out: any free one. */
	port?: number;
	/** Milliseconds since 1970, for quotas, expiry and CURRENT_TIMESTAMP; the machine's if left out. */
	clock?: { now(): number };
	/** Rates and daily counts refuse; true if left out. */
	quotas?: boolean;
	/** Bytes are computed for every statement; true if left out. Without, nothing is billed but 10 MiB per table. */
	bytes?: boolean;
	/** Rows of loads are checked one by one; true if left out. Without, DuckDB reads the file as it is: for large ones. */
	checkRows?: boolean;
	/** DuckDB's file and limit of memory, for large inputs; in memory without limit if left out. */
	file?: string;
	memory?: string;
	/** So many milliseconds jobs.insert waits for the job's end before it answers; 500 if left out. */
	settle?: number;
	/** Bytes of uploads read in a second; all that come if left out. */
	uploadRate?: number;
	/** Queries and scripts that ended well go to this file as lines of JSON, with the tables that they found. */
	collect?: string;
	/** Bearer token that every request must bring; any or none if left out. */
	token?: string;
	/** Awaited before each statement of a script: lets a test choose how several interleave. */
	beforeStatement?: (at: { job: string; type: string; text: string }) => Promise<void> | void;
}

export interface Service {
	options: FakeOptions;
	catalog: Catalog;
	engine: Engine;
	faults: Faults;
	journal: Journal;
	quotas: Quotas;
	transactions: Transactions;
	/** Of Cloud Storage. */
	buckets: Buckets;
	/** Where uploads wait for their load. */
	folder: string;
	now(): number;
}

export async function openService(options: FakeOptions): Promise<Service> {
	const now = () => options.clock?.now() ?? Date.now();
	return {
		options,
		catalog: openCatalog(now),
		engine: await openEngine(options),
		faults: openFaults(),
		journal: openJournal(options.collect),
		quotas: openQuotas(now, options.quotas !== false),
		transactions: openTransactions(),
		buckets: openBuckets(now),
		folder: await mkdtemp(join(tmpdir(), "gn-fake-bigquery-")),
		now,
	};
}
