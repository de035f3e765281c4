/** Settings of a Meltano extractor: from meltano.yml, and by name from the project's .env. Pure. */
import type { Json, JsonObject } from "@growthnav/spec";
import type { Left } from "./move.ts";

/** `$NAME` and `${NAME}` become references; what `.env` has for a setting does too. No value of .env is looked at. */
export function meltanoSettings(
	config: JsonObject,
	prefix: string,
	variables: readonly string[],
	left: Left[],
): JsonObject {
	const settings: JsonObject = {};
	for (const [name, value] of Object.entries(config)) {
		// a dot in a name stands for a level
		const path = name.split(".");
		const made = expanded(value as Json, path, left);
		if (made !== undefined) put(settings, path, made);
	}
	for (const variable of variables) {
		if (!variable.startsWith(prefix)) continue;
		const name = variable.slice(prefix.length).toLowerCase();
		if (!name.startsWith("_") && !Object.hasOwn(settings, name)) settings[name] = `env:${variable}`;
	}
	return settings;
}

function put(settings: JsonObject, [first = "", ...rest]: readonly string[], value: Json): void {
	if (rest.length === 0) {
		settings[first] = value;
		return;
	}
	const inner = settings[first];
	const below = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? (inner as JsonObject) : {};
	settings[first] = below;
	put(below, rest, value);
}

/** Undefined for a text that is made of a variable and more: a reference is always the whole value. */
function expanded(value: Json, path: readonly string[], left: Left[]): Json | undefined {
	if (Array.isArray(value)) return value.map((one, i) => expanded(one, [...path, String(i)], left) ?? null);
	if (typeof value === "object" && value !== null && !JSON.isRawJSON(value)) {
		const inner = Object.entries(value).flatMap(([name, one]) => {
			const made = expanded(one as Json, [...path, name], left);
			return made === undefined ? [] : [[name, made] as const];
		});
		return Object.fromEntries(inner);
	}
	if (typeof value !== "string") return value;
	const [, bare, braced] = /^\$(?:([A-Z][A-Z0-9_]*)|\{([A-Za-z_]\w*)\})$/.exec(value) ?? [];
	const name = bare ?? braced;
	if (name !== undefined) return `env:${name}`;
	// without braces only capitals are a variable to Meltano
	if (!/\$([A-Z]|\{\w)/.test(value)) return value;
	left.push({
		what: `setting ${path.join(".")}`,
		why: "a variable within a text: put the whole text into one variable",
	});
	return undefined;
}
