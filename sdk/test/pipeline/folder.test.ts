import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openScratch } from "../../src/pipeline/connectors/scratch.ts";
import { openRunFolder } from "../../src/pipeline/run/folder.ts";
import { openRunLog } from "../../src/pipeline/run/run-log.ts";
import { testFolder, testHost } from "./bench.ts";

describe("the folder of a pipeline", () => {
	test("is for this user alone, also where it was there before", async () => {
		const base = testFolder();
		mkdirSync(join(base, ".growthnav/acme"), { recursive: true });
		for (const folder of [".growthnav", ".growthnav/acme"]) chmodSync(join(base, folder), 0o777);
		const runs = openRunFolder(base, "acme");
		await runs.write("run.json", { run: 1 });
		for (const folder of [".growthnav", ".growthnav/acme"]) {
			expect(statSync(join(base, folder)).mode & 0o777).toBe(0o700);
		}
		expect(statSync(join(runs.path, "run.json")).mode & 0o777).toBe(0o600);
		expect(await runs.read("run.json")).toEqual({ run: 1 });
	});

	test.each(["..", ".", "../../elsewhere", "a/b", "/etc", "\0", "", "x".repeat(300)])(
		"of a pipeline called %j lies below .growthnav",
		async (name) => {
			const base = join(testFolder(), "deep");
			mkdirSync(base);
			const runs = openRunFolder(base, name);
			await runs.write("run.json", {});
			expect(readdirSync(base)).toEqual([".growthnav"]);
			expect(readdirSync(join(base, "..")).sort()).toEqual(["deep"]);
			const [folder] = readdirSync(join(base, ".growthnav")).filter((one) => one !== ".gitignore");
			expect(runs.path).toBe(join(base, ".growthnav", folder!));
		},
	);

	test("planted links are not written through", async () => {
		const base = testFolder();
		const folder = join(base, ".growthnav/acme");
		mkdirSync(folder, { recursive: true });
		const victim = join(base, "victim");
		for (const name of ["run.json", "run.json.new", "1.log"]) symlinkSync(victim, join(folder, name));
		await openRunFolder(base, "acme").write("run.json", { run: 1 });
		const log = openRunLog(join(folder, "1.log"), Date.now);
		log.add("source", "hello");
		await log.close();
		expect(existsSync(victim)).toBe(false);
		expect(readFileSync(join(folder, "run.json"), "utf8")).toContain('"run": 1');
		expect(readFileSync(join(folder, "1.log"), "utf8")).toContain("[source] hello");
	});

	test("that is a link is refused", async () => {
		const base = testFolder();
		mkdirSync(join(base, "elsewhere"));
		mkdirSync(join(base, ".growthnav"));
		symlinkSync(join(base, "elsewhere"), join(base, ".growthnav/acme"));
		await expect(openRunFolder(base, "acme").write("run.json", {})).rejects.toMatchObject({
			code: "config.not_writable",
			why: expect.stringContaining("is a link"),
		});
		expect(readdirSync(join(base, "elsewhere"))).toEqual([]);
	});
});

test("a link in the place of a private folder is not swept", async () => {
	const folder = testFolder();
	mkdirSync(join(folder, "kept"));
	writeFileSync(join(folder, "kept/file"), "x");
	symlinkSync(join(folder, "kept"), join(folder, "growthnav-999999999-abcdef"));
	const scratch = await openScratch(testHost(folder));
	await scratch.remove();
	expect(readdirSync(join(folder, "kept"))).toEqual(["file"]);
});
