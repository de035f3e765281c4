/** The testing room: for the tests of connectors and destinations, and for the scripted servers of demos. */
export * from "./scripted-server.ts";
