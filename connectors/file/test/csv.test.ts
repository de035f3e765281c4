import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvReader } from "../src/csv.ts";
import { jsonLinesReader } from "../src/json-lines.ts";
import type { BadRow, RowReader, RowSink } from "../src/rows.ts";

interface Read<Row> {
	rows: Row[];
	lines: number[];
	bad: BadRow[];
	blanks: number[];
}

function collect<Row>(): Read<Row> & { sink: RowSink<Row> } {
	const read: Read<Row> = { rows: [], lines: [], bad: [], blanks: [] };
	return {
		...read,
		sink: {
			row(row, line) {
				read.rows.push(row);
				read.lines.push(line);
			},
			bad: (bad) => read.bad.push(bad),
			blank: (line) => read.blanks.push(line),
		},
	};
}

/** Pushes the text in blocks of whole lines, as many in each as `sizes` says. */
function push(reader: RowReader, text: string, sizes: number[] = [1e9]): void {
	const lines = text.split(/(?<=\n)/);
	for (let at = 0, i = 0; at < lines.length; i++) {
		const size = Math.max(1, sizes[i % sizes.length] ?? 1);
		reader.push({ text: lines.slice(at, at + size).join(""), start: 0, end: 0 });
		at += size;
	}
	reader.end();
}

function read(text: string, options: { width?: number; delimiter?: string; sizes?: number[]; limit?: number } = {}) {
	const { width, delimiter = ",", sizes, limit = 1e6 } = options;
	const found = collect<string[]>();
	push(csvReader({ delimiter, newline: "\n", width, line: 1, limit }, found.sink), text, sizes);
	const { sink: _, ...rest } = found;
	return rest;
}

