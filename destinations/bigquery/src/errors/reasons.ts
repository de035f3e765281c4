/** What is done about each reason that BigQuery gives: one table, first match counts. */

/** Where it was met: an HTTP request, or a job that is DONE with errors, by its step. */
export type Where = "call" | JobStep;
/** `query`: one that a person wrote; `read`: a question of ours. */
export type JobStep = "load" | "judge" | "commit" | "evolve" | "query" | "read" | "copy" | "check";

/** Milliseconds: it doubles from the first to the longest, and up to a half of it is added by chance. */
export interface Wait {
	first: number;
	most: number;
}

export type Action =
	/** The same request, with the same job id: it was not done, or that is not known. */
	| { do: "again"; wait: Wait }
	/** The job has failed for good; the same work under the next id. */
	| { do: "new attempt"; wait: Wait }
	/** Whoever sent it decides: only it knows whether what it judged before still holds. */
	| { do: "ask"; wait: Wait }
	/** The job is there already: take it for ours when it is the same work. */
	| { do: "adopt" }
	/** A row of the file is refused: find it and make it a dead letter. */
	| { do: "bisect" }
	/** A person must act. */
	| { do: "stop" };

interface Rule {
	reasons: readonly string[];
	message?: RegExp;
	where: "call" | "job" | "anywhere" | readonly JobStep[];
	action: Action;
}

const SHORT: Wait = { first: 1_000, most: 64_000 };
/** The window of the limit of metadata operations is ten seconds. */
const METADATA: Wait = { first: 10_000, most: 64_000 };
const CONFLICT: Wait = { first: 1_000, most: 30_000 };
/** 20 statements wait in the queue of a table; it takes a while until one is through. */
const QUEUE: Wait = { first: 30_000, most: 120_000 };
const RATE = ["rateLimitExceeded", "jobRateLimitExceeded", "userRateLimitExceeded"];
const SERVICE = ["backendError", "internalError", "jobBackendError", "jobInternalError", "tableUnavailable"];

export const RULES: readonly Rule[] = [
	{ reasons: ["duplicate"], message: /\bjob\b/i, where: "call", action: { do: "adopt" } },
	{ reasons: ["network", "deadline", ...SERVICE], where: "call", action: { do: "again", wait: SHORT } },
	{ reasons: RATE, where: "call", action: { do: "again", wait: METADATA } },
	{
		reasons: ["*"],
		message: /Too many DML statements outstanding/i,
		where: "job",
		action: { do: "new attempt", wait: QUEUE },
	},
	{
		reasons: ["*"],
		message: /aborted due to concurrent update|could not serialize/i,
		where: ["commit"],
		action: { do: "ask", wait: CONFLICT },
	},
	{
		reasons: ["*"],
		message: /aborted due to concurrent update|could not serialize/i,
		where: "job",
		action: { do: "new attempt", wait: CONFLICT },
	},
	{ reasons: RATE, where: "job", action: { do: "new attempt", wait: METADATA } },
	{ reasons: SERVICE, where: "job", action: { do: "new attempt", wait: SHORT } },
	// whatever the name of the column at fault, `location` too
	{
		reasons: ["invalid"],
		message: /^Error (while reading data|detected while parsing row)/i,
		where: ["load"],
		action: { do: "bisect" },
	},
	// "invalid" of a load may also be about the job as a whole: the service then names no place in the data
	{ reasons: ["invalid"], message: /locations?: source|location/i, where: ["load"], action: { do: "stop" } },
	{ reasons: ["invalid"], where: ["load"], action: { do: "bisect" } },
	{
		reasons: [
			"quotaExceeded",
			"invalid",
			"invalidQuery",
			"notFound",
			"accessDenied",
			"accessNotConfigured",
			"authError",
			"credentials",
			"billingNotEnabled",
			"billingTierLimitExceeded",
			"blocked",
			"bytesBilledLimitExceeded",
			"resourcesExceeded",
			"resourceInUse",
			"responseTooLarge",
			"notImplemented",
			"stopped",
			"duplicate",
		],
		where: "anywhere",
		action: { do: "stop" },
	},
];

/** What is not in the table stops. */
export function actionFor(reason: string, message: string, where: Where): Action {
	const rule = RULES.find(
		(one) =>
			(one.reasons.includes("*") || one.reasons.includes(reason)) &&
			(one.message === undefined || one.message.test(message)) &&
			isWhere(one.where, where),
	);
	return rule?.action ?? { do: "stop" };
}

function isWhere(rule: Rule["where"], where: Where): boolean {
	if (rule === "anywhere") return true;
	if (rule === "call" || rule === "job") return (where === "call") === (rule === "call");
	return rule.includes(where as JobStep);
}

/** How long before try number `tries + 1`; `chance` is at least 0, less than 1. */
export function waitBefore(wait: Wait, tries: number, chance: number): number {
	const whole = Math.min(wait.first * 2 ** (tries - 1), wait.most);
	return Math.round(Math.min(whole * (1 + chance / 2), wait.most));
}
