/** `growthnav dev`: the connector that growthnav new makes, saved again and again; its screens, events, faults and ends. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { eventsOf } from "./events.ts";
import { growthnav, steady } from "./growthnav.ts";
import { folder, GROWTHNAV, type Program, start, writeFile } from "./processes.ts";
import { ROOT } from "./sources.ts";
import { HAS_TERMINAL, onTerminal, type TerminalOptions } from "./terminal.ts";

const golden = (name: string) => join(import.meta.dirname, "golden", `${name}.txt`);

/** The template as a package by itself. */
function teahouse(): string {
	const at = folder();
	symlinkSync(join(ROOT, "node_modules"), join(at, "node_modules"), "junction");
	const home = join(at, "source-teahouse");
	cpSync(join(ROOT, "sdk/template"), home, {
		recursive: true,
		filter: (path) => !/[/\\](dist|node_modules)$/.test(path),
	});
	return home;
}

const sourceIn = (home: string) => join(home, "src/index.ts");

/** A save as editors make it: a new file in the place of the old one. */
function save(file: string, change: (text: string) => string): void {
	const text = readFileSync(file, "utf8");
	const changed = change(text);
	if (changed === text) throw new Error("nothing was changed");
	writeFile(`${file}~`, changed);
	renameSync(`${file}~`, file);
}

const replaced = (from: string, to: string) => (text: string) => text.replace(from, to);

/** As `steady`, and without the milliseconds of requests. */
const still = (text: string, at: string) =>
	steady(text, at)
		.replace(/^(\S+ +(?:GET|POST) \S+) +(\d{3}) +\d+ +0 B/gm, "$1 $2 0 0 B")
		.replace(/Status +ms +Bytes/g, "Status ms Bytes");

function dev(home: string, args: string[] = [], env: Record<string, string> = {}): Program {
	return start(GROWTHNAV, ["dev", ...args], { cwd: home, env: { TMPDIR: join(home, ".."), ...env } });
}

const WAITS = "Waits for a save in src; Ctrl-C ends.";

/** Programs whose command line names the folder. */
function runningIn(at: string): string[] {
	const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	return pids.flatMap((pid) => {
		try {
			const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
			return line.includes(at) ? [line] : [];
		} catch {
			return [];
		}
	});
}

