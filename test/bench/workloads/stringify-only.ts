/**
 * The ceiling of all that says records: one, from a file with `stream` and `data`, again and again. Each is made text
 * by itself and written in blocks; nothing is checked, counted or searched for secrets. Arguments: the file, how often.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { JsonObject } from "@growthnav/spec";
import { blocks } from "./inputs.ts";

const [file = "", count = "1"] = process.argv.slice(2);
const { stream, data } = JSON.parse(readFileSync(file, "utf8")) as { stream: string; data: JsonObject };
const start = `{"type":"RECORD","record":{"stream":${JSON.stringify(stream)},"data":`;
const end = `,"emitted_at":${Date.now()}}}\n`;

function* lines(): Generator<string> {
	for (let n = Number(count); n > 0; n--) yield start + JSON.stringify(data) + end;
}

for (const block of blocks(lines())) if (!process.stdout.write(block)) await once(process.stdout, "drain");
