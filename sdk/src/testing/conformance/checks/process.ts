/** The executable: what comes out of it and how it ends, whatever happens to it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Json, Message } from "@growthnav/spec";
import { readMessage } from "../../../protocol/index.ts";
import { lineMaker } from "../../../source/record-text.ts";
import { type Reading, readingOf } from "../../reading.ts";
import type { Check, Trial } from "../contract.ts";
import type { Ran, RunOptions } from "../program.ts";
import { spoilt, withHugeText } from "./faults.ts";
import { goingOn } from "./resuming.ts";
import { leaks } from "./secrets.ts";

export const PROCESS_CHECKS: Check[] = [
	{
		name: "process: speaks the protocol alone",
		rule: "every line of stdout is a message, the answer is there once, and the exit code is 0",
		program: true,
		run: async (trial) => (await answersOf(trial)).flatMap(({ command, ran }) => wrongIn(command, ran)),
	},
	{
		name: "process: a failed check is an answer",
		rule: "with settings that are wrong check writes FAILED and exits 0",
		program: true,
		async run(trial) {
			const ran = await runs(trial, "check", { files: { config: wrongConfig(trial) } });
			const statuses = ran.messages.flatMap((one) =>
				one.type === "CONNECTION_STATUS" ? [one.connectionStatus.status] : [],
			);
			const found = statuses.join() === "FAILED" ? [] : [`check writes ${statuses.join(", ") || "no status"}`];
			return ran.code === 0 ? found : [...found, `check ${ended(ran)}, and a platform takes that for a crash`];
		},
	},
	{
		name: "process: a failed read says why",
		rule: "a read that cannot be done writes TRACE ERROR, then ends with another exit code than 0, without a stack trace",
		program: true,
		async run({ config, ...trial }) {
			const cases: [string, Json, Json | undefined][] = [
				["with wrong settings", wrongConfig({ config }), undefined],
				["of a stream that does not exist", config, NO_SUCH_STREAM],
			];
			const found: string[] = [];
			for (const [what, given, catalog] of cases) {
				const ran = await runs(trial, "read", { files: { config: given, ...(catalog && { catalog }) } });
				if (readingOf(ran.messages).errors.length === 0) found.push(`a read ${what} writes no TRACE ERROR`);
				if (ran.code === 0) found.push(`a read ${what} ends with 0: nobody learns that it failed`);
				if (ran.signal !== null) found.push(`a read ${what} ${ended(ran)}`);
				if (hasStack(ran)) found.push(`a read ${what} prints a stack trace`);
			}
			return found;
		},
	},
	{
		name: "process: a reader that goes away",
		rule: "a read whose output nobody takes any more ends soon, without a stack trace",
		program: true,
		async run(trial) {
			const found: string[] = [];
			for (const [when, until] of [
				["at once", async () => {}],
				["after the first record", ({ firstRecord }) => firstRecord],
			] as [string, (running: { firstRecord: Promise<void> }) => Promise<void>][]) {
				const act: RunOptions["act"] = async (running) => {
					await until(running);
					running.goAway();
				};
				const ran = await runs(trial, "read", { files: { config: trial.config }, act, patience: SOON });
				if (!ran.ended) found.push(`its reader went away ${when}, and after ${SOON} s it still runs`);
				else if (ran.code === BUG)
					found.push(`its reader went away ${when}, which it takes for a bug: exit code ${BUG}`);
				if (hasStack(ran)) found.push(`its reader went away ${when}, and it prints a stack trace`);
				if (found.length > 0) break;
			}
			return found;
		},
	},
	{
		name: "process: SIGTERM",
		rule: "ends soon, with whole lines and states that hold; run again from them, nothing is lost",
		program: true,
		run: terminated,
	},
	{
		name: "process: nobody reads",
		rule: "while its output is not taken it asks for no more pages: what it holds is bounded",
		program: true,
		http: true,
		run: unread,
	},
	{
		name: "process: no secret in its output",
		rule: "no secret of the settings stands on stdout, on stderr or among the arguments of what it starts",
		program: true,
		async run(trial) {
			const found: string[] = [];
			for (const { command, ran } of await answersOf(trial)) {
				found.push(...leaks(trial, JSON.stringify(ran.messages.filter(isShown)), `stdout of ${command}`));
				found.push(...leaks(trial, ran.others.join("\n"), `stdout of ${command}`));
				found.push(...leaks(trial, ran.err, `stderr of ${command}`));
				found.push(...leaks(trial, ran.started.join("\n"), `the command line of what ${command} starts`));
			}
			return [...new Set(found)];
		},
	},
];

const BUG = 70;
/** Seconds in which a process ends that has nothing more to do. */
const SOON = 12;
/** Seconds of a read; what is not read by then is not needed. */
const A_WHILE = 5;
const NO_SUCH_STREAM: Json = {
	streams: [
		{
			stream: { name: "no_such_stream", json_schema: { type: "object" }, supported_sync_modes: ["full_refresh"] },
			...{ sync_mode: "full_refresh", destination_sync_mode: "append" },
		},
	],
};

const wrongConfig = ({ config }: Pick<Trial, "config">): Json => ({ ...config, no_such_setting: 1 });

/** Renewed secrets travel in CONTROL messages, which are for the settings alone. */
const isShown = ({ type }: Message) => type !== "CONTROL";

