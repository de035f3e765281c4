/** The benchmarks at their smallest: that they run, and that they notice who does not do the work. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { folder, run, writeFile } from "../processes.ts";
import { outcomeOfMessages } from "./check/messages.ts";
import { compared } from "./harness/bench.ts";
import type { Comparison, Contender } from "./harness/case.ts";
import { figuresOf } from "./harness/figures.ts";
import type { Runs } from "./harness/rounds.ts";
import { pageOf, type Results } from "./report/page.ts";

const RUN = fileURLToPath(new URL("run.ts", import.meta.url));

const record = (data: string) => `{"type":"RECORD","record":{"stream":"s","data":${data},"emitted_at":1}}\n`;
const [ONE, TWO] = [record('{"id":1,"total":2.50}'), record('{"id":2,"total":3}')];

let at: string;
beforeAll(() => {
	at = folder();
});

/** A program that prints this. */
function printing(name: string, role: Contender["role"], text: string): Contender {
	const file = writeFile(join(folder(), "text"), text);
	return { name, role, command: () => ({ argv: ["cat", file] }), outcome: (_at, out) => outcomeOfMessages(out) };
}

async function besideUs(peer: Contender): Promise<Comparison> {
	const expected = await outcomeOfMessages(writeFile(join(folder(), "expected"), ONE + TWO));
	return { title: "saying", records: 2, expected, contenders: [printing("ours", "ours", ONE + TWO), peer] };
}

test("a peer that does the work may do it in another order, and among other lines", async () => {
	const reordered = `a line of its log\n{"type":"LOG"}\n${TWO}${record('{"total":2.5,"id":1}')}`;
	const { figures } = await compared(await besideUs(printing("theirs", "peer", reordered)), 2, at);
	expect(figures.map(({ name }) => name)).toEqual(["ours", "theirs"]);
});

test.each([
	["loses a record", ONE, /theirs: 1 of 2 records/],
	["says one twice", ONE + TWO + TWO, /theirs: 3 of 2 records/],
	["says one twice and loses another", ONE + ONE, /theirs: the records are not those/],
	["changes a value", ONE + TWO.replace("3", "4"), /theirs: the records are not those/],
])("a peer that %s is an error", async (_does, text, error) => {
	await expect(compared(await besideUs(printing("theirs", "peer", text)), 1, at)).rejects.toThrow(error);
});

test("a program that fails is an error with its last words", async () => {
	const command = () => ({ argv: ["sh", "-c", "echo the disk is full >&2; exit 3"] });
	const failing = await besideUs({ name: "theirs", role: "peer", command });
	await expect(compared(failing, 1, at)).rejects.toThrow(/ended with 3: the disk is full/);
});

test("what is not there is told in one line, and the others run", async () => {
	const absent = { ...printing("theirs", "peer", ""), missing: "no such program" };
	const { figures, missing } = await compared(await besideUs(absent), 1, at);
	expect(missing).toEqual(["theirs: no such program"]);
	expect(figures.map(({ name }) => name)).toEqual(["ours"]);
});

test("seconds are without the start, ratios are taken round by round, a goal out of reach names its ceiling", () => {
	const usage = (seconds: number) => ({ seconds, cpu: 0, peakMb: undefined });
	const runs = (name: string, role: Contender["role"], whole: number[]): Runs => ({
		contender: { name, role, command: () => ({ argv: [] }), goals: [{ times: 4, than: "theirs" }] },
		starts: [usage(1)],
		whole: whole.map(usage),
	});
	const all = [
		runs("ours", "ours", [3, 5, 2]),
		runs("theirs", "peer", [5, 17, 3]),
		runs("parse", "ceiling", [2, 2, 2]),
	];
	const [ours] = figuresOf({ title: "", records: 8, contenders: [] }, all);
	expect(ours).toMatchObject({ seconds: { median: 2, min: 1, max: 4 }, perSecond: { median: 4, min: 2, max: 8 } });
	expect(ours!.against[0]).toMatchObject({ name: "theirs", times: { median: 2, min: 2, max: 4 } });
	expect(ours!.goals).toEqual([
		{ goal: { times: 4, than: "theirs" }, reached: 2, met: false, ceilings: [{ name: "parse", reached: 4 }] },
	]);
});

test("two cases at their smallest: every figure, every goal, and a page of them", async () => {
	const ended = await run(RUN, ["spool", "cost", "--small", "--runs", "1", "--json"], {
		env: { NODE_OPTIONS: "--conditions=growthnav-source" },
	});
	expect(ended.code, ended.err).toBe(0);
	const results = JSON.parse(ended.out) as Results;
	expect(results.cases.map(({ name }) => name)).toEqual(["spool", "cost"]);
	const [part] = results.cases[0]!.parts;
	if (part === undefined || "table" in part) throw new Error("no figures");
	expect(part.figures.map(({ goals }) => goals.length)).toEqual([0, 0, 1, 1]);
	for (const { cpu, seconds } of part.figures) expect(Math.min(cpu, seconds.min)).toBeGreaterThan(0);
	const page = pageOf(results);
	expect(page).toMatch(/^\| into the spool, 229 bytes a record \| ours, spooled \| 0\.4 times as fast as JSON\.parse/m);
	expect(page).toMatch(/^\| one MERGE without ranges/m);
	// as all pages: only rows of tables are longer
	expect(page.split("\n").filter((line) => line.length > 120 && !line.startsWith("|"))).toEqual([]);
});

test("an unknown case, or a page of only some of them, is refused", async () => {
	const refused = await Promise.all([run(RUN, ["speed"]), run(RUN, ["http", "--write"])]);
	expect(refused.map(({ code }) => code)).toEqual([10, 10]);
	expect(refused[0]!.err).toMatch(/There is no case speed; there are startup, emission/);
});
