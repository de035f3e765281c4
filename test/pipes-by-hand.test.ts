/** The pipes as README and pages write them, typed into a shell. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openMerchant } from "@growthnav/source-square/demo";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folder, messagesIn, writeFile } from "./processes.ts";
import { rows, value } from "./store.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const at = folder();
const path = join(at, "acme.duckdb");
const duckdb = writeFile(join(at, "duckdb.json"), { path, customer_id: "acme" });
const square = join(at, "square.json");
const [state, sent] = [join(at, "state.ndjson"), join(at, "sent.ndjson")];

let merchant: Awaited<ReturnType<typeof openMerchant>>;

beforeAll(async () => {
	merchant = await openMerchant({ story: { visits: 400, customers: 60 } });
	writeFile(square, { access_token: merchant.token, base_url: merchant.url });
});
afterAll(() => merchant.close());

/** What a person types in the project's folder. */
async function type(line: string): Promise<{ code: number | null; out: string; err: string }> {
	const { PATH = "", HOME = "" } = process.env;
	const shell = spawn("sh", ["-c", line], { cwd: ROOT, env: { PATH, HOME }, stdio: ["ignore", "pipe", "pipe"] });
	const texts = { out: "", err: "" };
	shell.stdout.setEncoding("utf8").on("data", (text) => {
		texts.out += text;
	});
	shell.stderr.setEncoding("utf8").on("data", (text) => {
		texts.err += text;
	});
	const code = await new Promise<number | null>((resolve) => shell.once("close", resolve));
	// npm has words of its own
	return { code, out: texts.out, err: texts.err.replaceAll(/^npm .*\n/gm, "") };
}

describe("by hand", () => {
	test("read | write", async () => {
		merchant.setNow(Date.UTC(2026, 2, 1));
		const line = `npx source-square read --config ${square} | npx destination-duckdb write --config ${duckdb}`;
		const { code, out } = await type(line);
		expect(code).toBe(0);
		expect(new Set(messagesIn({ out }).map((message) => message.type))).toEqual(new Set(["STATE", "LOG"]));
		const { purchase, refund } = merchant.books();
		expect(await value(path, "SELECT count(*) FROM conversions")).toBe(purchase.rows + refund.rows);
	});

	test("state > state.ndjson, and read --state reads only what changed", async () => {
		expect(await type(`npx destination-duckdb state --config ${duckdb} > ${state}`)).toMatchObject({
			code: 0,
			out: "",
		});
		merchant.setNow(Date.UTC(2026, 2, 8));
		const before = Number(await value(path, "SELECT count(*) FROM square__orders"));
		const read = `npx source-square read --config ${square} --state ${state} | tee ${sent}`;
		expect((await type(`${read} | npx destination-duckdb write --config ${duckdb}`)).code).toBe(0);
		const orders = Number(await value(path, "SELECT count(*) FROM square__orders"));
		const { out } = await type(`grep -c '"stream":"orders".*"data"' ${sent}`);
		expect(orders).toBeGreaterThan(before);
		// new ones, and a handful that the lookback reads again
		expect(Number(out)).toBeLessThan(orders - before + 10);
		const { purchase, refund } = merchant.books();
		expect(
			await rows(path, "SELECT conversion_type AS type, count(*) AS n FROM conversions GROUP BY 1 ORDER BY 1"),
		).toEqual([
			{ type: "purchase", n: purchase.rows },
			{ type: "refund", n: refund.rows },
		]);
	});

	test("--reset of one stream reads that one again, and doubles nothing", async () => {
		const { out } = await type(`npx destination-duckdb state --config ${duckdb} --reset orders`);
		expect(messagesIn({ out })).toMatchObject([
			{ type: "STATE", state: { stream: { stream_descriptor: { name: "orders" } } } },
		]);
		const before = await value(path, "SELECT count(*) FROM square__orders");
		const conversions = await value(path, "SELECT count(*) FROM conversions");
		await type(`npx destination-duckdb state --config ${duckdb} > ${state}`);
		const read = `npx source-square read --config ${square} --state ${state} | tee ${sent}`;
		expect((await type(`${read} | npx destination-duckdb write --config ${duckdb}`)).code).toBe(0);
		expect(Number((await type(`grep -c '"stream":"orders".*"data"' ${sent}`)).out)).toBeGreaterThan(Number(before) - 1);
		expect(await value(path, "SELECT count(*) FROM square__orders")).toBe(before);
		expect(await value(path, "SELECT count(*) FROM conversions")).toBe(conversions);
	});

	test("a reader that takes a part ends everything without a word", async () => {
		const head = await type(`npx source-square read --config ${square} | head -n 2`);
		expect([head.code, head.err]).toEqual([0, ""]);
		expect(messagesIn(head).map((message) => message.type)).toEqual(["CATALOG", "TRACE"]);
	});
});
