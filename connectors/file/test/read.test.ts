import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { folder, read, typesOf, values } from "./support.ts";

describe("files of several kinds", () => {
	test("CSV: types from the sample, rows with their file and line", async () => {
		const { path, write } = folder();
		await write("sales/2026-07.csv", 'id,sold,paid,note\n00017,2026-07-03,true,"a,\nb"\n00018,2026-07-04,false,\n');
		const result = await read({ path: `${path}/sales/*.csv` });
		expect(typesOf(result)).toEqual({ id: "string", sold: "date", paid: "boolean", note: "string" });
		expect(result.records).toEqual({
			sales: [
				{ id: "00017", sold: "2026-07-03", paid: true, note: "a,\nb", _file: "2026-07.csv", _line: 2 },
				{ id: "00018", sold: "2026-07-04", paid: false, _file: "2026-07.csv", _line: 4 },
			],
		});
		expect(result.complete).toEqual(["sales"]);
		expect(result.catalog?.streams[0]).toMatchObject({
			name: "sales",
			namespace: "file",
			source_defined_primary_key: [["_file"], ["_line"]],
			sync_mode: "incremental",
			destination_sync_mode: "append_dedup",
		});
	});

	test("TSV, JSON Lines and packed files of one stream share their columns", async () => {
		const { path, write } = folder();
		await write("in/a.tsv", "id\tv\n1\t2\n");
		await write("in/b.csv.gz", gzipSync("v;id;w\n3;4;x\n"));
		await write("in/c", gzipSync("id,v\n5,6\n"));
		await write("in/d.jsonl", '{"id":7,"v":8}\n\n{"id":9,"o":{"p":1}}');
		const result = await read({ path: `${path}/in/*` });
		expect(result.errors).toEqual([]);
		expect(values(result)).toEqual([
			{ id: 1, v: 2 },
			{ id: 4, v: 3, w: "x" },
			{ id: 5, v: 6 },
			{ id: 7, v: 8 },
			{ id: 9, o: { p: 1 } },
		]);
		expect(typesOf(result)).toEqual({ id: "integer", v: "integer", w: "string", o: "json" });
		expect(result.rows.map(({ _file, _line }) => `${_file}:${_line}`)).toEqual([
			"a.tsv:2",
			"b.csv.gz:2",
			"c:2",
			"d.jsonl:1",
			"d.jsonl:3",
		]);
	});

	test.each([
		["utf-8 with a mark", Buffer.from("\ufeffname,v\nLäufer €,1\n")],
		["utf-16le", Buffer.from("\ufeffname,v\nLäufer €,1\n", "utf16le")],
		["utf-16be", Buffer.from("\ufeffname,v\nLäufer €,1\n", "utf16le").swap16()],
		["utf-16le without a mark", Buffer.from("name,v\nLäufer €,1\n", "utf16le")],
		["windows-1252", Buffer.from("name,v\nL\xe4ufer \x80,1\n", "latin1")],
	])("%s", async (_name, bytes) => {
		const { write } = folder();
		const result = await read({ path: await write("x.csv", bytes) });
		expect(values(result)).toEqual([{ name: "Läufer €", v: 1 }]);
	});

	test("bytes that the encoding does not know cost their row, told with file and line", async () => {
		const { write } = folder();
		const bytes = Buffer.concat([Buffer.from("name,v\nä,1\n"), Buffer.from([0xe4, 44, 50, 10]), Buffer.from("ö,3\n")]);
		const result = await read({ path: await write("x.csv", bytes), encoding: "utf-8" });
		expect(values(result)).toEqual([
			{ name: "ä", v: 1 },
			{ name: "ö", v: 3 },
		]);
		expect(result.rejects).toMatchObject([
			{ code: "csv_row", line: 3, reason: "byte 0xE4 is not UTF-8 (see encoding)", raw: "ä,2" },
		]);
		expect(result.rejects[0]?.file).toMatch(/x\.csv$/);
	});

	test("ragged and unreadable rows are refused with file, line, reason and raw text; reading goes on", async () => {
		const { write } = folder();
		const path = await write("x.csv", 'a,b\n1,2\n1,2,3\n"x"y,4\n5,6\n7\n8,9\n');
		const result = await read({ path });
		expect(values(result)).toEqual([
			{ a: 1, b: 2 },
			{ a: 5, b: 6 },
			{ a: 8, b: 9 },
		]);
		expect(result.rejects.map(({ line, raw }) => [line, raw])).toEqual([
			[3, "1,2,3"],
			[4, '"x"y,4'],
			[6, "7"],
		]);
		expect(result.states.at(-1)?.sourceStats).toEqual({ recordCount: 3, rejectedRecordCount: 3 });
	});

	test("lines of JSON that are no objects are refused; numbers are exact", async () => {
		const { write } = folder();
		const path = await write("x.jsonl", '{"id":9007199254740993,"v":1.10}\n{"id":1,}\n{"id":2,"v":3}\n');
		const messages: string[] = [];
		const { readSource } = await import("@growthnav/sdk/testing");
		const { default: file } = await import("../src/index.ts");
		for await (const message of readSource(file, { config: { path } })) {
			if (message.type === "RECORD") messages.push(JSON.stringify(message.record.data));
			if (message.type === "LOG" && message.log.reject) messages.push(`${message.log.reject.line}`);
		}
		expect(messages).toEqual([
			'{"id":9007199254740993,"v":1.1,"_file":"x.jsonl","_line":1}',
			'{"id":2,"v":3,"_file":"x.jsonl","_line":3}',
			"2",
		]);
	});

	test("one long row is refused, whatever its format, and its neighbours are read", async () => {
		const { path, write } = folder();
		await write("x.jsonl", `{"id":1}\n{"id":2,"t":"${"x".repeat(2000)}"}\n{"id":3}\n`);
		await write("y.csv", `id\n1\n${"x".repeat(2000)}\n"${"x\n".repeat(1000)}"\n3\n`);
		const jsonl = await read({ path: `${path}/x.jsonl`, row_bytes: 1000 });
		expect(values(jsonl)).toEqual([{ id: 1 }, { id: 3 }]);
		expect(jsonl.rejects).toMatchObject([{ line: 2, raw: { bytes: 2016 } }]);
		const csv = await read({ path: `${path}/y.csv`, row_bytes: 1000, columns: { id: "integer" } });
		expect(csv.rows[0]).toMatchObject({ id: 1, _line: 2 });
		expect(csv.rows.at(-1)).toMatchObject({ id: 3, _line: 1005 });
		expect(csv.rejects[0]).toMatchObject({ line: 3, raw: { bytes: 2001 } });
	});
});

