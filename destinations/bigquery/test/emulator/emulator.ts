/**
 * `bqemulator` as a process of its own on free ports of this machine. It keeps all in memory, and wants a file that it
 * would download into the user's home: it has a home of its own, where that file lies.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { JsonObject } from "@growthnav/sdk/store";

/** By their names in `import`. */
export const MODULES = ["bqemulator", "duckdb", "duckdb_extension_spatial", "numpy"];

const START_MS = 90_000;
const STOP_MS = 5_000;
const MOST_LINES = 200;

export interface Emulator {
	/** "http://127.0.0.1:40531". */
	endpoint: string;
	/** The last lines that it wrote. */
	log(): string;
	close(): Promise<void>;
}

/** Throws with what it said where it does not listen within its time. */
export async function startEmulator(python: string): Promise<Emulator> {
	const home = await mkdtemp(join(tmpdir(), "gn-emulator-"));
	const lines: string[] = [];
	const log = () => lines.join("\n");
	let program: ChildProcess | undefined;
	try {
		await placeExtension(python, home);
		const flags = ["--rest-port", "0", "--grpc-port", "0", "--log-level", "info", "--log-format", "json"];
		program = spawn(python, ["-m", "bqemulator", "start", "--ephemeral", ...flags], {
			stdio: ["ignore", "pipe", "pipe"],
			cwd: home,
			// the variables of its settings, and those that lead clients to it, are none of its business
			env: { PATH: process.env.PATH, HOME: home, NO_PROXY: "127.0.0.1" },
		});
		const last = program;
		// tests that end before their time leave nothing behind
		process.once("exit", () => last.kill("SIGKILL"));
		const endpoint = await listening(program, lines);
		return { endpoint, log, close: () => stop(program!, home) };
	} catch (thrown) {
		if (program !== undefined) await stop(program, home);
		else await rm(home, { recursive: true, force: true });
		throw new Error(`the emulator did not start: ${thrown}\n${log()}`);
	}
}

/** Where DuckDB in Python looks for it: by its version and platform. */
async function placeExtension(python: string, home: string): Promise<void> {
	const asked = `
import duckdb, duckdb_extension_spatial as spatial, json, os
version, platform = duckdb.sql("SELECT library_version, (FROM pragma_platform()) FROM pragma_version()").fetchone()
file = os.path.join(os.path.dirname(spatial.__file__), "extensions", version, "spatial.duckdb_extension")
print(json.dumps([file, version, platform]))`;
	const answer = spawnSync(python, ["-c", asked], { timeout: 30_000, encoding: "utf8" });
	if (answer.status !== 0) throw new Error(answer.stderr);
	const [file, version, platform] = JSON.parse(answer.stdout) as [string, string, string];
	const folder = join(home, ".duckdb", "extensions", version, platform);
	await mkdir(folder, { recursive: true });
	await copyFile(file, join(folder, "spatial.duckdb_extension"));
}

/** The address, as soon as it listens there. */
function listening(program: ChildProcess, lines: string[]): Promise<string> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`${START_MS} ms went by`)), START_MS);
		const hear = (line: string) => {
			lines.push(line);
			if (lines.length > MOST_LINES) lines.shift();
			const { event, host, port } = eventOf(line);
			// both servers are up when the second one is
			if (event === "rest.listen") endpoint = `http://${host}:${port}`;
			if (event !== "grpc.listen") return;
			clearTimeout(timer);
			resolve(endpoint);
		};
		let endpoint = "";
		for (const stream of [program.stdout!, program.stderr!]) createInterface({ input: stream }).on("line", hear);
		program.on("error", reject);
		program.on("exit", (code) => {
			clearTimeout(timer);
			reject(new Error(`it ended with ${code}`));
		});
	});
}

function eventOf(line: string): JsonObject {
	if (!line.startsWith("{")) return {};
	try {
		return JSON.parse(line) as JsonObject;
	} catch {
		return {};
	}
}

async function stop(program: ChildProcess, home: string): Promise<void> {
	if (program.exitCode === null && program.signalCode === null) {
		const ended = once(program, "exit");
		program.kill("SIGTERM");
		const timer = setTimeout(() => program.kill("SIGKILL"), STOP_MS);
		await ended;
		clearTimeout(timer);
	}
	await rm(home, { recursive: true, force: true });
}
