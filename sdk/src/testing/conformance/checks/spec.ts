/** The settings: what a form needs to show them, and what must never be shown. */
import type { Json, JsonObject } from "@growthnav/spec";
import { specOf } from "../../../source/spec.ts";
import type { Check, Trial } from "../contract.ts";

export const SPEC_CHECKS: Check[] = [
	{
		name: "spec: every setting is explained",
		rule: "each setting has a description, and each choice its words once",
		run: async (trial) =>
			settingsOf(trial).flatMap(([path, setting]) => [
				...(typeof setting.description === "string" ? [] : [`${path} has no description`]),
				...(new Set((setting.enum as Json[]) ?? []).size === ((setting.enum as Json[]) ?? []).length
					? []
					: [`${path} offers a word twice`]),
			]),
	},
	{
		name: "spec: secrets are texts",
		rule: "what is marked as a secret is a text or a number (a name that smells of one is refused when it is defined)",
		run: async (trial) =>
			settingsOf(trial).flatMap(([path, setting]) =>
				setting.airbyte_secret === true && !["string", "integer", "number"].includes(typeOf(setting))
					? [`${path} is a secret and no text: mark the texts in it`]
					: [],
			),
	},
	{
		name: "spec: a form can show it",
		rule: "draft-07 without $ref, allOf, not and nameless objects; other programs may add settings",
		run: async (trial) => {
			const schema = specOf(trial.source).connectionSpecification as JsonObject;
			const found = schema.additionalProperties === false ? ["the settings refuse what a platform adds"] : [];
			for (const [path, setting] of settingsOf(trial)) {
				for (const word of ["$ref", "allOf", "not"]) if (word in setting) found.push(`${path} uses ${word}`);
				if (typeOf(setting) === "array" && setting.items === undefined) found.push(`${path} does not say of what`);
			}
			return found;
		},
	},
	{
		name: "spec: what the last release took is still taken",
		rule: "no setting is gone, newly required, of another type or with fewer choices",
		run: async ({ source, released }) => {
			if (released === undefined) return [];
			const [then, now] = [released.spec, specOf(source)].map((spec) => spec.connectionSpecification as JsonObject);
			return narrowed(then!, now!, "");
		},
	},
	{
		name: "check: the demo's settings work",
		rule: "CONNECTION_STATUS is SUCCEEDED and says who it is",
		run: async (trial) => {
			const { status, message } = await trial.check();
			if (status !== "SUCCEEDED") return [`check says ${status}: ${message}`];
			return message ? [] : ["check says nothing: let it tell whose account it is"];
		},
	},
	{
		name: "check: a wrong secret is refused",
		rule: "each secret, made wrong, ends in FAILED with an error of the settings that says what to do",
		http: true,
		run: wrongSecrets,
	},
	{
		name: "check: a setting that does not exist is refused",
		rule: "FAILED, and the setting is named",
		run: async (trial) => {
			const { status, message } = await trial.check({ ...trial.config, no_such_setting: 1 });
			return status === "FAILED" && message?.includes("no_such_setting") ? [] : [`check says ${status}: ${message}`];
		},
	},
];

async function wrongSecrets(trial: Trial): Promise<string[]> {
	const found: string[] = [];
	for (const [path, setting] of settingsOf(trial)) {
		const given = trial.config[path];
		if (setting.airbyte_secret !== true || typeof given !== "string") continue;
		const { status, message, error } = await trial.check({ ...trial.config, [path]: `wrong-${given.length}-wrong` });
		if (status !== "FAILED") found.push(`a wrong ${path} is taken: check ${status}`);
		else if (!String(error?.code ?? "").startsWith("config.")) found.push(`a wrong ${path} is told as ${error?.code}`);
		else if (error?.next === undefined) found.push(`a wrong ${path} is told without what to do: ${message}`);
	}
	return found;
}

/** Every setting with its path, those within objects and choices too. */
function settingsOf({ source }: Trial): [string, JsonObject][] {
	return propertiesOf(specOf(source).connectionSpecification as JsonObject, "").filter(
		([path]) => path !== "http_limits" && !path.startsWith("http_limits."),
	);
}

function propertiesOf(schema: JsonObject, above: string): [string, JsonObject][] {
	const options = [schema, ...((schema.oneOf as JsonObject[] | undefined) ?? [])];
	return options.flatMap((option) =>
		Object.entries((option.properties as JsonObject | undefined) ?? {}).flatMap(([name, setting]) => {
			const path = above === "" ? name : `${above}.${name}`;
			return [[path, setting as JsonObject] as [string, JsonObject], ...propertiesOf(setting as JsonObject, path)];
		}),
	);
}

function typeOf({ type }: JsonObject): string {
	return String(Array.isArray(type) ? type.find((one) => one !== "null") : (type ?? ""));
}

/** What fits the first schema and not the second, as sentences. */
export function narrowed(then: JsonObject, now: JsonObject, above: string): string[] {
	const found: string[] = [];
	const [before, after] = [then, now].map((schema) => (schema.properties ?? {}) as Record<string, JsonObject>);
	const [needed, needs] = [then, now].map((schema) => new Set((schema.required ?? []) as string[]));
	for (const name of needs!) if (!needed!.has(name)) found.push(`${above}${name} is newly required`);
	for (const [name, setting] of Object.entries(before!)) {
		const path = `${above}${name}`;
		const today = after![name];
		if (today === undefined) found.push(`${path} is gone`);
		else if (!accepts(today, setting)) found.push(`${path} was ${typesOf(setting)} and is ${typesOf(today)}`);
		else {
			const lost = ((setting.enum ?? []) as Json[]).filter(
				(word) => !((today.enum ?? [word]) as Json[]).includes(word),
			);
			if (lost.length > 0) found.push(`${path} no longer takes ${lost.join(", ")}`);
			if (setting.enum === undefined && today.enum !== undefined) found.push(`${path} takes only certain words now`);
			found.push(...narrowed(setting, today, `${path}.`));
		}
	}
	return found;
}

function accepts(today: JsonObject, setting: JsonObject): boolean {
	const types = new Set(listOfTypes(today));
	return types.size === 0 || listOfTypes(setting).every((type) => types.has(type));
}

function listOfTypes({ type }: JsonObject): Json[] {
	return type === undefined ? [] : [type].flat();
}

function typesOf(schema: JsonObject): string {
	return listOfTypes(schema).join(" or ") || "anything";
}
