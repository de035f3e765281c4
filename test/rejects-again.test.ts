/** What was refused is kept, listed with its reason, masked, and tried again after a fix. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventsIn, folder, GROWTHNAV, run, writeFile } from "./processes.ts";
import { rows, value } from "./store.ts";

const LINES = [
	{ no: "A1", sold: "2026-07-03T12:00:00Z", total: "10.00", buyer: "maria.gonzalez@example.com" },
	{ no: "A2", sold: null, paid: "2026-07-04T12:00:00Z", total: "20.00", buyer: "maria.gonzalez@example.com" },
	{ no: "A3", sold: "2026-07-05T12:00:00Z", total: null, amount: "30.00", buyer: "maria.gonzalez@example.com" },
	{ no: "A4", sold: null, total: "40.00", buyer: "maria.gonzalez@example.com" },
];

/** `columns` of the mapping: what the first one misses, the second one finds. */
function pipeline(at: string, columns: object): void {
	writeFile(join(at, "acme.yaml"), {
		customer: "acme",
		source: {
			connector: "file",
			config: {
				path: "sales.jsonl",
				stream: "sales",
				account: "till",
				columns: { total: "decimal", amount: "decimal" },
			},
		},
		destination: { connector: "duckdb", config: { path: "acme.duckdb" } },
		streams: { sales: { conversions: [{ type: "purchase", columns: { currency: { const: "USD" }, ...columns } }] } },
	});
}

test("list, fix the mapping, retry: what passes now is loaded and settled, the rest keeps waiting", async () => {
	const at = folder();
	const path = join(at, "acme.duckdb");
	writeFile(join(at, "sales.jsonl"), LINES.map((line) => `${JSON.stringify(line)}\n`).join(""));
	pipeline(at, { timestamp: "sold", value: "total" });
	const first = await run(GROWTHNAV, ["run", "acme.yaml", "--json"], { cwd: at });
	expect(first.code).toBe(0);
	expect(eventsIn(first, "run_finished")).toMatchObject([{ loaded: 4, conversions: 1, rejects_waiting: 3 }]);
	expect(await rows(path, "SELECT code, path FROM _gn_dead_letters ORDER BY raw")).toEqual([
		{ code: "no_event_time", path: "sold" },
		{ code: "no_money", path: "total" },
		{ code: "no_event_time", path: "sold" },
	]);

	const listed = await run(GROWTHNAV, ["rejects", "acme.yaml"], { cwd: at });
	expect([listed.code, listed.err]).toEqual([0, ""]);
	expect(listed.out).toContain("sold is absent");
	expect(listed.out).not.toContain("maria");

	pipeline(at, { timestamp: { first: ["sold", "paid"] }, value: { first: ["total", "amount"] } });
	const again = await run(GROWTHNAV, ["rejects", "acme.yaml", "--retry"], { cwd: at });
	expect([again.code, again.err]).toEqual([0, ""]);
	expect(await rows(path, "SELECT value FROM conversions ORDER BY value")).toEqual([
		{ value: "10" },
		{ value: "20" },
		{ value: "30" },
	]);
	expect(await value(path, "SELECT count(*) FROM _gn_dead_letters WHERE resolved_at IS NULL")).toBe(1);
	expect(await value(path, "SELECT count(*) FROM file__sales")).toBe(4);

	const once = await run(GROWTHNAV, ["rejects", "acme.yaml", "--retry"], { cwd: at });
	expect(once.code).toBe(0);
	expect(await value(path, "SELECT count(*) FROM _gn_dead_letters")).toBe(3);
	expect(await value(path, "SELECT count(*) FROM conversions")).toBe(3);
});
