/**
 * Settings that a connector renewed itself (CONTROL): a refresh token that works one time must be kept before the next
 * line is read. Kept are only the values that changed, each with the hash of the value in the pipeline file that it
 * replaces: who changes that value in the file later is believed, and all other settings stay the file's.
 */
import { hash } from "node:crypto";
import type { Json, JsonObject } from "@growthnav/spec";
import { registerSecret } from "../../redact.ts";
import { isObject, valueAt } from "../file/shape.ts";
import type { RunFolder } from "./folder.ts";

/** So many renewals of other settings stay; they may be of a file that is gone. */
const OTHERS = 20;

interface Renewal {
	path: string[];
	/** Hash of the pipeline file's value. */
	was: string;
	value: Json;
}

export interface RenewedConfig {
	/** The config to hand over: the file's, with what was renewed since. */
	config: JsonObject;
	/** Keeps a new config; resolves when it is safe on disk. */
	keep(renewed: JsonObject): Promise<void>;
}

/** `name` is the file in the run folder: "source.json". */
export async function withRenewals(written: JsonObject, name: string, folder: RunFolder): Promise<RenewedConfig> {
	const read = await folder.read(name);
	const all = Array.isArray(read) ? (read as unknown as Renewal[]) : [];
	const kept = all.filter(({ path, was }) => fingerprint(valueAt(written, path)) === was);
	// of another file with settings for the same connector, as `preview --config` takes them
	const others = all.filter((one) => !kept.includes(one)).slice(-OTHERS);
	for (const { value } of kept) register(value);
	return {
		config: kept.reduce((config, { path, value }) => replaced(config, path, value), written),
		async keep(renewed) {
			const renewals = differences(written, renewed, []);
			for (const { value } of renewals) register(value);
			await folder.write(name, [...others, ...renewals]);
		},
	};
}

/** Values of `after` that are not those of `before`, at the deepest place where both are objects. */
function differences(before: JsonObject, after: JsonObject, path: string[]): Renewal[] {
	return Object.keys(after).flatMap((key) => {
		const [was, value] = [Object.hasOwn(before, key) ? before[key] : undefined, after[key] as Json];
		if (isObject(was) && isObject(value)) return differences(was, value, [...path, key]);
		if (fingerprint(was) === fingerprint(value)) return [];
		return [{ path: [...path, key], was: fingerprint(was), value }];
	});
}

function replaced(config: JsonObject, [key, ...rest]: string[], value: Json): JsonObject {
	if (key === undefined) return config;
	const inner = config[key];
	return { ...config, [key]: rest.length === 0 ? value : replaced(isObject(inner) ? inner : {}, rest, value) };
}

function fingerprint(value: Json | undefined): string {
	return value === undefined ? "absent" : hash("sha256", JSON.stringify(value), "hex");
}

function register(value: Json): void {
	if (typeof value === "string") registerSecret(value);
	else if (Array.isArray(value)) for (const one of value) register(one);
	else if (isObject(value)) for (const one of Object.values(value)) register(one as Json);
}
