import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { faults } from "./schemas.ts";

const folder = new URL("../sessions/", import.meta.url);
const text = (file: string) => readFileSync(new URL(file, folder), "utf8");
const files = readdirSync(folder);

test.each(files.filter((file) => file.startsWith("catalog")))("%s is a configured catalog", (file) => {
	expect(faults("messages.json#/definitions/ConfiguredCatalog", JSON.parse(text(file)))).toEqual([]);
});

/** Null for absent is read, but not written. */
const READ_ONLY = ["good.nulls-from-java.ndjson"];
const good = files.filter((file) => file.startsWith("good.") && !READ_ONLY.includes(file));

test.each(good)("the messages of %s are as the schema says", (file) => {
	const messages = text(file)
		.split("\n")
		.filter((line) => line.startsWith("{") && !line.startsWith('{"type":"DEBUG"'))
		.map((line) => JSON.parse(line) as object);
	expect(messages.flatMap((message) => faults("messages.json", message))).toEqual([]);
});

test("every session is told of in the README, and no other", () => {
	const told = [...text("README.md").matchAll(/^\| `((?:good|bad)\.[\w-]+)`/gm)].map(([, name]) => `${name}.ndjson`);
	expect(told.toSorted()).toEqual(files.filter((file) => file.endsWith(".ndjson")).toSorted());
});
