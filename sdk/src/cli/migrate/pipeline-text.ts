/** The pipeline file of a migrated connection, as text. */
import type { Json, JsonObject } from "@growthnav/spec";
import { exportError, type Move } from "./move.ts";

export interface PipelineWords {
	name: string;
	customer: string;
	destination: Json;
	config: JsonObject;
}

/** YAML. Numbers that a double cannot hold stand in it digit by digit. */
export async function pipelineText(
	move: Move,
	{ name, customer, destination, config }: PipelineWords,
): Promise<string> {
	const { stringify } = await import("yaml");
	const pipeline = {
		version: 1,
		name,
		customer,
		source: { ...move.source, ...(Object.keys(config).length > 0 && { config }) },
		destination,
		...(move.streams !== undefined && { streams: move.streams }),
		...(move.every !== undefined && { schedule: { every: move.every } }),
	};
	const plain = exact(pipeline as unknown as Json, move);
	return `# Goes on where ${move.program} stopped under ${move.from}.\n${stringify(plain, { lineWidth: 110 })}`;
}

function exact(value: Json, move: Move): unknown {
	if (Array.isArray(value)) return value.map((one) => exact(one, move));
	if (typeof value !== "object" || value === null) return value;
	if (!JSON.isRawJSON(value)) {
		return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, exact(one as Json, move)]));
	}
	if (/^-?\d+$/.test(value.rawJSON)) return BigInt(value.rawJSON);
	const next = "write it as text, if the source takes it so";
	throw exportError(
		`The setting ${value.rawJSON} is not exact`,
		move.config.where,
		"no number holds all its digits",
		next,
	);
}
