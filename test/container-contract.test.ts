/** What an image must keep so that Airbyte's platform, or a plain `docker run`, can work with it. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { openMerchant } from "@growthnav/source-square/demo";
import type { JsonObject, Message } from "@growthnav/spec";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Contained, contain, type Image, imageOf, installed } from "./container.ts";
import { complete } from "./lines.ts";
import { errorsIn, folder, messagesIn, statesIn, writeFile } from "./processes.ts";
import { ROOT } from "./sources.ts";
import { rows, value } from "./store.ts";

const HOMES = globSync("{connectors,destinations}/*/Dockerfile", { cwd: ROOT })
	.map((file) => file.slice(0, file.lastIndexOf("/")))
	.sort();
const [FILE, SQUARE, DUCKDB] = ["connectors/file", "connectors/square", "destinations/duckdb"] as const;

let at: string;
beforeAll(() => {
	at = installed(HOMES);
}, 120_000);

/** Everything until its end. */
async function ended({ program, out }: Contained): Promise<{ code: number | null; out: string; err: string }> {
	const [text, { code, err }] = await Promise.all([textOf(out), program.ended]);
	return { code, out: text, err };
}

async function textOf(fifo: string): Promise<string> {
	const parts: Buffer[] = [];
	for await (const part of createReadStream(fifo)) parts.push(part as Buffer);
	return Buffer.concat(parts).toString();
}

const started = (home: string, words: string[], more?: { input?: boolean }) => contain(imageOf(home), at, words, more);
const ran = (home: string, words: string[]) => ended(started(home, words));
const file = (name: string, content: unknown) => writeFile(join(folder(), name), content);

describe("a Dockerfile", () => {
	test.for(HOMES)("of %s: absolute paths, no root, an entrypoint that is the variable, labels", (home) => {
		const image: Image = imageOf(home);
		const { version, bin } = JSON.parse(readFileSync(join(ROOT, home, "package.json"), "utf8"));
		expect(image.env.AIRBYTE_ENTRYPOINT).toBe(image.entrypoint.join(" "));
		for (const word of image.entrypoint) expect(word).toMatch(/^\/[\w@./-]+$/);
		expect(image.labels).toEqual({
			"io.airbyte.name": `growthnav/${Object.keys(bin)[0]}`,
			"io.airbyte.version": version,
		});
		// a number: what refuses root cannot know it of a name
		expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
	});

	test("of each connector and destination there is one", () => {
		expect(HOMES).toEqual(globSync("{connectors,destinations}/*", { cwd: ROOT }).sort());
	});
});

describe("the first message of its kind, and the exit code", { timeout: 120_000 }, () => {
	test.concurrent.for(HOMES)("%s: spec", async (home) => {
		const answer = await ran(home, ["spec"]);
		expect([answer.code, answer.err]).toEqual([0, ""]);
		const [first] = messagesIn(answer);
		expect(first).toMatchObject({ type: "SPEC", spec: { connectionSpecification: { type: "object" } } });
	});

	test.concurrent("check and discover answer; a check that says FAILED ends with 0", async () => {
		const merchant = await openMerchant({ story: { visits: 5, customers: 3 } });
		onTestFinished(() => merchant.close());
		const config = (access_token: string) => [
			"--config",
			file("config.json", { access_token, base_url: merchant.url }),
		];
		const status = (message?: Message) => message?.type === "CONNECTION_STATUS" && message.connectionStatus.status;
		const good = await ran(SQUARE, ["check", ...config(merchant.token)]);
		expect([good.code, status(messagesIn(good).find(({ type }) => type === "CONNECTION_STATUS"))]).toEqual([
			0,
			"SUCCEEDED",
		]);
		const bad = await ran(SQUARE, ["check", ...config("wrong")]);
		expect([bad.code, status(messagesIn(bad).find(({ type }) => type === "CONNECTION_STATUS"))]).toEqual([0, "FAILED"]);
		const discovered = await ran(SQUARE, ["discover", ...config(merchant.token)]);
		expect([discovered.code, messagesIn(discovered).filter(({ type }) => type === "CATALOG").length]).toEqual([0, 1]);
	});

	test.concurrent("a read that fails says TRACE ERROR, then ends with another code than 0", async () => {
		const config = file("config.json", { path: join(folder(), "none-*.csv"), stream: "none" });
		const failed = [
			await ran(FILE, ["read", "--config", config]),
			await ran(FILE, ["read", "--config", "/nowhere/config.json"]),
			await ran(FILE, ["read", "--config", file("config.json", { pth: "x" })]),
		];
		for (const one of failed) {
			expect(one.code).toBe(10);
			expect(errorsIn(one)).toMatchObject([{ failure_type: "config_error" }]);
			expect(messagesIn(one).at(-1)).toMatchObject({ type: "TRACE", trace: { type: "ERROR" } });
		}
	});
});

/** Rows of a file, so many that a reader who pauses holds the program up. */
const ROWS = 60_000;

function visits(): { config: string; catalog: string } {
	const home = folder();
	const lines = Array.from({ length: ROWS }, (_, row) => `${row},${"x".repeat(40)}\n`);
	writeFile(join(home, "visits.csv"), `row,text\n${lines.join("")}`);
	const config = file("config.json", { path: join(home, "visits.csv"), stream: "visits", columns: { row: "integer" } });
	const stream = {
		name: "visits",
		namespace: "file",
		json_schema: {
			type: "object",
			properties: { row: { type: ["null", "integer"] }, text: { type: ["null", "string"] } },
		},
		supported_sync_modes: ["full_refresh", "incremental"],
	};
	const ids = { generation_id: 0, minimum_generation_id: 0, sync_id: 7 };
	const chosen = { stream, sync_mode: "incremental", destination_sync_mode: "append", ...ids };
	return { config, catalog: file("catalog.json", { streams: [chosen] }) };
}