function runs({ program }: Pick<Trial, "program">, command: string, options: RunOptions): Promise<Ran> {
	return program!.run(command, options);
}

const answers = new WeakMap<object, Promise<{ command: string; ran: Ran }[]>>();

/** What the four commands print; asked once. A read that takes long is ended. */
function answersOf(trial: Trial): Promise<{ command: string; ran: Ran }[]> {
	const asked = answers.get(trial) ?? askAll(trial);
	answers.set(trial, asked);
	return asked;
}

async function askAll(trial: Trial): Promise<{ command: string; ran: Ran }[]> {
	const files = { config: trial.config };
	const act: RunOptions["act"] = async ({ ended, terminate }) => {
		await Promise.race([ended, sleep(A_WHILE * 1000, undefined, { ref: false })]);
		terminate();
	};
	const options = { spec: {}, check: { files }, discover: { files }, read: { files, act } };
	return Promise.all(
		Object.entries(options).map(async ([command, how]) => ({ command, ran: await runs(trial, command, how) })),
	);
}

const ANSWERS: { [command: string]: Message["type"] } = {
	...{ spec: "SPEC", check: "CONNECTION_STATUS", discover: "CATALOG", read: "CATALOG" },
};

function wrongIn(command: string, ran: Ran): string[] {
	const found = ran.others.slice(0, 3).map((line) => `${command} writes what is no message: ${line.slice(0, 80)}`);
	const times = ran.messages.filter(({ type }) => type === ANSWERS[command]).length;
	if (times !== 1) found.push(`${command} writes ${ANSWERS[command]} ${times} times`);
	// a long read was ended from outside
	if (command !== "read" && ran.code !== 0) found.push(`${command} ${ended(ran)}`);
	return found;
}

function ended({ code, signal }: Ran): string {
	return signal === null ? `ends with ${code}` : `is ended by ${signal}`;
}

function hasStack({ out, err }: Ran): boolean {
	return [out, err].some((text) => /^\s+at .+:\d+:\d+\)?$/m.test(text));
}

/** In the middle of its read: nothing more is answered. Where there is no server its output is just not taken any more. */
async function terminated(trial: Trial): Promise<string[]> {
	const act: RunOptions["act"] = async ({ firstRecord, terminate }) => {
		await firstRecord;
		trial.proxy?.spoil(() => "hang");
		await sleep(MOMENT);
		terminate();
	};
	const run = () => runs(trial, "read", { files: { config: trial.config }, act, patience: SOON });
	const ran = trial.proxy === undefined ? await run() : await spoilt(trial, undefined, run);
	const reading = readingOf(ran.messages);
	if (!ran.ended) return [`it still runs ${SOON} s after SIGTERM`];
	const found: string[] = [];
	if (ran.others.length > 0) found.push(`its last line is not whole: ${ran.others.at(-1)!.slice(0, 80)}`);
	const complete = reading.statuses.filter((status) => status.endsWith(" COMPLETE")).length;
	if (ran.code === 0 && complete < (reading.catalog?.streams.length ?? 1))
		found.push("it was stopped in its middle, and its exit code says that all is done");
	if (hasStack(ran)) found.push("it prints a stack trace");
	return [...found, ...(await goingOn(onTheWire(trial), ran.messages, "stopped by SIGTERM"))];
}

/** The reads of a trial as its executable would write them: decimals are numbers there. */
function onTheWire(trial: Trial): Trial {
	const written = <T extends Reading>(reading: T): T => {
		const lineOf = lineMaker();
		const messages = reading.messages.flatMap((one, at) => readMessage(lineOf(one), at + 1)?.message ?? []);
		return { ...reading, ...readingOf(messages) };
	};
	return {
		...trial,
		read: async (options) => written(await trial.read(options)),
		whole: async () => written(await trial.whole()),
	};
}

/** Milliseconds. */
const MOMENT = 200;
/** Milliseconds without another request: it waits for its reader. */
const STILL = 1_500;
/** Of one answer, so that a page is more than pipes hold. */
const LARGE = 1024 * 1024;
/** With fewer requests nothing can be told: they may all be under way at once. */
const ENOUGH = 4;

async function unread(trial: Trial): Promise<string[]> {
	const { seen } = await spoilt(trial, undefined, async () => {
		await trial.read();
		return { seen: trial.proxy!.seen.length };
	});
	if (seen < ENOUGH) return [];
	let asked = 0;
	const act: RunOptions["act"] = async ({ ended, terminate, read }) => {
		const until = performance.now() + SOON * 1000;
		for (let still = 0; still < STILL && performance.now() < until; still += MOMENT) {
			await Promise.race([ended, sleep(MOMENT)]);
			const now = trial.proxy!.seen.length;
			if (now > asked || now === 0) still = 0;
			asked = now;
		}
		terminate();
		read();
	};
	const grow = (answer: { status: number; headers: Record<string, string>; body: Buffer }) => ({
		...answer,
		body: withHugeText(answer.body, LARGE) ?? answer.body,
	});
	await spoilt(trial, grow, () => runs(trial, "read", { files: { config: trial.config }, act, unread: true }));
	return asked < seen
		? []
		: [`nobody takes its output, and it makes all its ${asked} requests: it keeps what it reads`];
}
