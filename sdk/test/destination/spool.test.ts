import { existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SpoolPart } from "../../src/destination/contract.ts";
import { type SpoolOwner, spoolError, sweepSpool } from "../../src/destination/spool/folder.ts";
import { openSpool, type Spool, type SpoolOptions } from "../../src/destination/spool/spool.ts";

let base: string;
let open: Spool[];

beforeEach(async () => {
	base = await mkdtemp(join(tmpdir(), "gn-spool-test-"));
	open = [];
});

afterEach(async () => {
	for (const spool of open) await spool.discard();
	await rm(base, { recursive: true, force: true });
});

const owner: SpoolOwner = { pid: 4_000_001, isAlive: () => false };

async function newSpool(options: Partial<SpoolOptions> = {}): Promise<Spool> {
	const spool = await openSpool({ folder: join(base, "spool"), owner, quotaBytes: 1e9, ...options });
	open.push(spool);
	return spool;
}

function linesOf(parts: SpoolPart[] = []): string[] {
	return parts.flatMap((part) => readFileSync(part.file, "utf8").split("\n").slice(0, -1));
}

describe("the spool", () => {
	test("gives back every line in order, and knows rows, bytes and the longest line of each part", async () => {
		const spool = await newSpool({ partBytes: 2_000_000 });
		const lines = Array.from({ length: 30_000 }, (_, at) => `{"n":${at},"t":"${"é😀".repeat(at % 40)}"}`);
		for (const line of lines) {
			spool.write("orders", line);
			if (spool.pressure()) await spool.drained();
		}
		const parts = (await spool.seal()).get("orders")!;
		expect(parts.length).toBeGreaterThan(1);
		expect(linesOf(parts)).toEqual(lines);
		for (const part of parts) {
			const own = linesOf([part]);
			expect(part.rows).toBe(own.length);
			expect(part.bytes).toBe(statSync(part.file).size);
			expect(part.longestLine).toBe(Math.max(...own.map((line) => Buffer.byteLength(line))));
		}
		expect(spool.bytes()).toBe(parts.reduce((sum, part) => sum + part.bytes, 0));
	});

	test("keeps any lines of any files apart", async () => {
		const files = fc.constantFrom("a", "b", "c");
		const line = fc.string({ unit: "grapheme", maxLength: 50 }).map((text) => JSON.stringify(text));
		await fc.assert(
			fc.asyncProperty(fc.array(fc.tuple(files, line), { maxLength: 60 }), fc.nat(59), async (written, at) => {
				const spool = await newSpool({ partBytes: 100, maxOpen: 1 });
				for (const [file, text] of written.slice(0, at)) spool.write(file, text);
				const first = await spool.seal();
				for (const [file, text] of written.slice(at)) spool.write(file, text);
				const second = await spool.seal();
				for (const file of ["a", "b", "c"]) {
					const expected = written.filter(([one]) => one === file).map(([, text]) => text);
					expect([...linesOf(first.get(file)), ...linesOf(second.get(file))]).toEqual(expected);
				}
			}),
			{ numRuns: 30 },
		);
	});

	test("takes lines that are longer than all its buffers", async () => {
		const spool = await newSpool({ partBytes: 1_000_000 });
		const long = "x".repeat(3_000_000);
		for (const line of ["short", long, "é".repeat(40_000), "last"]) spool.write("orders", line);
		const parts = (await spool.seal()).get("orders")!;
		expect(linesOf(parts)).toEqual(["short", long, "é".repeat(40_000), "last"]);
		expect(parts[0]!.longestLine).toBe(3_000_000);
	});

	test("writes 200 interleaved streams with few files open", async () => {
		const spool = await newSpool({ maxOpen: 8 });
		let most = 0;
		for (let row = 0; row < 300; row++) {
			for (let stream = 0; stream < 200; stream++)
				spool.write(`stream ${stream}`, `{"s":${stream},"row":${row}}`.padEnd(700));
			if (spool.pressure()) await spool.drained();
			if (row % 50 === 0) most = Math.max(most, await openFiles());
		}
		const sealed = await spool.seal();
		expect(sealed.size).toBe(200);
		for (let stream = 0; stream < 200; stream++) {
			const rows = linesOf(sealed.get(`stream ${stream}`)).map(
				(line) => JSON.parse(line) as { s: number; row: number },
			);
			expect(rows).toEqual(Array.from({ length: 300 }, (_, row) => ({ s: stream, row })));
		}
		if (existsSync("/proc/self/fd")) expect(most).toBeLessThanOrEqual(8);
	});

	test("goes on with the next epoch while the sealed one is read and released", async () => {
		const spool = await newSpool();
		spool.write("orders", '"first"');
		const sealing = spool.seal();
		spool.write("orders", '"second"');
		const first = await sealing;
		spool.write("orders", '"third"');
		const second = await spool.seal();
		expect(linesOf(first.get("orders"))).toEqual(['"first"']);
		expect(linesOf(second.get("orders"))).toEqual(['"second"', '"third"']);
		const before = spool.bytes();
		await spool.release(first.get("orders")!);
		expect(existsSync(first.get("orders")![0]!.file)).toBe(false);
		expect(before - spool.bytes()).toBe(first.get("orders")![0]!.bytes);
		expect((await spool.seal()).size).toBe(0);
	});

	test("says when the disk is behind, and when it no longer is", async () => {
		const spool = await newSpool();
		const line = "x".repeat(100_000);
		let written = 0;
		while (!spool.pressure() && written++ < 10_000) spool.write("orders", line);
		expect(written).toBeLessThan(10_000);
		await spool.drained();
		expect(spool.pressure()).toBe(false);
		expect(linesOf((await spool.seal()).get("orders"))).toHaveLength(written);
	});
});

