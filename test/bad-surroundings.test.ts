/** What surrounds a run and fails: a clear error with the next step, in bounded time; what is committed stays. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { APPEND, catalog, complete, record, state, stream, TEXT, WHOLE } from "./lines.ts";
import {
	DESTINATION_DUCKDB,
	type Ended,
	expectError,
	folder,
	GROWTHNAV,
	messagesIn,
	run,
	SOURCE_FILE,
	start,
	writeFile,
} from "./processes.ts";
import { rows, statesOf, value } from "./store.ts";

const EVENTS = catalog(stream("events", { n: WHOLE, text: TEXT }, APPEND));

function* session(from: number, to: number, text = ""): Generator<string> {
	yield EVENTS;
	for (let n = from; n < to; n++) {
		yield record("events", { n, text });
		if (n % 1_000 === 999) yield state("events", n + 1);
	}
	yield state("events", to);
	yield complete("events");
}

function store(at = folder(), more: object = {}): { path: string; config: string } {
	const path = join(at, "acme.duckdb");
	return { path, config: writeFile(join(folder(), "duckdb.json"), { path, customer_id: "acme", ...more }) };
}

const write = (config: string, input: Iterable<string> | string, options: { uid?: number } = {}): Promise<Ended> =>
	run(DESTINATION_DUCKDB, ["write", "--config", config], { input, ...options });

/** The fault behind a failed check, which is an answer and no failure. */
async function checked(config: string, options: { uid?: number } = {}) {
	const ended = await run(DESTINATION_DUCKDB, ["check", "--config", config], options);
	expect([ended.code, ended.err]).toEqual([0, ""]);
	const [message] = messagesIn(ended);
	if (message?.type !== "CONNECTION_STATUS") throw new Error(ended.out);
	return message.connectionStatus;
}

describe("a reader that goes away", () => {
	const at = folder();
	const file = writeFile(join(at, "visits.jsonl"), Array.from({ length: 200_000 }, (_, n) => `{"n":${n}}\n`).join(""));
	const config = writeFile(join(at, "file.json"), { path: file, stream: "visits" });

	test("ends a source in a moment, without a trace", async () => {
		const program = start(SOURCE_FILE, ["read", "--config", config]);
		await program.said("RECORD");
		program.stdout.destroy();
		const { code, err, seconds } = await program.ended;
		expect([code, err]).toEqual([20, ""]);
		expect(seconds).toBeLessThan(20);
	});

	test("of a destination's answers leaves what is committed", async () => {
		const { path, config } = store(folder(), { epoch_bytes: 50_000 });
		const program = start(DESTINATION_DUCKDB, ["write", "--config", config]);
		void writeAll(program.stdin, session(0, 20_000));
		await program.said('"type":"STATE"');
		program.stdout.destroy();
		const { code, err } = await program.ended;
		expect([code, err]).toEqual([20, ""]);
		const [held] = await statesOf(path);
		expect(await value(path, "SELECT count(*) FROM events")).toBe(held!.stream!.stream_state);
	});
});

async function writeAll(stdin: NodeJS.WritableStream, lines: Iterable<string>): Promise<void> {
	for (const line of lines) stdin.write(line);
	stdin.end();
}

describe("a reader that is slow", () => {
	test("slows the source, which does not read on meanwhile, and loses nothing", async ({ skip }) => {
		if (!existsSync("/proc/self/io")) skip("/proc tells what a program has read, and this system has none");
		const at = folder();
		const bytes = 40_000_000;
		const line = (n: number) => `{"n":${n},"text":"${"x".repeat(960)}"}\n`;
		const file = writeFile(join(at, "long.jsonl"), Array.from({ length: bytes / 1_000 }, (_, n) => line(n)).join(""));
		const config = writeFile(join(at, "file.json"), { path: file, stream: "long", sample_rows: 10 });
		const child = spawn(process.execPath, [SOURCE_FILE, "read", "--config", config], {
			stdio: ["ignore", "pipe", "pipe"],
		});
		await new Promise((resolve) => child.stdout.once("readable", resolve));
		const before = await settled(child);
		expect(before).toBeLessThan(bytes / 2);
		let lines = 0;
		child.stdout.on("data", (chunk: Buffer) => {
			for (const byte of chunk) if (byte === 10) lines++;
		});
		const [code] = await new Promise<unknown[]>((resolve) => child.once("close", (...how) => resolve(how)));
		expect(code).toBe(0);
		expect(lines).toBeGreaterThan(bytes / 1_000);
	});
});

/** Bytes that the program has read when it reads no more. */
async function settled({ pid }: ChildProcess): Promise<number> {
	let last = -1;
	for (;;) {
		const read = Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, "utf8"))![1]);
		if (read === last) return read;
		last = read;
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
}

