/**
 * What people see on a real terminal (a pseudo terminal of `script`), with a source that puts control sequences into
 * everything that it says: nothing of it is obeyed, on no screen.
 */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { visible } from "../../sdk/src/visible.ts";
import { folder, GROWTHNAV, SOURCE_FILE, writeFile } from "../processes.ts";

const hasTerminal = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
const HOSTILE = fileURLToPath(new URL("hostile-source.mjs", import.meta.url));
const EVIL = "\x1b]0;pwned\x07\x1b[2J\u009b2J\u202e";

/** What we send ourselves: colours, the frame's moves, the cursor. No other one. */
const OURS = /\x1b\[(?:0|1|2|22|31|32|33|39)m|\x1b\[\d*A|\x1b\[[02]?[JK]|\x1b\[\?25[lh]/g;
const HARMFUL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const at = folder();
const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
const growthnav = (...words: string[]) => [process.execPath, GROWTHNAV, ...words].map(quoted).join(" ");

/** What arrives at a terminal of 100 columns, stdout and stderr. */
function onTerminal(command: string): Promise<string> {
	const { PATH = "" } = process.env;
	const env = { PATH, HOME: at, TERM: "xterm", LC_ALL: "C.UTF-8" };
	const child = spawn("script", ["-qec", `stty cols 100 rows 40; ${command}`, "/dev/null"], {
		cwd: at,
		env,
		stdio: ["pipe", "pipe", "inherit"],
	});
	const out: Buffer[] = [];
	child.stdout.on("data", (chunk) => out.push(chunk));
	const timer = setTimeout(() => child.kill("SIGKILL"), 50_000);
	return new Promise((resolve) =>
		child.once("close", () => {
			clearTimeout(timer);
			resolve(Buffer.concat(out).toString());
		}),
	);
}

/** Throws with the place where something would have been obeyed. */
function expectHarmless(seen: string): void {
	const rest = seen.replace(OURS, "");
	const found = HARMFUL.exec(rest);
	const around = found === null ? "" : rest.slice(Math.max(0, found.index - 200), found.index + 60);
	expect(JSON.stringify(around)).toBe('""');
}

function pipeline(name: string, config: object): string {
	return writeFile(
		join(at, name),
		JSON.stringify({
			customer: "acme",
			source: { command: [process.execPath, HOSTILE], config },
			destination: { connector: "duckdb", config: { path: "acme.duckdb" } },
		}),
	);
}

describe.skipIf(!hasTerminal)("on a terminal", () => {
	beforeAll(() => {
		pipeline("acme.yaml", {});
		pipeline("fails.yaml", { fail: true });
		pipeline(`${EVIL}.yaml`, { fail: true });
	});

	const named = (...commands: string[][]) => commands.map((words) => [visible(words.join(" ")), words] as const);
	const look = async (words: readonly string[]) => {
		const seen = await onTerminal(growthnav(...words));
		expect(seen.length).toBeGreaterThan(20);
		expectHarmless(seen);
	};

	// one after the other: they fill the store
	test.each(
		named(
			["run", "acme.yaml"],
			["run", "acme.yaml", "--plain", "--verbose"],
			["run", "acme.yaml", "--json", "--verbose"],
			["run", `${EVIL}.yaml`],
		),
	)("growthnav %s", (_name, words) => look(words));

	test.concurrent.each(
		named(
			["check", "fails.yaml"],
			["discover", "acme.yaml"],
			["preview", "acme.yaml", "--show-values"],
			["rejects", "acme.yaml"],
			["rejects", "acme.yaml", "--csv"],
			["state", "show", "acme.yaml"],
			["sql", "acme.yaml", "from _gn_dead_letters"],
			["sql", "acme.yaml", "from _gn_dead_letters", "--csv"],
			["sql", "acme.yaml", `select 'a' as "${EVIL}", chr(27) || '[2J' as b`],
			["sql", "acme.yaml", `select ${EVIL}`],
			["run", `no${EVIL}.yaml`],
			["discover", "acme.yaml", "--stream", `no ${EVIL}`],
		),
	)("growthnav %s", (_name, words) => look(words));

	test("a file whose name would be obeyed", async () => {
		writeFile(join(at, `${EVIL}.csv`), `id,${EVIL}\n1,${EVIL}\n`);
		const config = writeFile(join(at, "file.json"), {
			path: join(at, "*.csv"),
			stream: `s${EVIL}`,
			columns: { id: "date" },
		});
		for (const command of ["read", "check", "discover"]) {
			expectHarmless(
				await onTerminal([process.execPath, SOURCE_FILE, command, "--config", config].map(quoted).join(" ")),
			);
		}
		const missing = writeFile(join(at, "missing.json"), { path: join(at, `no${EVIL}.csv`) });
		expectHarmless(
			await onTerminal([process.execPath, SOURCE_FILE, "read", "--config", missing].map(quoted).join(" ")),
		);
	});
});