describe("the quota", () => {
	test("is an error where nothing is sealed that could be released", async () => {
		const spool = await newSpool({ quotaBytes: 1_000_000 });
		while (!spool.pressure()) spool.write("orders", "x".repeat(10_000));
		expect(spool.bytes()).toBeGreaterThan(1_000_000);
		await expect(spool.drained()).rejects.toMatchObject({
			code: "config.spool_quota",
			message: expect.stringContaining("More than 1.0 MB wait for a commit"),
			next: expect.stringContaining("destination.config.spool_quota"),
		});
	});

	test("is waited for while a sealed epoch is being committed", async () => {
		const spool = await newSpool({ quotaBytes: 1_000_000 });
		for (let at = 0; at < 90; at++) spool.write("orders", "x".repeat(10_000));
		const sealed = await spool.seal();
		while (!spool.pressure()) spool.write("orders", "y".repeat(10_000));
		let waited = true;
		const waiting = spool.drained().then(() => {
			waited = false;
		});
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(waited).toBe(true);
		await spool.release(sealed.get("orders")!);
		await waiting;
		expect(spool.pressure()).toBe(false);
	});
});

describe("the folder", () => {
	test("is the owner's alone, and names tell nothing", async () => {
		const spool = await newSpool();
		spool.write("sk_live_secret", "{}");
		const [part] = (await spool.seal()).get("sk_live_secret")!;
		expect(part!.file).not.toContain("secret");
		if (process.platform === "win32") return;
		expect(statSync(part!.file).mode & 0o777).toBe(0o600);
		expect(statSync(dirname(part!.file)).mode & 0o777).toBe(0o700);
		expect(statSync(join(base, "spool")).mode & 0o777).toBe(0o700);
	});

	test("is gone after discard", async () => {
		const spool = await newSpool();
		for (let at = 0; at < 1_000; at++) spool.write("orders", "x".repeat(1_000));
		await spool.discard();
		expect(await readdir(join(base, "spool"))).toEqual([]);
	});

	test("does not write through links", async () => {
		const spool = await newSpool({ maxOpen: 1 });
		spool.write("orders", "{}");
		const [first] = (await spool.seal()).get("orders")!;
		const victim = join(base, "victim");
		await writeFile(victim, "mine");
		await symlink(victim, join(dirname(first!.file), "2-0-0.ndjson"));
		spool.write("orders", '"stolen"');
		await expect(spool.seal()).rejects.toMatchObject({ code: "config.spool_folder" });
		expect(readFileSync(victim, "utf8")).toBe("mine");
		expect(() => spool.write("orders", "{}")).toThrow("The spool folder cannot be written");
	});

	test("that cannot be made is an error with the next step", async () => {
		await writeFile(join(base, "file"), "");
		await expect(openSpool({ folder: join(base, "file", "spool"), owner, quotaBytes: 1e9 })).rejects.toMatchObject({
			code: "config.spool_folder",
			where: join(base, "file", "spool"),
			next: expect.stringContaining("destination.config.spool"),
		});
	});

	test("a full disk is an error with the next step", async () => {
		const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
		expect(await spoolError(full, base, "orders")).toMatchObject({
			code: "config.disk_full",
			message: "No space left while spooling orders",
			where: expect.stringMatching(/ free$/),
			next: "free the space or set destination.config.spool, then run again",
		});
	});
});

