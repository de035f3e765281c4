/** What a commit did and cost: the report and the ledger say the same, and the docs' query adds it up. */
import { expect, test } from "vitest";
import { catalog, docsSql, fakeBigQuery, record, rows, state, status, stream, write } from "./support.ts";

const ORDERS = catalog(stream("orders", { id: { type: ["null", "string"] } }));
const session = (id: string) => [ORDERS, record("orders", { id }), state("orders", 1), status("orders")];
const FIGURES = "SELECT bytes_billed, CAST(cost_usd AS STRING) AS cost_usd, lag_s FROM _gn_commits ORDER BY epoch";
const MIB = 2 ** 20;

test("rows, bytes, dollars and lag of each commit stand in the LOG and in the ledger, and are written once", async () => {
	const fake = await fakeBigQuery();
	const results = [await write(fake.settings, session("a")), await write(fake.settings, session("b"))];
	const reports = results.flatMap(({ commits }) => commits);
	const ledger = await rows(fake.settings, FIGURES);
	expect(ledger.map(({ bytes_billed, lag_s }) => ({ bytes_billed, lag_s }))).toEqual(
		reports.map(({ bytes_billed, lag_s }) => ({ bytes_billed, lag_s })),
	);
	for (const [at, { bytes_billed, cost_usd, lag_s }] of reports.entries()) {
		expect([bytes_billed! % (10 * MIB), bytes_billed! > 20 * MIB, lag_s! > 0]).toEqual([0, true, true]);
		expect(cost_usd).toBeCloseTo((bytes_billed! / 2 ** 40) * 6.25, 12);
		expect(Number(ledger[at]!.cost_usd)).toBeCloseTo(cost_usd!, 9);
	}
	const [log] = results[0]!.sent.filter(({ type, log }) => type === "LOG" && (log as { commit?: object }).commit);
	expect((log!.log as { message: string }).message).toMatch(
		/^Epoch 1 is committed: 1 rows, 1 loaded, 0 superseded, 0 rejected, in [\d.]+ s, [\d.]+ s after the oldest was read; \d+ bytes billed, 0\.000\d{3} dollars$/,
	);
	const changed = fake.scans().filter(({ type, table }) => type === "UPDATE" && table.endsWith("_gn_commits"));
	expect(changed).toEqual([]);
});

test("what is told are the bytes of the jobs that looked, judged and committed", async () => {
	const fake = await fakeBigQuery();
	const { commits } = await write(fake.settings, session("a"));
	const billed = fake.scans().filter(({ job }) => /_(probe|judge|commit)_/.test(job));
	const most = billed.length * 10 * MIB;
	expect(commits[0]!.bytes_billed!).toBeGreaterThan(most / 2);
	expect(commits[0]!.bytes_billed!).toBeLessThanOrEqual(most);
});

test("where the answer of a commit is lost, its figures are those of the ledger", async () => {
	const fake = await fakeBigQuery();
	fake.fault({ job: { fail: { reason: "backendError", message: "lost", after: "commit" } }, match: "_commit_" });
	const { commits } = await write(fake.settings, session("a"));
	const [ledger] = await rows(fake.settings, FIGURES);
	expect(commits[0]).toMatchObject({ bytes_billed: ledger!.bytes_billed, lag_s: ledger!.lag_s });
});

test("the cost of a customer is one query, as it stands in the docs", async () => {
	const fake = await fakeBigQuery();
	const results = [await write(fake.settings, session("a")), await write(fake.settings, session("b"))];
	await write({ ...fake.settings, connection: "other" }, [
		catalog(stream("visits", { id: { type: ["null", "string"] } })),
		record("visits", { id: "v" }),
		state("visits", 1),
		status("visits"),
	]);
	const answer = await rows(fake.settings, docsSql("SUM(cost_usd)"));
	const reports = results.flatMap(({ commits }) => commits);
	const bytes = reports.reduce((sum, { bytes_billed }) => sum + bytes_billed!, 0);
	expect(answer).toMatchObject([
		{
			connection: "default",
			month: `${new Date().toISOString().slice(0, 7)}-01`,
			commits: 2,
			loaded: 2,
			longest_lag: Math.max(...reports.map(({ lag_s }) => lag_s!)),
		},
		{ connection: "other", commits: 1, loaded: 1 },
	]);
	expect(Number(answer[0]!.tib)).toBeCloseTo(bytes / 2 ** 40, 12);
	expect(Number(answer[0]!.dollars)).toBeCloseTo((bytes / 2 ** 40) * 6.25, 8);
});