describe("rows of CSV", () => {
	test("quotes, delimiters and newlines in fields; CR LF and LF; first lines of rows", () => {
		const text = 'a,b\r\n"x, ""y""\nz",2\r\n3,"4"\n5,\n';
		expect(read(text)).toEqual({
			rows: [
				["a", "b"],
				['x, "y"\nz', "2"],
				["3", "4"],
				["5", ""],
			],
			lines: [1, 2, 4, 5],
			bad: [],
			blanks: [],
		});
	});

	test("a CR LF inside quotes stays, the one behind the row goes", () => {
		expect(read('"a\r\nb",c\r\n').rows).toEqual([["a\r\nb", "c"]]);
		expect(read('"a",c\r').rows).toEqual([["a", "c"]]);
	});

	test("a quote that opens no field is text", () => {
		expect(read('5" pipe,7" pipe\na "b" c,d\n').rows).toEqual([
			['5" pipe', '7" pipe'],
			['a "b" c', "d"],
		]);
	});

	test("ragged rows are refused with line, reason and raw text, and reading goes on", () => {
		const { rows, bad } = read("1,2\n1,2,3\n1\n3,4\n", { width: 2 });
		expect(rows).toEqual([
			["1", "2"],
			["3", "4"],
		]);
		expect(bad).toEqual([
			{ line: 2, reason: "the row has 3 fields, the header has 2", raw: "1,2,3" },
			{ line: 3, reason: "the row has 1 fields, the header has 2", raw: "1" },
		]);
	});

	test("text behind a closing quote costs that row only", () => {
		expect(read('1,2\n"a"b,2\n3,4\n', { width: 2 })).toMatchObject({
			rows: [
				["1", "2"],
				["3", "4"],
			],
			bad: [{ line: 2, reason: "text follows a closing quote", raw: '"a"b,2' }],
		});
	});

	test("a stray opening quote takes no good row with it", () => {
		const text = '1,2\n"a,2\n3,4\n"b",5\n6,7\n';
		expect(read(text, { width: 2 })).toMatchObject({
			rows: [
				["1", "2"],
				["3", "4"],
				["b", "5"],
				["6", "7"],
			],
			bad: [{ line: 2 }],
		});
		expect(read('1,2\n3,"4\n5,6\n7,8', { width: 2 })).toMatchObject({
			rows: [
				["1", "2"],
				["5", "6"],
				["7", "8"],
			],
			bad: [{ line: 2, reason: "a quote is never closed", raw: '3,"4' }],
		});
	});

	test("a broken text of several lines is refused as one: its lines are no rows", () => {
		const { rows, bad } = read('1,2\n"Dear Sir\nmany, many, thanks\n"x,2\n3,4\n', { width: 2 });
		expect(rows).toEqual([
			["1", "2"],
			["3", "4"],
		]);
		expect(bad).toMatchObject([{ line: 2, raw: '"Dear Sir\nmany, many, thanks\n"x,2' }]);
	});

	test("blank lines and rows of delimiters are blank", () => {
		expect(read("a,b\n\n  \n,\n1,2\n\r\n", { width: 2 })).toMatchObject({
			lines: [1, 5],
			blanks: [2, 3, 4, 6],
			bad: [],
		});
	});

	test("a quoted field over the limit costs its first line", () => {
		const text = `1,2\n"a\n${"x\n".repeat(100)}b"\n3,4\n`;
		for (const sizes of [[1], [7], [1e9]]) {
			const { rows, bad } = read(text, { width: 2, limit: 60, sizes });
			expect(rows).toEqual([
				["1", "2"],
				["3", "4"],
			]);
			expect(bad[0]).toMatchObject({ line: 2, reason: "a quoted field is longer than row_bytes (60)" });
		}
	});

	const cell = fc.oneof(
		fc.string({ unit: fc.constantFrom("a", "1", ",", ";", '"', "\n", "\r\n", " ", "é", "\u2028", "€") }),
		fc.constantFrom("", "x"),
	);

	test("what is written as CSV is read back, for any blocks", () => {
		const table = fc
			.integer({ min: 2, max: 4 })
			.chain((width) =>
				fc.array(fc.array(cell, { minLength: width, maxLength: width }).map((cells) => ["k", ...cells])),
			);
		const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 });
		const delimiters = fc.constantFrom(",", ";", "\t", "|");
		fc.assert(
			fc.property(
				table,
				delimiters,
				fc.constantFrom("\n", "\r\n"),
				sizes,
				fc.boolean(),
				(rows, delimiter, end, sizes, closed) => {
					const text =
						rows.map((cells) => cells.map((value) => quoted(value, delimiter)).join(delimiter)).join(end) +
						(closed ? end : "");
					const width = rows[0]?.length ?? 2;
					const found = read(text, { delimiter, sizes, width });
					expect(found.bad).toEqual([]);
					expect(found.rows).toEqual(rows);
					let line = 1;
					for (const [i, cells] of rows.entries()) {
						expect(found.lines[i]).toBe(line);
						line += 1 + cells.join("").split("\n").length - 1;
					}
				},
			),
		);
	});

	test("rows that csv-parse reads are read alike", () => {
		const row = fc.array(fc.constantFrom("a", "", '"x"', '"x,y"', '"a""b"', '"n\nm"', "1.5", " b "), {
			minLength: 3,
			maxLength: 3,
		});
		fc.assert(
			fc.property(fc.array(row), (rows) => {
				const text = rows.map((cells) => `k,${cells.join(",")}\n`).join("");
				expect(read(text).rows).toEqual(parse(text));
			}),
		);
	});

	test("any text gives the same rows and rejects in any blocks, and none is lost", () => {
		const text = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r\n", "b"), maxLength: 60 });
		const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 });
		fc.assert(
			fc.property(text, sizes, (text, sizes) => {
				const whole = read(text, { width: 2, limit: 15 });
				expect(read(text, { width: 2, sizes, limit: 15 })).toEqual(whole);
				const lines = [...whole.lines, ...whole.blanks, ...whole.bad.map(({ line }) => line)];
				expect(new Set(lines).size).toBe(lines.length);
				const rejected = whole.bad.map(({ raw }) => raw).join("\n");
				const held = whole.rows.flat().join("").length + rejected.length;
				const letters = (text: string) => text.replaceAll(/[^ab]/g, "").length;
				expect(held).toBeGreaterThanOrEqual(letters(text));
			}),
			{ numRuns: 2000 },
		);
	});

	function quoted(value: string, delimiter: string): string {
		return /["\n\r]/.test(value) || value.includes(delimiter) ? `"${value.replaceAll('"', '""')}"` : value;
	}
});

describe("rows of JSON Lines", () => {
	test("objects with exact numbers; what is no object is refused with its line", () => {
		const found = collect<object>();
		const text = '{"id":9007199254740993,"v":1.10}\n\n[1]\n{"a":1},\n5\n{"b":{"c":[1]}}';
		push(jsonLinesReader({ newline: "\n", line: 1, limit: 1e6 }, found.sink), text, [1]);
		expect(JSON.stringify(found.rows)).toBe('[{"id":9007199254740993,"v":1.1},{"b":{"c":[1]}}]');
		expect(found.lines).toEqual([1, 6]);
		expect(found.blanks).toEqual([2]);
		expect(found.bad.map(({ line, raw }) => [line, raw])).toEqual([
			[3, "[1]"],
			[4, '{"a":1},'],
			[5, "5"],
		]);
	});
});
