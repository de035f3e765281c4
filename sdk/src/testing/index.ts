/** The testing room: for the tests of connectors and destinations, and for the scripted servers of demos. */

/** What a defined source does, for tests that look at messages rather than at a process. */
export { compileConversions } from "../conversion/compile.ts";
export { checkSource, discoverSource, readSource, savedStreams, specOf } from "../source/index.ts";
/** What rows become, and what tables hold of them. */
export * from "./becoming.ts";
/** Exchanges of a real run, replayed. */
export { type Cassette, type CassettePlayer, startCassette } from "./cassette.ts";
/** A catalog at a glance. */
export { catalogTable } from "./catalog-table.ts";
/** Chance with a seed, for the stories of scripted servers. */
export { type Chance, seededChance } from "./chance.ts";
/** Every rule that a source must keep, tried on its demo. */
export * from "./conformance/index.ts";
/** A whole destination without a store. */
export { type MemoryDatabase, memoryDatabase, memoryDestination } from "./memory-destination.ts";
export * as messages from "./messages.ts";
/** Amounts in the smallest unit, as the books of scripted servers keep them. */
export * from "./minor-units.ts";
/** Time that goes by quickly. */
export { quickTime } from "./quick-time.ts";
/** A read in the forms in which tests look at it. */
export * from "./reading.ts";
export * from "./scripted-server.ts";
/** Whether the lines of a `read` are a session that a destination may take as done. */
export * from "./session.ts";
