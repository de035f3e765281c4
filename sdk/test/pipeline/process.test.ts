import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { findConnector } from "../../src/pipeline/connectors/connectors.ts";
import { askCheck, askDiscover, askSpec, askState, type OneShot } from "../../src/pipeline/connectors/one-shot.ts";
import { type ChildOptions, childEnvironment, startChild } from "../../src/pipeline/connectors/process.ts";
import { openScratch } from "../../src/pipeline/connectors/scratch.ts";
import { PROGRAMS, testFolder, testHost } from "./bench.ts";

function start(script: string, more: Partial<ChildOptions> = {}) {
	const folder = testFolder();
	const host = testHost(folder);
	return startChild({ argv: [host.node, "-e", script], args: [], cwd: folder, program: "x", host, ...more });
}
const isAlive = (pid: number) => testHost("").signal(pid, 0);
async function text(stream: AsyncIterable<Buffer>): Promise<string> {
	const parts: Buffer[] = [];
	for await (const part of stream) parts.push(part);
	return Buffer.concat(parts).toString();
}

describe("a process of a connector", () => {
	test("leads a group of its own, has no shell, and few variables", async () => {
		const child = await start("console.log(JSON.stringify([process.argv.slice(1), process.pid, process.env]))", {
			args: ["$HOME; rm -rf *", "`id`"],
		});
		const [argv, pid, given] = JSON.parse(await text(child.stdout as AsyncIterable<Buffer>));
		expect(argv).toEqual(["$HOME; rm -rf *", "`id`"]);
		expect(pid).toBe(child.pid);
		expect(await child.exited).toEqual({ code: 0, signal: null });
		// Python else keeps back what it prints
		expect(given.PYTHONUNBUFFERED).toBe("1");
		const env = { PATH: "p", HOME: "h", AWS_SECRET: "s", SQUARE_TOKEN: "t", LC_TIME: "de", HTTPS_PROXY: "x", GN: "y" };
		expect(Object.keys(childEnvironment(env)).sort()).toEqual(["HOME", "HTTPS_PROXY", "LC_TIME", "PATH"]);
	});

	test("that ignores SIGTERM is killed after the grace, with what it started", async () => {
		const folder = testFolder();
		const child = await start(
			`process.on("SIGTERM", () => {});
			const grandchild = require("node:child_process").spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"]);
			require("node:fs").writeFileSync("${folder}/pid", String(grandchild.pid));
			console.log("ready"); setInterval(() => {}, 1000)`,
		);
		for await (const chunk of child.stdout) if (String(chunk).includes("ready")) break;
		const before = performance.now();
		expect(await child.stop(200)).toEqual({ code: null, signal: "SIGKILL" });
		expect(performance.now() - before).toBeLessThan(6_000);
		const grandchild = Number(readFileSync(join(folder, "pid"), "utf8"));
		// whoever reaps orphans needs a moment
		for (let i = 0; i < 40 && isAlive(grandchild) && !isZombie(grandchild); i++) await sleep(50);
		expect(isAlive(grandchild) && !isZombie(grandchild)).toBe(false);
	});

	test("that cannot be started is told with the reason", async () => {
		await expect(start("", { argv: ["no-such-program-here"] })).rejects.toMatchObject({
			code: "config.command_not_found",
			message: "no-such-program-here cannot be started",
			why: "no such program on the PATH, or no such folder to start it in",
		});
	});

	test("its output is read to the end, however late", async () => {
		const child = await start("process.stdout.write('x'.repeat(60_000))");
		await child.exited;
		await sleep(2_500);
		expect((await text(child.stdout as AsyncIterable<Buffer>)).length).toBe(60_000);
	});

	test("a line of stderr without end does not fill the memory", async () => {
		const lines: string[] = [];
		const child = await start("for (let i = 0; i < 500; i++) process.stderr.write('x'.repeat(10_000))", {
			onStderr: (line) => lines.push(line),
		});
		await child.exited;
		// stopping would let go of what is not read yet
		await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 });
		await child.stop();
		expect(lines[0]).toMatch(/^x{64000} \(4936000 more characters\)$/);
	});
});

function isZombie(pid: number): boolean {
	const file = `/proc/${pid}/stat`;
	return existsSync(file) && /\) Z /.test(readFileSync(file, "utf8"));
}

