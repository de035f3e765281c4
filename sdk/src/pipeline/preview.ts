/** `preview`: the first rows of a stream and what they become. Nothing is written, nothing is kept. */
import type { Catalog, ConfiguredStream, JsonObject, Reject, TraceError } from "@growthnav/spec";
import { compileConversions } from "../conversion/compile.ts";
import type { Convert, Outcome } from "../conversion/contract.ts";
import { type Explanation, explain } from "../conversion/explain.ts";
import { allErrors, ConnectorError } from "../errors.ts";
import { didYouMean, listOf } from "../nearest.ts";
import { readMessages } from "../protocol/index.ts";
import { asOne, distinctErrors } from "./connectors/death.ts";
import { askDiscover, withChild } from "./connectors/one-shot.ts";
import type { RunEvent } from "./events.ts";
import { type ConfiguredOrErrors, configureCatalog } from "./file/catalog.ts";
import { mappingErrors } from "./file/mapping-check.ts";
import { placedInFile } from "./file/places.ts";
import type { SourcePlan } from "./file/plan.ts";
import { valueAt } from "./file/shape.ts";

export interface PreviewedRow {
	event: Extract<RunEvent, { event: "preview_row" }>;
	record: JsonObject | null;
	/** "sales.csv:4": where a row stands that the source could not read. */
	place: string | null;
	/** Of the first conversion of the row; null where there is none. */
	explanation: Explanation | null;
}

export interface PreviewOptions {
	stream: string;
	rows: number;
	signal?: AbortSignal;
}

/** What the source offers; its errors speak of the pipeline file. */
export async function discoverStreams(plan: SourcePlan, signal?: AbortSignal): Promise<Catalog> {
	const { source } = plan;
	try {
		return await askDiscover({ ...source.ask, ...(signal && { signal }) }, source.config);
	} catch (thrown) {
		if (signal?.aborted) throw thrown;
		throw asOne(allErrors(thrown).map((error) => placedInFile(error, plan, { end: "source" })));
	}
}

/** The streams of a source as they would be read: `discover` with the pipeline file's wishes. Throws what is wrong. */
export function configureFor(plan: SourcePlan, offered: Catalog): ConfiguredStream[] {
	const { streams, errors } = tryConfigure(plan, offered);
	if (errors.length > 0) throw asOne(errors);
	return streams;
}

/** The same with what is wrong beside it. */
export function tryConfigure(plan: SourcePlan, offered: Catalog): ConfiguredOrErrors {
	const { streams, errors } = configureCatalog(offered, {
		streams: plan.streams,
		account: plan.account,
		source: plan.source.connector.name,
		destination: "",
		writes: undefined,
		startedAt: plan.host.now(),
		where: plan.where,
	});
	return { streams, errors: [...errors, ...mappingErrors(streams, plan.where)] };
}

/**
 * Reads the first rows of a stream from its beginning and stops the source. Without a customer `conversion_id` is
 * absent. An error of the source is thrown only where it came before the first row.
 */
export async function previewStream(
	plan: SourcePlan,
	streams: readonly ConfiguredStream[],
	{ stream, rows, signal }: PreviewOptions,
): Promise<PreviewedRow[]> {
	const configured = streams.find((one) => one.stream.name === stream);
	if (!configured) throw unknownStream(stream, streams, plan);
	return becoming(await firstRows(plan, configured, rows, signal), configured, plan.customer);
}

/** A row as a source sent it, or refused it. */
export type Row = { record: JsonObject; reject?: never } | { reject: Reject; record?: never };

/** What rows of a stream become, one after the other. */
export function becoming(
	rows: readonly Row[],
	configured: ConfiguredStream,
	customer: string | undefined,
): PreviewedRow[] {
	const convert = converterOf(configured, customer);
	return rows.map((row, index) => previewed(row, index + 1, configured, convert));
}

