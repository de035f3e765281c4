/** check, preview, rejects, state and run with the real file source and DuckDB, as built. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { beforeAll, describe, expect, test } from "vitest";
import { type CheckEvent, checkPipeline } from "../../src/pipeline/check.ts";
import { type PipelineFile, parsePipeline } from "../../src/pipeline/file/file.ts";
import { type Plan, planDestination, planPipeline, planSource } from "../../src/pipeline/file/plan.ts";
import { configureFor, discoverStreams, previewStream } from "../../src/pipeline/preview.ts";
import { countRejects, explainReject, listRejects } from "../../src/pipeline/rejects.ts";
import { retryRejects } from "../../src/pipeline/retry.ts";
import { runPipeline } from "../../src/pipeline/run/run.ts";
import { querySql } from "../../src/pipeline/sql.ts";
import { resetState, showState } from "../../src/pipeline/state.ts";
import { testFolder, testHost } from "./bench.ts";

const CSV = `id,sold_at,total,currency,status
1,2026-07-01T10:00:00Z,10.50,USD,paid
2,2026-07-01T11:00:00Z,20.00,USD,open
3,,5.25,USD,paid
4,2026-07-02T09:00:00Z,-,USD,paid
5,2026-07-02T10:00:00Z,7.25,USD,paid
`;
const mapping = (more: JsonObject = {}): JsonObject => ({
	type: "purchase",
	when: { status: "paid" },
	columns: { timestamp: "sold_at", value: "total", currency: "currency", order_number: "id", ...more },
});

const pipeline = (conversions: JsonObject[] = [mapping()]): JsonObject => ({
	customer: "acme",
	source: { connector: "file", config: { path: "sales.csv", account: "shop" } },
	destination: "duckdb",
	streams: { sales: { key: ["id"], write: "append_dedup", conversions } },
});

async function loaded(folder: string, value: JsonObject = pipeline()): Promise<PipelineFile> {
	writeFileSync(join(folder, "sales.csv"), CSV);
	const { file, errors } = await parsePipeline(JSON.stringify(value), "acme.yaml", join(folder, "acme.yaml"));
	if (!file) throw new AggregateError(errors);
	return file;
}
async function planned(folder: string, value?: JsonObject): Promise<Plan> {
	const { plan, errors } = await planPipeline(await loaded(folder, value), testHost(folder));
	if (!plan) throw new AggregateError(errors, errors.map(({ message }) => message).join());
	return plan;
}
const run = async (plan: Plan) => {
	const result = await runPipeline(plan, { onEvent: () => {} });
	expect(result.errors).toEqual([]);
	return result;
};

const built = existsSync(new URL("../../../destinations/duckdb/dist/index.js", import.meta.url));
beforeAll(() => {
	if (!built) console.warn("commands.test.ts is skipped: the packages are not built");
});

describe.skipIf(!built)("with real connectors", () => {
	test("check tries everything, in order, and writes nothing", async () => {
		const folder = testFolder();
		const events: CheckEvent[] = [];
		const file = await loaded(folder);
		const { exitCode, errors } = await checkPipeline({ file }, testHost(folder), {
			onEvent: (event) => events.push(event),
		});
		expect(errors).toEqual([]);
		expect(exitCode).toBe(0);
		expect(events.map(({ name, status }) => `${name} ${status}`)).toEqual([
			"file ok",
			"secrets ok",
			"source ok",
			"destination ok",
			"mapping ok",
		]);
		expect(events.at(-1)?.message).toBe("sales -> purchase");
		expect(existsSync(join(folder, "acme.duckdb"))).toBe(false);
		expect(existsSync(join(folder, ".growthnav"))).toBe(false);
	});

	test("check tells all failures together, with their places in the pipeline file", async () => {
		const folder = testFolder();
		const value = pipeline([mapping({ value: "totl" })]);
		const source = { connector: "file", config: { path: "sales.csv", acount: "shop" } };
		const events: CheckEvent[] = [];
		const file = await loaded(folder, { ...value, source });
		const { exitCode, errors } = await checkPipeline({ file }, testHost(folder), {
			onEvent: (event) => events.push(event),
		});
		expect(exitCode).toBe(10);
		expect(errors.map(({ code, where, next }) => [code, where, next])).toContainEqual([
			"config.unknown_key",
			expect.stringMatching(/^acme\.yaml:1:\d+, source\.config$/),
			"did you mean account?",
		]);
		const mapped = await checkPipeline({ file: await loaded(folder, value) }, testHost(folder), { onEvent: () => {} });
		expect(mapped.errors).toMatchObject([
			{
				code: "config.mapping_path",
				where: expect.stringMatching(/^acme\.yaml:1:\d+, streams\.sales\.conversions\[0\]\.columns\.value$/),
				next: expect.stringContaining("did you mean total?"),
			},
		]);
	});

	test("check with a missing secret does not try what needs it, but all the rest", async () => {
		const folder = testFolder();
		const value = { ...pipeline(), source: { connector: "square", config: { access_token: "env:NOPE" } } };
		const bad = { orders: { conversions: [mapping({ timestamp: "closed_at", value: "total_tip_mony" })] } };
		const events: CheckEvent[] = [];
		const file = await loaded(folder, { ...value, streams: bad });
		const { exitCode, errors } = await checkPipeline({ file }, testHost(folder), {
			onEvent: (event) => events.push(event),
		});
		expect(exitCode).toBe(10);
		expect(events.map(({ name, status }) => `${name} ${status}`)).toEqual([
			"file ok",
			"secrets failed",
			"source not_tried",
			"destination ok",
			"mapping failed",
		]);
		expect(errors.map(({ code }) => code)).toEqual(
			expect.arrayContaining(["config.secret_missing", "config.mapping_path"]),
		);
	});

	test("preview shows what rows become and why not, and writes nothing", async () => {
		const folder = testFolder();
		const { plan } = await planSource(await loaded(folder), testHost(folder));
		try {
			const streams = configureFor(plan!, await discoverStreams(plan!));
			const rows = await previewStream(plan!, streams, { stream: "sales", rows: 3 });
			expect(rows.map(({ event }) => [event.row, event.record_id, event.outcome, event.reason])).toEqual([
				[1, "1", "converted", null],
				[2, "2", "left_out", "status is open, the mapping wants paid"],
				[3, "3", "rejected", "sold_at is absent"],
			]);
			expect(rows[0]?.event.conversions[0]).toMatchObject({
				conversion_type: "purchase",
				value: "10.5",
				currency: "USD",
			});
			expect(rows[0]?.explanation?.details.find(({ column }) => column === "value")).toMatchObject({
				value: "10.5",
				words: "total",
			});
			await expect(previewStream(plan!, streams, { stream: "sale", rows: 1 })).rejects.toMatchObject({
				next: "did you mean sales?",
			});
		} finally {
			await plan?.close();
		}
		expect(existsSync(join(folder, "acme.duckdb"))).toBe(false);
	});

	test("a run, its rejects in full, and the same rows once more after the mapping was corrected", async () => {
		const folder = testFolder();
		const first = await planned(folder);
		const result = await run(first);
		expect(result).toMatchObject({ exit_code: 0, read: 5, rejects_waiting: 2, conversions: 2 });
		const letters = await listRejects(first);
		expect(letters.map(({ stream, kind, code, record_id }) => [stream, kind, code, record_id]).sort()).toEqual([
			["sales", "conversion", "no_event_time", expect.any(String)],
			["sales", "conversion", "no_money", expect.any(String)],
		]);
		expect(await countRejects(first, { stream: "sales" })).toHaveLength(2);
		const letter = letters.find(({ code }) => code === "no_event_time")!;
		const full = await explainReject(first, letter.id.slice(0, 12));
		expect(JSON.parse(full.raw)).toMatchObject({ id: 3, status: "paid" });
		expect(full.whole).toBe(true);
		await expect(explainReject(first, "nosuch")).rejects.toMatchObject({ code: "config.unknown_reject" });
		await first.close();

		const fixed = pipeline([mapping({ timestamp: { first: ["sold_at", { const: "2026-07-01T00:00:00Z" }] } })]);
		const second = await planned(folder, fixed);
		expect(await retryRejects(second)).toEqual({ tried: 2, resolved: 1, notRetryable: 0 });
		expect((await listRejects(second)).map(({ code }) => code)).toEqual(["no_money"]);
		const { rows } = await querySql(second.destination, "select order_number, value from conversions order by 1");
		expect(rows).toEqual(
			[
				["1", "10.5"],
				["3", "5.25"],
				["5", "7.25"],
			].map(([id, value]) => [id, expect.stringContaining(value!)]),
		);
		expect((await querySql(second.destination, "select count(*) from file__sales")).rows).toEqual([[5]]);
		expect(await run(second)).toMatchObject({ status: "nothing_new", rejects_waiting: 1 });
		await second.close();
	});

	test("state tells where each stream stands, and makes it start over", async () => {
		const folder = testFolder();
		const plan = await planned(folder, { ...pipeline(), schedule: { every: "1h" } });
		expect(await showState(plan)).toEqual({ states: [], rejectsWaiting: 0, last: undefined });
		await run(plan);
		const { plan: alone } = await planDestination(
			await loaded(folder, { ...pipeline(), schedule: { every: "1h" } }),
			testHost(folder),
		);
		const standing = await showState(alone!);
		expect(standing.states).toMatchObject([{ stream: "sales", namespace: "file", rows: 5, late: false }]);
		expect(standing).toMatchObject({ rejectsWaiting: 2, last: { run: 1, exit_code: 0 } });
		const later = { ...alone!, host: { ...alone!.host, now: () => Date.now() + 2 * 3_600_000 } };
		expect((await showState(later)).states).toMatchObject([{ late: true }]);
		await expect(resetState(alone!, "sale")).rejects.toMatchObject({ code: "config.unknown_stream" });
		expect(await resetState(alone!, "sales")).toEqual(["sales"]);
		expect((await showState(alone!)).states).toEqual([]);
		expect(await run(plan)).toMatchObject({ read: 5, loaded: 0, superseded: 5 });
		await alone?.close();
		await plan.close();
	});

	test("a file of another customer is refused with its reason, and what is there stays", async () => {
		const folder = testFolder();
		const acme = await planned(folder);
		await run(acme);
		await acme.close();
		const other = await planned(folder, {
			...pipeline(),
			customer: "other",
			destination: { connector: "duckdb", config: { path: "acme.duckdb" } },
		});
		const result = await runPipeline(other, { onEvent: () => {} });
		expect(result).toMatchObject({ exit_code: 10, status: "failed" });
		expect(result.errors.map(({ code }) => code)).toContain("config.other_customer");
		await other.close();
		expect(readFileSync(join(folder, ".growthnav/acme/run.json"), "utf8")).toContain('"run": 2');
	});
});
