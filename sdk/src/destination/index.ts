/** The destination room: what the literal of a destination is written with. */
export type { Json, JsonObject } from "@growthnav/spec";
export { ConnectorError, isConnectorError } from "../errors.ts";
export * from "../schema/vocabulary.ts";
export { type CoreConfig, coreConfig } from "./config.ts";
export { CRASH_POINTS, type Crash, type CrashPoint } from "./crash.ts";
export { defineDestination } from "./define.ts";
export type * from "./definition.ts";