async function firstRows(
	plan: SourcePlan,
	stream: ConfiguredStream,
	most: number,
	signal?: AbortSignal,
): Promise<Row[]> {
	const { source, scratch } = plan;
	const catalog = await scratch.write("catalog.json", JSON.stringify({ streams: [stream] }));
	const config = await scratch.write("config.json", JSON.stringify(source.config));
	const found: Row[] = [];
	const errors: TraceError[] = [];
	const ask = { ...source.ask, ...(signal && { signal }) };
	await withChild(ask, ["read", "--config", config, "--catalog", catalog], async (child) => {
		for await (const batch of readMessages(child.stdout)) {
			for (const { message } of batch) {
				if (message?.type === "RECORD" && message.record.stream === stream.stream.name) {
					found.push({ record: message.record.data });
				} else if (message?.type === "LOG" && message.log.reject?.stream === stream.stream.name) {
					found.push({ reject: message.log.reject });
				} else if (message?.type === "TRACE" && message.trace.error) errors.push(message.trace.error);
				else if (message?.type === "CONTROL") await source.renewed.keep(message.control.connectorConfig.config);
				if (found.length >= most) {
					// enough: the source need not go on
					child.terminate();
					return;
				}
			}
		}
	});
	if (found.length === 0 && errors.length > 0) {
		const told = distinctErrors(errors, source.connector.program);
		throw asOne(told.map((error) => placedInFile(error, plan, { end: "source", streams: [stream] })));
	}
	return found;
}

function converterOf({ stream, primary_key }: ConfiguredStream, customer: string | undefined): Convert | undefined {
	if (!stream.conversions || stream.conversions.length === 0) return undefined;
	return compileConversions(stream.conversions, {
		customerId: customer,
		stream: stream.name,
		primaryKey: primary_key ?? [],
		origin: stream.conversion_origin,
		connectorVersion: stream.connector,
	});
}

function previewed(row: Row, number: number, configured: ConfiguredStream, convert: Convert | undefined): PreviewedRow {
	const { stream } = configured;
	const head = { event: "preview_row", stream: stream.name, row: number } as const;
	if (row.reject) {
		const { reason, path, record_id, file, line } = row.reject;
		const event = {
			...head,
			record_id: record_id ?? null,
			outcome: "rejected",
			conversions: [],
			reason,
			path: path ?? null,
		} as const;
		const place = file === undefined ? null : line === undefined ? file : `${file}:${line}`;
		return { event: { ...event, conversions: [] }, record: null, place, explanation: null };
	}
	const { record } = row;
	const outcomes = convert?.(record) ?? [];
	const converted = outcomes.filter((one) => one.outcome === "converted");
	const first = converted[0];
	const mapping = first && stream.conversions?.[mappingIndex(first.mapping, stream.conversions)];
	return {
		event: {
			...head,
			record_id: recordIdOf(record, configured),
			outcome: outcomeOf(outcomes),
			conversions: converted.map(({ conversion }) => ({ ...conversion })),
			...reasonOf(outcomes),
		},
		record,
		place: null,
		explanation: first && mapping ? explain(mapping, record, first) : null,
	};
}

/** One word for a row: what it became, else why not. */
function outcomeOf(outcomes: readonly Outcome[]): PreviewedRow["event"]["outcome"] {
	for (const word of ["converted", "rejected", "left_out"] as const) {
		if (outcomes.some(({ outcome }) => outcome === word)) return word;
	}
	return "no_mapping";
}

/** A refusal stands beside what another mapping of the same row became. */
function reasonOf(outcomes: readonly Outcome[]): { reason: string | null; path: string | null } {
	const rejected = outcomes.find((one) => one.outcome === "rejected");
	if (rejected) return { reason: rejected.reason, path: rejected.path ?? null };
	const leftOut = outcomes.find((one) => one.outcome === "left_out");
	const converted = outcomes.some(({ outcome }) => outcome === "converted");
	return { reason: converted || !leftOut ? null : leftOut.rule, path: null };
}

/** `orders/purchase#2` is the second purchase. */
function mappingIndex(name: string, mappings: NonNullable<ConfiguredStream["stream"]["conversions"]>): number {
	const [, type, nth = "1"] = /\/([^/#]+)(?:#(\d+))?$/.exec(name) ?? [];
	let left = Number(nth);
	return mappings.findIndex((mapping) => mapping.type === type && --left === 0);
}

function recordIdOf(record: JsonObject, { primary_key = [] }: ConfiguredStream): string | null {
	const values = primary_key.map((path) => valueAt(record, path));
	if (values.length === 0 || values.some((value) => value === undefined || value === null)) return null;
	return values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(":");
}

/** config.unknown_stream, for `--stream`. */
export function unknownStream(name: string, streams: readonly ConfiguredStream[], plan: SourcePlan): ConnectorError {
	const known = streams.map(({ stream }) => stream.name);
	return new ConnectorError("config.unknown_stream", `${plan.source.connector.name} has no stream ${name}`, {
		where: "--stream",
		why: `there are ${listOf(known)}`,
		next: didYouMean(name, known) ?? "name one of them",
	});
}
