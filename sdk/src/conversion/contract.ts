/** The contract of the conversion room: what a record becomes. Pure: no clock, no randomness, no I/O. */
import type { Conversion, ConversionMapping, ConversionOrigin, JsonObject } from "@growthnav/spec";

/** Everything about a stream that its conversions depend on. */
export interface ConversionContext {
	/** `customer_id`; absent in a preview without a pipeline file: `conversion_id` is then absent too. */
	customerId: string | undefined;
	stream: string;
	/** Paths of the primary key; a record's id is its key values, joined. Empty: every mapping of it rejects. */
	primaryKey: string[][];
	origin: ConversionOrigin | undefined;
	/** "source-square 0.4.0". */
	connectorVersion: string | undefined;
}

/**
 * `mapping` names the mapping: `orders/purchase`, with `#2` where a stream has two of one type. `element` is the place
 * in the list of `each`, from 0; absent without `each`.
 */
export type Outcome =
	/** Columns that do not exist are null. */
	| { outcome: "converted"; mapping: string; element?: number; conversion: Conversion }
	/** `rule` in words: "state is OPEN, the mapping wants COMPLETED". */
	| { outcome: "left_out"; mapping: string; element?: number; rule: string }
	/** `reason` in words, values masked: "closed_at is absent". */
	| {
			outcome: "rejected";
			mapping: string;
			element?: number;
			code: ConversionRejectCode;
			reason: string;
			path?: string;
	  };

/** Why a record with a mapping gives no conversion. */
export type ConversionRejectCode =
	/** A part of `conversion_id` is missing or unusable. */
	| "no_identity"
	/** Two elements of one record would have the same `conversion_id`. */
	| "duplicate_identity"
	| "too_many_elements"
	| "no_event_time"
	/** A local time and no zone to read it in. */
	| "no_time_zone"
	/** Clocks were put forward over this time: no clock ever showed it. */
	| "no_such_local_time"
	| "no_money"
	| "no_currency"
	/** The value of a reversal is above zero: it was negated twice or never. */
	| "reversal_positive"
	/** A required value is there but cannot be what the column holds. */
	| "wrong_value";

/** The conversion lacks what only the destination knows: extracted_at, loaded_at, sync_id, _gn_*, raw_data. */
export type Convert = (record: JsonObject) => Outcome[];

export type CompileConversions = (mappings: readonly ConversionMapping[], context: ConversionContext) => Convert;
