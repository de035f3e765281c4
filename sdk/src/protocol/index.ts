/** The protocol room: NDJSON in and out, exact numbers. */
export * from "./lines.ts";
export * from "./message.ts";
export * from "./numbers.ts";
export * from "./parse.ts";
export * from "./redact-json.ts";
export * from "./writer.ts";
