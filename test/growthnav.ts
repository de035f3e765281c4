/** growthnav as its users start it, and its screens without what differs from run to run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@growthnav/spec";
import { type Ended, folder, GROWTHNAV, run, writeFile } from "./processes.ts";

const { version } = JSON.parse(
	readFileSync(fileURLToPath(new URL("../sdk/package.json", import.meta.url)), "utf8"),
) as { version: string };

export function growthnav(at: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
	return run(GROWTHNAV, args, { cwd: at, env: { TMPDIR: at, ...env } });
}

/** A command as it is printed: `growthnav sql demo.duckdb "from conversions limit 9"`, and as it is started. */
export function typed(at: string, command: string): Promise<Ended> {
	const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, one, two, three]) => one ?? two ?? three!);
	if (words[0] !== "growthnav") throw new Error(`no command of growthnav: ${command}`);
	return growthnav(at, words.slice(1));
}

/** Commands that a screen offers: behind Next and in the lines below, and in the `next` of errors. */
export function offered(text: string): string[] {
	const [, next = ""] = /^Next {2}(growthnav[\s\S]*)/m.exec(text) ?? [];
	const lines = next.split("\n").map((line, index) => (index === 0 ? line : line.replace(/^ {6}(?=growthnav)/, "")));
	return lines.filter((line) => line.startsWith("growthnav ")).map((line) => line.replace(/ {2,}.*$/, ""));
}

/**
 * The text without clocks, durations, rates, sizes, free space and the version; verdicts on one line, since they break
 * elsewhere when a run took longer.
 */
export function steady(text: string, at: string): string {
	const today = new Date().toISOString().slice(0, 10);
	return text
		.replaceAll(`${at}/`, "")
		.replaceAll(version, "0.0.0")
		.replace(new RegExp(`${today}([ T])\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z`, "g"), "0000-00-00$100:00:00Z")
		.replaceAll(today, "0000-00-00")
		.replace(/^\d\d:\d\d:\d\dZ/gm, "00:00:00Z")
		.replace(/(until|after) \d\d:\d\d:\d\dZ/g, "$1 00:00:00Z")
		.replace(/ {2,}\d+\.\d s$/gm, "  0.0 s")
		.replace(/\b\d+ min \d\d s\b|\b\d+\.\d s\b/g, "0.0 s")
		.replace(/ {2,}\d+(\.\d)? (B|kB|MB)\b/g, "  0 B")
		.replace(/\b\d+(\.\d)? (B|kB|MB|GB)\b/g, "0 B")
		.replace(/ +\d+\.\d$/gm, "  0.0")
		.replace(/ {2,}\d+ (s|min) {2,}/g, "  0 s  ")
		.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:0")
		.replace(/process \d+ \(\S+\)/g, "process 0 (node)")
		.replace(/^(?:✓|✗|!) .*(?:\n {2}(?!(?:where|why|kept|next|[+~-]) )\S.*)+/gm, (verdict) =>
			verdict.replace(/\n {2}/g, " "),
		)
		.replace(/[ \t]+$/gm, "");
}

/** Sales as a shop's till writes them: a row with too many fields, one that is a quotation, one without a price. */
export const SALES = `date,id,amount,currency,status
2026-07-01,A1,10.00,USD,paid
2026-07-02,A2,20.50,USD,open
2026-07-03,A3,xxx, xxx,USD,paid,2
2026-07-04,A4,,USD,paid
2026-07-05,A5,7.25,USD,paid
`;

const COLUMNS = { timestamp: "date", currency: "currency", value: "amount", transaction_id: "id", order_number: "id" };

/** A folder with `sales.csv` and `shop.yaml`, which makes purchases of it. */
export function shop(
	parts: { csv?: string; source?: JsonObject; more?: JsonObject; columns?: JsonObject } = {},
): string {
	const at = folder();
	writeFile(join(at, "sales.csv"), parts.csv ?? SALES);
	writePipeline(at, "shop.yaml", parts);
	return at;
}

/** JSON is YAML; line by line, so that errors have a place. */
export function writePipeline(
	at: string,
	name: string,
	{ source = {}, more = {}, columns = {} }: { source?: JsonObject; more?: JsonObject; columns?: JsonObject } = {},
): string {
	const config = { path: "sales.csv", account: "shop", source: "pos", key: ["id"], ...source };
	const conversions = [{ type: "purchase", when: { status: "paid" }, columns: { ...COLUMNS, ...columns } }];
	const pipeline = {
		customer: name.replace(/\W.*$/, ""),
		source: { connector: "file", config },
		destination: "duckdb",
		streams: { sales: { conversions } },
		...more,
	};
	return writeFile(join(at, name), JSON.stringify(pipeline, undefined, "  "));
}
