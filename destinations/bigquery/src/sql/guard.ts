/**
 * The fence between customers: no name gets into a statement but through `identifier`, and nothing that names a dataset
 * or project other than ours leaves. It does not trust what made the request: it reads the request itself.
 */
import { ConnectorError, type Json, type JsonObject } from "@growthnav/sdk/store";
import { isForeignPath, type Ours, pathsOf } from "./guard-sql.ts";

export type { Ours } from "./guard-sql.ts";

/** A name as SQL quotes it; throws for one that is no name. */
export function identifier(text: string): string {
	if (/^[A-Za-z0-9_]{1,300}$/.test(text)) return `\`${text}\``;
	throw new ConnectorError(
		"internal.identifier",
		`${JSON.stringify(text.slice(0, 80))} is no name of a table or column`,
		{
			why: "this is a bug in GrowthNav; nothing was sent",
			next: "report it",
		},
	);
}

/** A job or any other body: every reference to a dataset or project in it, and every query text. */
export function guardJob(resource: JsonObject, ours: Ours): void {
	visit(resource, ours);
}

/** Below /bigquery/v2/projects/{project}/. */
export function guardPath(path: string, ours: Ours): void {
	const segments = path.split("/").map(decoded);
	const [what, name] = segments;
	const isPlain = segments.every(
		(segment) => segment !== undefined && /^[\w:.@$~-]+$/.test(segment) && !/^\.+$/.test(segment),
	);
	const isOurs =
		what === "datasets" ? name === undefined || name === ours.dataset : what === "jobs" || what === "queries";
	if (!isPlain || !isOurs) throw foreign(path, ours);
}

function decoded(segment: string): string | undefined {
	try {
		return decodeURIComponent(segment);
	} catch {
		return undefined;
	}
}

/** What a person wrote there is text, and names nothing. */
const TEXTS = new Set(["labels", "queryParameters", "description", "friendlyName"]);
/** Files that a job reads or writes. */
const ADDRESSES = new Set(["sourceUris", "sourceUri", "destinationUris", "destinationUri"]);

function visit(value: Json | undefined, ours: Ours): void {
	if (typeof value !== "object" || value === null) return;
	if (Array.isArray(value)) {
		for (const one of value) visit(one, ours);
		return;
	}
	for (const [key, inner] of Object.entries(value as JsonObject)) {
		if (key === "datasetId" && inner !== ours.dataset) throw foreign(String(inner), ours);
		if (key === "projectId" && inner !== ours.project) throw foreign(String(inner), ours);
		if (ADDRESSES.has(key)) guardAddresses(inner, ours);
		if (key === "useLegacySql" && inner !== false) throw foreign("legacy SQL", ours);
		if (key === "query" && typeof inner === "string") guardSql(inner, value as JsonObject, ours);
		if (!TEXTS.has(key)) visit(inner, ours);
	}
}

/** Each one a file of this dataset's own folder, named whole. */
function guardAddresses(value: Json | undefined, ours: Ours): void {
	for (const address of Array.isArray(value) ? value : [value]) {
		const text = String(address);
		if (ours.staging === undefined || !text.startsWith(ours.staging) || /[*?]|\/\.{0,2}\/|\/$/.test(text.slice(5))) {
			throw foreign(text, ours);
		}
	}
}

function guardSql(sql: string, around: JsonObject, ours: Ours): void {
	if (around.useLegacySql !== false) throw foreign("legacy SQL", ours);
	const paths = pathsOf(sql);
	if (typeof paths === "string") throw foreign(paths, ours);
	const wrong = paths.find((path) => isForeignPath(path, ours));
	if (wrong !== undefined) throw foreign(wrong.segments.join("."), ours);
}

function foreign(what: string, { project, dataset }: Ours): ConnectorError {
	return new ConnectorError("config.foreign_dataset", `${what.slice(0, 200)} does not belong to dataset ${dataset}`, {
		where: `project ${project}`,
		why: "each customer has a dataset of its own, and nothing here may name another; nothing was sent",
		next: "in a query of yours, name tables alone; anywhere else this is a bug in GrowthNav: report it",
	});
}
