import { describe, expect, test } from "vitest";
import { folder, read, typesOf, values } from "./support.ts";

async function readText(text: string, config: object = {}, name = "x.csv") {
	const { write } = folder();
	return read({ path: await write(name, text), ...config });
}

describe("numbers", () => {
	test("money as people write it becomes decimals, to the digit", async () => {
		const result = await readText('v\n"$1,234.56"\n(12.00)\n3.00-\n$0.10\n--\n\n"$12,345,678,901,234.56"\n');
		expect(typesOf(result)).toEqual({ v: "number" });
		expect(result.rows.map(({ v }) => v)).toEqual([1234.56, -12, -3, 0.1, undefined, 12345678901234.56]);
	});

	test("a declared locale says how numbers are written", async () => {
		const text = "a;b\n1.234;1.234,56 €\n2.500;0,50 €\n";
		expect(values(await readText(text, { locale: "de-DE" }))).toEqual([
			{ a: 1234, b: 1234.56 },
			{ a: 2500, b: 0.5 },
		]);
	});

	test("without a locale the values decide, for all columns of the file", async () => {
		expect(values(await readText("a;b\n1.234;1.234,56\n2.500;0,50\n"))).toEqual([
			{ a: 1234, b: 1234.56 },
			{ a: 2500, b: 0.5 },
		]);
		expect(values(await readText('a,b\n"1,234",1.50\n"2,500",2\n'))).toEqual([
			{ a: 1234, b: 1.5 },
			{ a: 2500, b: 2 },
		]);
		expect(values(await readText("a\n1.234\n2.500\n"))).toEqual([{ a: 1.234 }, { a: 2.5 }]);
	});

	test("where nothing decides, it is asked, with the value and its place", async () => {
		const { errors } = await readText('a,b\nx,"1,234"\ny,"2,500"\n');
		expect(errors).toMatchObject([
			{
				code: "config.number_ambiguous",
				message: "Column b can be read in two ways",
				where: expect.stringMatching(/x\.csv:2, "1,234" is 1234 or 1\.234$/),
				next: expect.stringContaining("locale: en-US"),
			},
		]);
		expect(values(await readText('a,b\nx,"1,234"\n', { locale: "en-US" }))).toEqual([{ a: "x", b: 1234 }]);
	});

	test("several currencies in one column are no numbers, and refused where numbers are declared", async () => {
		expect(typesOf(await readText("v\n$5\n€5\n"))).toEqual({ v: "string" });
		expect((await readText("v\n$5\n€5\n", { columns: { v: "decimal" } })).errors[0]?.code).toBe(
			"config.currency_mixed",
		);
		const result = await readText("v\n$5\n€6\n7\n", { currency: "USD", columns: { v: "decimal" } });
		expect(values(result)).toEqual([{ v: 5 }, { v: 7 }]);
		expect(result.rejects).toMatchObject([{ code: "wrong_type", path: "v", line: 3, raw: "€6" }]);
	});

	test("a number that cannot be read refuses its row with file, line and column: no amount vanishes", async () => {
		const result = await readText("id,v\n1,2.50\n2,abc\n3,1e5\n4,N/A\n5,\n", { sample_rows: 1 });
		expect(values(result)).toEqual([{ id: 1, v: 2.5 }, { id: 4 }, { id: 5 }]);
		expect(result.rejects).toMatchObject([
			{ code: "wrong_type", path: "v", line: 3, reason: 'v: "xxx" is not a number', raw: "2,abc" },
			{ code: "wrong_type", path: "v", line: 4, raw: "3,1e5" },
		]);
	});

	test("integers are exact up to 64 bits; a fraction or a larger one refuses the row", async () => {
		const text = "v\n1\n9007199254740993\n1.0\n1.5\n9223372036854775808\n-9223372036854775808\n";
		const result = await readText(text, { sample_rows: 1 });
		expect(result.rejects.map(({ line }) => line)).toEqual([5, 6]);
		const sent = JSON.stringify(result.rows.map(({ v }) => v));
		expect(sent.startsWith("[1,")).toBe(true);
		expect(result.rows).toHaveLength(4);
	});

	test("declared types win over inferred ones", async () => {
		const result = await readText("zip,n,b,j\n01234,5,1,{}\n", {
			columns: { zip: "integer", n: "string", b: "boolean", j: "json" },
		});
		expect(values(result)).toEqual([{ zip: 1234, n: "5", b: true, j: {} }]);
	});
});