describe.concurrent("growthnav dev", { timeout: 120_000 }, () => {
	test("a try, a changed mapping, a changed row, a broken save and its mend; Ctrl-C ends it", async ({ expect }) => {
		const home = teahouse();
		const program = dev(home);
		await program.said(WAITS);
		save(sourceIn(home), replaced('{ sum: ["total", { negate: "tax" }] }', '"total"'));
		await program.said(WAITS, 2);
		save(join(home, "src/demo.ts"), replaced("goods: 350 +", "goods: n === 0 ? 351 : 350 +"));
		await program.said(WAITS, 3);
		save(sourceIn(home), replaced("streams: {", "streams: {{"));
		await program.said(WAITS, 4);
		save(sourceIn(home), replaced("streams: {{", "streams: {"));
		await program.said(WAITS, 5);
		program.kill("SIGINT");
		const { out, err, code } = await program.ended;
		expect([code, err]).toEqual([130, ""]);
		const tries = still(out, join(home, "..")).split(/(?<=^Waits.*\n)\n/m);
		await expect(tries.slice(0, 3).join("\n")).toMatchFileSnapshot(golden("dev"));
		expect(tries[3]).toMatch(/save 3: src\/index\.ts/);
		expect(tries[3]).toMatch(/✗ internal\.does_not_compile {3}\S[\s\S]*\n {2}where {2}src\/index\.ts:2\d:\d+\n/);
		expect(tries[3]).toContain("  next   correct it there, and save\n");
		expect(tries[3]).not.toContain("Requests");
		expect(tries[4]).toMatch(/save 4: src\/index\.ts[\s\S]*✓ 40 rows of 1 stream, 32 conversions, in 0\.0 s\.\n/);
		// nothing has changed since the last try that went well
		expect(tries[4]).not.toContain("Changed since");
		if (existsSync("/proc/self/cmdline")) expect(runningIn(home)).toEqual([]);
	});

	const faults: [name: string, change: (text: string) => string, code: string, where: RegExp][] = [
		[
			"a path that is not there",
			replaced('"paid_at"', '"payed_at"'),
			"internal.does_not_compile",
			/^src\/index\.ts:43:\d+$/,
		],
		[
			"code that throws while it reads",
			replaced("http.pages(", "(http as any).nosuch.pages("),
			"internal.unexpected",
			/^src\/index\.ts:32:\d+, stream sales$/,
		],
		[
			"code that throws while it loads",
			replaced("const sale =", "null!.x;\nconst sale ="),
			"internal.unexpected",
			/^src\/index\.ts:3:\d+$/,
		],
		[
			"a literal that the types cannot refuse",
			replaced("sorted: true,", 'sorted: true, lookback: "soon",'),
			"internal.definition",
			/^src\/index\.ts:15:\d+, stream sales of source teahouse$/,
		],
		["no source", replaced("export default", "export const one ="), "internal.definition", /src\/index\.ts$/],
		[
			"words that Node cannot take out",
			replaced("const sale =", "enum Kind { one }\nconst sale ="),
			"internal.unexpected",
			/^src\/index\.ts:3$/,
		],
	];
	test.for(faults)("a fault has a file and a line: %s", async ([, change, code, where], { expect }) => {
		const home = teahouse();
		save(sourceIn(home), change);
		// what the compiler says of it is tried above
		if (code !== "internal.does_not_compile") renameSync(join(home, "tsconfig.json"), join(home, "other.json"));
		const ended = await growthnav(home, ["dev", "--once", "--json"]);
		expect([ended.code, ended.err]).toEqual([70, ""]);
		const events = eventsOf(ended.out);
		const errors = events.filter(({ event }) => event === "error");
		expect(errors[0]).toMatchObject({ code, where: expect.stringMatching(where), next: expect.any(String) });
		expect(events.at(-1)).toMatchObject({ event: "dev_finished", exit_code: 70, errors: errors.length });
	});

	test("--json: the events of each try, one after the other", async ({ expect }) => {
		const home = teahouse();
		const program = dev(home, ["--json", "--stream", "sales"]);
		await program.said('"event":"dev_finished"');
		save(sourceIn(home), replaced('status: "PAID"', 'status: "OPEN"'));
		await program.said('"event":"dev_finished"', 2);
		program.kill("SIGTERM");
		const { out, err, code } = await program.ended;
		expect([code, err]).toEqual([143, ""]);
		const events = eventsOf(out);
		const names = [...new Set(events.map(({ event }) => event))];
		expect(names).toEqual([
			"dev_started",
			"check",
			"request",
			"budget",
			"preview_row",
			"would_save",
			"dev_finished",
			"row_changed",
		]);
		expect(events.filter(({ event }) => event === "dev_started")).toMatchObject([
			{ connector: "teahouse 0.1.0", save: 0, changed: [], demo: "a scripted Tea House with 40 sales" },
			{ save: 1, changed: ["src/index.ts"] },
		]);
		expect(events.filter(({ event }) => event === "would_save")[1]).toMatchObject({
			...{ stream: "sales", state: { cursor_field: "updated_at", cursor: "2026-07-04T14:33:00.000Z" } },
			...{ pages: 4, rows: 40, whole: true },
		});
		expect(events.filter(({ event }) => event === "row_changed")).toHaveLength(40);
		expect(events.find(({ event }) => event === "row_changed")).toMatchObject({
			...{ row: "sale-001", change: "changed" },
			fields: expect.arrayContaining([
				{ path: "becomes", from: null, to: "left out: status is PAID, the mapping wants OPEN" },
			]),
		});
		expect(events.filter(({ event }) => event === "dev_finished")).toMatchObject([
			{ rows: 40, conversions: 32, requests: 5, errors: 0 },
			{ rows: 40, conversions: 0, requests: 5, errors: 0 },
		]);
	});

	test("with settings: references are resolved, and no secret is shown, whatever the connector does with it", async ({
		expect,
	}) => {
		const home = teahouse();
		const token = "demo-token-0123456789";
		const leaks = `
			read: async function* ({ http, config, log }: any) {
				console.log("key", config.token);
				log.warn("key " + config.token);
				const { body } = await http.get("/v1/sales", { query: { api_key: config.token, mail: "ana@mail.example", q: "x" + config.token } });
				yield body.sales.map((sale: object) => ({ ...sale, shop_id: config.token, note: "for " + config.token }));
				throw new Error("refused " + config.token);
			},
			was:`;
		save(sourceIn(home), (text) =>
			text
				.replace("read: ({ http, since })", `${leaks} ({ http, since }: any)`)
				.replace("defineSource({", "(defineSource as any)({"),
		);
		renameSync(join(home, "tsconfig.json"), join(home, "other.json"));
		const server = start(writeFile(join(home, "serve.mjs"), SERVES), [join(home, "src/demo.ts")], { cwd: home });
		const config = { token: "env:TEA_TOKEN", base_url: await urlOf(server) };
		writeFile(join(home, "teahouse.json"), config);
		const args = ["dev", "--once", "--config", "teahouse.json"];
		const shown = await growthnav(home, args, { TEA_TOKEN: token });
		const told = await growthnav(home, [...args, "--json"], { TEA_TOKEN: token });
		const missing = await growthnav(home, args);
		server.kill();
		expect(shown.out).toContain("GET /v1/sales?api_key=***&mail=xxx@xxxx");
		expect(told.out).toContain('"url":"/v1/sales?api_key=***&mail=xxx@xxxx.xxxxxxx&q=x***"');
		expect(shown.out).toContain("key ***");
		expect(shown.out).toContain("sale-001");
		expect(shown.out).toMatch(
			/✗ internal\.unexpected {3}refused \*\*\*\n {2}where {2}src\/index\.ts:\d+:\d+, stream sales, after row 10/,
		);
		for (const { out, err, code } of [shown, told]) expect([code, (out + err).includes(token)]).toEqual([70, false]);
		expect([missing.code, missing.out]).toEqual([10, expect.stringContaining("env:TEA_TOKEN points to nothing")]);
		expect(readdirSync(home)).not.toContain(".growthnav");
	});

	test("as many rows as are asked for are looked at", async ({ expect }) => {
		const { code, out } = await growthnav(folder(), ["dev", "file", "--once", "--rows", "300", "--json"]);
		expect(code).toBe(0);
		expect(eventsOf(out).at(-1)).toMatchObject({ event: "dev_finished", rows: 300 });
	});

	test("what cannot be tried says why", async ({ expect }) => {
		const at = folder();
		const said = async (...args: string[]) => {
			const { code, err } = await growthnav(at, ["dev", "--once", ...args]);
			return [code, /✗ (\S+)/.exec(err)?.[1]];
		};
		expect(await said()).toEqual([10, "config.no_connector_here"]);
		expect(await said("nosuch")).toEqual([10, "config.unknown_connector"]);
		expect(await said("file", "--rows", "none")).toEqual([10, "config.usage"]);
		const { code, out } = await growthnav(at, ["dev", "file", "--once", "--stream", "nosuch"]);
		expect([code, out]).toEqual([10, expect.stringContaining("config.unknown_stream   file has no stream nosuch")]);
	});
});

