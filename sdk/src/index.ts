/** What an author of a connector imports: `defineSource`, the error, the words of the vocabulary, and their types. */
export type {
	ControlTotal,
	ConversionMapping,
	ConversionOrigin,
	Json,
	JsonObject,
	Reject,
	Value,
} from "@growthnav/spec";
export { ConnectorError, isConnectorError } from "./errors.ts";
export type { HttpAnswer, HttpClient, HttpLimits, HttpOptions, NextPage } from "./http/client.ts";
export type { PathOf } from "./schema/paths.ts";
export {
	array,
	boolean,
	date,
	datetime,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	type ParsedOf,
	type RowOf,
	secret,
	string,
	time,
	timestamp,
} from "./schema/vocabulary.ts";
export { defineSource } from "./source/define.ts";
export type {
	Page,
	ReadContext,
	RecordSchema,
	Slice,
	SlicesContext,
	Source,
	SourceContext,
	SourceLog,
	StreamDefinition,
} from "./source/definition.ts";
export type { Demo, ExpectedTotal, StartDemo } from "./source/demo.ts";
export * from "./values.ts";
