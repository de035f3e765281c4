/** The screens of growthnav on a small shop, from real runs, held against the files in golden/; and their events. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { eventsOf } from "./events.ts";
import { growthnav, offered, SALES, shop, steady, typed, writePipeline } from "./growthnav.ts";
import { type Ended, writeFile } from "./processes.ts";

const golden = (name: string) => join(import.meta.dirname, "golden", `${name}.txt`);

/** A session: what was typed, what came on stdout, then what came on stderr. */
async function session(at: string, ...commands: string[]): Promise<{ text: string; ended: Ended[] }> {
	const ended: Ended[] = [];
	let text = "";
	for (const command of commands) {
		const one = await typed(at, command);
		ended.push(one);
		text += `$ ${command}    (exit code ${one.code})\n${one.out}${one.err === "" ? "" : `(stderr)\n${one.err}`}\n`;
	}
	return { text: steady(text, at), ended };
}

describe.concurrent("a shop's first day", { timeout: 180_000 }, () => {
	test("check, discover, preview: what there is and what it becomes, before anything is written", async ({
		expect,
	}) => {
		const at = shop();
		const { text } = await session(
			at,
			"growthnav check shop.yaml",
			"growthnav discover shop.yaml",
			"growthnav discover shop.yaml --stream sales",
			"growthnav discover shop.yaml --stream sales --mapping",
			"growthnav preview shop.yaml --rows 5",
			"growthnav preview shop.yaml --row 3",
		);
		await expect(text).toMatchFileSnapshot(golden("before-a-run"));
		expect(existsSync(join(at, "shop.duckdb"))).toBe(false);
		expect(existsSync(join(at, ".growthnav"))).toBe(false);
	});

	test("run, run again, rejects, a fix, retry, state, reset", async ({ expect }) => {
		const at = shop();
		const first = await session(
			at,
			"growthnav state show shop.yaml",
			"growthnav run shop.yaml",
			"growthnav run shop.yaml",
			"growthnav rejects shop.yaml",
		);
		await expect(first.text).toMatchFileSnapshot(golden("runs"));
		expect(first.ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
		for (const command of offered(first.ended.at(-1)!.out)) expect((await typed(at, command)).code).toBe(0);

		writePipeline(at, "shop.yaml", { columns: { value: { first: ["amount", { const: "1.00" }] } } });
		const { text } = await session(
			at,
			"growthnav rejects shop.yaml --retry",
			"growthnav state show shop.yaml",
			"growthnav state reset shop.yaml --stream sales",
			"growthnav state reset shop.yaml --stream sales --yes",
			"growthnav run shop.yaml",
			'growthnav sql shop.yaml "select order_number, value from conversions order by 1"',
		);
		await expect(text).toMatchFileSnapshot(golden("after-a-fix"));
	});

	test("several pipelines: each tells its result, the last line counts", async ({ expect }) => {
		const at = shop();
		writePipeline(at, "other.yaml", { source: { path: "nosuch.csv" } });
		writePipeline(at, "third.yaml", { more: { customer: "third", limits: { rejects_percent: 1 } } });
		const { text, ended } = await session(at, "growthnav run shop.yaml other.yaml nosuch.yaml third.yaml");
		await expect(text).toMatchFileSnapshot(golden("several"));
		expect(ended[0]!.code).toBe(10);
	});

	test("sync needs no pipeline file, and what it offers can be typed", async ({ expect }) => {
		const at = shop();
		writeFile(join(at, "file.json"), { path: "sales.csv", account: "shop", source: "pos", key: ["id"] });
		const { text, ended } = await session(
			at,
			"growthnav sync file duckdb --source-config file.json",
			"growthnav sync file duckdb --source-config file.json --customer shop",
		);
		await expect(text).toMatchFileSnapshot(golden("sync"));
		const next = await typed(at, offered(ended[1]!.out)[0]!);
		expect([next.code, next.out]).toEqual([0, expect.stringContaining("1 reject waits for a decision.")]);
	});

	test("a change at the source is told, and what it touches", async ({ expect }) => {
		const at = shop({ source: { path: "*.csv", stream: "sales" } });
		await growthnav(at, ["run", "shop.yaml"]);
		const wider = SALES.replace("status", "status,till").replaceAll("paid", "paid,2").replaceAll("open", "open,1");
		writeFile(join(at, "sales2.csv"), wider.replaceAll(",A", ",B").replace("7.25", "7.255"));
		const { text } = await session(at, "growthnav run shop.yaml --quiet");
		await expect(text).toMatchFileSnapshot(golden("schema-change"));
	});

	test("the help of every command fits 80 columns", async ({ expect }) => {
		const root = await growthnav(shop(), ["--help"]);
		await expect(root.out).toMatchFileSnapshot(golden("help"));
		const names = [...root.out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
		expect(names).toHaveLength(15);
		const helps = await Promise.all(names.map((name) => growthnav(shop(), [name, "--help"])));
		for (const { out, code } of [root, ...helps]) {
			expect(code).toBe(0);
			expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
		}
		const same = await Promise.all([
			growthnav(shop(), []),
			growthnav(shop(), ["help"]),
			growthnav(shop(), ["run", "-h"]),
		]);
		expect(same.map(({ out }) => out)).toEqual([root.out, root.out, helps[names.indexOf("run")]!.out]);
	});
});

describe.concurrent("--json", { timeout: 180_000 }, () => {
	test("every command tells events with the fields that they have, and nothing else", async ({ expect }) => {
		const at = shop();
		const told = async (...args: string[]) => {
			const { out, err, code } = await growthnav(at, [...args, "--json"]);
			expect([args, code, err]).toEqual([args, expect.any(Number), ""]);
			return { code, events: eventsOf(out) };
		};
		const names = ({ events }: { events: object[] }) => [
			...new Set(events.map((one) => (one as { event: string }).event)),
		];
		const before = await Promise.all([
			told("connectors"),
			told("check", "shop.yaml"),
			told("discover", "shop.yaml"),
			told("preview", "shop.yaml"),
		]);
		expect(before.map(names)).toEqual([["connector"], ["check"], ["stream"], ["preview_row"]]);
		const run = await told("run", "shop.yaml", "-v");
		expect(run.code).toBe(0);
		expect(names(run)).toEqual(
			expect.arrayContaining([
				"phase",
				"run_started",
				"committed",
				"reject",
				"stream_finished",
				"conversions",
				"balance",
			]),
		);
		expect(run.events.at(-1)).toMatchObject({ event: "run_finished", status: "done", run: 1, pipeline: "shop" });
		const after = await Promise.all([
			told("rejects", "shop.yaml"),
			told("sql", "shop.yaml", "from conversions"),
			told("state", "show", "shop.yaml"),
			told("sql", "shop.yaml", "selec"),
		]);
		expect(after.map(names)).toEqual([["reject", "rows"], ["row", "rows"], ["state"], ["error"]]);
		const id = String(after[0]!.events[0]!.id);
		const explained = await told("rejects", "shop.yaml", "--explain", id.slice(0, 8));
		expect(explained.events).toMatchObject([{ event: "reject", id, raw: expect.any(String), whole: true }]);
		expect(names(await told("rejects", "shop.yaml", "--retry"))).toEqual(["rejects_retried"]);
		expect(names(await told("state", "reset", "shop.yaml", "--yes"))).toEqual(["state_reset"]);
	});

	test("ends with run_finished whatever happens", async ({ expect }) => {
		const at = shop();
		writePipeline(at, "secret.yaml", { source: { path: "env:NOSUCH" } });
		writePipeline(at, "map.yaml", { columns: { value: "amuont" } });
		const cases: [args: string[], code: number, status: string][] = [
			[["run", "nosuch.yaml"], 10, "failed"],
			[["run", "secret.yaml"], 10, "failed"],
			[["run", "map.yaml"], 10, "failed"],
			[["run", "shop.yaml", "--wait", "soon"], 10, "failed"],
			[["run", "--nosuch"], 10, "failed"],
			[["run"], 10, "failed"],
			[["demo", "nosuch"], 10, "failed"],
			[["sync", "nosuch", "duckdb"], 10, "failed"],
			[["run", "nosuch.yaml", "shop.yaml"], 10, "done"],
		];
		const ended = await Promise.all(cases.map(([args]) => growthnav(at, [...args, "--json"])));
		for (const [index, { out, err, code }] of ended.entries()) {
			const [args, wanted, status] = cases[index]!;
			const events = eventsOf(out);
			expect([args, code, err]).toEqual([args, wanted, ""]);
			expect(events.at(-1)).toMatchObject({ event: "run_finished", status });
			expect(events.filter(({ event }) => event === "error")).toHaveLength(1);
		}
	});

	test("tells of rows that were refused with id, file and line", async ({ expect }) => {
		const at = shop();
		const events = eventsOf((await growthnav(at, ["run", "shop.yaml", "--json"])).out);
		const rejects = events.filter(({ event }) => event === "reject");
		expect(rejects.toSorted((a, b) => (String(a.kind) < String(b.kind) ? -1 : 1))).toMatchObject([
			{ kind: "conversion", code: "no_money", record_id: "A4" },
			{ kind: "record", file: "sales.csv", line: 4, record_id: null },
		]);
		expect(readFileSync(join(at, ".growthnav", "shop", "1.log"), "utf8")).toContain("[source]");
	});
});