describe("a full disk", () => {
	let mounted: string | undefined;

	beforeAll(() => {
		const at = mkdtempSync(join(tmpdir(), "gn-full-"));
		const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", at]);
		if (status === 0) mounted = at;
		else rmSync(at, { recursive: true });
	});
	afterAll(() => {
		if (mounted === undefined) return;
		spawnSync("umount", [mounted]);
		rmSync(mounted, { recursive: true });
	});

	/** Text that does not compress. */
	function* incompressible(from: number, to: number): Generator<string> {
		for (const line of session(from, to)) {
			yield line.replace('"text":""', () => `"text":"${crypto.getRandomValues(Buffer.alloc(600)).toString("base64")}"`);
		}
	}

	test("under the database: the commit is undone whole, what was committed stays, and more space is enough", async ({
		skip,
	}) => {
		if (mounted === undefined) skip("a small disk is mounted by root alone");
		const at = join(mounted!, "db");
		mkdirSync(at);
		const { path, config } = store(at, { spool: folder(), epoch_bytes: 1_000_000 });
		const full = await write(config, incompressible(0, 30_000));
		expect(full.code).toBe(10);
		expect(expectError(full, "config.disk_full")).toMatchObject({ next: expect.stringContaining("free") });
		spawnSync("mount", ["-o", "remount,size=200m", mounted!]);
		const [held] = await statesOf(path);
		const from = Number(held?.stream?.stream_state ?? 0);
		expect(from).toBeGreaterThan(0);
		expect(await value(path, "SELECT count(*) FROM events")).toBe(from);
		expect((await write(config, incompressible(from, 30_000))).code).toBe(0);
		expect(await value(path, "SELECT count(DISTINCT n) FROM events")).toBe(30_000);
		expect(await value(path, "SELECT count(*) FROM events")).toBe(30_000);
		rmSync(at, { recursive: true });
		spawnSync("mount", ["-o", "remount,size=12m", mounted!]);
	});

	test("under the spool: told with the setting, nothing is lost", async ({ skip }) => {
		if (mounted === undefined) skip("a small disk is mounted by root alone");
		const { path, config } = store(folder(), { spool: join(mounted!, "spool") });
		const full = await write(config, incompressible(0, 30_000));
		expect(full.code).toBe(10);
		expect(expectError(full, "config.disk_full")).toMatchObject({ next: expect.stringContaining("spool") });
		expect(readdirSync(join(mounted!, "spool"))).toEqual([]);
		const elsewhere = store(join(path, ".."));
		expect((await write(elsewhere.config, session(0, 3_000))).code).toBe(0);
		expect(await value(path, "SELECT count(*) FROM events")).toBe(3_000);
	});

	test("under the output of a source", async ({ skip }) => {
		if (!existsSync("/dev/full")) skip("/dev/full is a disk that is always full, and this system has none");
		const at = folder();
		const file = writeFile(join(at, "visits.jsonl"), '{"n":1}\n');
		const config = writeFile(join(at, "file.json"), { path: file, stream: "visits" });
		const full = openSync("/dev/full", "w");
		const child = spawn(process.execPath, [SOURCE_FILE, "read", "--config", config], {
			stdio: ["ignore", full, "pipe"],
		});
		const [code] = await new Promise<unknown[]>((resolve) => child.once("close", (...how) => resolve(how)));
		expect(code).toBe(10);
	});
});

describe("a database that another program holds", () => {
	test("is told with that program's number; when it ends, the same command works", async () => {
		const { path, config } = store();
		await write(config, session(0, 3));
		const holder = start(DESTINATION_DUCKDB, ["write", "--config", config]);
		holder.stdin.write(EVENTS + record("events", { n: 3, text: "" }) + state("events", 4));
		await holder.said('"type":"STATE"');
		const refused = await write(config, session(0, 5));
		expect(refused.code).toBe(20);
		expect(expectError(refused, "transient.database_locked")).toMatchObject({
			message: "acme.duckdb is open in another program",
			why: expect.stringContaining(`process ${holder.pid} `),
			next: expect.stringContaining("run again"),
		});
		expect(refused.seconds).toBeLessThan(20);
		for (const command of ["state", "sql"]) {
			const query = command === "sql" ? ["--query", "SELECT 1"] : [];
			const asked = await run(DESTINATION_DUCKDB, [command, "--config", config, ...query]);
			expect(asked.code).toBe(20);
			expect(expectError(asked, "transient.database_locked").why).toContain(String(holder.pid));
		}
		expect(await checked(config)).toMatchObject({ status: "FAILED", error: { code: "transient.database_locked" } });
		holder.stdin.end(complete("events"));
		expect((await holder.ended).code).toBe(0);
		expect((await write(config, session(4, 6))).code).toBe(0);
		expect(await value(path, "SELECT count(*) FROM events")).toBe(6);
	});
});

