/** What every job carries beside its work: labels, the limit of what it may cost, the key. */
import { createHash } from "node:crypto";
import type { Json, JsonObject } from "@growthnav/sdk/store";
import type { BigQueryConfig } from "../config.ts";
import { objectOf, textOf } from "../errors/problem.ts";

type Settings = Pick<BigQueryConfig, "customer_id" | "connection" | "kms_key" | "labels" | "maximum_bytes_billed">;

interface Work {
	step: string;
	/** Random, one per process: a job of another one was made by an earlier run. */
	run: string;
	epoch?: number;
	configuration: JsonObject;
}

/** The configuration as it is sent. The labels come last: `cfg` is the hash of everything else. */
export function completeConfiguration({ step, run, epoch, configuration }: Work, settings: Settings): JsonObject {
	const complete = withKey(withLimit(configuration, settings), settings);
	const labels = {
		...settings.labels,
		app: "growthnav",
		tenant: labelValue(settings.customer_id),
		connection: labelValue(settings.connection),
		...(epoch !== undefined && { epoch: labelValue(String(epoch)) }),
		step: labelValue(step),
		run,
		cfg: cfgOf(complete),
	};
	return { ...complete, labels };
}

function withLimit(configuration: JsonObject, { maximum_bytes_billed }: Settings): JsonObject {
	const query = objectOf(configuration.query);
	if (query === undefined || maximum_bytes_billed == null) return configuration;
	return { ...configuration, query: { maximumBytesBilled: String(maximum_bytes_billed), ...query } };
}

/**
 * On loads and copies, and on a query that only reads. BigQuery refuses a key on scripts, DDL, and DML into a table
 * without that key (google/adk-python#7232): there the key of dataset and tables holds.
 */
function withKey(configuration: JsonObject, { kms_key }: Settings): JsonObject {
	if (kms_key == null) return configuration;
	const destinationEncryptionConfiguration = { kmsKeyName: kms_key };
	const changed = { ...configuration };
	for (const kind of ["load", "copy", "query"]) {
		const work = objectOf(configuration[kind]);
		if (work === undefined || (kind === "query" && !isOneRead(textOf(work.query) ?? ""))) continue;
		changed[kind] = { destinationEncryptionConfiguration, ...work };
	}
	return changed;
}

/** Careful: what might be more than one statement is taken for a script. */
function isOneRead(sql: string): boolean {
	return /^\s*(SELECT|WITH)\b/i.test(sql) && !/;\s*\S/.test(sql);
}

/** Small letters, digits, `_` and `-`, at most 63 characters. */
export function labelValue(text: string): string {
	return text
		.toLowerCase()
		.replace(/[^\p{Ll}\p{Lo}\p{N}_-]/gu, "-")
		.slice(0, 63)
		.toWellFormed()
		.replaceAll("\ufffd", "");
}

/** Of the work itself, whatever the order of its keys: two jobs of one id must have the same. */
export function cfgOf({ labels: _, ...work }: JsonObject): string {
	return createHash("sha256").update(canonical(work)).digest("hex").slice(0, 32);
}

function canonical(value: Json): string {
	if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
	const object = objectOf(value);
	if (object === undefined || JSON.isRawJSON(value)) return JSON.stringify(value);
	const members = Object.keys(object)
		.filter((key) => object[key] !== undefined)
		.sort()
		.map((key) => `${JSON.stringify(key)}:${canonical(object[key]!)}`);
	return `{${members.join(",")}}`;
}

/** By the label; a job without it (an emulator keeps none) by its destination. */
export function isSameWork(found: JsonObject, ours: JsonObject): boolean {
	const [theirs, own] = [found, ours].map((job) => objectOf(job.configuration) ?? {});
	const label = labelOf(found, "cfg");
	const isSameTarget = ["load", "copy"].every(
		(kind) => targetOf(theirs!, kind) === undefined || targetOf(theirs!, kind) === targetOf(own!, kind),
	);
	return isSameTarget && (label === undefined || label === labelOf(ours, "cfg"));
}

function targetOf(configuration: JsonObject, kind: string): string | undefined {
	const table = objectOf(objectOf(configuration[kind])?.destinationTable);
	return table === undefined ? undefined : `${textOf(table.datasetId)}.${textOf(table.tableId)}`;
}

export function labelOf(job: JsonObject, name: string): string | undefined {
	return textOf(objectOf(objectOf(job.configuration)?.labels)?.[name]);
}
