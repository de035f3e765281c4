import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { folder } from "./support.ts";

const SCRIPT = `
	const { readSource } = await import("@growthnav/sdk/testing");
	const { default: file } = await import(process.argv[1]);
	let rows = 0;
	for await (const message of readSource(file, { config: { path: process.argv[2] } })) {
		if (message.type === "RECORD") rows++;
	}
	console.log(rows);
`;

test("a large file needs no more memory than a small one: 60 MB of rows pass through a heap of 48 MB", async () => {
	const path = `${folder().path}/large.csv`;
	const out = createWriteStream(path);
	const lines = Array.from({ length: 1000 }, (_, i) => `${i},customer ${i},"a, b ${i}",2026-07-03,${i}.50\n`).join("");
	out.write("id,customer,note,day,total\n");
	const times = Math.ceil(60_000_000 / lines.length);
	for (let i = 0; i < times; i++) if (!out.write(lines)) await once(out, "drain");
	await finished(out.end());
	const source = fileURLToPath(new URL("../src/index.ts", import.meta.url));
	const said = execFileSync(
		process.execPath,
		["--conditions=growthnav-source", "--max-old-space-size=48", "--input-type=module", "-e", SCRIPT, source, path],
		{ encoding: "utf8", cwd: fileURLToPath(new URL("..", import.meta.url)) },
	);
	expect(Number(said)).toBe(times * 1000);
});
