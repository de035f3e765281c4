/** What the programs leave on disk is this user's alone, also where the user's habits (umask) are generous. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalog, complete, record, state, stream, TEXT } from "../lines.ts";
import { DESTINATION_DUCKDB, folder, GROWTHNAV, run, start, writeFile } from "../processes.ts";

/** Every file and folder below one, with its mode. */
function modesIn(path: string, name = ""): [name: string, mode: string][] {
	return readdirSync(join(path, name)).flatMap((one) => {
		const inner = join(name, one);
		const found = statSync(join(path, inner));
		const mode = (found.mode & 0o777).toString(8);
		return found.isDirectory() ? [[`${inner}/`, mode], ...modesIn(path, inner)] : [[inner, mode]];
	});
}

const wide = (given: [string, string][]) =>
	given.filter(([name, mode]) => mode !== (name.endsWith("/") ? "700" : "600"));

test.skipIf(process.platform === "win32")("a store, its log, its spool and its temporary files", async () => {
	const at = folder();
	const before = process.umask(0);
	try {
		const path = join(at, "acme.duckdb");
		const config = writeFile(join(folder(), "duckdb.json"), { path, customer_id: "acme", epoch_seconds: 1 });
		const destination = start(DESTINATION_DUCKDB, ["write", "--config", config]);
		destination.stdin.write(
			[catalog(stream("orders", { id: TEXT })), record("orders", { id: "1" }), state("orders", { a: 1 })].join(""),
		);
		await destination.said('"STATE"');
		destination.stdin.write(record("orders", { id: "2" }));
		expect(wide(modesIn(at))).toEqual([]);
		expect(modesIn(at).map(([name]) => name)).toEqual(
			expect.arrayContaining(["acme.duckdb", "acme.duckdb.wal", ".growthnav/spool/"]),
		);
		destination.stdin.end(state("orders", { a: 2 }) + complete("orders"));
		expect((await destination.ended).code).toBe(0);
		expect(wide(modesIn(at))).toEqual([]);
	} finally {
		process.umask(before);
	}
});

test.skipIf(process.platform === "win32")("what growthnav keeps of a pipeline", async () => {
	const at = folder();
	writeFile(join(at, "data.csv"), "id\n1\n");
	const pipeline = {
		customer: "acme",
		source: { connector: "file", config: { path: "data.csv" } },
		destination: "duckdb",
	};
	writeFile(join(at, "acme.yaml"), pipeline);
	const before = process.umask(0);
	try {
		expect((await run(GROWTHNAV, ["run", "acme.yaml"], { cwd: at })).code).toBe(0);
	} finally {
		process.umask(before);
	}
	const made = modesIn(at).filter(([name]) => !["data.csv", "acme.yaml"].includes(name));
	expect(made.map(([name]) => name)).toEqual(
		expect.arrayContaining([".growthnav/acme/run.json", ".growthnav/acme/1.log"]),
	);
	// it holds one star
	expect(wide(made).filter(([name]) => name !== ".growthnav/.gitignore")).toEqual([]);
});