describe("headers and delimiters", () => {
	test.each([
		["comma", "a,b\n1,2\n"],
		["semicolon", "a;b\n1;2\n"],
		["tab", "a\tb\n1\t2\n"],
		["bar", "a|b\n1|2\n"],
		["Excel's sep line", "sep=;\na;b\n1;2\n"],
		["CR LF", "a,b\r\n1,2\r\n"],
		["CR alone", "a,b\r1,2\r"],
		["blank lines around", "\n\na,b\n\n1,2\n\n"],
		["no last line end", "a,b\n1,2"],
		["quoted header", '"a","b"\n"1","2"\n'],
	])("%s", async (_name, text) => {
		const { write } = folder();
		const result = await read({ path: await write("x.csv", text) });
		expect(values(result)).toEqual([{ a: 1, b: 2 }]);
	});

	test("commas in numbers do not hide the semicolon", async () => {
		const { write } = folder();
		const result = await read({ path: await write("x.csv", "name;price\nx;1,50\ny;2,75\n") });
		expect(values(result)).toEqual([
			{ name: "x", price: 1.5 },
			{ name: "y", price: 2.75 },
		]);
	});

	test("a file without header: columns by number, or by given names", async () => {
		const { write } = folder();
		const path = await write("x.csv", "1,2026-07-03,a\n2,2026-07-04,b\n");
		expect(values(await read({ path }))[0]).toEqual({ column_1: 1, column_2: "2026-07-03", column_3: "a" });
		expect(values(await read({ path, names: ["id", "day", "what"] }))[1]).toEqual({
			id: 2,
			day: "2026-07-04",
			what: "b",
		});
		expect(values(await read({ path, header: true }))[0]).toEqual({ "1": 2, "2026-07-03": "2026-07-04", a: "b" });
	});

	test("lines before the header are passed over with skip_rows; the numbers of lines stay", async () => {
		const { write } = folder();
		const path = await write("x.csv", 'Report of "July\nmade today\na,b\n1,2\n');
		expect((await read({ path, skip_rows: 2 })).rows).toEqual([{ a: 1, b: 2, _file: "x.csv", _line: 4 }]);
	});

	test("equal and blank names in a header become different ones; our own and strange ones do no harm", async () => {
		const { write } = folder();
		const path = await write("x.csv", "a, a ,,_file,__proto__,constructor\nv,w,x,y,z,c\n");
		const { rows } = await read({ path });
		expect(Object.entries(rows[0]!)).toEqual([
			["a", "v"],
			["a_2", "w"],
			["column_3", "x"],
			["_file_2", "y"],
			["__proto__", "z"],
			["constructor", "c"],
			["_file", "x.csv"],
			["_line", 2],
		]);
	});

	test("empty and header-only files give no rows and no error", async () => {
		const { path, write } = folder();
		await write("a.csv", "");
		await write("b.csv", "id,v\n");
		await write("c.csv", "\n \n");
		await write("d.csv", "id,v\n1,2\n");
		const result = await read({ path: `${path}/*.csv`, stream: "s" });
		expect(result.errors).toEqual([]);
		expect(values(result)).toEqual([{ id: 1, v: 2 }]);
		const empty = await read({ path: `${path}/a.csv` });
		expect(empty).toMatchObject({ errors: [], rows: [], complete: ["a"] });
	});

	test("ids that a spreadsheet spoiled, and long ones, stay text", async () => {
		const { write } = folder();
		const path = await write("x.csv", "e,zip,long,id\n1E+15,01234,12345678901234567,+49\n2E+15,99999,1,5\n");
		const result = await read({ path });
		expect(typesOf(result)).toEqual({ e: "string", zip: "string", long: "string", id: "string" });
		expect(values(result)[0]).toEqual({ e: "1E+15", zip: "01234", long: "12345678901234567", id: "+49" });
	});
});
