/**
 * growthnav on a real terminal: the frame from its first moment to its last, Ctrl-C, colours, widths. However a command
 * ends, the frame is gone and the cursor is back.
 */
import { join } from "node:path";
import { describe, test } from "vitest";
import { shop, steady, writePipeline } from "./growthnav.ts";
import { folder, GROWTHNAV, writeFile } from "./processes.ts";
import { HAS_TERMINAL, onTerminal, type Seen, type TerminalOptions } from "./terminal.ts";

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

function growthnav(
	at: string,
	args: string[],
	options: Partial<TerminalOptions> = {},
	node: string[] = [],
): Promise<Seen> {
	const command = [process.execPath, ...node, GROWTHNAV, ...args].map(quoted).join(" ");
	return onTerminal(command, { cwd: at, ...options, env: { TMPDIR: at, ...options.env } });
}

/** Cells of a line of plain letters. */
const widest = (lines: string[]) => Math.max(...lines.map((line) => [...line].length));
const COLOUR = /\x1b\[[\d;]*m/;
const MOVES = /\x1b\[[^m]*[A-Za-ln-z]/;

/** A source that sends rows until it is asked to stop, and then its state. */
function endless(): string {
	const at = folder();
	writeFile(
		join(at, "endless.mjs"),
		`
const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
const stream = { name: "ticks", json_schema: { type: "object", properties: { n: { type: "integer" } } },
	supported_sync_modes: ["full_refresh", "incremental"], source_defined_primary_key: [["n"]] };
const descriptor = { name: "ticks" };
const status = (word) => say({ type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at: 1, stream_status: { stream_descriptor: descriptor, status: word } } });
const state = (n) => say({ type: "STATE", state: { type: "STREAM", stream: { stream_descriptor: descriptor, stream_state: { n } } } });
const [command] = process.argv.slice(2);
if (command === "spec") say({ type: "SPEC", spec: { connectionSpecification: { type: "object", properties: {} } } });
if (command === "discover") say({ type: "CATALOG", catalog: { streams: [stream] } });
if (command === "read") {
	let n = 0;
	status("STARTED");
	const timer = setInterval(() => {
		for (let i = 0; i < 5; i++) say({ type: "RECORD", record: { stream: "ticks", data: { n: ++n }, emitted_at: Date.now() } });
		if (n % 50 === 0) state(n);
	}, 20);
	process.on("SIGTERM", () => { clearInterval(timer); state(n); status("INCOMPLETE"); process.exitCode = 1; });
}
`,
	);
	writeFile(join(at, "acme.yaml"), {
		customer: "acme",
		source: { command: [process.execPath, "endless.mjs"] },
		destination: "duckdb",
	});
	return at;
}

describe.skipIf(!HAS_TERMINAL).concurrent("on a terminal", { timeout: 120_000 }, () => {
	test("the frame is there at once, names what would be silence, and is gone at the end", async ({ expect }) => {
		const at = shop();
		const { code, lines, moments, cursorHidden, text } = await growthnav(at, ["run", "shop.yaml"]);
		expect([code, cursorHidden]).toEqual([0, false]);
		const frames = moments.join("\n");
		expect(frames).toMatch(/^shop +00:0\d {2}Ctrl-C stops\nstarting (its source|file)/m);
		for (const words of ["asking file for its streams and duckdb for its states", "file__sales  "]) {
			expect(frames).toContain(words);
		}
		expect(moments.findIndex((one) => one.includes("starting"))).toBeLessThan(3);
		expect(widest(moments.flatMap((one) => one.split("\n")))).toBeLessThanOrEqual(80);
		expect(text).toMatch(COLOUR);
		expect(lines.join("\n")).not.toContain("Ctrl-C stops");
		expect(steady(lines.join("\n"), at)).toMatch(
			/^shop {2}file -> duckdb shop\.duckdb {2}run 1\n\nTable [\s\S]*\n✓ Done in 0\.0 s\. 2 rejects wait for a decision\.\n\nNext {2}growthnav rejects shop\.yaml {2}the refused rows\n?$/,
		);
	});

	test("Ctrl-C stops at the next commit, and says what is read again", async ({ expect }) => {
		const at = endless();
		const keys = [{ when: "last commit", type: "\x03" }];
		const { code, lines, cursorHidden } = await growthnav(at, ["run", "acme.yaml"], { keys });
		expect([code, cursorHidden]).toEqual([130, false]);
		const screen = lines.join("\n");
		expect(screen).toMatch(
			/^Stopping at the next commit\. Ctrl-C again stops at once; both are safe\.\nacme {2}endless -> duckdb acme\.duckdb {2}run 1\n\nTable +Read +Committed +Read again next time\nticks +([\d,]+) +\1 +0\n/,
		);
		expect(screen).toMatch(
			/! Stopped by Ctrl-C after [\d.]+ s\.[\s\S]*Next {2}growthnav run acme\.yaml {2}continues there \(exit code 130\)/,
		);
	});

	test("Ctrl-C twice stops at once; before anything began, nothing was written", async ({ expect }) => {
		const twice = [
			{ when: "last commit", type: "\x03" },
			{ when: "Stopping at the next commit", type: "\x03" },
		];
		const [two, early] = await Promise.all([
			growthnav(endless(), ["run", "acme.yaml"], { keys: twice }),
			growthnav(endless(), ["run", "acme.yaml"], { keys: [{ when: "starting", type: "\x03" }] }),
		]);
		expect([two.code, two.cursorHidden, early.code, early.cursorHidden]).toEqual([130, false, 130, false]);
		expect(two.lines.join("\n")).toMatch(
			/^Stopping at the next commit\..*\nStopping at once; what is committed stays\.\n/,
		);
		expect(early.lines.join("\n")).toMatch(/\n! Stopped by Ctrl-C after 0?\d\.\d s\. Nothing was written\.\n?$/);
	});

	test("Ctrl-C in JSON and on a question", async ({ expect }) => {
		const json = await growthnav(endless(), ["run", "acme.yaml", "--json"], {
			keys: [{ when: '"event":"committed"', type: "\x03" }],
		});
		const last = json.text.trimEnd().split("\r\n").at(-1)!;
		expect([json.code, JSON.parse(last)]).toEqual([
			130,
			expect.objectContaining({ event: "run_finished", status: "stopped", exit_code: 130 }),
		]);
		const at = shop();
		await growthnav(at, ["run", "shop.yaml", "--quiet"]);
		const asked = (type: string) => growthnav(at, ["state", "reset", "shop.yaml"], { keys: [{ when: "[y/N]", type }] });
		const stopped = await asked("\x03");
		expect([stopped.code, stopped.lines.join("\n")]).toEqual([130, expect.stringContaining("Nothing was reset.")]);
		const no = await asked("\r");
		expect([no.code, no.lines.join("\n")]).toEqual([0, expect.stringContaining("Nothing was reset.")]);
		const yes = await asked("y\r");
		expect([yes.code, yes.lines.join("\n")]).toEqual([0, expect.stringContaining("Reset: sales.")]);
	});

	test("an error and a crash leave the terminal as it was", async ({ expect }) => {
		const at = shop();
		writePipeline(at, "secret.yaml", { source: { path: "env:NOSUCH" } });
		const boom = writeFile(join(folder(), "boom.mjs"), "setTimeout(() => { throw new Error('boom') }, 900);");
		const [error, crash] = await Promise.all([
			growthnav(at, ["run", "secret.yaml"]),
			growthnav(endless(), ["run", "acme.yaml"], {}, ["--import", boom]),
		]);
		expect([error.code, error.cursorHidden, crash.code, crash.cursorHidden]).toEqual([10, false, 70, false]);
		expect(error.lines[0]).toBe("✗ config.secret_missing   env:NOSUCH points to nothing");
		expect(crash.lines.join("\n")).toMatch(
			/^✗ internal\.unexpected {3}boom\n {2}where {2}growthnav \d+\.\d+\.\d+, .*\n {2}why {4}this is a bug .*\n {2}next {3}report it with the log of this run\n?$/,
		);
	});

	test("colour is the terminal's alone: not NO_COLOR's, not a pipe's, not a dumb one's", async ({ expect }) => {
		const at = shop();
		const run = (args: string[], env: Record<string, string> = {}) => growthnav(at, ["connectors", ...args], { env });
		const [plain, none, dumb, never, forced, normal] = await Promise.all([
			run(["--plain"]),
			run([], { NO_COLOR: "1" }),
			run([], { TERM: "dumb" }),
			run(["--color", "never"]),
			run(["--color", "always"], { NO_COLOR: "1" }),
			run([]),
		]);
		for (const one of [plain, none, dumb, never]) expect(one.text).not.toMatch(COLOUR);
		for (const one of [forced, normal]) expect(one.text).toMatch(COLOUR);
		const piped = await onTerminal(`sh -c ${quoted(`${process.execPath} ${GROWTHNAV} connectors | cat`)}`, { cwd: at });
		expect(piped.text).not.toMatch(COLOUR);
	});

	test("without a terminal that moves there are lines; symbols are words where letters are few", async ({ expect }) => {
		const [dumb, plain, ci, latin, narrow] = await Promise.all([
			growthnav(shop(), ["run", "shop.yaml"], { env: { TERM: "dumb" } }),
			growthnav(shop(), ["run", "shop.yaml", "--plain"]),
			growthnav(shop(), ["run", "shop.yaml"], { env: { CI: "true" } }),
			growthnav(shop(), ["check", "shop.yaml"], { env: { LC_ALL: "C" } }),
			growthnav(shop(), ["run", "shop.yaml"], { columns: 30 }),
		]);
		for (const { text } of [dumb, plain, ci, narrow]) {
			expect(text).not.toMatch(MOVES);
			expect(text).toMatch(/^\d\d:\d\d:\d\dZ sales complete, read 5/m);
		}
		expect(plain.lines.join("\n")).toMatch(/^ok Done in/m);
		expect(latin.lines[0]).toBe("ok     file         shop.yaml, version 1");
		expect(latin.text).not.toMatch(/[^\x00-\x7f]/);
		// no number is cut: where no table fits, each fact has its line
		expect(narrow.lines.join("\n")).toMatch(/^Value here +USD 17\.25$/m);
	});

	test("tables, rejects and previews fit 60, 80 and 120 columns", async ({ expect }) => {
		const at = shop();
		await growthnav(at, ["run", "shop.yaml", "--quiet"]);
		const commands = [
			["rejects", "shop.yaml"],
			["preview", "shop.yaml"],
			["discover", "shop.yaml"],
			["connectors"],
			["state", "show", "shop.yaml"],
			["sql", "shop.yaml", "from conversions"],
		];
		for (const columns of [60, 80, 120]) {
			const seen = await Promise.all(commands.map((args) => growthnav(at, args, { columns })));
			for (const [index, { lines, code }] of seen.entries()) {
				// a command is never cut
				const texts = lines.filter((line) => !/^(Next| {4}) {2}growthnav/.test(line));
				expect([columns, commands[index], code, widest(texts) <= columns]).toEqual([columns, commands[index], 0, true]);
			}
		}
	});
});
