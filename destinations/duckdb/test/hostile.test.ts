/** Names from outside become no SQL, and a query sees the store alone. */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import duckdb from "../src/index.ts";
import { catalog, folder, record, rows, state, status, stream, write } from "./support.ts";

const NOON = 1_780_000_000_000;

const DROP = '"; DROP TABLE conversions; --';
const QUOTE = "'); DROP TABLE conversions; --";

/** What a name may be at worst: quotes, ends of statements, NUL, names of ours. */
const hostileName = fc.oneof(
	fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
	fc.string({
		unit: fc.constantFrom("'", '"', ";", "-", "\0", "\\", "\n", "`", "$", "x", "\u202e"),
		minLength: 1,
	}),
	fc.constantFrom(DROP, QUOTE, "conversions", "_gn_commits", "_GN_KEY", "__proto__", "constructor", "select", ""),
);

async function tablesIn(path: string): Promise<string[]> {
	const found = await rows(
		path,
		"SELECT table_name AS name FROM duckdb_tables() WHERE database_name = 'store' ORDER BY 1",
	);
	return found.map(({ name }) => name as string);
}

describe("names of half a character", () => {
	const half = "\ud83dx";

	it("of streams, namespaces, keys and cursors are refused before anything is read", async () => {
		const wrong = [
			stream(half, { id: {} }),
			stream("orders", { id: {} }, { namespace: half }),
			stream("orders", { id: {} }, { primary_key: [[half]] }),
			stream("orders", { id: {} }, { cursor_field: [half] }),
		];
		for (const one of wrong) {
			const result = await write(join(await folder(), "a.duckdb"), [catalog(one), status("orders")]);
			expect(result.errors.map(({ code }) => code)).toContain("config.catalog_name");
			expect(result.exitCode).toBe(10);
		}
	});

	it("of properties, unknown streams, files and states are kept as text, with the character that stands for them", async () => {
		const path = join(await folder(), "a.duckdb");
		const reject = { stream: "orders", code: half, reason: half, path: half, file: half, record_id: half, raw: half };
		const lines = [
			catalog(stream("orders", { id: { type: "string" }, [half]: { type: "string" } })),
			record("orders", { id: "1", [half]: half }),
			record(half, { id: "1" }),
			{ type: "LOG", log: { level: "WARN", message: half, reject } },
			state("orders", { [half]: half }),
			status("orders"),
		];
		const result = await write(path, lines);
		expect(result.errors.filter(({ kind }) => kind === "internal")).toEqual([]);
		expect(result.states).toMatchObject([{ state: { stream: { stream_state: { [half]: half } } } }]);
		const shown = "\ufffdx";
		expect(await rows(path, "SELECT id, _gn_extra FROM orders")).toEqual([{ id: "1", _gn_extra: { [shown]: shown } }]);
		expect(await rows(path, "SELECT stream, file FROM _gn_dead_letters ORDER BY stream")).toEqual([
			{ stream: "orders", file: shown },
			{ stream: shown, file: null },
		]);
	});
});

describe("names from outside", () => {
	it("become tables and columns of clean names, whatever they are, and the same ones in the next run", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.tuple(
					hostileName,
					hostileName,
					hostileName,
					hostileName.filter((name) => name !== ""),
				),
				async ([name, namespace, property, connection]) => {
					const path = join(await folder(), "acme.duckdb");
					const stream_descriptor = { name, namespace };
					const session = [
						catalog(stream(name, { id: { type: "integer" }, [property]: { type: "string" } }, { namespace })),
						record(name, { id: 1, [property]: QUOTE }, NOON, { namespace }),
						{ type: "STATE", state: { type: "STREAM", stream: { stream_descriptor, stream_state: { text: QUOTE } } } },
						{
							type: "TRACE",
							trace: {
								type: "STREAM_STATUS",
								emitted_at: NOON,
								stream_status: { stream_descriptor, status: "COMPLETE" },
							},
						},
					];
					const settings = { connection };
					const first = await write(path, session, { settings });
					expect(first.errors).toEqual([]);
					const tables = await tablesIn(path);
					expect(tables).toEqual(
						expect.arrayContaining(["_gn_columns", "_gn_commits", "_gn_dead_letters", "conversions"]),
					);
					for (const table of tables) expect(table).toMatch(/^[a-z0-9_]+$/);
					const second = await write(path, session, { settings });
					expect(second.errors).toEqual([]);
					expect(second.commits.flatMap(({ streams }) => streams)).toMatchObject([{ read: 1, superseded: 1 }]);
					expect(await tablesIn(path)).toEqual(tables);
				},
			),
			{ numRuns: 12 },
		);
	});

	it("may stand in the path of the file too", async () => {
		const base = join(await folder(), `it's "a"; DROP TABLE x; --`);
		await mkdir(base);
		const path = join(base, "o'clock;.duckdb");
		const session = [
			catalog(stream("orders", { id: { type: "integer" } })),
			record("orders", { id: 1 }),
			status("orders"),
		];
		expect((await write(path, session)).errors).toEqual([]);
		expect(await rows(path, "SELECT id FROM orders")).toEqual([{ id: 1 }]);
	});
});

