/**
 * What a person reads when something is wrong: each error provoked for real, its four parts held against golden/errors, and
 * the exit code that says who must act.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMerchant } from "@growthnav/source-square/demo";
import { afterAll, beforeAll, describe, test } from "vitest";
import { growthnav, offered, shop, steady, typed, writePipeline } from "./growthnav.ts";
import { catalog, complete, line, record, stream, TEXT } from "./lines.ts";
import { DESTINATION_DUCKDB, type Ended, folder, run, start, writeFile } from "./processes.ts";

const golden = (name: string) => join(import.meta.dirname, "golden", "errors", `${name}.txt`);
let merchant: Awaited<ReturnType<typeof openMerchant>>;

beforeAll(async () => {
	merchant = await openMerchant({ story: { visits: 40, customers: 10 } });
});
afterAll(() => merchant.close());

/** The errors on stderr, each from its mark to the blank line or the end behind it. */
function errorsIn({ err }: Ended, at: string): string {
	const text = steady(err, at);
	const from = text.search(/^[✗!] [a-z]+\./m);
	return from < 0 ? text : `${text.slice(from).trimEnd()}\n`;
}

function square(name: string, source: object, more: object = {}): string {
	const at = folder();
	writeFile(
		join(at, `${name}.yaml`),
		`customer: ${name}\nsource: ${JSON.stringify({ connector: "square", ...source })}\n` +
			`destination: ${JSON.stringify({ connector: "duckdb", ...more })}\n`,
	);
	return at;
}

const key = () => ({ access_token: "env:SQUARE_TOKEN", base_url: merchant.url });

