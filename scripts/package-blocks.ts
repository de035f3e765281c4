/** Tables in the READMEs of connectors and destinations, from their literals. */
import { listOf } from "../sdk/src/nearest.ts";
import { type Field, fieldOf } from "../sdk/src/schema/field.ts";
import type { toConfigSchema } from "../sdk/src/schema/json-schema.ts";
import { catalogOf, type Streams } from "../sdk/src/source/plan.ts";
import type { Condition, ConversionMapping, Literal, Stream, Value } from "../spec/src/index.ts";
import { type Blocks, code, markdownTable } from "./blocks.ts";
import type { Package } from "./packages.ts";

export function packageBlocks({ definition }: Package): Blocks {
	return {
		config: () => settingsTable(definition.config),
		streams: () => streamsTable(streamsOf(definition)),
		conversions: () => conversionsTable(streamsOf(definition)),
	};
}

/** As its `spec` tells them, in the same order. */
export function settingsTable(config: Parameters<typeof toConfigSchema>[0]): string {
	const rows = [...fieldOf(config).fields].map(([name, field]) => [code(name), demandOf(field), meaningOf(field)]);
	return markdownTable(["Setting", "Default", "Meaning"], rows);
}

function demandOf({ optional, secret, default: preset }: Field): string {
	const demand = preset === undefined ? (optional ? "" : "**required**") : code(JSON.stringify(preset));
	return [demand, secret && "secret"].filter(Boolean).join(", ");
}

function meaningOf({ facts, values, fields }: Field): string {
	const { description = "", examples } = facts as { description?: string; examples?: unknown[] };
	const named = values.every((value) => description.includes(value));
	const words = [
		description,
		!named && `${values.length > 1 ? "One of " : ""}${listOr(values.map(code))}`,
		fields.size > 0 && `Has ${listOf([...fields.keys()].map(code), 100)}`,
		examples?.[0] !== undefined && `Example: ${code(JSON.stringify(examples[0]))}`,
	];
	return words.filter(Boolean).join(". ");
}

function streamsOf(definition: Package["definition"]): Stream[] {
	if (definition.kind === "destination") throw new Error(`${definition.name} is a destination: it has no streams`);
	const { streams } = definition;
	if (typeof streams === "function") throw new Error(`the streams of ${definition.name} depend on its settings`);
	return catalogOf(definition, streams as Streams, definition.name).streams;
}

function streamsTable(streams: Stream[]): string {
	const rows = streams.map((stream) => [
		code(stream.name),
		(stream.source_defined_primary_key ?? []).map((path) => code(path.join("."))).join(", ") || "none",
		stream.default_cursor_field === undefined ? "" : code(stream.default_cursor_field.join(".")),
		stream.supported_sync_modes?.includes("incremental") ? "incremental" : "full",
		stream.conversions?.length
			? [...new Set(stream.conversions.map(({ type }) => type))].join(", ")
			: `none${stream.note === undefined ? "" : `: ${stream.note}`}`,
	]);
	return markdownTable(["Stream", "Key", "Cursor", "Reads", "Conversions"], rows);
}

function conversionsTable(streams: Stream[]): string {
	const rows = streams.flatMap(({ name, conversions = [] }) =>
		conversions.map((mapping) => [
			code(name),
			mapping.type,
			conditionsOf(mapping),
			timeOf(mapping.columns.timestamp),
			Object.keys(mapping.columns).map(code).join(" "),
		]),
	);
	return markdownTable(["Stream", "Type", "Of", "Time", "Columns"], rows);
}

/** "each row of `refunds` where `state` is COMPLETED" */
function conditionsOf({ when, each }: ConversionMapping): string {
	const of = each === undefined ? "each record" : `each element of ${Object.values(each).map(code).join("")}`;
	const lines = Object.entries(when ?? {}).map(([path, condition]) => `${code(path)} ${inWords(condition!)}`);
	return lines.length === 0 ? of : `${of} where ${lines.join(" and ")}`;
}

function inWords(condition: Condition): string {
	if (typeof condition !== "object" || condition === null || Array.isArray(condition))
		return `is ${literals(condition)}`;
	if ("exists" in condition) return condition.exists ? "exists" : "is absent";
	return `is not ${literals(condition.not)}`;
}

function literals(one: Literal | Literal[]): string {
	return listOr([one].flat().map(String));
}

function timeOf(value: Value | undefined): string {
	if (typeof value === "string") return code(value);
	if (value === undefined) return "";
	return "first" in value ? value.first.map(timeOf).join(", else ") : "computed";
}

function listOr(words: string[]): string {
	return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
