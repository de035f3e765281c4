/** The schemas of `spec`, read from their files and compiled together. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import formats from "ajv-formats";

export type Schema = { [keyword: string]: unknown };

export const FILES = ["conversion.json", "mapping.json", "messages.json", "pipeline.json", "registry.json"] as const;

export const fileText = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

export const schemas = Object.fromEntries(FILES.map((file) => [file, JSON.parse(fileText(file)) as Schema]));

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
formats.default(ajv);
for (const [file, schema] of Object.entries(schemas)) ajv.addSchema(schema, file);

/** What is wrong with `value` under a schema (`mapping.json`, `messages.json#/definitions/Stream`); empty when nothing. */
export function faults(schema: string, value: unknown): string[] {
	const validate = ajv.getSchema(schema);
	if (validate === undefined) throw new Error(`no schema ${schema}`);
	return validate(value) ? [] : (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`);
}
