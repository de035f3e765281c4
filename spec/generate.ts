/**
 * Writes the schemas that follow from the types: `npm run generate`. A test fails when one of them is stale.
 */
import { writeFileSync } from "node:fs";
import { conversionSchema } from "./generate/conversion-schema.ts";
import { mappingSchema } from "./generate/mapping-schema.ts";

export const GENERATED = { "conversion.json": conversionSchema, "mapping.json": mappingSchema };

export function schemaText(schema: object): string {
	return `${JSON.stringify(schema, null, "\t")}\n`;
}

if (import.meta.main) {
	for (const [file, schema] of Object.entries(GENERATED)) {
		writeFileSync(new URL(file, import.meta.url), schemaText(schema()));
	}
}
