/** What a connection of another program becomes: a source, its settings, its streams, and where it stopped. */
import type { Json, JsonObject, PipelineSource, PipelineStream, StatePayload } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";

/** A part of an export, and where it stands: "connection.json, syncCatalog". */
export interface Placed<Value extends Json = Json> {
	value: Value;
	where: string;
}

export interface Became {
	what: string;
	becomes: string;
}

export interface Left {
	what: string;
	why: string;
}

export interface Move {
	from: "Airbyte" | "Meltano";
	/** Of the pipeline; also what variables of its secrets begin with. */
	name: string;
	source: Pick<PipelineSource, "connector" | "command">;
	/** The program, for people: "source-faker". */
	program: string;
	/** As exported, secrets included. */
	config: Placed<JsonObject>;
	/** The variable in which the other program looked for a setting; undefined: one is made of its path. */
	variable?: (path: readonly string[]) => string;
	/** Undefined: all that the source has. */
	streams: Record<string, PipelineStream> | undefined;
	/** "24h" */
	every: string | undefined;
	states: StatePayload[];
	became: Became[];
	left: Left[];
}

/** What cannot be migrated, with the file and the place in it. */
export function exportError(message: string, where: string, why: string, next: string): ConnectorError {
	return new ConnectorError("config.export", message, { where, why, next });
}

/** Letters that a pipeline's name may have: "Faker → Warehouse" becomes faker_warehouse. */
export function nameFrom(text: string): string {
	const plain = text.toLowerCase().replace(/[^a-z0-9.-]+/g, "_");
	return plain.replace(/^[_.-]+|[_.-]+$/g, "").slice(0, 100);
}

/** `customer.id` of a path; a dot in a name is written `\.`. */
export function dotted(path: readonly string[]): string {
	return path.map((name) => name.replaceAll(".", "\\.")).join(".");
}
