/** What an author writes: one literal. `spec`, `check`, `discover` and `read` are derived from it. */
import type {
	ControlTotal,
	ConversionMapping,
	ConversionOrigin,
	DestinationSyncMode,
	Json,
	Reject,
	Waiting,
} from "@growthnav/spec";
import type { z } from "zod";
import type { HttpClient, HttpOptions } from "../http/client.ts";
import type { PathOf } from "../schema/paths.ts";

/** An object of the schema vocabulary (`object({ ... })` of `sdk/src/schema`). */
export type RecordSchema = z.ZodObject;

/** The kind of thing that a stream is sliced by: a location batch, a month, a parent. `id` is stable across runs. */
export interface Slice {
	id: string;
	[fact: string]: Json;
}

/** What `check`, `streams` and `read` are given. */
export interface SourceContext<Config> {
	config: Config;
	/** One client per run; absent `http` in the definition makes it throw when touched. */
	http: HttpClient;
	/** Aborted when the run must stop. */
	signal: AbortSignal;
	log: SourceLog;
	/** The result of `load`, computed once per run: what several streams join (`locations`). */
	once<T>(name: string, load: () => Promise<T>): Promise<T>;
}

export interface SourceLog {
	info(message: string): void;
	warn(message: string): void;
	waiting(waiting: Waiting): void;
}

/** What `slices` is given: also the ids that the state holds, so that a slice, once cut, can stay as it is. */
export interface SlicesContext<Config> extends SourceContext<Config> {
	saved: readonly string[];
}

export interface ReadContext<Config> extends SourceContext<Config> {
	/**
	 * The cursor to read from, already moved back by `lookback`; on a first read that of `start`, else absent. Rows that
	 * stand exactly at it belong to what is read: several may share one cursor value.
	 */
	since: string | undefined;
	/**
	 * Where to stop, exclusive: the end of the window, else now minus `lag`. In the form of the cursor: an instant in UTC,
	 * the same without its Z for a datetime, the day for a date; whole seconds.
	 */
	until: string;
	/** The slice to read; `{ id: "" }` where the stream has none. */
	slice: Slice;
	/** For streams that yield `state` (`ownState`, `resumable`): the last one that was committed. */
	state: Json | undefined;
}

/**
 * Rows as the API gives them. The long form adds what could not be read (`rejects`), a checkpoint of the stream's own
 * making (`state`, for streams with `ownState`) and sums that the source knows of itself.
 */
export type Page<Row> =
	| Row[]
	| {
			rows: Row[];
			rejects?: Omit<Reject, "stream" | "namespace">[];
			state?: Json;
			controlTotals?: ControlTotal[];
	  };

/** A length of time: "90s", "15m", "1h", "3d". */
export type Duration = `${number}${"s" | "m" | "h" | "d"}`;

export interface StreamDefinition<Schema extends RecordSchema = RecordSchema, Config = unknown> {
	schema: Schema;
	/** Fields that together are the key; composite keys in order. */
	primaryKey?: FieldOf<Schema> | FieldOf<Schema>[];
	/** Field that grows when a record changes: a timestamp, datetime, date or integer; makes the stream incremental. */
	cursor?: FieldOf<Schema>;
	/** Without a cursor: pages carry `state`, each a checkpoint of the stream's own making; makes it incremental too. */
	ownState?: true;
	/** A promise, checked while reading: rows of a slice come in cursor order, so every page is a checkpoint. */
	sorted?: true;
	/** Re-reads late edits: how far before the saved cursor a read begins. "90s", "15m", "1h", "3d"; integers: "500". */
	lookback?: Duration | `${number}`;
	/**
	 * How far behind the clock a read ends, since the vendor's data settles that long: `until`, and the saved cursor never
	 * goes beyond it.
	 */
	lag?: Duration;
	/**
	 * A read is cut into windows of this length, `since` to `until`, from the saved cursor or `start` to now minus `lag`, in
	 * order and without gap. Each is asked for by a `read` of its own, and its end is a checkpoint. Needs cursor and start.
	 */
	window?: Duration;
	/** Where a first read begins: a date or an instant, usually a setting. Needs a cursor. */
	start?: (config: Config) => string;
	/** Read one after the other, or `concurrency` at a time; each with a cursor of its own in the state. */
	slices?: (context: SlicesContext<Config>) => Iterable<Slice> | AsyncIterable<Slice> | Promise<Slice[]>;
	/** Slices read at once, 1 to 64; 1 unless set. Their requests share the client's budget. */
	concurrency?: number;
	/**
	 * The field that says that the vendor deleted the record: the time of it, or a boolean (then the cursor's value is the
	 * time). The row is marked as deleted where it is stored, and its conversions go.
	 */
	deleted?: FieldOf<Schema>;
	/**
	 * For reports that are restated: the rows of a day are replaced as a whole by what a later read brings for it, so that
	 * those that it no longer brings are marked as deleted. Needs a date as cursor, in the key, a window, and a lookback
	 * that says which days come again; their keys are kept in the state.
	 */
	replaces?: true;
	/**
	 * Pages of a full refresh carry `state`: where one was interrupted the next run goes on, in the same generation. Without
	 * slices.
	 */
	resumable?: true;
	read: (context: ReadContext<Config>) => AsyncIterable<Page<z.input<Schema>>>;
	/** The suggestion of the catalog; left out: append_dedup with a key, else append. */
	write?: DestinationSyncMode;
	/** Left out where another stream counts the same event. */
	conversions?: ConversionMapping<PathOf<z.output<Schema>>>[];
	origin?: ConversionOrigin<PathOf<z.output<Schema>>>;
	/** Says why there are no conversions: shown by `discover`. */
	note?: string;
}

type FieldOf<Schema extends RecordSchema> = Extract<keyof z.output<Schema>, string>;

export interface SourceDefinition<
	ConfigSchema extends RecordSchema = RecordSchema,
	Streams extends Record<string, RecordSchema> = Record<string, RecordSchema>,
> {
	/** Lower case; also the namespace of its streams. */
	name: string;
	version: string;
	/** As people write it: "Square". */
	title: string;
	/** A whole URL: clients of the protocol refuse a spec with another. */
	docs?: string;
	config: ConfigSchema;
	http?: (config: z.output<ConfigSchema>) => HttpOptions;
	/** Proves that the settings work; answers one sentence for people ("merchant Harbour Golf, 4 locations"). */
	check: (context: SourceContext<z.output<ConfigSchema>>) => Promise<string>;
	/** By name, in the order in which they are read; a function where the vendor or the files decide. */
	streams: StreamsOf<ConfigSchema, Streams> | StreamsFrom<ConfigSchema>;
}

type StreamsOf<C extends RecordSchema, S extends Record<string, RecordSchema>> = {
	[name in keyof S]: StreamDefinition<S[name], z.output<C>>;
};
type StreamsFrom<C extends RecordSchema> = (
	context: SourceContext<z.output<C>>,
) => Promise<Record<string, StreamDefinition<RecordSchema, z.output<C>>>>;

/** A source, ready to run. */
export type Source = SourceDefinition & { kind: "source" };
