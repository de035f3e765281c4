/** Waiting for a job of the vendor. */
import { expect, test } from "vitest";
import { clientOf } from "./client-of.ts";

interface Job {
	status: string;
	url?: string;
	reason?: string;
}
const until = ({ body }: { body: Job }) => body.status === "DONE" && body.url;
const failed = ({ body }: { body: Job }) => body.status === "FAILED" && (body.reason ?? true);

const jobs = (...states: Job[]) => {
	let asked = 0;
	return clientOf({ "GET /jobs/1": () => ({ json: states[Math.min(asked++, states.length - 1)] as never }) });
};
const running: Job = { status: "RUNNING" };

test("looks at once, then after growing waits, and says that it waits", async () => {
	const { http, slept, waited } = await jobs(running, running, running, running, { status: "DONE", url: "/files/1" });
	expect(await http.poll("/jobs/1", { until, failed, every: 4, longest: 8 })).toBe("/files/1");
	expect(slept).toEqual([4_000, 6_000, 8_000, 8_000]);
	expect(waited[0]).toEqual({ reason: "job", wait_s: 4, request: "GET /jobs/1" });
});

test("a job that is done is not waited for", async () => {
	const { http, slept } = await jobs({ status: "DONE", url: "/files/1" });
	expect(await http.poll("/jobs/1", { until })).toBe("/files/1");
	expect(slept).toEqual([]);
});

test("ends at its deadline, with a last look", async () => {
	const { http, slept, server } = await jobs(running);
	await expect(http.poll("/jobs/1", { until, every: 4, atMost: 30 })).rejects.toMatchObject({
		code: "transient.job_too_slow",
		where: "GET /jobs/1",
		why: "it was waited for 30.0 s",
	});
	expect(slept.reduce((sum, ms) => sum + ms, 0)).toBe(30_000);
	expect(server.requests).toHaveLength(slept.length + 1);
});

test("a failed job is an error with the vendor's reason", async () => {
	const told = await jobs(running, { status: "FAILED", reason: "too many rows" });
	await expect(told.http.poll("/jobs/1", { until, failed })).rejects.toMatchObject({
		code: "transient.job_failed",
		message: "Acme could not finish what it was asked for",
		why: '"too many rows"',
	});
	const silent = await jobs({ status: "FAILED" });
	await expect(silent.http.poll("/jobs/1", { until, failed })).rejects.toMatchObject({ why: "it gives no reason" });
});

test("what is looked at may be anything", async () => {
	const { http } = await jobs(running);
	let looks = 0;
	expect(await http.poll(async () => ++looks, { until: (n) => n > 3 && { n } })).toEqual({ n: 4 });
});