describe("dates and times", () => {
	test("ISO and worded dates need no help", async () => {
		const result = await readText("a,b,c\n2026-07-03,3 July 2026,2026-07-03T19:22:10+02:00\n");
		expect(typesOf(result)).toEqual({ a: "date", b: "date", c: "date-time" });
		expect(values(result)).toEqual([{ a: "2026-07-03", b: "2026-07-03", c: "2026-07-03T17:22:10Z" }]);
	});

	test("a day above 12 anywhere in the sample decides the order", async () => {
		expect(values(await readText("d\n03/04/2026\n25/04/2026\n"))).toEqual([{ d: "2026-04-03" }, { d: "2026-04-25" }]);
		expect(values(await readText("d\n03/04/2026\n04/25/2026\n"))[0]).toEqual({ d: "2026-03-04" });
	});

	test("otherwise it is asked, as drawn", async () => {
		const { errors } = await readText("id,date\n1,03/04/2026\n2,05/06/2026\n");
		expect(errors).toMatchObject([
			{
				code: "config.date_ambiguous",
				message: "Column date can be read in two ways",
				where: expect.stringMatching(/x\.csv:2, "03\/04\/2026" is 3 April or 4 March$/),
				why: "no row of the sample (sample_rows: 10000) has a day above 12",
				next: "under source.config, write dates: { date: MM/DD/YYYY }",
			},
		]);
		const declared = await readText("id,date\n1,03/04/2026\n", { dates: { date: "MM/DD/YYYY" } });
		expect(values(declared)).toEqual([{ id: 1, date: "2026-03-04" }]);
		const region = await readText("id,date\n1,03/04/2026\n", { locale: "en-GB" });
		expect(values(region)).toEqual([{ id: 1, date: "2026-04-03" }]);
		expect((await readText("id,date\n1,03/04/2026\n", { columns: { date: "string" } })).rows[0]?.date).toBe(
			"03/04/2026",
		);
	});

	test("local times need a zone, as drawn", async () => {
		const { errors } = await readText("sold_at\n2026-07-03 19:22\n");
		expect(errors).toMatchObject([
			{
				code: "config.time_zone_missing",
				message: "Column sold_at has local times and no zone",
				where: expect.stringMatching(/x\.csv:2, "2026-07-03 19:22"$/),
				why: "a wrong zone moves sales to another day, so it is never guessed",
				next: "under source.config, write time_zone: America/Chicago",
			},
		]);
		const result = await readText("sold_at\n2026-07-03 19:22\n2026-01-03 19:22\n", { time_zone: "America/Chicago" });
		expect(values(result)).toEqual([{ sold_at: "2026-07-04T00:22:00Z" }, { sold_at: "2026-01-04T01:22:00Z" }]);
	});

	test("an hour that clocks show twice is the first one, and told; one that they never show is no time", async () => {
		const text = "id,t\n1,2026-11-01 01:30\n2,2026-03-08 02:30\n3,2026-07-03 12:00\n";
		const result = await readText(text, { time_zone: "America/New_York" });
		expect(result.rows.map(({ t }) => t)).toEqual(["2026-11-01T05:30:00Z", "2026-03-08 02:30", "2026-07-03T16:00:00Z"]);
		expect(result.logs.join("\n")).toContain("1 times fall into an hour that clocks in America/New_York show twice");
	});

	test("a value beyond the sample that is no date goes on as it stands, and is told", async () => {
		const result = await readText("id,d\n1,2026-07-03\n2,soon\n3,--\n", { sample_rows: 1 });
		expect(result.rows.map(({ d }) => d)).toEqual(["2026-07-03", "soon", undefined]);
		expect(result.logs.join("\n")).toContain('d: "xxxx" is not a date');
	});

	test("declared formats of local times need a zone too; wrong formats and zones are told with a way out", async () => {
		const code = async (config: object) => (await readText("t\n06/07/2026 10:00\n", config)).errors[0]?.code;
		expect(await code({ dates: { t: "DD/MM/YYYY HH:mm" } })).toBe("config.time_zone_missing");
		expect(await code({ dates: { t: "dd/mm/yyyy" } })).toBe("config.date_format");
		expect(await code({ dates: { tt: "DD/MM/YYYY" } })).toBe("config.unknown_column");
		expect(await code({ time_zone: "America/Chikago" })).toBe("config.wrong_value");
		expect(await code({ locale: "xx-yy-zz-1" })).toBe("config.wrong_value");
	});

	test("the sample reaches over all files, and over the whole of it", async () => {
		const { path, write } = folder();
		await write("a.csv", "d\n03/04/2026\n");
		await write("b.csv", `d\n${"05/06/2026\n".repeat(500)}13/06/2026\n`);
		expect((await read({ path: `${path}/*.csv`, stream: "s" })).rows[0]?.d).toBe("2026-04-03");
		expect((await read({ path: `${path}/*.csv`, stream: "s", sample_rows: 100 })).errors[0]?.code).toBe(
			"config.date_ambiguous",
		);
	});
});

