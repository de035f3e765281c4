/** Rows out of bytes: the same however they are cut, exact, bounded, and never less than there are. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Format } from "../../src/http/client.ts";
import { csv, jsonArray, jsonLines, xml } from "../../src/index.ts";

const download = { request: "GET /export", rowBytes: 1_000 };

async function* cut(bytes: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
	for (let [at, n] = [0, 0]; at < bytes.length; n++) {
		const size = sizes[n % sizes.length] ?? bytes.length;
		yield bytes.subarray(at, at + size);
		at += size;
	}
}

async function rowsOf<Row>(
	format: Format<Row>,
	text: string | Buffer,
	sizes: number[] = [],
	bounds = download,
): Promise<Row[]> {
	const rows: Row[] = [];
	for await (const batch of format.rows(cut(Buffer.from(text), sizes), bounds)) {
		expect(batch.length).toBeGreaterThan(0);
		rows.push(...batch);
	}
	return rows;
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const text = fc.string({ unit: "binary", maxLength: 12 }).filter((one) => one.isWellFormed());
const json = fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" });

describe("jsonLines", () => {
	test("always reads what was written, however it is cut", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(json, { maxLength: 12 }),
				sizes,
				fc.constantFrom("\n", "\r\n", "\n\n"),
				async (rows, how, newline) => {
					const written = rows.map((row) => JSON.stringify(row)).join(newline);
					expect(JSON.stringify(await rowsOf(jsonLines(), written, how, { ...download, rowBytes: 1e6 }))).toBe(
						JSON.stringify(rows),
					);
				},
			),
			{ numRuns: 150 },
		);
	});

	test("numbers keep their digits", async () => {
		const line = '{"id":9007199254740993,"rate":0.10000000000000000001}';
		expect(JSON.stringify(await rowsOf(jsonLines(), `${line}\n`, [3]))).toBe(`[${line}]`);
	});

	test.each([
		['{"a":1}\n{"a":\n{"a":2}\n', { code: "data.export_unreadable", where: "GET /export, line 2" }],
		['{"a":1}\n{"a":2', { code: "transient.answer_cut_off", why: "line 2, the last one, is not whole" }],
		[`{"a":1}\n"${"x".repeat(2_000)}"\n`, { code: "data.row_too_large", where: "GET /export, line 2" }],
		[Buffer.from('{"a":"\xff"}\n', "latin1"), { code: "data.export_unreadable", why: "its bytes are not UTF-8" }],
	])("what cannot be read is an error with its line: %j", async (written, error) => {
		await expect(rowsOf(jsonLines(), written, [5])).rejects.toMatchObject(error);
	});
});

describe("jsonArray", () => {
	test("always finds the elements, however the text is cut and whatever stands around them", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(json, { maxLength: 8 }),
				json,
				fc.array(text, { maxLength: 3 }),
				sizes,
				fc.boolean(),
				async (rows, other, path, how, pretty) => {
					const names = path.map((name) => name.replaceAll(".", "_") || "x");
					const whole = names.reduceRight<unknown>(
						(value, name) =>
							Object.fromEntries([
								[`${name} before`, other],
								[name, value],
								[`${name} after`, [other, { [name]: [1] }]],
							]),
						rows,
					);
					const written = JSON.stringify(whole, null, pretty ? " " : undefined);
					const read = await rowsOf(jsonArray(names.join(".")), written, how, { ...download, rowBytes: 1e6 });
					expect(JSON.stringify(read)).toBe(JSON.stringify(rows));
				},
			),
			{ numRuns: 300 },
		);
	});

	test("numbers keep their digits, and keys may be escaped", async () => {
		const written = '{"d\\u0061ta":{"items":[9007199254740993,\n 1.10]}}';
		expect(JSON.stringify(await rowsOf(jsonArray("data.items"), written, [4]))).toBe("[9007199254740993,1.1]");
	});

	test.each(["[]", " [ ] "])("%j has none", async (written) => {
		expect(await rowsOf(jsonArray(), written, [1])).toEqual([]);
	});

	test("null in its place is none", async () => {
		expect(await rowsOf(jsonArray("a"), '{"a":null,"b":[1]}', [1])).toEqual([]);
	});

	test.each([
		["a.b", '{"a":{"b":[1,2', "transient.answer_cut_off"],
		["a.b", '{"a":{"b":[1,2]}', "transient.answer_cut_off"],
		["a.b", "", "transient.answer_cut_off"],
		["a.b", '{"a":{"c":[1]}}', "data.unexpected_answer"],
		["a.b", '{"a":[{"b":[1]}]}', "data.unexpected_answer"],
		["a.b", '{"a":{"b":{"c":1}}}', "data.unexpected_answer"],
		["a.b", '{"a":{"b":17}}', "data.unexpected_answer"],
		["a.b", '{"a":{"b":"[1]"}}', "data.unexpected_answer"],
		["a", '{"a":[1]}{"a":[2]}', "data.unexpected_answer"],
		["a", '{"a":[1,]}', "data.export_unreadable"],
		["a", '{"a":[,1]}', "data.export_unreadable"],
		["a", '{"a":[1 2]}', "data.export_unreadable"],
		["a", '{"a":[{"b":1],"c":[1]}', "data.export_unreadable"],
	])("at %s of %j is an error", async (path, written, code) => {
		for (const size of [1, 7, 5_000])
			await expect(rowsOf(jsonArray(path), written, [size])).rejects.toMatchObject({ code });
	});
});

test("an element of jsonArray is bounded while it is not whole", async () => {
	const written = `{"a":[1,"${"x".repeat(2_000)}"]}`;
	await expect(rowsOf(jsonArray("a"), written, [100])).rejects.toMatchObject({
		code: "data.row_too_large",
		where: "GET /export, element 2",
	});
});

describe("csv", () => {
	const cell = fc.string({ unit: "grapheme", maxLength: 8 }).filter((one) => !one.includes("\r"));
	const quoted = (one: string) => `"${one.replaceAll('"', '""')}"`;

	test("always reads what was written, however it is cut", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.tuple(cell, cell), { maxLength: 10 }),
				sizes,
				fc.constantFrom(",", ";", "\t"),
				async (rows, how, delimiter) => {
					const lines = rows.map((cells) => cells.map(quoted).join(delimiter));
					const read = await rowsOf(csv({ delimiter }), ["a", "b"].join(delimiter) + ["", ...lines].join("\n"), how);
					expect(read).toEqual(rows.map(([a, b]) => ({ a: a === "" ? null : a, b: b === "" ? null : b })));
				},
			),
			{ numRuns: 150 },
		);
	});

	test("a header may be given, a byte order mark is none of it, blank lines are no rows", async () => {
		expect(await rowsOf(csv(), '\ufeffid,name\r\n1,Uji\r\n\r\n2,"Kyo\r\nto"\r\n', [4])).toEqual([
			{ id: "1", name: "Uji" },
			{ id: "2", name: "Kyo\r\nto" },
		]);
		expect(await rowsOf(csv({ header: ["id", "name"] }), "1,\n")).toEqual([{ id: "1", name: null }]);
		expect(await rowsOf(csv(), "")).toEqual([]);
		expect(await rowsOf(csv(), "id,name\n")).toEqual([]);
	});

	test("other encodings, when they are named", async () => {
		expect(await rowsOf(csv({ encoding: "windows-1252" }), Buffer.from("n\ncaf\xe9\n", "latin1"))).toEqual([
			{ n: "café" },
		]);
		expect(await rowsOf(csv({ encoding: "utf-16le" }), Buffer.from("\ufeffn\ncafé\n", "utf16le"), [3])).toEqual([
			{ n: "café" },
		]);
		await expect(rowsOf(csv(), Buffer.from("n\ncaf\xe9\n", "latin1"))).rejects.toMatchObject({
			why: "a byte is not utf-8",
		});
	});

	test("a column called __proto__ is a column", async () => {
		const [row] = await rowsOf(csv(), "__proto__,constructor\n1,2\n");
		expect(JSON.stringify(row)).toBe('{"__proto__":"1","constructor":"2"}');
		expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
	});

	test.each([
		["a,b\n1,2\n1,2,3\n1,2\n", { code: "data.export_unreadable", where: "GET /export, line 3" }],
		["a,b\n1,2\n1", { code: "transient.answer_cut_off" }],
		['a,b\n1,2\n1,"x', { code: "transient.answer_cut_off" }],
		["a,a\n1,2\n", { code: "data.export_unreadable", why: 'two columns are called "a"' }],
		["a,\n1,2\n", { code: "data.export_unreadable", why: "a column has no name" }],
		[`a\n${"x".repeat(3_000)}\n1\n`, { code: "data.row_too_large" }],
	])("what cannot be read is an error with its line: %j", async (written, error) => {
		await expect(rowsOf(csv(), written, [64])).rejects.toMatchObject(error);
	});
});

describe("xml", () => {
	const report = `<?xml version="1.0" encoding="utf-8"?><Report xmlns="urn:x"><Rows>
		<Row id="1"><Name>Uji &amp; Söhne</Name><Total currency="EUR">9007199254740993.10</Total></Row>
		<Row id="2"><Name/><Line>a</Line><Line>b</Line><None xsi:nil="true" xmlns:xsi="urn:i"/><![CDATA[<raw>]]></Row>
	</Rows></Report>`;

	test("elements at a path, however the text is cut", async () => {
		const rows = [
			{ "@id": "1", Name: "Uji & Söhne", Total: { "@currency": "EUR", "#text": "9007199254740993.10" } },
			{ "@id": "2", Name: "", Line: ["a", "b"], None: null, "#text": "<raw>" },
		];
		for (const size of [1, 7, 10_000]) expect(await rowsOf(xml("Report.Rows.Row"), report, [size])).toEqual(rows);
	});

	test("a whole document is one row; a list of one is a list where that is said", async () => {
		const written = "<Sale><Line>a</Line></Sale>";
		expect(await rowsOf(xml(), written)).toEqual([{ Line: "a" }]);
		expect(await rowsOf(xml("", { lists: ["Line"] }), written)).toEqual([{ Line: ["a"] }]);
	});

	test("the encoding of the declaration", async () => {
		const written = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>caf\xe9</a>', "latin1");
		expect(await rowsOf(xml(), written)).toEqual(["café"]);
	});

	test("elements called __proto__ are elements", async () => {
		const [row] = await rowsOf(xml(), "<a><__proto__>1</__proto__></a>");
		expect(JSON.stringify(row)).toBe('{"__proto__":"1"}');
	});

	test.each([
		['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', { code: "data.xml_doctype" }],
		["<a>&unknown;</a>", { code: "data.export_unreadable" }],
		["<a><b></a>", { code: "data.export_unreadable" }],
		["<a><b>text", { code: "transient.answer_cut_off" }],
		["", { code: "data.unexpected_answer" }],
		[`<a>${"<b>x</b>".repeat(400)}</a>`, { code: "data.row_too_large" }],
	])("refused: %j", async (written, error) => {
		await expect(rowsOf(xml(), written, [200])).rejects.toMatchObject(error);
	});

	test("levels are bounded", async () => {
		await expect(rowsOf(xml(), "<a>".repeat(600), [], { ...download, rowBytes: 1e6 })).rejects.toMatchObject({
			code: "data.export_unreadable",
			why: "it is nested more than 500 levels deep",
		});
	});
});
