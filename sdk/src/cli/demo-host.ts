/**
 * The process in which a connector's scripted source lives: `node demo-host.js <module with start()>`. It prints one line
 * of JSON (the demo without `close`) and serves until its stdin ends.
 */
import { pathToFileURL } from "node:url";
import type { StartDemo } from "../source/demo.ts";

const { start } = (await import(pathToFileURL(process.argv[2] ?? "").href)) as { start: StartDemo };
const { close, ...demo } = await start();
process.stdout.write(`${JSON.stringify(demo)}\n`);
process.stdin.resume();
process.stdin.once("end", () => void close());