describe("the private folder of a run", () => {
	test("is for this user alone, and what killed runs left is swept", async () => {
		const folder = testFolder();
		const host = testHost(folder);
		mkdirSync(join(folder, "growthnav-999999999-abcdef"));
		writeFileSync(join(folder, "growthnav-999999999-abcdef", "1-config.json"), "secret");
		mkdirSync(join(folder, `growthnav-${process.ppid}-abcdef`));
		const scratch = await openScratch(host);
		expect(statSync(scratch.folder).mode & 0o777).toBe(0o700);
		const file = await scratch.write("config.json", "{}");
		expect(statSync(file).mode & 0o777).toBe(0o600);
		expect(await scratch.write("config.json", "{}")).not.toBe(file);
		expect(readdirSync(folder).sort()).toEqual(
			[`growthnav-${process.ppid}-abcdef`, scratch.folder.split("/").at(-1)].sort(),
		);
		await scratch.remove();
		expect(existsSync(scratch.folder)).toBe(false);
	});
});

describe("one command of a connector", () => {
	async function asking(program: string, more: Partial<OneShot> = {}): Promise<OneShot> {
		const folder = testFolder();
		const host = testHost(folder);
		const connector = await findConnector({ command: [host.node, program] }, "source", host);
		return { connector, folder, host, scratch: await openScratch(host), ...more };
	}
	/** A program that does as the text says. */
	function written(script: string): string {
		const file = join(testFolder(), "source-odd.mjs");
		writeFileSync(file, script);
		chmodSync(file, 0o755);
		return file;
	}

	test("answers with its message", async () => {
		const ask = await asking(join(PROGRAMS, "source.mjs"));
		expect((await askSpec(ask)).connectionSpecification.properties).toHaveProperty("token");
		expect(await askCheck(ask, {})).toEqual({ status: "SUCCEEDED", message: "fine" });
		expect(await askCheck(ask, { bad: true })).toEqual({ status: "FAILED", message: "no" });
		expect((await askDiscover(ask, {})).streams.map(({ name }) => name)).toEqual(["orders"]);
		expect(await askState(await asking(join(PROGRAMS, "destination.mjs")), {})).toEqual([]);
	});

	test("answers the first message, and is not waited for long after it", async () => {
		const ask = await asking(
			written(
				`console.log("warming up"); console.log('{"type":"SPEC","spec":{"connectionSpecification":{}}}'); setInterval(() => {}, 1000)`,
			),
		);
		const before = performance.now();
		expect(await askSpec(ask)).toEqual({ connectionSpecification: {} });
		expect(performance.now() - before).toBeLessThan(8_000);
	});

	test("tells all its errors together, each once", async () => {
		const trace = (code: string) =>
			`console.log(JSON.stringify({ type: "TRACE", trace: { type: "ERROR", emitted_at: 1, error: { message: "${code}", failure_type: "config_error", code: "config.${code}" } } }));`;
		const ask = await asking(written(`${trace("a")}${trace("b")}${trace("a")}process.exitCode = 10`));
		await expect(askDiscover(ask, {})).rejects.toMatchObject({ errors: [{ code: "config.a" }, { code: "config.b" }] });
	});

	test("without an answer says how it ended", async () => {
		await expect(
			askSpec(await asking(written("console.error('Traceback: no module'); process.exit(3)"))),
		).rejects.toMatchObject({
			code: "internal.process_died",
			message: "source-odd ended with 3",
			why: 'its last line: "Traceback: no module"',
		});
		await expect(askSpec(await asking(written("console.log('hello')")))).rejects.toMatchObject({
			code: "internal.no_answer",
		});
	});

	test("has a deadline, and can be stopped", async () => {
		const hangs = written("process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1000)");
		await expect(askSpec(await asking(hangs, { deadline: 0.4 }))).rejects.toMatchObject({
			code: "transient.no_answer",
			message: "source-odd spec gave no answer in 0.4 s",
		});
		await expect(askSpec(await asking(hangs, { signal: AbortSignal.timeout(300) }))).rejects.toMatchObject({
			name: "TimeoutError",
		});
	});

	test("gets its private folder in the place of {folder}, for programs in containers", async () => {
		const ask = await asking(written("console.error(process.argv[2]); process.exit(1)"));
		const lines: string[] = [];
		const connector = { ...ask.connector, argv: [...ask.connector.argv, "-v={folder}:{folder}"] };
		await askSpec({ ...ask, connector, onLog: (line) => lines.push(line) }).catch(() => {});
		expect(lines).toEqual([`-v=${ask.scratch.folder}:${ask.scratch.folder}`]);
	});
});