describe.concurrent("errors of settings end with 10", { timeout: 180_000 }, () => {
	const CASES: [code: string, parts: Parameters<typeof shop>[0], more?: string[]][] = [
		["unknown_key", { source: { acount: "shop" } }],
		["secret_missing", { source: { path: "env:SALES_FILE" } }],
		["csv_row", {}],
		["date_ambiguous", { csv: "date,id,amount,currency,status\n03/04/2026,A1,1.00,USD,paid\n" }],
		["time_zone_missing", { csv: "date,id,amount,currency,status\n2026-07-03 19:22,A1,1.00,USD,paid\n" }],
		["mapping_path", { columns: { value: "amuont" } }],
		["unknown_stream", { more: { streams: { slaes: {} } } }],
		["yaml_syntax", { more: {} }],
	];

	test.for(CASES)("%s", async ([code, parts], { expect }) => {
		const at = shop(parts);
		if (code === "yaml_syntax") writeFile(join(at, "shop.yaml"), "customer: shop\n\tsource: file\n");
		const ended = await growthnav(at, ["run", "shop.yaml"]);
		if (code === "csv_row") {
			// a reject: the run goes on, and the screen tells where
			expect(ended.code).toBe(0);
			expect(ended.out).toContain("file__sales     1  the row has 7 fields, the header has 5 (sales.csv:4)\n");
			return;
		}
		expect(ended.code).toBe(10);
		await expect(errorsIn(ended, at)).toMatchFileSnapshot(golden(code));
		expect(ended.out + ended.err).not.toMatch(/\n\s+at |node:internal|\.ts:\d/);
	});

	test("several errors come together, and check tries everything", async ({ expect }) => {
		const at = shop({ source: { acount: "shop" }, columns: { value: "amount" }, more: { destinatoin: "duckdb" } });
		writePipeline(at, "two.yaml", { source: { path: "env:NO_FILE" }, more: { destination: { connector: "dukdb" } } });
		const [one, two] = await Promise.all([growthnav(at, ["run", "shop.yaml"]), growthnav(at, ["check", "two.yaml"])]);
		expect([one.code, two.code]).toEqual([10, 10]);
		await expect(errorsIn(one, at)).toMatchFileSnapshot(golden("several"));
		await expect(steady(two.out, at) + errorsIn(two, at)).toMatchFileSnapshot(golden("check"));
	});

	test("a mapping or a stream that is not there: discover, to which they send, lists what is there before it says so", async ({
		expect,
	}) => {
		const at = shop({ columns: { value: "nosuch" } });
		const ended = await growthnav(at, ["discover", "shop.yaml"]);
		expect(ended.code).toBe(10);
		expect(ended.out).toMatch(/^sales +id /m);
		expect(ended.err).toContain("config.mapping_path");
	});

	test("credentials: which secret, and where it stands", async ({ expect }) => {
		const at = square("acme", { config: key() });
		const ended = await growthnav(at, ["run", "acme.yaml"], { SQUARE_TOKEN: "EAAA-wrong-token" });
		expect(ended.code).toBe(10);
		await expect(errorsIn(ended, at)).toMatchFileSnapshot(golden("credentials"));
	});

	test("a secret from a file of variables, and the same file in the commands that are printed", async ({ expect }) => {
		const at = square("acme", { config: key() });
		writeFile(join(at, "secrets.env"), `SQUARE_TOKEN=${merchant.token}\n`);
		const missing = await growthnav(at, ["check", "acme.yaml"]);
		expect(missing.err).toContain("or growthnav run acme.yaml --env .env");
		const { code, out } = await growthnav(at, ["preview", "acme.yaml", "--env", "secrets.env", "--stream", "orders"]);
		expect(code).toBe(0);
		expect(offered(out).every((command) => command.includes("--env secrets.env"))).toBe(true);
	});

	test("a saved state that does not fit: the command that it names helps", async ({ expect }) => {
		const at = square("acme", { config: key() }, { config: { path: "acme.duckdb" } });
		const config = writeFile(join(at, "duckdb.json"), { path: "acme.duckdb", customer_id: "acme", connection: "acme" });
		const square_ = { namespace: "square" };
		const state = {
			type: "STREAM",
			stream: {
				stream_descriptor: { name: "orders", ...square_ },
				stream_state: { cursor_field: "created_at", cursor: "2026-07-01T00:00:00Z" },
			},
		};
		const old = [
			catalog(stream("orders", { id: TEXT }, square_)),
			record("orders", { id: "A1" }, undefined, square_),
			line({ type: "STATE", state }),
			complete("orders"),
		];
		await run(DESTINATION_DUCKDB, ["write", "--config", config], { cwd: at, input: old });
		const env = { SQUARE_TOKEN: merchant.token };
		const ended = await growthnav(at, ["run", "acme.yaml"], env);
		expect(ended.code).toBe(10);
		await expect(errorsIn(ended, at)).toMatchFileSnapshot(golden("state_incompatible"));
		const reset = await growthnav(at, ["state", "reset", "acme.yaml", "--stream", "orders", "--yes"], env);
		expect(reset.code).toBe(0);
		expect((await growthnav(at, ["run", "acme.yaml"], env)).code).toBe(0);
	});

	test("words that do not fit the command line", async ({ expect }) => {
		const at = shop();
		const lines = [
			"growthnav runn shop.yaml",
			"growthnav shop.yaml",
			"growthnav run --jsno shop.yaml",
			"growthnav run",
			"growthnav check shop.yaml more.yaml",
			"growthnav preview shop.yaml --rows many",
			"growthnav preview shop.yaml --stream",
			"growthnav run shop.yaml --color sometimes",
			"growthnav run shop.yaml --wait soon",
			"growthnav discover fiel",
			"growthnav sql shop.db selec",
			"growthnav sql shop.duckdb selec",
			"growthnav state shwo shop.yaml",
			"growthnav state reset shop.duckdb",
			"growthnav rejects shop.duckdb --retry",
			"growthnav sync file duckdb --source-config nosuch.json",
			"growthnav --nosuch",
		];
		const ended = await Promise.all(lines.map((one) => typed(at, one)));
		expect(ended.map(({ code, out }) => [code, out])).toEqual(lines.map(() => [10, ""]));
		const text = ended.map((one, index) => `$ ${lines[index]}\n${errorsIn(one, at)}`).join("\n");
		await expect(text).toMatchFileSnapshot(golden("command-line"));
	});
});

