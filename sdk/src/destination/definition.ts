/** What an author of a destination writes, and what the command line calls. */
import type { CommitReport, ConfiguredCatalog, JsonObject, Message, SpecPayload, StatePayload } from "@growthnav/spec";
import type { z } from "zod";
import type { ConnectorError } from "../errors.ts";
import type { CoreConfig } from "./config.ts";
import type { Crash } from "./crash.ts";
import type { CommittedState } from "./ledger/ledger.ts";
import type { SpoolOwner } from "./spool/folder.ts";
import type { Store } from "./store.ts";

/** One literal; `spec`, `check`, `write`, `state` and `sql` are derived from it. */
export interface DestinationDefinition<ConfigSchema extends z.ZodObject = z.ZodObject> {
	/** Lower case: `duckdb`. */
	name: string;
	version: string;
	/** As people write it: "DuckDB". */
	title: string;
	/** A whole URL: clients of the protocol refuse a spec with another. */
	docs?: string;
	/** Its own settings; those of the core (`CoreConfig`) are added. */
	config: ConfigSchema;
	/** Proves that the settings work and leaves nothing behind; answers one sentence: "acme.duckdb can be made, …". */
	check: (config: z.output<ConfigSchema> & CoreConfig) => Promise<string>;
	/** Opens nothing yet. */
	store: (config: z.output<ConfigSchema> & CoreConfig) => Promise<Store>;
	/** The folder of the spool where the config names none. */
	spool: (config: z.output<ConfigSchema> & CoreConfig) => string;
}

/** A destination, ready to run. Every config is checked first: unknown keys, wrong types and missing ones throw. */
export interface Destination {
	kind: "destination";
	name: string;
	version: string;
	title: string;
	docs?: string;
	/** The whole config schema, with the settings of the core. */
	config: z.ZodObject;
	/** The same for `sql`, which need not name the customer. */
	queryConfig: z.ZodObject;
	spec(): SpecPayload;
	/** One sentence for people; throws what is wrong. The command line makes SUCCEEDED or FAILED of it, exit code 0. */
	check(config: JsonObject): Promise<string>;
	/** Reads messages to the end of input. It throws nothing but errors of the config; all others are in the result. */
	write(request: WriteRequest): Promise<WriteResult>;
	/** The committed states of `config.connection`, one per stream; nothing where there is no store yet. */
	state(request: StateRequest): Promise<CommittedState[]>;
	/** A query on the store, opened read-only. */
	sql(request: SqlRequest): Promise<SqlResult>;
}

export interface WriteRequest {
	config: JsonObject;
	/** Left out: the first CATALOG message of the input. */
	catalog?: ConfiguredCatalog | undefined;
	/** The bytes of stdin. Reading stops while the store is behind. */
	input: AsyncIterable<Uint8Array>;
	/** Sends one message; resolves when the reader took it. STATE messages come here only after their commit. */
	send: (message: Message) => Promise<void> | void;
	/** Aborted: stop reading, commit through the last STATE, end. A commit under way is finished. */
	signal?: AbortSignal | undefined;
	/** The process, whose spool folder is swept when it is gone. */
	owner: SpoolOwner;
	/** For tests: called at every point of `CRASH_POINTS`; set from GN_CRASH_AT by the command line alone. */
	crash?: Crash | undefined;
	/** For the status line of a terminal; called often. */
	progress?: ((progress: WriteProgress) => void) | undefined;
}

export interface WriteProgress {
	read: number;
	committed: number;
	rejected: number;
	/** Milliseconds since the epoch; absent before the first commit. */
	committedAt?: number;
}

export interface WriteResult {
	/** 0, or the worst of `errors`. */
	exitCode: number;
	/** All failures; each was already sent as TRACE ERROR. */
	errors: ConnectorError[];
	read: number;
	committed: number;
	rejected: number;
	/** Streams of the catalog, and how many of them ended with COMPLETE. */
	streams: number;
	streamsComplete: number;
	/** What each commit did, in order; of the last thousand. */
	commits: CommitReport[];
}

export interface StateRequest {
	config: JsonObject;
	/** Clears the committed states of one stream, or of all (`true`), and answers what was cleared. */
	reset?: true | string | undefined;
	/** Puts these in place of nothing: where another program stopped, its source goes on here. Answers all committed ones. */
	begin?: readonly StatePayload[] | undefined;
}

export interface SqlRequest {
	config: JsonObject;
	query: string;
	signal?: AbortSignal | undefined;
}

/** Values as JSON: decimals and integers beyond 2^53 as exact text, times as RFC 3339 text, lists and structs nested. */
export interface SqlResult {
	columns: { name: string; type: string }[];
	rows: AsyncIterable<JsonObject>;
	close(): Promise<void>;
}
