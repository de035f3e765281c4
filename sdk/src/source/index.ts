/** The source room: `defineSource`, and what a defined source can do. */
export * from "./commands.ts";
export type { SourceInputs } from "./context.ts";
export { defineSource } from "./define.ts";
export type * from "./definition.ts";
export type { Demo, DemoOptions, ExpectedTotal, StartDemo } from "./demo.ts";
export { programOf } from "./plan.ts";
export { errorMessage, type ReadInputs, readBatches, readSource } from "./read.ts";
export { parseStateFile, type SavedStream, savedStreams } from "./saved-state.ts";
export { specOf } from "./spec.ts";
