/** The pipeline file: one source, one destination. YAML and JSON are one model. */
import type { JsonObject } from "./json.ts";
import type { ConversionMapping, ConversionOrigin } from "./mapping.ts";
import type { DestinationSyncMode, SyncMode } from "./messages.ts";

export interface Pipeline {
	/** Of this format; left out means 1. */
	version?: 1;
	/** The connection in the ledger; else the file's name without its ending. */
	name?: string;
	/** `customer_id` of every conversion. */
	customer: string;
	source: PipelineSource;
	/** A connector's name is the short form. Left out config: the store is named after the customer, beside the file. */
	destination: string | PipelineDestination;
	/** Left out: all streams, as the connector suggests. */
	streams?: { [stream: string]: PipelineStream };
	/** A hint for `state show`; cron starts the run. */
	schedule?: { every: string };
	limits?: {
		/** More in one stream: exit code 30. */
		rejects_percent?: number;
		/** Then a clean stop, exit code 20. */
		minutes?: number;
	};
}

export interface PipelineSource {
	/** A registry name or a package; or a command in its place. */
	connector?: string;
	command?: string[];
	/** The namespace of its streams in place of the connector's name. */
	account?: string;
	/** Values may be references: `env:NAME`, `file:PATH`. Connectors start in the file's folder: paths count from there. */
	config?: JsonObject;
	/** The connector's scripted server in place of its settings. */
	demo?: true;
}

export interface PipelineDestination {
	connector?: string;
	command?: string[];
	config?: JsonObject;
}

/** `{}` means: as the connector suggests. */
export interface PipelineStream {
	mode?: SyncMode;
	write?: Exclude<DestinationSyncMode, "update">;
	/** Key for a stream that declares none: names of fields, dotted. */
	key?: string[];
	cursor?: string;
	/** Replaces the connector's list. */
	conversions?: ConversionMapping[];
	origin?: ConversionOrigin;
}
