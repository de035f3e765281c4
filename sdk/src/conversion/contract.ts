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

/** `mapping` names the mapping: `orders/purchase`, with `#2` where a stream has two of one type. */
export type Outcome =
	| { outcome: "converted"; mapping: string; conversion: Conversion }
	/** `rule` in words: "state is OPEN, the mapping wants COMPLETED". */
	| { outcome: "left_out"; mapping: string; rule: string }
	/** `code`: no_event_time, no_money, no_currency, no_identity, wrong_value, reversal_positive, …; reason masked. */
	| { outcome: "rejected"; mapping: string; code: string; reason: string; path?: string };

/** The conversion lacks what only the destination knows: extracted_at, loaded_at, sync_id, _gn_*, raw_data. */
export type Convert = (record: JsonObject) => Outcome[];

export type CompileConversions = (mappings: readonly ConversionMapping[], context: ConversionContext) => Convert;
