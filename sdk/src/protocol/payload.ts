/** What a message of each type must at least have, so that a reader may rely on its type. */
import type { Message, StreamDescriptor, TracePayload } from "@growthnav/spec";
import { additionFault } from "./additions.ts";
import { list, object, text, truth } from "./forms.ts";

type Loose = { [field: string]: unknown };

/** Why `message` is none; `unknown type` for one that the protocol does not have. Undefined when it is one. */
export function payloadFault(message: Message): string | undefined {
	const loose = message as unknown as Loose;
	switch (message.type) {
		case "RECORD":
			return recordFault(loose.record);
		case "STATE":
			return stateFault(loose.state) ?? additionFault(message);
		case "TRACE":
			return traceFault(loose.trace);
		case "LOG":
			return hasText(loose.log, "message") ? additionFault(message) : "LOG without log.message";
		case "CATALOG":
			return catalogFault(loose.catalog);
		case "SPEC":
			if (!isObject(loose.spec)) return "SPEC without spec";
			return spec(loose.spec) ? undefined : "SPEC without a connectionSpecification";
		case "CONNECTION_STATUS":
			return hasText(loose.connectionStatus, "status") ? undefined : "CONNECTION_STATUS without a status";
		case "CONTROL":
			return controlFault(loose.control);
		case "DESTINATION_CATALOG":
			return isObject(loose.destination_catalog) ? undefined : "DESTINATION_CATALOG without destination_catalog";
		default:
			return typeof loose.type === "string" ? "unknown type" : "an object without a type";
	}
}

function recordFault(record: unknown): string | undefined {
	if (!isObject(record)) return "RECORD without record";
	if (typeof record.stream !== "string") return "RECORD without record.stream";
	if (!isObject(record.data)) return "RECORD without record.data";
	if (typeof record.emitted_at !== "number") return "RECORD without record.emitted_at";
	return isTextOrAbsent(record.namespace) ? undefined : "RECORD with a namespace that is no text";
}

function stateFault(state: unknown): string | undefined {
	if (!isObject(state)) return "STATE without state";
	if (state.type === "STREAM") {
		return isObject(state.stream) && isDescriptor(state.stream.stream_descriptor)
			? undefined
			: "STATE of type STREAM without a stream_descriptor";
	}
	if (state.type === "GLOBAL") {
		return isObject(state.global) && Array.isArray(state.global.stream_states)
			? state.global.stream_states.every((one) => isObject(one) && isDescriptor(one.stream_descriptor))
				? undefined
				: "STATE of type GLOBAL with a stream state without a stream_descriptor"
			: "STATE of type GLOBAL without stream_states";
	}
	return isTextOrAbsent(state.type) ? undefined : "STATE with a type that is no text";
}

function traceFault(trace: unknown): string | undefined {
	if (!hasText(trace, "type")) return "TRACE without a type";
	const { type } = trace;
	if (type === "ERROR" && !hasText(trace.error, "message")) return "TRACE ERROR without error.message";
	if (type !== "STREAM_STATUS") return undefined;
	const status = trace.stream_status;
	return hasText(status, "status") && isDescriptor(status.stream_descriptor)
		? undefined
		: "TRACE STREAM_STATUS without a status or stream_descriptor";
}

/** Other kinds of control than a new config mean nothing to us. */
function controlFault(control: unknown): string | undefined {
	if (!isObject(control)) return "CONTROL without control";
	const { connectorConfig: renewed } = control;
	return isObject(renewed) && isObject(renewed.config) ? undefined : "CONTROL without a config";
}

function catalogFault(catalog: unknown): string | undefined {
	if (!isObject(catalog) || !Array.isArray(catalog.streams)) return "CATALOG without streams";
	if (!catalog.streams.every((stream) => hasText(stream, "name"))) return "CATALOG with a nameless stream";
	return catalog.streams.every(stream) ? undefined : "CATALOG with a stream whose fields are of other types";
}

const stream = object({
	"namespace?": text,
	"json_schema?": object({}),
	"supported_sync_modes?": list(text),
	"source_defined_cursor?": truth,
	"default_cursor_field?": list(text),
	"source_defined_primary_key?": list(list(text)),
	"sync_mode?": text,
	"destination_sync_mode?": text,
	"cursor_field?": list(text),
	"primary_key?": list(list(text)),
	"conversions?": list(object({})),
	"conversion_origin?": object({}),
	"connector?": text,
	"note?": text,
});

const spec = object({ connectionSpecification: object({ "properties?": object({}) }) });

function isDescriptor(value: unknown): boolean {
	return hasText(value, "name") && isTextOrAbsent(value.namespace);
}

function isObject(value: unknown): value is Loose {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasText(value: unknown, field: string): value is Loose {
	return isObject(value) && typeof value[field] === "string";
}

function isTextOrAbsent(value: unknown): boolean {
	return value === undefined || value === null || typeof value === "string";
}

/**
 * Some writers (Java) send null for every optional field that is absent. Null and absent mean the same there, so the
 * nulls of the protocol's own fields go; data, states and schemas keep theirs.
 */
export function withoutNulls(message: Message): Message {
	switch (message.type) {
		case "RECORD":
			dropNull(message.record, "namespace");
			dropNull(message.record, "meta");
			break;
		case "STATE":
			dropNulls(message.state);
			if (message.state.stream !== undefined) dropNulls(message.state.stream.stream_descriptor);
			for (const one of message.state.global?.stream_states ?? []) dropNulls(one.stream_descriptor);
			break;
		case "TRACE":
			dropNulls(message.trace);
			for (const detail of [message.trace.error, message.trace.estimate, message.trace.stream_status]) {
				if (detail === undefined) continue;
				dropNulls(detail);
				const { stream_descriptor } = detail as { stream_descriptor?: StreamDescriptor };
				if (stream_descriptor !== undefined) dropNulls(stream_descriptor);
			}
			dropOdd(message.trace);
			break;
		case "LOG":
			dropNulls(message.log);
			break;
		case "CATALOG":
			for (const stream of message.catalog.streams) {
				dropNulls(stream);
				// older sources leave them out
				stream.json_schema ??= {};
				stream.supported_sync_modes ??= ["full_refresh"];
			}
			break;
		case "SPEC":
			dropNulls(message.spec);
			break;
		case "CONNECTION_STATUS":
			dropNulls(message.connectionStatus);
			break;
		default:
	}
	return message;
}

/** What may be there and is not what it should be is as good as absent: a run does not fail for an estimate. */
function dropOdd(trace: TracePayload): void {
	if (trace.estimate !== undefined && !hasText(trace.estimate, "name")) delete trace.estimate;
	const rows: unknown = trace.estimate?.row_estimate;
	if (rows !== undefined && typeof rows !== "number") delete trace.estimate!.row_estimate;
	const status = trace.stream_status;
	if (status?.reasons === undefined) return;
	status.reasons = Array.isArray(status.reasons) ? status.reasons.filter(isObject) : [];
}

function dropNulls(object: object): void {
	for (const field of Object.keys(object)) dropNull(object, field);
}

function dropNull(object: object, field: string): void {
	const loose = object as Loose;
	if (loose[field] === null) delete loose[field];
}
