import { expect, it } from "vitest";
import { asking, configurationOf, DATASET, LOCATION, loadOf, PROJECT } from "./asking.ts";

const SELECT = { query: { query: "SELECT 1 AS one", useLegacySql: false } };

type Job = { status: { state: string }; jobReference: { jobId: string } };

it("answers in place of the service, so many times, after so many, for what matches", async () => {
	const { call, fake } = await asking();
	fake.fault({ match: "^GET .*/datasets/shop$", answer: { status: 503 }, times: 2, skip: 1 });
	const statuses: number[] = [];
	for (let at = 0; at < 4; at++) statuses.push((await call("GET", "datasets/shop")).status);
	expect(statuses).toEqual([200, 503, 503, 200]);
	fake.fault({
		answer: { status: 403, reason: "accessDenied", message: "Access Denied: no", headers: { "retry-after": "7" } },
	});
	const refused = await call("GET", "datasets");
	expect([refused.status, refused.headers.get("retry-after"), refused.body.error.errors[0].reason]).toEqual([
		403,
		"7",
		"accessDenied",
	]);
	fake.fault({ answer: { status: 500 }, times: 9 });
	fake.clearFaults();
	expect((await call("GET", "datasets")).status).toBe(200);
	expect(fake.events.filter(({ event }) => event === "fault")).toHaveLength(3);
});

it("loses the answer of a job: before it is made, when it is made, when it is done", async () => {
	const { call, fake, query, table, rows } = await asking();
	await table("t", [{ name: "n", type: "INT64" }]);
	const insert = (id: string) =>
		call(
			"POST",
			"jobs",
			configurationOf(id, {
				query: { query: "INSERT INTO t (n) VALUES (1)", useLegacySql: false, defaultDataset: { datasetId: DATASET } },
			}),
		);
	for (const drop of ["before", "made", "done"] as const) {
		fake.fault({ match: "^POST .*/jobs$", drop });
		await expect(insert(drop)).rejects.toThrow();
	}
	await fake.idle();
	expect((await call("GET", `jobs/before?location=${LOCATION}`)).status).toBe(404);
	for (const id of ["made", "done"]) expect((await insert(id)).status).toBe(409);
	expect(await rows("t")).toHaveLength(2);
	expect((await query("q", "SELECT COUNT(*) FROM t")).rows).toEqual([["2"]]);
});

it("loses the answer of an upload's last chunk, and of its beginning", async () => {
	const { fake, table, rows } = await asking();
	await table("t", [{ name: "n", type: "INT64" }]);
	const begin = () =>
		fetch(`${fake.url}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=resumable`, {
			method: "POST",
			body: JSON.stringify(configurationOf("up", loadOf("t"))),
		});
	fake.fault({ match: "^POST /upload", drop: "made" });
	await expect(begin()).rejects.toThrow();
	const url = (await begin()).headers.get("location")!;
	fake.fault({ match: "^PUT", drop: "done" });
	await expect(fetch(url, { method: "PUT", body: '{"n":1}\n' })).rejects.toThrow();
	const asked = await fetch(url, { method: "PUT", headers: { "content-range": "bytes */8" } });
	expect([asked.status, ((await asked.json()) as Job).status.state]).toEqual([200, "DONE"]);
	expect(await rows("t")).toHaveLength(1);
});

it("hangs: takes the request and never answers", async () => {
	const { fake, call } = await asking();
	for (const hang of ["before", "done"] as const) {
		fake.fault({ hang, match: "/jobs$" });
		const body = JSON.stringify(configurationOf(hang, SELECT));
		const sent = fetch(`${fake.url}/bigquery/v2/projects/${PROJECT}/jobs`, {
			method: "POST",
			body,
			signal: AbortSignal.timeout(200),
		});
		await expect(sent).rejects.toThrow(/timeout/);
	}
	await fake.idle();
	expect((await call("GET", `jobs/before?location=${LOCATION}`)).status).toBe(404);
	expect((await call("GET", `jobs/done?location=${LOCATION}`)).body.status.state).toBe("DONE");
});

