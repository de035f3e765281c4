/** What a person at a terminal sees. A pseudo terminal comes from `script`; where there is none, nothing is tested. */
import { spawn, spawnSync } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { ended, folder, SAMPLE, STORE } from "./program.ts";

const files = folder();
afterAll(files.remove);

const hasTerminal = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

/** Runs a shell command whose stderr (and, if not redirected, stdout) is a terminal of 80 columns. */
async function onTerminal(command: string): Promise<string> {
	const env = { ...process.env, TERM: "xterm", CI: "", NO_COLOR: "1", FORCE_COLOR: "", LC_ALL: "C.UTF-8" };
	const child = spawn("script", ["-qec", `stty cols 80; ${command}`, "/dev/null"], {
		env,
		stdio: ["pipe", "pipe", "pipe"],
	});
	// the end of its input is Ctrl-D on the terminal
	child.stdin.end();
	const { out } = await ended(child);
	return out.replaceAll("\r\n", "\n");
}

const program = (file: string) => `${process.execPath} --conditions=growthnav-source --no-warnings ${file}`;
const source = program(SAMPLE);
const store = program(STORE);
const config = files.file("sample.json", { token: "a-long-token", rows: 1_234, page_size: 100 });
const storeConfig = files.file("store.json", { path: "a.db" });

describe.skipIf(!hasTerminal)("on a terminal", () => {
	test("a read into a pipe shows its progress on one line, redrawn", async () => {
		const seen = await onTerminal(`${source} read --config ${config} > /dev/null`);
		expect(seen).toMatch(/\n?\x1b\[1A\r\x1b\[2Ksource-sample {8}orders 1,234 rows, \d+ kB {2,}00:0\d\x1b\[1B\r$/);
		for (const line of seen.split(/\r|\n/)) expect(line.replace(/\x1b\[\w+/g, "").length).toBeLessThan(80);
	});

	test("a pipe of two shows a line of each, and how it ended", async () => {
		const seen = await onTerminal(
			`${source} read --config ${config} | ${store} write --config ${storeConfig} > /dev/null`,
		);
		expect(seen).toContain("source-sample        orders 1,234 rows");
		expect(seen).toMatch(/destination-store {4}.*committed/);
		expect(seen.trimEnd()).toMatch(/\ndestination-store {4}done: 1,234 rows, 0 of them rejected, 1 of 1 stream ended$/);
	});

	test("a read onto the terminal adds one hint", async () => {
		const seen = await onTerminal(`${source} read --config ${config}`);
		expect(seen).toContain("source-sample: these messages are meant for a pipe; growthnav preview shows rows\n");
		expect(seen).not.toContain("\x1b[");
	});

	test("a write without a pipe says that it waits", async () => {
		const seen = await onTerminal(`${store} write --config ${storeConfig}`);
		expect(seen).toContain("destination-store waits for messages on stdin; Ctrl-D ends them\n");
	});

	test("an error has four parts", async () => {
		const wrong = files.file("wrong.json", '{ "token": "a-long-token", "rws": 5 }');
		const seen = await onTerminal(`${source} read --config ${wrong} > /dev/null`);
		expect(seen.replaceAll(/\r|\x1b\[2K/g, "").replaceAll(files.path, "")).toBe(
			[
				"✗ config.unknown_key   Unknown key rws in the settings of sample",
				"  where  /wrong.json:1:28, rws",
				"  why    sample knows fail, habit, padding, page_size, rows and token",
				"  next   did you mean rows?",
				"",
			].join("\n"),
		);
	});
});
