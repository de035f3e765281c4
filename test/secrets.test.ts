/** 500 secrets, thrown, logged, echoed and dumped on every way out of source, destination and runner: none is found. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { chanceOf } from "./chance.ts";
import { catalog, complete, record, state, stream, TEXT } from "./lines.ts";
import { DESTINATION_DUCKDB, type Ended, folder, GROWTHNAV, run, writeFile } from "./processes.ts";
import { formsOf, SECRETS } from "./programs/leaks.ts";
import { contentsOf, rows } from "./store.ts";

const LEAKY_SOURCE = fileURLToPath(new URL("programs/leaky-source.ts", import.meta.url));
const LEAKY_DESTINATION = fileURLToPath(new URL("programs/leaky-destination.ts", import.meta.url));

const secrets = Array.from({ length: SECRETS }, (_, n) => secretOf(n));
const config = Object.fromEntries(secrets.map((secret, n) => [`s${n}`, secret]));

/** Keys, passwords and certificates: with quotes, blanks, umlauts, percent signs, several lines. */
function secretOf(n: number): string {
	const { below, pick } = chanceOf(1_000 + n * 7);
	const letters = n % 3 === 0 ? `aZ9+/='"%&?\\ ü€😀{}` : "abcdefghijkLMNOPQ0123456789-_";
	const text = (length: number) => Array.from({ length }, () => pick([...letters])).join("");
	if (n % 50 === 49) return `-----BEGIN KEY-----\n${text(40)}\n${text(40)}\n-----END KEY-----\n`;
	return `${text(4)}${n}${text(8 + below(40))}`;
}

/** By number of the secret; of several lines also each long line. */
const forms = secrets.map((secret) => {
	const lines = secret.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));
	return [...new Set([secret, ...lines].flatMap(formsOf))];
});

/** The first secrets, or forms of one, that stand in the text, each with what stands around it. */
function foundIn(text: string): string[] {
	if (text === "") return [];
	const found: string[] = [];
	for (const [n, all] of forms.entries()) {
		const form = all.find((one) => text.includes(one));
		if (form === undefined) continue;
		const at = text.indexOf(form);
		found.push(`s${n}: ${text.slice(Math.max(0, at - 60), at + form.length + 20)}`);
		if (found.length === 3) break;
	}
	return found;
}

test("the search finds what it looks for", () => {
	expect(new Set(secrets).size).toBe(SECRETS);
	for (const n of [0, 3, 49, 250, 499]) {
		for (const form of formsOf(secrets[n]!))
			expect(foundIn(`x ${form} y`)).toEqual([expect.stringContaining(`s${n}: `)]);
	}
	expect(foundIn('an ordinary text: {"type":"LOG"}')).toEqual([]);
});

/** What was printed has something to hide, and hides it. */
function expectClean({ out, err }: Ended, ...more: string[]): void {
	for (const text of [out, err, ...more]) expect(foundIn(text)).toEqual([]);
	expect(out + err).toContain("***");
}

/** Every file below, the store's by its rows. */
async function textsBelow(at: string): Promise<string[]> {
	const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
	return files.flatMap(({ parentPath, name }) =>
		/\.(duckdb|wal)$/.test(name) ? [] : [readFileSync(join(parentPath, name), "utf8")],
	);
}

describe("a source by itself", () => {
	const WAYS = ["quiet", "error", "bug", "stray", "console"];

	test.concurrent.for(WAYS)("that leaks by %s", async (way) => {
		const settings = writeFile(join(folder(), "leaky.json"), { way, ...config });
		for (const command of way === "quiet" ? ["check", "discover", "read"] : ["check", "read"]) {
			const ended = await run(LEAKY_SOURCE, [command, "--config", settings]);
			if (command === "discover") expect(foundIn(ended.out + ended.err)).toEqual([]);
			else expectClean(ended);
			const failed =
				command === "read" ? { error: 30, bug: 70, stray: 70 }[way] : way === "stray" && command === "check" && 70;
			expect(ended.code).toBe(failed || 0);
		}
	});

	test("with settings that are wrong", async () => {
		const at = folder();
		const wrong = [
			{ way: 5, ...config },
			{ way: "quiet", ...config, s7: [secrets[7]] },
			{ way: "quiet", ...config, [secrets[8]!]: 1 },
			JSON.stringify({ way: "quiet", ...config }).slice(0, -5),
		];
		for (const settings of wrong) {
			const ended = await run(LEAKY_SOURCE, ["read", "--config", writeFile(join(at, "leaky.json"), settings)]);
			expect(ended.code).toBe(10);
			expect(foundIn(ended.out + ended.err)).toEqual([]);
		}
	});
});