/** Serves a demo until it is ended, and says where. */
const SERVES = `
	const { start } = await import(process.argv[2]);
	const { config } = await start();
	console.log(config.base_url);
`;

async function urlOf({ stdout }: Program): Promise<string> {
	return new Promise((resolve) => stdout.once("data", (text: Buffer) => resolve(text.toString().trim())));
}

describe.skipIf(!HAS_TERMINAL).concurrent("growthnav dev on a terminal", { timeout: 120_000 }, () => {
	const LAST = "r tries again, q ends";
	const onATerminal = (home: string, options: Partial<TerminalOptions>) =>
		onTerminal(`sh -c '"${process.execPath}" "${GROWTHNAV}" dev; echo "code $?"; stty -a'`, {
			...{ cwd: home, env: { TMPDIR: join(home, "..") } },
			...options,
		});

	test("each try in place of the one before; a key tries again, q ends, and the terminal is as it was", async ({
		expect,
	}) => {
		const home = teahouse();
		let saved = false;
		const seen = await onATerminal(home, {
			rows: 60,
			keys: [
				{ when: "save 1", type: "r" },
				{ when: "save 2", type: "q" },
			],
			onText(text) {
				if (saved || !text.includes(LAST)) return;
				saved = true;
				save(sourceIn(home), replaced('{ sum: ["total", { negate: "tax" }] }', '"total"'));
			},
		});
		const screens = seen.text.split("\x1b[2J\x1b[H");
		const screen = seen.lines.join("\n");
		expect(screen).toContain("code 0");
		expect(screen).toMatch(/[^-]icanon/);
		expect(screen).toMatch(/[^-]echo\b/);
		expect(seen.cursorHidden).toBe(false);
		expect(screens.length).toBeGreaterThan(3);
		expect(screens.some((one) => one.includes("src/index.ts saved, trying ..."))).toBe(true);
		expect(screen).not.toContain("first try");
		const widest = Math.max(
			...screens[1]!
				.replace(/\x1b\[[\d;]*m/g, "")
				.split(/\r?\n/)
				.map((line) => line.length),
		);
		expect(widest).toBeLessThanOrEqual(80);
		if (existsSync("/proc/self/cmdline")) expect(runningIn(home)).toEqual([]);
	});

	test("two columns where they have room; Ctrl-C ends at any time", async ({ expect }) => {
		const home = teahouse();
		const keys = [{ when: LAST, type: "\x03" }];
		const [wide, early] = await Promise.all([
			onATerminal(home, { columns: 160, rows: 60, keys }),
			onATerminal(teahouse(), { keys: [{ when: "", type: "\x03" }] }),
		]);
		const lines = wide.text
			.split("code 130")[0]!
			.replace(/\x1b\[[\d;]*[mHJ]/g, "")
			.split(/\r?\n/);
		expect(lines.find((line) => line.startsWith("sales: 40 rows in 4 pages"))).toMatch(/ {3}Requests$/);
		expect(lines.some((line) => /\S {3,}State it would save$/.test(line))).toBe(true);
		expect(lines.filter((line) => line.length >= 160)).toEqual([]);
		for (const { lines: last } of [wide, early]) expect(last.join("\n")).toMatch(/code 130[\s\S]*[^-]icanon/);
	});
});
