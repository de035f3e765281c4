import { execFileSync } from "node:child_process";
import { chmod, mkdir, rename, rm, symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { findFiles, openFile } from "../src/files.ts";
import { folder, read, values } from "./support.ts";

describe("paths", () => {
	test("what is no regular file is passed over and told: folders, pipes, devices, links that lead out or nowhere", async () => {
		const { path, write } = folder();
		await write("in/a.csv", "id\n1\n");
		await write("secret.csv", "id\n666\n");
		await mkdir(`${path}/in/folder.csv`);
		execFileSync("mkfifo", [`${path}/in/pipe.csv`]);
		await symlink(`${path}/secret.csv`, `${path}/in/out.csv`);
		await symlink("/dev/zero", `${path}/in/device.csv`);
		await symlink(`${path}/in/loop.csv`, `${path}/in/loop.csv`);
		await symlink(`${path}/in/a.csv`, `${path}/in/link.csv`);
		const { rows, logs, errors } = await read({ path: `${path}/in/*.csv` });
		expect(errors).toEqual([]);
		expect(rows.map(({ _file, id }) => [_file, id])).toEqual([["a.csv", 1]]);
		const told = logs.join("\n");
		for (const reason of [
			"folder.csv: it is a folder",
			"pipe.csv: it is a pipe",
			"out.csv: it leads out of",
			"device.csv: it leads out of",
			"loop.csv: it is a link that leads to itself",
			"link.csv: it is the same file as",
		]) {
			expect(told).toContain(reason);
		}
		expect((await read({ path: `${path}/in/*.csv`, root: path })).rows.map(({ _file }) => _file)).toEqual([
			"in/a.csv",
			"in/out.csv",
		]);
	});

	test("what took the place of a file since it was found is not read", async () => {
		const { path, write } = folder();
		await write("secret/a.csv", "id\n666\n");
		await write("in/a.csv", "id\n1\n");
		await write("in/deep/a.csv", "id\n1\n");
		const { files } = await findFiles({ path: `${path}/in/**/*.csv`, where: "path" });
		for (const file of files) await (await openFile(file)).handle.close();
		await rm(`${path}/in/a.csv`);
		await symlink(`${path}/secret/a.csv`, `${path}/in/a.csv`);
		await rename(`${path}/in/deep`, `${path}/in/old`);
		await symlink(`${path}/secret`, `${path}/in/deep`);
		for (const file of files) {
			await expect(openFile(file)).rejects.toMatchObject({ why: expect.stringContaining("it leads out of") });
		}
	});

	test("a plainly named pipe, folder or missing file is an error at once", async () => {
		const { path } = folder();
		execFileSync("mkfifo", [`${path}/pipe.csv`]);
		const tell = async (file: string) => (await read({ path: file })).errors[0];
		expect(await tell(`${path}/pipe.csv`)).toMatchObject({ code: "config.file_unreadable", why: "it is a pipe" });
		expect(await tell("/dev/zero")).toMatchObject({ why: "it is no regular file" });
		expect(await tell(path)).toMatchObject({ why: "it is a folder" });
		expect(await tell(`${path}/none.csv`)).toMatchObject({ why: "it does not exist" });
		expect(await tell(`${path}/none/x.csv`)).toMatchObject({ code: "config.file_missing" });
		expect(await tell(`${path}/a\0b.csv`)).toMatchObject({ code: "config.file_path" });
	});

	test(".. may lead up where the operator writes it, and not out of a declared root", async () => {
		const { path, write } = folder();
		await write("a.csv", "id\n1\n");
		await write("b/c.csv", "id\n2\n");
		expect(values(await read({ path: `${path}/b/../a.csv` }))).toEqual([{ id: 1 }]);
		expect((await read({ path: `${path}/b/../a.csv`, root: `${path}/b` })).errors[0]?.why).toContain("it leads out of");
		expect((await read({ path: `${path}/b/*/../../a.csv`, root: `${path}/b` })).errors).toHaveLength(1);
	});

	test("no matching file is an error with the folder that was looked at, unless that is allowed", async () => {
		const { path, write } = folder();
		await write("in/a.txt", "id\n1\n");
		const { errors } = await read({ path: `${path}/in/*.csv` });
		expect(errors).toMatchObject([{ code: "config.no_files", why: `looked under ${path}/in` }]);
		const allowed = await read({ path: `${path}/in/*.csv`, allow_empty: true });
		expect(allowed).toMatchObject({ errors: [], rows: [], complete: ["in"] });
		expect((await read({ path: `${path}/in/none.csv`, allow_empty: true })).complete).toEqual(["none"]);
	});

	test.each([
		["an Excel workbook", "PK\x03\x04\x14\x00", "a ZIP archive or an Excel workbook"],
		["a web page", "<!DOCTYPE html><html>", "a web page, perhaps one that asks for a login"],
		["a JSON list", '[\n  {"id": 1}\n]', "one JSON list"],
	])("%s in place of a file of rows is told", async (_name, content, kind) => {
		const { write } = folder();
		const path = await write("x.csv", content);
		expect((await read({ path })).errors[0]).toMatchObject({ code: "config.file_kind", message: `${path} is ${kind}` });
	});

	test("brackets and spaces in a name are letters when there is such a file", async () => {
		const { write } = folder();
		expect(values(await read({ path: await write("s [1] {a}.csv", "id\n1\n"), stream: "s" }))).toEqual([{ id: 1 }]);
		const { path, write: writeIn } = folder();
		await writeIn("Sales [2026] (a)/x.csv", "id\n2\n");
		const { records } = await read({ path: `${path}/Sales [2026] (a)/*.csv` });
		expect(records).toEqual({ "Sales [2026] (a)": [{ id: 2, _file: "x.csv", _line: 2 }] });
	});

	test("files below folders, with their names from the root", async () => {
		const { path, write } = folder();
		await write("in/2026/07/a.csv", "id\n1\n");
		await write("in/2026/08/a.csv", "id\n2\n");
		const { rows } = await read({ path: `${path}/in/**/*.csv` });
		expect(rows.map(({ _file }) => _file)).toEqual(["2026/07/a.csv", "2026/08/a.csv"]);
	});

	test.skipIf(process.getuid?.() === 0)("a file that this user may not read is told", async () => {
		const { write } = folder();
		const path = await write("a.csv", "id\n1\n");
		await chmod(path, 0);
		expect((await read({ path })).errors[0]).toMatchObject({ why: "this user may not read it" });
	});

	test("a damaged packed file does not hide the others; the stream is not complete", async () => {
		const { gzipSync } = await import("node:zlib");
		const { path, write } = folder();
		const packed = gzipSync(`id\n${Array.from({ length: 50_000 }, (_, i) => `${i}\n`).join("")}`);
		await write("in/a.csv.gz", packed.subarray(0, packed.length - 20));
		await write("in/b.csv", "id\n1\n");
		const result = await read({ path: `${path}/in/*`, columns: { id: "integer" } });
		expect(result.rows.at(-1)).toMatchObject({ _file: "b.csv", id: 1 });
		expect(result.errors).toMatchObject([{ code: "data.gzip", where: expect.stringContaining("a.csv.gz") }]);
		expect(result.complete).toEqual([]);
		// the good file is not read again, the damaged one is
		const again = await read({ path: `${path}/in/*`, columns: { id: "integer" } }, result);
		expect(again.rows.some(({ _file }) => _file === "b.csv")).toBe(false);
	});
});
