/** The fake as a program of its own; what it does over HTTP is tested beside its parts, in fake/. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { startFake } from "./fake/server.ts";

const PROGRAM = new URL("fake/program.ts", import.meta.url).pathname;

async function started(options: object) {
	const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { stdio: ["pipe", "pipe", "inherit"] });
	const ended = new Promise<number | null>((resolve) => void child.on("exit", resolve));
	onTestFinished(async () => {
		child.stdin.end();
		await ended;
	});
	for await (const line of createInterface(child.stdout))
		return { child, ended, url: (JSON.parse(line) as { url: string }).url };
	throw new Error("the fake ended without a word");
}

const json = { "content-type": "application/json" };

it("prints its address, takes faults over HTTP, ends with its standard input", async () => {
	const { child, ended, url } = await started({ quotas: false });
	const base = `${url}/bigquery/v2/projects/acme`;
	await fetch(`${base}/datasets`, {
		method: "POST",
		headers: json,
		body: JSON.stringify({ datasetReference: { datasetId: "shop" } }),
	});
	await fetch(`${url}/fake/faults`, {
		method: "POST",
		headers: json,
		body: JSON.stringify({ match: "datasets", answer: { status: 503 } }),
	});
	expect((await fetch(`${base}/datasets`)).status).toBe(503);
	expect((await fetch(`${base}/datasets`)).status).toBe(200);
	const { requests } = (await (await fetch(`${url}/fake/requests`)).json()) as { requests: { status: number }[] };
	expect(requests.map(({ status }) => status)).toEqual([200, 503, 200]);
	expect(await (await fetch(`${url}/fake/contents/shop`)).json()).toEqual({ contents: {} });
	child.stdin.end();
	expect(await ended).toBe(0);
});

it("collects what jobs ran with the tables that they find, for an analyzer", async () => {
	const folder = await mkdtemp(join(tmpdir(), "gn-fake-"));
	onTestFinished(() => rm(folder, { recursive: true, force: true }));
	const collect = join(folder, "statements.jsonl");
	const fake = await startFake({ collect });
	onTestFinished(() => fake.close());
	const post = (path: string, body: object) =>
		fetch(`${fake.url}/bigquery/v2/projects/acme/${path}`, {
			method: "POST",
			headers: json,
			body: JSON.stringify(body),
		});
	await post("datasets", { datasetReference: { datasetId: "shop" } });
	const run = (sql: string) =>
		post("jobs", {
			configuration: { query: { query: sql, useLegacySql: false, defaultDataset: { datasetId: "shop" } } },
		});
	await run("CREATE TABLE t (id STRING, tags ARRAY<JSON>)");
	await run("DECLARE n INT64; SELECT id FROM t;");
	await run("SELECT id FROM t;");
	await run("SELECT nope FROM t;");
	await fake.idle();
	const lines = (await readFile(collect, "utf8"))
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	expect(lines).toHaveLength(3);
	expect(lines[1]).toEqual({
		sql: "DECLARE n INT64; SELECT id FROM t;",
		parameters: {},
		tables: {
			t: [
				["id", "STRING"],
				["tags", "ARRAY<JSON>"],
			],
		},
	});
});
