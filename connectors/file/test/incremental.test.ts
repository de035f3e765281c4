import { appendFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import type { JsonObject } from "@growthnav/sdk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { folder, type ReadResult, read, values } from "./support.ts";

/** What a table keeps: the last record of each key. */
function table(runs: ReadResult[], key = ["_file", "_line"]): JsonObject[] {
	const rows = new Map<string, JsonObject>();
	for (const run of runs) for (const row of run.rows) rows.set(JSON.stringify(key.map((name) => row[name])), row);
	return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

describe("what is read again", () => {
	test("nothing of a file that is unchanged", async () => {
		const { path, write } = folder();
		await write("in/a.csv", "id\n1\n2\n");
		const first = await read({ path: `${path}/in/*.csv` });
		const second = await read({ path: `${path}/in/*.csv` }, first);
		expect([first.rows.length, second.rows.length]).toEqual([2, 0]);
		expect(second.complete).toEqual(["in"]);
		expect(second.states.at(-1)?.stream).toEqual(first.states.at(-1)?.stream);
	});

	test("a new file alone; a file that grew from where it ended, with its layout", async () => {
		const { path, write } = folder();
		const file = await write("in/a.csv", "id;note\r\n1;x\r\n");
		const first = await read({ path: `${path}/in/*.csv` });
		await appendFile(file, '2;"a, b, c, d"\r\n3;é\r\n');
		await write("in/b.csv", "id,note\n9,y\n");
		const second = await read({ path: `${path}/in/*.csv` }, first);
		expect(second.rows).toEqual([
			{ id: 2, note: "a, b, c, d", _file: "a.csv", _line: 3 },
			{ id: 3, note: "é", _file: "a.csv", _line: 4 },
			{ id: 9, note: "y", _file: "b.csv", _line: 2 },
		]);
	});

	test("all of a file that was rewritten, cut short or edited in place", async () => {
		const { path, write } = folder();
		const file = await write("in/a.csv", "id\n1\n2\n");
		const config = { path: `${path}/in/*.csv` };
		let run = await read(config);
		for (const [text, ids] of [
			["id\n1\n3\n", [1, 3]],
			["id\n4\n", [4]],
			["id\n5\n6\n7\n", [5, 6, 7]],
		] as const) {
			await writeFile(file, text);
			await utimes(file, new Date(), new Date(Date.now() + Math.random() * 1e6));
			run = await read(config, run);
			expect(run.rows.map(({ id }) => id)).toEqual(ids);
		}
	});

	test("a packed file whole when it changed, and not at all when it did not", async () => {
		const { path, write } = folder();
		await write("in/a.csv.gz", gzipSync("id\n1\n"));
		const config = { path: `${path}/in/*.gz` };
		const first = await read(config);
		expect((await read(config, first)).rows).toEqual([]);
		// a second member, as logrotate and cat make them
		await write("in/a.csv.gz", Buffer.concat([gzipSync("id\n1\n"), gzipSync("2\n")]));
		expect((await read(config, first)).rows.map(({ id }) => id)).toEqual([1, 2]);
	});

	test("everything once settings changed that alter rows", async () => {
		const { write } = folder();
		const path = await write("a.csv", "d\n13/04/2026\n");
		const first = await read({ path });
		expect((await read({ path, columns: { d: "string" } }, first)).rows).toMatchObject([{ d: "13/04/2026" }]);
		expect((await read({ path, sample_rows: 5 }, first)).rows).toEqual([]);
	});

	test("a file that is gone is told once, and its rows stay; a renamed one is warned about", async () => {
		const { path, write } = folder();
		const file = await write("in/a.csv", "id\n1\n");
		await write("in/b.csv", "id\n2\n");
		const config = { path: `${path}/in/*.csv` };
		const first = await read(config);
		await rm(file);
		const second = await read(config, first);
		expect(second.logs.join()).toContain("no longer there: a.csv");
		expect((await read(config, second)).logs.join()).not.toContain("no longer there");
		await rename(`${path}/in/b.csv`, `${path}/in/c.csv`);
		const third = await read(config, second);
		expect(third.rows).toHaveLength(1);
		expect(third.logs.join()).toContain("has the same content as b.csv");
	});

	test("a state of something else, or a broken one, reads everything", async () => {
		const { write } = folder();
		const path = await write("a.csv", "id\n1\n");
		const first = await read({ path });
		for (const state of [{ x: 1 }, 5, "x", { settings: "0", files: {} }, { ...first.states[0], files: [] }]) {
			const stream = { stream_descriptor: { name: "a", namespace: "file" }, stream_state: state };
			const before = { ...first, states: [{ type: "STREAM", stream }] } as unknown as ReadResult;
			expect((await read({ path }, before)).rows).toHaveLength(1);
		}
	});
});

describe("the last row of a file that grows", () => {
	test("without line end it is read at once, and again when there is more of it", async () => {
		const { write } = folder();
		const path = await write("a.csv", "id,v\n1,2\n3,4");
		const first = await read({ path });
		expect(values(first)).toEqual([
			{ id: 1, v: 2 },
			{ id: 3, v: 4 },
		]);
		await appendFile(path, "5\n6,7\n");
		const second = await read({ path }, first);
		expect(second.rows).toEqual([
			{ id: 3, v: 45, _file: "a.csv", _line: 3 },
			{ id: 6, v: 7, _file: "a.csv", _line: 4 },
		]);
	});

	test("it does not come again when only its line end came", async () => {
		const { write } = folder();
		const path = await write("a.csv", "id,v\n1,2");
		const first = await read({ path });
		await appendFile(path, "\n3,4\n");
		expect(values(await read({ path }, first))).toEqual([{ id: 3, v: 4 }]);
	});

	test("in a file that is seen growing it waits for its line end, or for a run without change", async () => {
		const { write } = folder();
		const path = await write("a.csv", "id,v\n1,2\n");
		const first = await read({ path });
		await appendFile(path, "3,4\n5,");
		const second = await read({ path }, first);
		expect(values(second)).toEqual([{ id: 3, v: 4 }]);
		expect(second.rejects).toEqual([]);
		const third = await read({ path }, second);
		expect(third.rows).toEqual([{ id: 5, _file: "a.csv", _line: 4 }]);
		expect((await read({ path }, third)).rows).toEqual([]);
		await appendFile(path, "6\n");
		expect((await read({ path }, third)).rows).toEqual([{ id: 5, v: 6, _file: "a.csv", _line: 4 }]);
	});

	test("a character that was cut in two heals", async () => {
		const { write } = folder();
		const text = Buffer.from("id,v\n1,ä\n2,ö\n");
		const path = await write("a.csv", text.subarray(0, text.length - 2));
		const first = await read({ path, encoding: "utf-8" });
		expect(first.rejects).toHaveLength(1);
		await appendFile(path, text.subarray(text.length - 2));
		expect(values(await read({ path, encoding: "utf-8" }, first))).toEqual([{ id: 2, v: "ö" }]);
	});
});

describe("properties", () => {
	const cell = fc.constantFrom("", "a", "b,c", 'q"', "l1\nl2", "é€", "1", "long text");
	const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 });
	const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
	const encodings = fc.constantFrom("utf-8", "utf-16le", "utf-16be", "windows-1252");
	const encode = (text: string, encoding: string) =>
		encoding === "utf-8"
			? Buffer.from(text)
			: encoding === "windows-1252"
				? Buffer.from(text.replaceAll("€", "\x80"), "latin1")
				: encoding === "utf-16le"
					? Buffer.from(text, "utf16le")
					: Buffer.from(text, "utf16le").swap16();

	test("any sequence of appends gives the same table as one read", async () => {
		await fc.assert(
			fc.asyncProperty(
				rows,
				fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
				encodings,
				fc.boolean(),
				async (rows, cuts, encoding, closed) => {
					const lines = rows.map(([a, b], i) => `k${i},${quoted(a)},${quoted(b)}`);
					const bytes = encode(`key,a,b\n${lines.join("\n")}${closed ? "\n" : ""}`, encoding);
					const header = encode("key,a,b\n", encoding).length;
					const ends = cuts.map((cut) => header + Math.floor(cut * (bytes.length - header))).sort((a, b) => a - b);
					const { write } = folder();
					const path = await write("a.csv", "");
					const config = { path, encoding, delimiter: ",", columns: { key: "string", a: "string", b: "string" } };
					const runs: ReadResult[] = [];
					let start = 0;
					for (const end of [...ends, bytes.length, bytes.length]) {
						await appendFile(path, bytes.subarray(start, end));
						start = end;
						runs.push(await read(config, runs.at(-1)));
						expect(runs.at(-1)?.errors).toEqual([]);
					}
					await writeFile(path, bytes);
					const whole = await read(config);
					expect(whole.rejects).toEqual([]);
					expect(table(runs)).toEqual(table([whole]));
				},
			),
			{ numRuns: 60 },
		);
	});

	test("the same with lines of JSON", async () => {
		const object = fc.record({ id: fc.nat(99), text: fc.constantFrom("a", "é€", "x\ny"), o: fc.constant({ p: [1] }) });
		const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
		await fc.assert(
			fc.asyncProperty(fc.array(object, { minLength: 1, maxLength: 8 }), cuts, async (objects, cuts) => {
				const bytes = Buffer.from(objects.map((one) => `${JSON.stringify(one)}\n`).join(""));
				const ends = cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b);
				const { write } = folder();
				const path = await write("a.jsonl", "");
				const runs: ReadResult[] = [];
				let start = 0;
				for (const end of [...ends, bytes.length, bytes.length]) {
					await appendFile(path, bytes.subarray(start, end));
					start = end;
					runs.push(await read({ path, encoding: "utf-8", columns: { text: "string" } }, runs.at(-1)));
				}
				expect(table(runs)).toEqual(table([await read({ path })]));
			}),
			{ numRuns: 40 },
		);
	});

	test("a read that stops at any state goes on from there: nothing missing, nothing twice", async () => {
		const { path, write } = folder();
		const text = `id,v\n${Array.from({ length: 45_000 }, (_, i) => `${i},"v\n${i % 7}"`).join("\n")}\n`;
		await write("in/a.csv", text);
		await write("in/b.csv.gz", gzipSync(text));
		await write("in/c.jsonl", Array.from({ length: 15_000 }, (_, i) => `{"id":${i},"v":"é"}\n`).join(""));
		const config = { path: `${path}/in/*` };
		const whole = await read(config);
		expect(whole.rows).toHaveLength(105_000);
		expect(whole.states.length).toBeGreaterThan(5);
		let read_before = 0;
		for (const [i, state] of whole.states.entries()) {
			read_before += (state.sourceStats as { recordCount: number }).recordCount;
			if (i % 3 !== 0) continue;
			const rest = await read(config, { ...whole, states: [state] });
			expect(rest.rows.length).toBe(105_000 - read_before);
			expect(rest.rows[0]).toEqual(whole.rows[read_before]);
		}
	});
});
