/**
 * A JSON value as it travels. A number literal that a double cannot hold exactly (2^53+1, a 38-digit decimal, 1e400)
 * is a `RawNumber`, what `JSON.rawJSON` makes: its text is kept and `JSON.stringify` writes it unchanged.
 */
export type Json = null | boolean | number | string | RawNumber | Json[] | JsonObject;

export interface JsonObject {
	[key: string]: Json | undefined;
}

/** The exact text of a number literal; made by `JSON.rawJSON(text)`, recognised by `JSON.isRawJSON(value)`. */
export interface RawNumber {
	readonly rawJSON: string;
}

/** A JSON Schema, draft 07, as `spec` and catalogs carry it. */
export interface JsonSchema {
	type?: string | string[];
	format?: string;
	airbyte_type?: string;
	properties?: Record<string, JsonSchema>;
	required?: string[];
	items?: JsonSchema;
	enum?: Json[];
	title?: string;
	description?: string;
	[keyword: string]: unknown;
}

// TypeScript's library does not know these two yet; every Node that we support has them.
declare global {
	interface JSON {
		rawJSON(text: string): RawNumber;
		isRawJSON(value: unknown): value is RawNumber;
	}
}
