/** The table of what is done about each reason. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { actionFor, type JobStep, RULES, type Where, waitBefore } from "../src/errors/reasons.ts";

const JOBS: JobStep[] = ["load", "judge", "commit", "evolve", "query", "copy", "check"];

const does = (reason: string, where: Where, message = "") => actionFor(reason, message, where).do;

test("a call that got no answer, or one that a repetition may mend, is sent again with the same job id", () => {
	for (const reason of [
		"network",
		"deadline",
		"backendError",
		"internalError",
		"rateLimitExceeded",
		"jobRateLimitExceeded",
	]) {
		expect(does(reason, "call"), reason).toBe("again");
	}
});

test("rate limits wait 10 s at first, the window in which metadata operations are counted", () => {
	for (const where of ["call", ...JOBS] as Where[]) {
		expect(actionFor("rateLimitExceeded", "", where)).toMatchObject({ wait: { first: 10_000 } });
	}
});

test("a job that is there already is adopted; a table that is there already is not", () => {
	expect(does("duplicate", "call", "Already Exists: Job acme:EU.gn_1_a1")).toBe("adopt");
	expect(does("duplicate", "call", "Already Exists: Table acme:growthnav_acme.orders")).toBe("stop");
});

test.each(JOBS)("a %s that failed on BigQuery's side, or against others, gets a new attempt", (step) => {
	for (const reason of ["jobBackendError", "jobInternalError", "backendError", "internalError", "rateLimitExceeded"]) {
		expect(does(reason, step), reason).toBe("new attempt");
	}
	// a commit was judged before: only its sender knows whether that still holds
	const again = step === "commit" ? "ask" : "new attempt";
	const conflict = "Transaction is aborted due to concurrent update against table acme:growthnav_acme.conversions";
	expect(does("invalidQuery", step, conflict)).toBe(again);
	expect(does("invalidQuery", step, "Could not serialize access to table t due to concurrent update")).toBe(again);
});

test("too many statements in a table's queue wait 30 to 120 s", () => {
	const message =
		"Resources exceeded during query execution: Too many DML statements outstanding against table t, limit is 20.";
	expect(actionFor("resourcesExceeded", message, "commit")).toEqual({
		do: "new attempt",
		wait: { first: 30_000, most: 120_000 },
	});
});

test("a row that BigQuery refuses is looked for, in loads alone", () => {
	expect(
		does("invalid", "load", "Error while reading data, error message: JSON table encountered too many errors"),
	).toBe("bisect");
	expect(does("invalid", "commit")).toBe("stop");
	expect(does("invalid", "load", "Cannot read and write in different locations: source: US, destination: EU")).toBe(
		"stop",
	);
});

test("what only a person can mend stops at once, everywhere", () => {
	const reasons =
		"quotaExceeded invalidQuery notFound accessDenied billingNotEnabled blocked resourcesExceeded responseTooLarge notImplemented stopped authError credentials accessNotConfigured bytesBilledLimitExceeded";
	for (const reason of reasons.split(" ")) {
		for (const where of ["call", ...JOBS] as Where[]) expect(does(reason, where), `${reason} ${where}`).toBe("stop");
	}
});

test("what nobody has heard of stops", () => {
	fc.assert(
		fc.property(fc.string(), fc.constantFrom<Where>("call", ...JOBS), (reason, where) => {
			fc.pre(!RULES.some((rule) => rule.reasons.includes(reason)));
			expect(does(reason, where)).toBe("stop");
		}),
	);
});

test("waits double, are never shorter than the first and never longer than the longest", () => {
	const wait = { first: 1_000, most: 64_000 };
	expect([1, 2, 3, 7, 8, 30].map((tries) => waitBefore(wait, tries, 0))).toEqual([
		1_000, 2_000, 4_000, 64_000, 64_000, 64_000,
	]);
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (tries, chance) => {
			const milliseconds = waitBefore(wait, tries, chance);
			expect(milliseconds).toBeGreaterThanOrEqual(1_000);
			expect(milliseconds).toBeLessThanOrEqual(64_000);
		}),
	);
});