describe("a query", () => {
	const statements = (at: string, other: string): string[] => [
		`COPY (SELECT 1) TO '${at}/out.csv'`,
		`EXPORT DATABASE '${at}/out'`,
		`FROM '${at}/secret.csv'`,
		`FROM read_csv('/etc/passwd')`,
		`FROM read_text('${at}/secret.csv')`,
		`FROM read_blob('${at}/secret.csv')`,
		`FROM read_json('${at}/secret.csv')`,
		`FROM glob('${at}/*')`,
		`FROM sniff_csv('${at}/secret.csv')`,
		`ATTACH '${at}/new.duckdb'`,
		`ATTACH '${other}' AS other (READ_ONLY)`,
		"INSTALL httpfs",
		"LOAD httpfs",
		"SET enable_external_access = true",
		"SET lock_configuration = false",
		"RESET lock_configuration",
		"SET memory_limit = '100GB'",
		`SET log_query_path = '${at}/out.log'`,
		`PRAGMA profiling_output = '${at}/out.json'`,
		"CREATE TABLE orders2 AS SELECT 1",
		"DROP TABLE orders",
		"DELETE FROM orders",
		"UPDATE orders SET id = 2",
		`COPY orders FROM '${at}/secret.csv'`,
		"SELECT 1; DROP TABLE orders",
		"DETACH memory; DETACH store",
	];

	it("reads no other file and no other customer's store, writes nothing, and cannot change that", async () => {
		const at = await folder();
		const path = join(at, "acme.duckdb");
		const other = join(at, "other.duckdb");
		const session = [
			catalog(stream("orders", { id: { type: "integer" } })),
			record("orders", { id: 1 }),
			status("orders"),
		];
		await write(path, session);
		await write(other, session, { settings: { customer_id: "other" } });
		await writeFile(join(at, "secret.csv"), "a\nsecret\n");
		const before = readdirSync(at).sort();
		for (const statement of statements(at, other)) {
			const answer = await rows(path, statement).then(
				(found) => `answered ${statement} with ${JSON.stringify(found)}`,
				() => undefined,
			);
			expect(answer).toBeUndefined();
		}
		expect(readdirSync(at).sort()).toEqual(before);
		expect(await rows(path, "SELECT id FROM orders")).toEqual([{ id: 1 }]);
		expect(existsSync(join(at, "new.duckdb"))).toBe(false);
	});

	it("that would leave the store says so, with the way out", async () => {
		const path = join(await folder(), "acme.duckdb");
		await write(path, [catalog(stream("orders", { id: { type: "integer" } })), status("orders")]);
		for (const query of ["COPY orders TO '/tmp/out.csv'", "FROM '/etc/hosts.csv'", "SET memory_limit = '9GB'"]) {
			await expect(rows(path, query)).rejects.toMatchObject({
				code: "config.query_outside",
				next: expect.stringContaining("--csv"),
			});
		}
	});

	it("may still use disk of its own, for what does not fit into memory", async () => {
		const path = join(await folder(), "acme.duckdb");
		await write(path, [catalog(stream("orders", { id: { type: "integer" } })), status("orders")]);
		const sorted =
			"SELECT count(*) AS n FROM (SELECT md5(range::VARCHAR) AS m FROM range(1500000) ORDER BY m OFFSET 1)";
		const result = await duckdb.sql({ config: { path, memory_limit: "40MB" }, query: sorted });
		try {
			expect(await Array.fromAsync(result.rows)).toEqual([{ n: 1_499_999 }]);
		} finally {
			await result.close();
		}
	});
});