it("lets jobs fail later, before their work or after it", async () => {
	const { fake, query, table, rows } = await asking();
	await table("t", [{ name: "n", type: "INT64" }]);
	const fail = {
		reason: "jobInternalError",
		message: "The job encountered an internal error during execution and was unable to complete successfully.",
	};
	fake.fault({ match: "^commit_", job: { fail } });
	fake.fault({ match: "^commit_", job: { fail: { ...fail, after: "commit" } } });
	expect((await query("other", "SELECT 1")).error).toBeUndefined();
	const sql = "INSERT INTO t (n) VALUES (1)";
	expect((await query("commit_a1", sql)).error).toMatch(/^jobInternalError/);
	expect(await rows("t")).toHaveLength(0);
	expect((await query("commit_a2", sql)).error).toMatch(/^jobInternalError/);
	expect(await rows("t")).toHaveLength(1);
	expect((await query("commit_a3", sql)).error).toBeUndefined();
});

it("lets jobs be done with warnings, seen late, begun late, with another number of rows", async () => {
	const { fake, call, load, table, query } = await asking();
	await table("t", [{ name: "n", type: "INT64" }]);
	const warning = { reason: "invalid", message: "only a warning" };
	fake.fault({ match: "warned", job: { warnings: [warning] } });
	expect((await query("warned", "SELECT 1")).job.status).toEqual({ state: "DONE", errors: [warning] });
	fake.fault({ match: "late", job: { polls: 2 } });
	await call("POST", "jobs", configurationOf("late", SELECT));
	await fake.idle();
	const states: string[] = [];
	for (let at = 0; at < 3; at++) states.push((await call("GET", `jobs/late?location=${LOCATION}`)).body.status.state);
	expect(states).toEqual(["RUNNING", "RUNNING", "DONE"]);
	fake.fault({ match: "delayed", job: { delay: 800 } });
	const delayed = await call("POST", "jobs", configurationOf("delayed", SELECT));
	expect(delayed.body.status.state).toBe("PENDING");
	await fake.idle();
	fake.fault({ job: { outputRows: -1 } });
	expect((await load("fewer", "t", '{"n":1}\n{"n":2}')).body.statistics.load.outputRows).toBe("1");
});

it("cancels the first change of a transaction once, as if another had been faster", async () => {
	const { fake, query, table, rows } = await asking();
	await table("t", [{ name: "n", type: "INT64" }]);
	fake.fault({ match: "commit", job: { abort: true } });
	const script = "BEGIN TRANSACTION; INSERT INTO t (n) VALUES (1); COMMIT TRANSACTION;";
	expect((await query("commit_a1", script)).error).toMatch(
		/Transaction is aborted due to concurrent update against table acme:shop\.t/,
	);
	expect(await rows("t")).toEqual([]);
	expect((await query("commit_a2", script)).error).toBeUndefined();
	expect(await rows("t")).toHaveLength(1);
});

it("records requests and events in one order", async () => {
	const { fake, query, call } = await asking();
	await query("q", "SELECT 1 AS one");
	await call("GET", "datasets/none");
	const posted = fake.requests.find(({ method, path }) => method === "POST" && path.endsWith("/jobs"))!;
	expect(posted).toMatchObject({ status: 200, body: { jobReference: { jobId: "q" } }, bytes: expect.any(Number) });
	expect(posted.bytes).toBeGreaterThan(100);
	expect(fake.requests.at(-1)).toMatchObject({ method: "GET", status: 404 });
	const events = fake.events.filter(({ job }) => job === "q");
	expect(events.map(({ event }) => event)).toEqual(["job inserted", "statement", "job done"]);
	expect(events[0]!.order).toBeGreaterThan(posted.order);
});