describe("a destination by itself", () => {
	const POINTS = ["check", "open", "open said", "evolve", "commit", "commit said", "close", "close said"];
	const dump = secrets.join(" ");
	const session = [
		catalog(stream("things", { id: TEXT })),
		record("things", { id: "1", text: dump }),
		record("things", { text: dump }),
		`{"type":"RECORD","broken":${JSON.stringify(dump)}\n`,
		`${JSON.stringify(dump)}\n`,
		state("things", { at: 1 }),
		complete("things"),
	];

	test.concurrent.for(POINTS)("whose store fails at %s", async (at) => {
		const spool = folder();
		const settings = writeFile(join(folder(), "leaky.json"), { at, folder: spool, customer_id: "acme", ...config });
		const command = at === "check" ? "check" : "write";
		const ended = await run(LEAKY_DESTINATION, [command, "--config", settings], { input: session });
		expectClean(ended);
		expect(ended.code).toBe(at === "check" ? 0 : at.endsWith("said") ? 20 : 70);
		expect(readdirSync(spool)).toEqual([]);
	});

	test("that is killed leaves no secret in the letters of its spool", async () => {
		const spool = folder();
		const settings = writeFile(join(folder(), "leaky.json"), { at: "", folder: spool, customer_id: "acme", ...config });
		const ended = await run(LEAKY_DESTINATION, ["write", "--config", settings], {
			input: session,
			env: { GN_CRASH_AT: "after_seal" },
		});
		expect(ended.signal).toBe("SIGKILL");
		const files = readdirSync(spool, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
		const letters = files
			.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"))
			.filter((text) => text.includes("_gn_id"));
		expect(letters.length).toBeGreaterThan(0);
		for (const text of letters) {
			expect(foundIn(text)).toEqual([]);
			expect(text).toContain("***");
		}
		for (const { parentPath, name } of files) {
			expect(statSync(parentPath).mode & 0o077).toBe(0);
			expect(statSync(join(parentPath, name)).mode & 0o077).toBe(0);
		}
	});
});

describe("growthnav", () => {
	const references = Object.fromEntries(secrets.map((_, n) => [`s${n}`, `env:SECRET_${n}`]));
	const env = Object.fromEntries(secrets.map((secret, n) => [`SECRET_${n}`, secret]));

	function pipeline(source: object, destination: object): string {
		const at = folder();
		writeFile(join(at, "acme.yaml"), {
			customer: "acme",
			source: { command: [process.execPath, LEAKY_SOURCE], config: { ...references, ...source } },
			destination,
		});
		return at;
	}

	const DUCKDB = { command: [process.execPath, DESTINATION_DUCKDB], config: { path: "acme.duckdb" } };
	const leaky = (at: string, spool: string) => ({
		command: [process.execPath, LEAKY_DESTINATION],
		config: { ...references, at, folder: spool },
	});

	const CASES: [name: string, source: object, destination: object, code: number][] = [
		["a source that echoes them", { way: "quiet" }, DUCKDB, 0],
		["a source that writes them to stderr", { way: "stderr" }, DUCKDB, 0],
		["a source that writes them to stdout", { way: "stdout" }, DUCKDB, 0],
		["a source that fails with them", { way: "error" }, DUCKDB, 30],
		["a source that dies with them", { way: "exit" }, DUCKDB, 70],
		["a destination that fails with them", { way: "quiet" }, leaky("commit", folder()), 70],
		["a destination that says them", { way: "quiet" }, leaky("open said", folder()), 20],
	];

	test.concurrent.for(CASES)("with %s", async ([, source, destination, code]) => {
		const at = pipeline(source, destination);
		const modes = [
			["--json", "-v"],
			["--plain", "-v"],
		].slice(0, source === CASES[0]![1] ? 2 : 1);
		for (const more of modes) {
			const ended = await run(GROWTHNAV, ["run", "acme.yaml", ...more], { cwd: at, env: { ...env, TMPDIR: at } });
			expect(foundIn(ended.out)).toEqual([]);
			expect(foundIn(ended.err)).toEqual([]);
			if (more.includes("--json")) expect(ended.code).toBe(code);
		}
		const texts = await textsBelow(at);
		expect(texts.length).toBeGreaterThan(2);
		for (const text of texts) expect(foundIn(text)).toEqual([]);
		if (destination !== DUCKDB) return;
		const path = join(at, "acme.duckdb");
		for (const [table, { rows }] of Object.entries(await contentsOf(path, []))) {
			expect(foundIn(rows.join("\n")), table).toEqual([]);
		}
		const ledger = await rows(path, "SELECT CAST(x AS VARCHAR) AS x FROM _gn_commits x");
		expect(foundIn(JSON.stringify(ledger))).toEqual([]);
	});
});
