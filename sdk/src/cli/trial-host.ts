/**
 * The process in which a connector is tried: `node trial-host.js <module> <demo> <release.json or nothing> <only>
 * <program…>`. It prints one line of JSON an outcome; the first line is what the connector promises, for `--release`.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Source } from "../source/definition.ts";
import { discoverSource, specOf } from "../source/index.ts";
import { conformance, type Known, type Subject } from "../testing/conformance/index.ts";

const [module = "", demo = "", release = "", only = "", ...program] = process.argv.slice(2);
const load = (file: string) => import(pathToFileURL(file).href);
const { default: source } = (await load(module)) as { default: Source };
const { start, known } = (await load(demo)) as { start: Subject["start"]; known?: Known };
const write = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

const { config, close } = await start({ small: true });
write({ spec: specOf(source), catalog: await discoverSource(source, { config }).finally(close) });
const released = release === "" ? undefined : JSON.parse(readFileSync(release, "utf8"));
for await (const outcome of conformance({ source, start, known, released, program }, only)) write(outcome);
