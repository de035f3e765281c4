/** `growthnav demo`, twice, and everything that its screens offer next; one store for all of it. */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { eventsOf } from "./events.ts";
import { growthnav, offered, steady, typed } from "./growthnav.ts";
import { type Ended, folder } from "./processes.ts";

const at = folder();
const golden = (name: string) => join(import.meta.dirname, "golden", `${name}.txt`);
let first: Ended;
let second: Ended;

beforeAll(async () => {
	first = await growthnav(at, ["demo"]);
	second = await growthnav(at, ["demo"]);
}, 120_000);

describe("growthnav demo", () => {
	test("ends with a screen on which all numbers add up", async () => {
		expect([first.code, first.err]).toEqual([0, expect.stringContaining("2 square   a scripted Square merchant")]);
		// which order without a time comes first is left to the reading of four locations at once
		const shown = steady(first.out, at).replace(/CAIS\w{22}/g, `CAIS${"0".repeat(22)}`);
		await expect(shown).toMatchFileSnapshot(golden("demo-first"));
		const number = (text: string | undefined) => Number(text?.replaceAll(",", ""));
		const tables = [...first.out.matchAll(/^(\S+__\S+|Total) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) /gm)];
		expect(tables).toHaveLength(7);
		for (const [, , read, loaded, superseded, rejected] of tables) {
			expect(number(read)).toBe(number(loaded) + number(superseded) + number(rejected));
		}
		const sums = [...first.out.matchAll(/USD (-?[\d,]+\.\d\d) +USD (-?[\d,]+\.\d\d) +equal$/gm)];
		expect(sums).toHaveLength(4);
		for (const [, here, there] of sums) expect(here).toBe(there);
	});

	test("tells every stream on a pipe, in lines", () => {
		expect(steady(first.err, at)).toMatch(
			/^Two examples into demo\.duckdb; no account, no network\.\n {2}1 file {5}6,919 real purchases.*\n {2}2 square {3}a scripted.*\n\n0000-00-00Z growthnav 0\.0\.0, 1 file -> duckdb {2}run 1\n00:00:00Z starts at the beginning\n/,
		);
		for (const stream of ["transactions", "locations", "customers", "orders", "payments", "refunds"]) {
			expect(first.err).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\dZ ${stream} complete, read`, "m"));
		}
	});

	test("says the second time that nothing is new and nothing doubled", async () => {
		expect(second.code).toBe(0);
		await expect(steady(second.out, at)).toMatchFileSnapshot(golden("demo-second"));
	});

	test("offers commands that can be typed as they stand", async () => {
		const commands = [...new Set([...offered(first.out), ...offered(second.out)])];
		expect(commands).toEqual([
			"growthnav rejects demo.duckdb",
			'growthnav sql demo.duckdb "from conversions limit 9"',
			"growthnav demo",
			"growthnav preview square --demo",
		]);
		const typedWell = async (command: string): Promise<string[]> => {
			const { out, err, code } = await typed(at, command);
			expect([command, code, err]).toEqual([command, 0, ""]);
			return offered(out);
		};
		// the demo itself runs at the end
		const next = await Promise.all(commands.filter((one) => one !== "growthnav demo").map(typedWell));
		expect(next.flat().length).toBeGreaterThan(1);
		await Promise.all(next.flat().map(typedWell));
	});

	test("prints commands in the form in which it was started", async () => {
		const { out } = await growthnav(at, ["rejects", "demo.duckdb"], { npm_command: "exec" });
		expect(out).toMatch(/^Next {2}npx growthnav rejects demo\.duckdb --explain/m);
	});
});

describe("the store of the demo", () => {
	test("rejects: ids as people know them, the same ones in every form", async () => {
		const [table, json, csv] = await Promise.all([
			growthnav(at, ["rejects", "demo.duckdb"]),
			growthnav(at, ["rejects", "demo.duckdb", "--json"]),
			growthnav(at, ["rejects", "demo.duckdb", "--csv"]),
		]);
		const events = eventsOf(json.out);
		expect(events.at(-1)).toMatchObject({ event: "rows", rows: 9 });
		const ids = events.flatMap(({ record_id }) => (record_id == null ? [] : String(record_id)));
		expect(ids).toHaveLength(3);
		for (const id of ids) {
			expect(id).toMatch(/^CAIS\w+$/);
			expect(table.out).toContain(`  ${id}  `);
			expect(csv.out).toContain(`,${id},`);
		}
		expect(csv.out.split("\r\n")).toHaveLength(11);
		expect(table.out).toContain("! 9 rejects wait for a decision.");
	});

	test("state show tells all pipelines of a store", async () => {
		const { out, code } = await growthnav(at, ["state", "show", "demo.duckdb"]);
		expect(code).toBe(0);
		// as wide as the oldest state is old
		const shown = steady(out, at).replace(/Age +Cursor/g, "Age  Cursor");
		await expect(shown).toMatchFileSnapshot(golden("demo-state"));
	});

	test("sql: a table, whole in a pipe; CSV; events; what is wrong is the query's, and nothing is written", async () => {
		const query = (sql: string, ...more: string[]) => growthnav(at, ["sql", "demo.duckdb", sql, ...more]);
		const days = "select business_date, sum(value) as value from conversions group by 1 order by 1 limit 2";
		const [table, csv, json, none, wrong, missing, write] = await Promise.all([
			query(days),
			query("select '=1+1' as a, 'x,y' as b", "--csv"),
			query(days, "--json"),
			query("select 1 as one where false"),
			query("selec 1"),
			query("from nosuch"),
			query("delete from conversions"),
		]);
		expect(table.out).toBe("business_date   value\n1997-01-01     439.11\n1997-01-02     551.78\n");
		expect(csv.out).toBe('a,b\r\n\'=1+1,"x,y"\r\n');
		expect(eventsOf(json.out)).toMatchObject([
			{ event: "row", row: { business_date: "1997-01-01", value: "439.11" } },
			{ event: "row" },
			{ event: "rows", rows: 2, columns: [{ name: "business_date", type: "DATE" }, { name: "value" }] },
		]);
		expect(none.out).toBe("one\n0 rows\n");
		expect([wrong.code, missing.code, write.code]).toEqual([10, 10, 10]);
		expect(wrong.err).toContain('why    Parser Error: syntax error at or near "selec"');
		expect(missing.err).toContain('next   growthnav sql demo.duckdb "show tables"');
		expect(write.err).toContain("✗ config.query_writes   DELETE would change the store");
		expect((await query("select count(*) as n from conversions")).out).toContain("26176");
	});
});

test("growthnav demo --json: every event as it is told, each run with its end", async () => {
	const { out, err, code } = await growthnav(at, ["demo", "--json"]);
	expect([code, err]).toEqual([0, ""]);
	const events = eventsOf(out);
	const ends = events.filter(({ event }) => event === "run_finished");
	expect(ends.map(({ pipeline, status }) => [pipeline, status])).toEqual([
		["file", "nothing_new"],
		["square", "nothing_new"],
	]);
	expect(events.at(-1)).toBe(ends.at(-1));
	expect(events.filter(({ event }) => event === "conversions").every(({ check }) => check === "equal")).toBe(true);
});
