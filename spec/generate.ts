/** The schemas that follow from the types; `npm run generate` writes them, and a test fails when one of them is stale. */
import { conversionSchema } from "./generate/conversion-schema.ts";
import { mappingSchema } from "./generate/mapping-schema.ts";

export const GENERATED = { "conversion.json": conversionSchema, "mapping.json": mappingSchema };

export function schemaText(schema: object): string {
	return `${JSON.stringify(schema, null, "\t")}\n`;
}
