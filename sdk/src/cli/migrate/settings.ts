/** Exported settings as a pipeline file may have them: secrets are references, and their values stay where they are. */
import type { Json, JsonObject, JsonSchema, RawNumber } from "@growthnav/spec";
import { isReference } from "../../pipeline/file/references.ts";
import { secretSettings } from "../../pipeline/file/settings.ts";
import { pathText } from "../../pipeline/host.ts";
import { registerSecret } from "../../redact.ts";
import { isSecretName } from "../../singer/settings.ts";
import { exportError, type Move } from "./move.ts";

export interface Secret {
	/** "credentials.api_key" */
	setting: string;
	/** "FAKER_CREDENTIALS_API_KEY" */
	variable: string;
	/** Where its value stands; undefined where the other program keeps it to itself. */
	where: string | undefined;
}

/** What Airbyte's API answers in place of a secret. */
const MASKED = /^\*{3,}$/;
/** Beside a secret these only say which kind it is. */
const KIND = /(^|_)(type|title|method|name|id|url|version|scopes?)$/;

/**
 * Of a source whose `spec` is known its secrets are those that the spec says; else what is called like one, and the texts
 * below such a name. Throws config.export for a text that a pipeline file would take for a reference.
 */
export function withReferences(move: Move, spec: JsonSchema | undefined): { config: JsonObject; secrets: Secret[] } {
	const { value, where } = move.config;
	const secrets: Secret[] = [];
	const told = new Set(spec && secretSettings(spec, value).map(pathText));
	const leaf = (one: string | number | RawNumber, path: readonly (string | number)[], isSecret: boolean): Json => {
		if (typeof one === "string" && isReference(one)) {
			// Meltano's variables were made references before
			if (move.from === "Meltano") return one;
			throw ambiguous(one, pathText(path), where);
		}
		const masked = typeof one === "string" && MASKED.test(one);
		if (!isSecret && !masked) return one;
		registerSecret(typeof one === "object" ? one.rawJSON : String(one));
		const variable = move.variable?.(path.map(String)) ?? variableOf([move.name, ...path]);
		secrets.push({ setting: pathText(path), variable, where: masked ? undefined : where });
		return `env:${variable}`;
	};
	/** `below`: a name above it says secret, or its spec does. */
	const visit = (one: Json, path: readonly (string | number)[], below: boolean): Json => {
		const name = String(path.at(-1) ?? "");
		const isTold = told.has(pathText(path));
		const isSecret = isTold || isSecretName(name) || (below && !KIND.test(name));
		const inherits = isTold || (spec === undefined && (isSecret || below));
		if (Array.isArray(one)) return one.map((item, i) => visit(item, [...path, i], inherits));
		if (typeof one === "object" && one !== null && !JSON.isRawJSON(one)) {
			const inner = Object.entries(one).map(([key, item]) => [key, visit(item as Json, [...path, key], inherits)]);
			return Object.fromEntries(inner) as JsonObject;
		}
		if (one === null || typeof one === "boolean" || one === "") return one;
		return leaf(one, path, isSecret);
	};
	return { config: visit(value, [], false) as JsonObject, secrets };
}

function variableOf(path: readonly (string | number)[]): string {
	const text = path
		.join("_")
		.toUpperCase()
		.replace(/[^A-Z0-9]+/g, "_");
	return /^\d/.test(text) ? `_${text}` : text;
}

function ambiguous(text: string, path: string, where: string) {
	return exportError(
		`The setting ${path} cannot stand in a pipeline file`,
		`${where}, ${path}`,
		`${text.slice(0, text.indexOf(":") + 1)} begins a reference there`,
		"write the value into a file and refer to it: file:PATH",
	);
}
