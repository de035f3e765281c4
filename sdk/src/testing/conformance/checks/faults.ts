/** What networks and vendors do: passing trouble changes nothing, lasting trouble ends in a clear error. */

import { readingOf } from "../../reading.ts";
import { covered, savedBy } from "../committed.ts";
import { compare, compareAtLeast } from "../compare.ts";
import type { Check, Trial } from "../contract.ts";
import type { Answer, Spoil } from "../proxy.ts";
import { errorsOf } from "./reading.ts";

export const FAULT_CHECKS: Check[] = [
	passing("429 with Retry-After", "a limit that passes", (answer) => refused(answer, 429, { "retry-after": "1" })),
	passing("500", "a server that fails for a moment", (answer) => refused(answer, 500)),
	passing("503 without a word", "a server that is away for a moment", (answer) => ({
		...refused(answer, 503),
		body: Buffer.alloc(0),
	})),
	passing("page cut off", "an answer whose connection ends in its middle", () => "cut_off"),
	passing("page truncated", "half an answer under a right length", (answer) => ({
		...answer,
		body: answer.body.subarray(0, Math.floor(answer.body.length / 2)),
	})),
	passing("connection reset", "a connection that breaks", () => "reset"),
	passing("silence", "a server that does not answer", () => "hang", 5),
	passing("a proxy's page", "HTML in place of the answer", () => ({
		status: 200,
		headers: { "content-type": "text/html" },
		body: Buffer.from("<html><body>Maintenance</body></html>"),
	})),
	{
		name: "faults: slow bytes",
		rule: "answers that come drop by drop change nothing",
		http: true,
		run: (trial) => undisturbed(trial, () => "trickle", "with slow answers"),
	},
	{
		name: "faults: for ever 500",
		rule: "ends in a transient error that names the request; run again from its state, nothing is lost",
		http: true,
		run: (trial) => lasting(trial, (answer) => refused(answer, 500), "transient."),
	},
	{
		name: "faults: the key ends in the middle",
		rule: "401 for ever ends in an error of the settings; run again from its state, nothing is lost",
		http: true,
		run: (trial) => lasting(trial, (answer) => refused(answer, 401), "config."),
	},
	{
		name: "faults: an answer of another shape",
		rule: "an empty object or a list where something else is documented ends in a clear error or in nothing, never in a crash",
		http: true,
		run: async (trial) => {
			const found: string[] = [];
			for (const body of ["{}", "[]", '"text"', "null", "[null]"]) {
				const read = await spoilt(
					trial,
					(answer) => ({ ...answer, status: 200, body: Buffer.from(body) }),
					() => trial.read(),
				);
				for (const { code, message } of read.errors)
					if (code?.startsWith("internal.")) found.push(`${body} for every answer: ${message} (${code})`);
			}
			return found;
		},
	},
	{
		name: "faults: the same page for ever",
		rule: "a vendor that answers every request with its first answer to that address is found out",
		http: true,
		run: async (trial) => {
			const whole = await trial.whole();
			const first = new Map<string, Answer>();
			let requests = 0;
			const repeat: Spoil = (answer, { request }) => {
				requests++;
				if (requests > ENDLESS) return refused(answer, 400);
				const one = first.get(request) ?? answer;
				first.set(request, one);
				return one;
			};
			await spoilt(trial, repeat, () => trial.read());
			const rows = [...whole.records.values()].reduce((sum, list) => sum + list.length, 0);
			return requests > ENDLESS ? [`asked more than ${ENDLESS} times for ${rows} rows: its paging never ends`] : [];
		},
	},
	{
		name: "faults: a huge record",
		rule: "a text of 8 MB in a row changes nothing for the others",
		http: true,
		run: async (trial) => {
			let grown = false;
			const grow: Spoil = (answer) => {
				const text = grown ? undefined : withHugeText(answer.body);
				if (text === undefined) return answer;
				grown = true;
				return { ...answer, body: text };
			};
			const whole = await trial.whole();
			const read = await spoilt(trial, grow, () => trial.read());
			const found = errorsOf(read, "with a text of 8 MB");
			for (const [stream, rows] of whole.records)
				if ((read.records.get(stream) ?? []).length !== rows.length)
					found.push(
						`with a text of 8 MB ${stream} has ${read.records.get(stream)?.length ?? 0} rows, not ${rows.length}`,
					);
			return found;
		},
	},
];

/** More requests than any demo needs for a stream. */
const ENDLESS = 1_500;

/** Every fifth answer is spoilt, so that retries meet a good one; no more than `most`, where each takes its time. */
function passing(name: string, what: string, how: Spoil, most = Infinity): Check {
	return {
		name: `faults: ${name}`,
		rule: `${what} changes nothing`,
		http: true,
		run(trial) {
			let spoilt = 0;
			const due = (number: number) => number % 5 === 2 && ++spoilt <= most;
			return undisturbed(trial, (answer, seen) => (due(seen.number) ? how(answer, seen) : answer), `with ${name}`);
		},
	};
}

async function undisturbed(trial: Trial, spoil: Spoil, when: string): Promise<string[]> {
	const whole = await trial.whole();
	const read = await spoilt(trial, spoil, () => trial.read());
	return [...errorsOf(read, when), ...compare(whole.records, read.records, whole.identify, when)];
}

async function lasting(trial: Trial, how: Spoil, kind: string): Promise<string[]> {
	const whole = await trial.whole();
	const requests = await spoilt(trial, undefined, async () => {
		await trial.read();
		return trial.proxy!.seen.length;
	});
	const from = Math.max(2, Math.floor(requests / 2));
	const broken = await spoilt(
		trial,
		(answer, seen) => (seen.number >= from ? how(answer, seen) : answer),
		() => trial.read(),
	);
	const found: string[] = [];
	if (broken.errors.length === 0) found.push("the read ends without an error");
	for (const { code, message, where, next } of broken.errors) {
		if (!code?.startsWith(kind)) found.push(`${message} is told as ${code}, not as ${kind}*`);
		if (where === undefined || next === undefined)
			found.push(`${message} does not say ${where === undefined ? "where" : "what to do"}`);
	}
	const again = await trial.read({ state: savedBy(broken.messages) });
	const committed = readingOf(covered(broken.messages)).records;
	const records = new Map(
		[...whole.records.keys()].map((name) => [
			name,
			[...(committed.get(name) ?? []), ...(again.records.get(name) ?? [])],
		]),
	);
	return [
		...found,
		...errorsOf(again, "run again"),
		...compareAtLeast(whole.records, records, whole.identify, "run again"),
	];
}

export async function spoilt<T>(trial: Trial, spoil: Spoil | undefined, work: () => Promise<T>): Promise<T> {
	trial.proxy!.spoil(spoil);
	try {
		return await work();
	} finally {
		trial.proxy!.spoil(undefined);
	}
}

function refused(answer: Answer, status: number, headers: Record<string, string> = {}): Answer {
	return { ...answer, status, headers: { "content-type": "application/json", ...headers }, body: Buffer.from("{}") };
}

/** The first object of the first list in a JSON body gets one more field, of so many bytes; undefined where there is no list. */
export function withHugeText(body: Buffer, bytes = 8 * 1024 * 1024): Buffer | undefined {
	const at = /\[\s*\{\s*"/.exec(body.toString("latin1"));
	if (at === null) return undefined;
	const cut = at.index + at[0].length - 1;
	const text = Buffer.from(`"gn_huge":"${"x".repeat(bytes)}",`);
	return Buffer.concat([body.subarray(0, cut), text, body.subarray(cut)]);
}
