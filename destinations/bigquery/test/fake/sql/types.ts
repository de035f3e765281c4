/** Names of types in GoogleSQL. */
import { listOf, type Reader } from "./reader.ts";
import type { SqlType } from "./syntax.ts";

const SCALARS: Record<string, string> = {
	STRING: "STRING",
	BYTES: "BYTES",
	INT64: "INT64",
	INTEGER: "INT64",
	INT: "INT64",
	BIGINT: "INT64",
	FLOAT64: "FLOAT64",
	NUMERIC: "NUMERIC",
	DECIMAL: "NUMERIC",
	BOOL: "BOOL",
	BOOLEAN: "BOOL",
	DATE: "DATE",
	TIME: "TIME",
	DATETIME: "DATETIME",
	TIMESTAMP: "TIMESTAMP",
	JSON: "JSON",
};

export function typeOf(reader: Reader): SqlType {
	if (reader.skip("ARRAY", "<")) {
		const item = typeOf(reader);
		reader.expect(">");
		if (item.of === "array") reader.fail("Arrays of arrays are not supported");
		return { of: "array", item };
	}
	if (reader.skip("STRUCT", "<")) {
		const fields = listOf(reader, () => ({ name: reader.name(), type: typeOf(reader) }));
		reader.expect(">");
		return { of: "struct", fields };
	}
	const token = reader.take();
	const name = token.kind === "word" ? SCALARS[token.upper] : undefined;
	// NUMERIC(38, 9) and STRING(10) are types of BigQuery that nothing here needs: refused by what follows
	return name === undefined ? reader.fail(`Type not found: ${token.text}`) : { of: "scalar", name };
}

/** As INFORMATION_SCHEMA says it. */
export function typeText(type: SqlType): string {
	if (type.of === "scalar") return type.name;
	if (type.of === "array") return `ARRAY<${typeText(type.item)}>`;
	return `STRUCT<${type.fields.map((field) => `${field.name} ${typeText(field.type)}`).join(", ")}>`;
}
