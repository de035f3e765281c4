export * from "./conversion.ts";
export * from "./json.ts";
export * from "./mapping.ts";
export * from "./messages.ts";
export * from "./pipeline.ts";
export * from "./registry.ts";