describe("leftovers", () => {
	const at = (pid: number): SpoolOwner => ({ pid, isAlive: (one) => one === 4_000_002 });

	/** The folder of a run with this pid, before it is made. */
	async function folderOf(pid: number): Promise<string> {
		const run = await openSpool({ folder: join(base, "elsewhere"), owner: at(pid), quotaBytes: 1e9 });
		run.write("orders", "{}");
		const [part] = (await run.seal()).get("orders")!;
		await run.discard();
		return join(base, "spool", basename(dirname(part!.file)));
	}

	/** What a run with this pid leaves when it is killed. */
	async function leftover(pid: number): Promise<string> {
		const folder = await folderOf(pid);
		await mkdir(folder, { recursive: true, mode: 0o700 });
		await writeFile(join(folder, "1-0-0.ndjson"), "{}\n");
		return folder;
	}

	test("of dead processes go when a spool is opened, those of living ones stay", async () => {
		const dead = await leftover(4_000_003);
		const alive = await leftover(4_000_002);
		const reused = await leftover(4_000_001);
		await newSpool({ owner: at(4_000_001) });
		expect([dead, alive, reused].map((folder) => existsSync(folder))).toEqual([false, true, false]);
	});

	test("our own open spool is none", async () => {
		const spool = await newSpool({ owner: at(4_000_001) });
		expect(await sweepSpool(join(base, "spool"), at(4_000_001))).toBe(0);
		spool.write("orders", "{}");
		await spool.seal();
	});

	test("a planted link is not followed, a folder of another name not touched", async () => {
		const dead = await folderOf(4_000_003);
		const precious = join(base, "precious");
		await mkdir(precious);
		await writeFile(join(precious, "file"), "");
		await mkdir(join(base, "spool", "gn-spool-other"), { recursive: true });
		await symlink(precious, dead);
		expect(await sweepSpool(join(base, "spool"), at(4_000_001))).toBe(0);
		expect(lstatSync(dead).isSymbolicLink()).toBe(true);
		expect(existsSync(join(precious, "file"))).toBe(true);
		// a link inside of a leftover is removed as a link
		const second = await leftover(4_000_003);
		await symlink(precious, join(second, "link"));
		expect(await sweepSpool(join(base, "spool"), at(4_000_001))).toBe(1);
		expect(existsSync(join(precious, "file"))).toBe(true);
		expect(await sweepSpool(join(base, "nowhere"), at(4_000_001))).toBe(0);
	});
});

/** Open files below the test's folder. */
async function openFiles(): Promise<number> {
	const { readlink } = await import("node:fs/promises");
	const all = await readdir("/proc/self/fd").catch(() => []);
	const targets = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
	return targets.filter((target) => target.startsWith(base)).length;
}