describe("errors that pass end with 20", { timeout: 180_000 }, () => {
	test("a limit of the rate: how long, what is kept", async ({ expect }) => {
		const limited = await openMerchant({ story: { visits: 40, customers: 10 } });
		limited.refuse(429, { times: 100, path: "/v2/orders/search", retryAfter: 1 });
		const config = { access_token: "env:SQUARE_TOKEN", base_url: limited.url, http_limits: { tries: 3 } };
		const at = square("acme", { config });
		const ended = await growthnav(at, ["run", "acme.yaml"], { SQUARE_TOKEN: limited.token });
		await limited.close();
		expect(ended.code).toBe(20);
		await expect(errorsIn(ended, at)).toMatchFileSnapshot(golden("rate_limited"));
		expect(ended.err).toMatch(/warning: square limits the rate; .*waits \d+ s, until \d\d:\d\d:\d\dZ, try 2 of 3/);
		expect(ended.out).toMatch(/^ {2}waited .* in 2 times: square limits the rate$/m);
	});

	test("a store that another program holds; --wait waits until it is free", async ({ expect }) => {
		const at = shop();
		const config = writeFile(join(at, "duckdb.json"), { path: "shop.duckdb", customer_id: "shop" });
		const holder = start(DESTINATION_DUCKDB, ["write", "--config", config], { cwd: at });
		holder.stdin.write(catalog(stream("events", { id: TEXT })) + record("events", { id: "1" }));
		holder.stdin.write(
			line({ type: "STATE", state: { type: "STREAM", stream: { stream_descriptor: { name: "events" } } } }),
		);
		await holder.said('"type":"STATE"');
		const locked = await growthnav(at, ["run", "shop.yaml"]);
		expect(locked.code).toBe(20);
		await expect(errorsIn(locked, at)).toMatchFileSnapshot(golden("database_locked"));
		const waiting = growthnav(at, ["run", "shop.yaml", "--wait", "60s", "--json"]);
		setTimeout(() => holder.stdin.end(complete("events")), 4_000);
		const { code, out } = await waiting;
		expect([code, out]).toEqual([0, expect.stringContaining('"event":"waiting"')]);
		expect(out.match(/"event":"run_finished"/g)).toHaveLength(1);
	});

	test("a pipeline that is already running", async ({ expect }) => {
		const at = shop();
		const record_ = {
			run: 4,
			started_at: new Date().toISOString(),
			alive_at: new Date().toISOString(),
			pid: process.pid,
		};
		mkdirSync(join(at, ".growthnav", "shop"), { recursive: true });
		writeFile(join(at, ".growthnav", "shop", "run.json"), record_);
		const ended = await growthnav(at, ["run", "shop.yaml"]);
		expect(ended.code).toBe(20);
		expect(errorsIn(ended, at)).toContain("✗ transient.already_running   Run 4 of this pipeline is under way\n");
	});
});

describe("a full disk", { timeout: 180_000 }, () => {
	let small: string | undefined;
	beforeAll(() => {
		const at = mkdtempSync(join(tmpdir(), "gn-full-"));
		if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", at]).status === 0) small = at;
		else rmSync(at, { recursive: true });
	});
	afterAll(() => {
		if (small === undefined) return;
		spawnSync("umount", [small]);
		rmSync(small, { recursive: true });
	});

	test("is told with the folder, what is free, and the setting", async ({ expect, skip }) => {
		if (small === undefined) skip("a small disk is mounted by root alone");
		const rows = Array.from({ length: 20_000 }, (_, n) => `2026-07-01,A${n},${n}.00,USD,${crypto.randomUUID()}`);
		const destination = { connector: "duckdb", config: { path: "shop.duckdb", spool: small } };
		const at = shop({ csv: `date,id,amount,currency,status\n${rows.join("\n")}\n`, more: { destination } });
		const ended = await growthnav(at, ["run", "shop.yaml"]);
		expect(ended.code).toBe(10);
		const text = errorsIn(ended, at)
			.replaceAll(small!, "<disk>")
			.replace(/kept {3}.*/, "kept   <rows>");
		await expect(text).toMatchFileSnapshot(golden("disk_full"));
	});
});

describe("what ends from outside", { timeout: 180_000 }, () => {
	test.for([
		["source_died", "source-square", { GN_CRASH_SOURCE_AT: "record:30" }],
		["destination_died", "destination-duckdb", { GN_CRASH_AT: "before_commit" }],
	] as const)("%s: what is kept, and the same command goes on", async ([code, , env], { expect }) => {
		const at = square("acme", { config: key() });
		const token = { SQUARE_TOKEN: merchant.token };
		const ended = await growthnav(at, ["run", "acme.yaml"], { ...token, ...env });
		expect(ended.code).toBe(20);
		const text = errorsIn(ended, at)
			.replace(/row [\d,]+|table \S+;/, "<place>")
			.replace(/reading \w+/, "reading <stream>")
			.replace(/kept {3}.*/, "kept   <rows>");
		await expect(text).toMatchFileSnapshot(golden(code));
		expect(ended.out).toMatch(/✗ Failed after .*, exit code 20\./);
		const again = await growthnav(at, ["run", "acme.yaml"], token);
		expect(again.code).toBe(0);
	});

	test("a run after one that was killed says what stands", async ({ expect }) => {
		const at = square("acme", { config: key() });
		const token = { SQUARE_TOKEN: merchant.token };
		await growthnav(at, ["run", "acme.yaml"], { ...token, GN_CRASH_RUN_AT: "state_back" });
		const { out, code } = await growthnav(at, ["run", "acme.yaml", "--wait", "30s"], token);
		expect(code).toBe(0);
		expect(steady(out, at)).toMatch(
			/^! Run 1 did not finish; (it had committed nothing|its last commit was at 0000-00-00 00:00:00Z)\./,
		);
		expect(out).toContain("Nothing to repair.");
	});
});