describe("a store that is not ours to write", () => {
	test("of another customer is refused by every command, and not touched", async () => {
		const { path, config } = store();
		await write(config, session(0, 3));
		const other = writeFile(join(folder(), "other.json"), { path, customer_id: "beta" });
		const refused = await write(other, session(3, 6));
		expect(refused.code).toBe(10);
		expect(expectError(refused, "config.other_customer").why).toContain("acme");
		expect(
			expectError(await run(DESTINATION_DUCKDB, ["state", "--config", other]), "config.other_customer").next,
		).toContain("customer_id");
		expect(
			expectError(await run(DESTINATION_DUCKDB, ["state", "--reset", "--config", other]), "config.other_customer").code,
		).toBeDefined();
		expect(await checked(other)).toMatchObject({ status: "FAILED", error: { code: "config.other_customer" } });
		expect(await value(path, "SELECT count(*) FROM events")).toBe(3);
		expect(await rows(path, "SELECT DISTINCT customer_id AS id FROM _gn_commits")).toEqual([{ id: "acme" }]);
	});

	test.for([
		["a folder that does not exist", "config.folder_missing", (at: string) => join(at, "no", "acme.duckdb")],
		["a folder in place of the file", "config.not_a_database", (at: string) => at],
		[
			"a file of another kind",
			"config.not_a_database",
			(at: string) => writeFile(join(at, "x.duckdb"), "n,total\n1,2\n"),
		],
	] as const)("%s", async ([, code, pathIn]) => {
		const path = pathIn(folder());
		const config = writeFile(join(folder(), "duckdb.json"), { path, customer_id: "acme" });
		const refused = await write(config, session(0, 3));
		expect(refused.code).toBe(10);
		expectError(refused, code);
		expect(await checked(config)).toMatchObject({ status: "FAILED", error: { code } });
	});
});

describe("without the right to write", () => {
	const NOBODY = 65_534;
	const canBeNobody = process.getuid?.() === 0 && isNobodyWelcome();

	/** Root may write anywhere, so somebody else must try. */
	function isNobodyWelcome(): boolean {
		return spawnSync(process.execPath, [DESTINATION_DUCKDB, "spec"], { uid: NOBODY, gid: NOBODY }).status === 0;
	}

	/** Programs started as nobody, or as who runs the tests. */
	const as = process.getuid?.() === 0 ? { uid: NOBODY } : {};

	function readable(at: string): string {
		chmodSync(at, 0o755);
		return at;
	}

	/** Root's folder is closed to nobody anyway; one's own must be closed, and opened again to be removed. */
	function close(at: string): void {
		if (as.uid !== undefined) return;
		chmodSync(at, 0o555);
		onTestFinished(() => chmodSync(at, 0o755));
	}

	test("in the folder of the store", async ({ skip }) => {
		if (process.getuid?.() === 0 && !canBeNobody) skip("the project is in a folder that nobody else may read");
		const at = readable(folder());
		const path = join(at, "acme.duckdb");
		const config = writeFile(join(readable(folder()), "duckdb.json"), { path, customer_id: "acme" });
		close(at);
		const refused = await write(config, session(0, 3), as);
		expect(refused.code).toBe(10);
		expect(expectError(refused, "config.not_writable").next).toContain("right");
		expect(await checked(config, as)).toMatchObject({ status: "FAILED", error: { code: "config.not_writable" } });
		expect(readdirSync(at)).toEqual([]);
	});

	test("in the folder of the spool", async ({ skip }) => {
		if (process.getuid?.() === 0 && !canBeNobody) skip("the project is in a folder that nobody else may read");
		const at = folder();
		if (as.uid !== undefined) chownSync(at, as.uid, as.uid);
		const closed = readable(folder());
		close(closed);
		const settings = { path: join(at, "acme.duckdb"), customer_id: "acme", spool: join(closed, "spool") };
		const config = writeFile(join(readable(folder()), "duckdb.json"), settings);
		const refused = await write(config, session(0, 3), as);
		expect(refused.code).toBe(10);
		expect(expectError(refused, "config.spool_folder").next).toContain("spool");
	});

	test("beside a pipeline file", async ({ skip }) => {
		if (process.getuid?.() === 0 && !canBeNobody) skip("the project is in a folder that nobody else may read");
		const at = readable(folder());
		const data = writeFile(join(at, "visits.jsonl"), '{"n":1}\n');
		writeFile(join(at, "acme.yaml"), {
			customer: "acme",
			source: { connector: "file", config: { path: data } },
			destination: { connector: "duckdb", config: { path: "acme.duckdb" } },
		});
		close(at);
		const { code, out, err } = await run(GROWTHNAV, ["run", "acme.yaml"], { cwd: at, ...as });
		expect([code, out]).toEqual([10, ""]);
		expect(err).not.toMatch(/\n\s+at /);
		// lines are broken where the screen ends
		expect(err.replaceAll(/\s+/g, " ")).toMatch(/config\.not_writable .* cannot be written .* right /);
	});
});