describe("JSON Lines", () => {
	test("types are those of JSON; dates in text are dates; what differs is json", async () => {
		const text =
			'{"i":1,"d":1.5,"b":true,"day":"2026-07-03","o":{"a":1},"m":1,"t":"12"}\n{"i":2,"d":2,"m":"x","l":[1],"t":"13"}\n';
		const result = await readText(text, {}, "x.jsonl");
		expect(typesOf(result)).toEqual({
			i: "integer",
			d: "number",
			b: "boolean",
			day: "date",
			o: "json",
			m: "json",
			t: "string",
			l: "json",
		});
	});

	test("numbers in text are read where they are declared; a wrong number refuses the row", async () => {
		const text = '{"v":"$5.00"}\n{"v":6}\n{"v":true}\n{"v":"x"}\n{"w":1}\n';
		const result = await readText(text, { columns: { v: "decimal" } }, "x.jsonl");
		expect(values(result)).toEqual([{ v: 5 }, { v: 6 }, { w: 1 }]);
		expect(result.rejects.map(({ line, path }) => [line, path])).toEqual([
			[3, "v"],
			[4, "v"],
		]);
	});
});

test("more columns than a table has room for are refused before they fill the memory", async () => {
	const wide = (rows: number) =>
		Array.from({ length: rows }, (_, row) =>
			JSON.stringify(Object.fromEntries(keysOf(row).map((key) => [key, 1]))),
		).join("\n");
	const keysOf = (row: number) => Array.from({ length: 500 }, (_, key) => `k${row * 500 + key}`);
	expect((await readText(wide(20), {}, "x.jsonl")).errors).toEqual([]);
	expect((await readText(wide(21), {}, "x.jsonl")).errors).toMatchObject([{ code: "config.too_many_columns" }]);
	const header = Array.from({ length: 10_001 }, () => "a").join();
	expect((await readText(`${header}\n`)).errors).toMatchObject([{ code: "config.too_many_columns" }]);
});

describe("columns called as what every object has", () => {
	const names = ["constructor", "__proto__", "toString"];

	test.each([
		["CSV", "x.csv", `id,${names.join()}\n1,5,6,7\n2,,,\n`],
		["JSON Lines", "x.jsonl", '{"id":1,"constructor":5,"__proto__":6,"toString":7}\n{"id":2}\n'],
	])("are columns like any other in %s, and absent where they are absent", async (_format, name, text) => {
		const result = await readText(text, {}, name);
		expect(result.rows.map((row) => names.map((name) => Object.hasOwn(row, name) && row[name]))).toEqual([
			[5, 6, 7],
			[false, false, false],
		]);
		expect(result.rejects).toEqual([]);
		expect(result.logs.filter((log) => log.includes("is not"))).toEqual([]);
	});

	test.each(names)("%s as a key is missing where it is absent", async (key) => {
		const result = await readText(`id,${names.join()}\n1,5,6,7\n2,,,\n`, { key: [key] });
		expect(result.rows).toHaveLength(1);
		expect(result.rejects).toMatchObject([{ code: "missing_key", line: 3, reason: `${key} is missing` }]);
	});
});