const recordRows = (out: string) =>
	messagesIn({ out }).flatMap((message) => (message.type === "RECORD" ? [Number(message.record.data.row)] : []));

describe("between two FIFOs, with the platform in the middle", { timeout: 120_000 }, () => {
	test("the source's records and states, numbered, come back from the destination in order; both end with 0", async () => {
		const { config, catalog } = visits();
		const path = join(folder(), "acme.duckdb");
		const target = file("duckdb.json", { path, customer_id: "acme" });
		const read = started(FILE, ["read", "--config", config, "--catalog", catalog, "--state", file("state.json", [])]);
		const write = started(DUCKDB, ["write", "--config", target, "--catalog", catalog], { input: true });
		const written = ended(write);
		const into = createWriteStream(write.in!);
		let id = 0;
		for await (const line of createInterface({ input: createReadStream(read.out) })) {
			const message = JSON.parse(line) as Message;
			if (message.type === "STATE") Object.assign(message.state, { id: ++id });
			if (message.type !== "RECORD" && message.type !== "STATE") continue;
			if (!into.write(`${JSON.stringify(message)}\n`)) await once(into, "drain");
		}
		expect(await read.program.ended).toMatchObject({ code: 0, err: "" });
		into.end(complete("visits").replace('"name":"visits"', '"name":"visits","namespace":"file"'));
		const answer = await written;
		expect([answer.code, answer.err]).toEqual([0, ""]);
		expect(statesIn(answer).map((state) => (state as JsonObject).id)).toEqual(
			Array.from({ length: id }, (_, i) => i + 1),
		);
		expect(await rows(path, "SELECT count(*) AS n, count(DISTINCT row) AS rows FROM file__visits")).toEqual([
			{ n: ROWS, rows: ROWS },
		]);
	});
});

describe("SIGTERM", { timeout: 120_000 }, () => {
	test("a source that is reading ends with 143, and what follows its last STATE is all that is missing", async () => {
		const { config, catalog } = visits();
		const words = ["read", "--config", config, "--catalog", catalog];
		const source = started(FILE, words);
		const parts: Buffer[] = [];
		let seen = 0;
		for await (const part of createReadStream(source.out)) {
			parts.push(part as Buffer);
			seen += part.length;
			if (seen - part.length < 2_000_000 && seen >= 2_000_000) {
				source.program.kill("SIGTERM");
				await sleep(300);
			}
		}
		expect(await source.program.ended).toMatchObject({ code: 143, err: "" });
		const out = Buffer.concat(parts).toString();
		expect(recordRows(out).length).toBeLessThan(ROWS);
		const state = statesIn({ out }).at(-1)!;
		const upTo = recordRows(out.slice(0, out.lastIndexOf('{"type":"STATE"')));
		const further = await ran(FILE, [...words, "--state", file("state.json", [state])]);
		expect(further.code).toBe(0);
		expect([...upTo, ...recordRows(further.out)].length).toBe(ROWS);
		expect(new Set([...upTo, ...recordRows(further.out)]).size).toBe(ROWS);
	});

	test("a destination that waits for input commits what has a STATE, returns it, and ends with 143", async () => {
		const { config, catalog } = visits();
		const { out } = await ran(FILE, ["read", "--config", config, "--catalog", catalog]);
		const whole = out.slice(0, out.indexOf("\n", out.indexOf('{"type":"STATE"')) + 1);
		const vouched = recordRows(whole).length;
		const path = join(folder(), "acme.duckdb");
		const target = file("duckdb.json", { path, customer_id: "acme" });
		const write = started(DUCKDB, ["write", "--config", target, "--catalog", catalog], { input: true });
		const written = ended(write);
		const into = createWriteStream(write.in!);
		await new Promise((go) => into.write(whole, go));
		await sleep(1_000);
		write.program.kill("SIGTERM");
		const answer = await written;
		into.destroy();
		expect(answer.code).toBe(143);
		expect(statesIn(answer)).toHaveLength(1);
		expect(await value(path, "SELECT count(*) FROM file__visits")).toBe(vouched);
	});
});

const engine = ["docker", "podman"].find((name) => spawnSync(name, ["info"], { timeout: 20_000 }).status === 0);
if (engine === undefined) console.log("images are not built: no container engine answers");

test.skipIf(engine === undefined)("built by an engine: it answers spec, not as root", { timeout: 600_000 }, () => {
	const tag = "growthnav-contract/source-file";
	const engineSays = (...words: string[]) => {
		const { status, stdout, stderr } = spawnSync(engine!, words, { cwd: ROOT, encoding: "utf8" });
		expect(status, stderr).toBe(0);
		return stdout;
	};
	onTestFinished(() => void spawnSync(engine!, ["rmi", tag]));
	engineSays("build", "-q", "-f", `${FILE}/Dockerfile`, "-t", tag, ".");
	expect(messagesIn({ out: engineSays("run", "--rm", tag, "spec") })).toMatchObject([{ type: "SPEC" }]);
	expect(engineSays("run", "--rm", "--entrypoint", "id", tag, "-u").trim()).toBe("1000");
});
