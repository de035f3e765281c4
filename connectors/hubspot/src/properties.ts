/** The account's own properties: what HubSpot says of them becomes the schema, and their text the values. */
import {
	boolean,
	date,
	decimal,
	isConnectorError,
	json,
	optional,
	type RecordSchema,
	type SourceContext,
	string,
	timestamp,
} from "@growthnav/sdk";
import type { Config } from "./config.ts";
import { resultsOf } from "./expected.ts";

export const OBJECTS = ["contacts", "companies", "deals"] as const;
export type CrmObject = (typeof OBJECTS)[number];

export interface Property {
	name: string;
	label?: string;
	type: string;
}

/** Other types are text: enumerations too, where several values are joined by semicolons. */
const WORDS = { number: decimal, bool: boolean, date, datetime: timestamp, json };

/** None where the key may not read the object: the stream then says so, and the others are read. */
export async function propertiesOf({ http }: SourceContext<Config>, name: CrmObject): Promise<Property[]> {
	try {
		return resultsOf<Property>(await http.get(`/crm/v3/properties/${name}`));
	} catch (error) {
		if (isConnectorError(error) && error.code === "config.forbidden") return [];
		throw error;
	}
}

/** Fields of the record itself come first; a property of the same name has another one. */
const OWN = ["id", "archived", "joined"];
const columnOf = (name: string): string => (OWN.includes(name) ? `property_${name}` : name);

/** The schema that the connector knows, and what else the account has. */
export function schemaWith(known: RecordSchema, properties: readonly Property[]): RecordSchema {
	const others = properties.filter(({ name }) => !Object.hasOwn(known.shape, columnOf(name)));
	const fields = others.map(({ name, label, type }) => {
		const word = Object.hasOwn(WORDS, type) ? WORDS[type as keyof typeof WORDS] : string;
		return [columnOf(name), optional(word()).describe(label ?? name)];
	});
	return known.extend(Object.fromEntries(fields));
}

/** A record as HubSpot sends it. */
export interface Sent {
	id: string;
	createdAt?: string;
	updatedAt?: string;
	archived?: boolean;
	archivedAt?: string;
	properties: { [name: string]: string | null };
}

/** With its properties beside its own fields, and yes and no as such. An empty text is a value that was cleared. */
export function flat({ properties, ...own }: Sent, types: ReadonlyMap<string, string>) {
	const row: { [column: string]: string | boolean | null | undefined } & { id: string } = { ...own };
	for (const [name, text] of Object.entries(properties)) {
		const isWord = types.get(name) === "bool" && (text === "true" || text === "false");
		row[columnOf(name)] = text === "" ? null : isWord ? text === "true" : text;
	}
	return row;
}
export type Flat = ReturnType<typeof flat>;
