/** One command of a connector (`spec`, `check`, `discover`, `state`) as a process that answers and ends. */
import { setTimeout as sleep } from "node:timers/promises";
import type {
	Catalog,
	ConnectionStatusPayload,
	JsonObject,
	Message,
	SpecPayload,
	StatePayload,
	TraceError,
} from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { readMessages } from "../../protocol/index.ts";
import type { Host } from "../host.ts";
import { shownLine } from "../run/run-log.ts";
import { type Connector, OUR_ARGUMENTS } from "./connectors.ts";
import { asOne, diedError, distinctErrors, MOST_ERRORS } from "./death.ts";
import { type Child, startChild } from "./process.ts";
import type { Scratch } from "./scratch.ts";

/** Seconds for one command; a foreign image may have to be loaded first. */
export const ONE_SHOT_DEADLINE = 300;
const TIDY_UP = 2_000;

export interface OneShot {
	connector: Connector;
	/** Where it is started. */
	folder: string;
	host: Host;
	scratch: Scratch;
	deadline?: number;
	/** Ends the process. */
	signal?: AbortSignal;
	env?: Readonly<Record<string, string>>;
	/** Whether the process gets a stdin. */
	input?: boolean;
	/** What it wrote to stderr or as LOG; already redacted. */
	onLog?: (line: string) => void;
	/** CONTROL: settings that it renewed; kept before anything else is read. */
	onConfig?: (config: JsonObject) => Promise<void>;
}

export async function askSpec(ask: OneShot): Promise<SpecPayload> {
	return (await firstOf(ask, ["spec"], "SPEC")).spec;
}

/** FAILED is an answer, no error. */
export async function askCheck(ask: OneShot, config: JsonObject): Promise<ConnectionStatusPayload> {
	const args = ["check", "--config", await configFile(ask, config)];
	return (await firstOf(ask, args, "CONNECTION_STATUS")).connectionStatus;
}

export async function askDiscover(ask: OneShot, config: JsonObject): Promise<Catalog> {
	const args = ["discover", "--config", await configFile(ask, config)];
	return (await firstOf(ask, args, "CATALOG")).catalog;
}

/** The committed states of a destination of ours; `reset` clears one stream's, or all, and answers what was cleared. */
export async function askState(ask: OneShot, config: JsonObject, reset?: true | string): Promise<StatePayload[]> {
	const args = ["state", "--config", await configFile(ask, config)];
	if (reset !== undefined) args.push("--reset", ...(reset === true ? [] : [reset]));
	const messages = await collect(ask, args, "STATE");
	return messages.map(({ state }) => state);
}

/** Where another program stopped, put into a ledger of ours that has no state yet; answers what is committed then. */
export async function askToBegin(
	ask: OneShot,
	config: JsonObject,
	states: readonly StatePayload[],
): Promise<StatePayload[]> {
	const file = await ask.scratch.write("state.json", JSON.stringify(states));
	const args = ["state", "--config", await configFile(ask, config), "--state", file];
	return (await collect(ask, args, "STATE")).map(({ state }) => state);
}

type MessageOf<Type extends Message["type"]> = Extract<Message, { type: Type }>;

/** The first message of a type; the process is ended once it is there. */
async function firstOf<Type extends Message["type"]>(
	ask: OneShot,
	args: string[],
	type: Type,
): Promise<MessageOf<Type>> {
	let odd = "";
	const [first] = await collect(ask, args, type, 1, (reason) => {
		odd = `; a line of it is no message: ${reason}`;
	});
	if (first) return first;
	throw new ConnectorError("internal.no_answer", `${ask.connector.program} ${args[0]} gave no answer`, {
		why: `it ended without a ${type} message${odd}`,
		next: "see whether the command is a connector: it must answer `spec` with one line of JSON",
	});
}

/** All messages of a type, up to `most`. Errors of the connector are thrown as its own; several as an AggregateError. */
async function collect<Type extends Message["type"]>(
	ask: OneShot,
	args: string[],
	type: Type,
	most = Number.POSITIVE_INFINITY,
	onGarbage: (reason: string) => void = () => {},
): Promise<MessageOf<Type>[]> {
	const found: MessageOf<Type>[] = [];
	const errors: TraceError[] = [];
	await withChild(ask, args, async (child) => {
		for await (const batch of readMessages(child.stdout)) {
			for (const { message, log, garbage } of batch) {
				if (garbage !== undefined) onGarbage(garbage);
				if (message?.type === type && found.push(message as MessageOf<Type>) >= most) return;
				if (message?.type === "TRACE" && message.trace.error && errors.length < MOST_ERRORS)
					errors.push(message.trace.error);
				if (message?.type === "CONTROL") await ask.onConfig?.(message.control.connectorConfig.config);
				if (message?.type === "LOG") ask.onLog?.(shownLine(message.log.message));
				if (log !== undefined) ask.onLog?.(shownLine(log));
			}
		}
		await verify(child, errors);
	});
	return found;
}

/** Runs `work` on a process of the connector: within the deadline, ended by the signal, and gone in any case. */
export async function withChild<T>(ask: OneShot, args: string[], work: (child: Child) => Promise<T>): Promise<T> {
	ask.signal?.throwIfAborted();
	const child = await startOneShot(ask, args, ask.input);
	const { deadline: seconds = ONE_SHOT_DEADLINE, signal } = ask;
	let late = false;
	const stop = () => void child.stop();
	const deadline = setTimeout(() => {
		late = true;
		stop();
	}, seconds * 1000);
	signal?.addEventListener("abort", stop, { once: true });
	try {
		const result = await work(child);
		// it may still tidy up after its answer
		await Promise.race([child.exited, sleep(TIDY_UP, undefined, { ref: false })]);
		return result;
	} catch (thrown) {
		signal?.throwIfAborted();
		throw late ? tooLate(ask, args) : thrown;
	} finally {
		clearTimeout(deadline);
		signal?.removeEventListener("abort", stop);
		await child.stop();
	}
}

/** Starts the command; for `sql` and `write`, which are read in other ways. */
export function startOneShot(ask: OneShot, args: string[], input = false): Promise<Child> {
	const words = ask.connector.argv.map((word) => word.replaceAll("{folder}", ask.scratch.folder));
	// a program that wants options of its own after ours says where ours stand
	const at = words.indexOf(OUR_ARGUMENTS);
	return startChild({
		argv: at < 0 ? words : words.slice(0, at),
		args: at < 0 ? args : [...args, ...words.slice(at + 1)],
		cwd: ask.folder,
		program: ask.connector.program,
		host: ask.host,
		input,
		...(ask.env && { env: ask.env }),
		onStderr: (line) => ask.onLog?.(shownLine(line)),
	});
}

async function verify(child: Child, traces: TraceError[]): Promise<void> {
	const exit = await child.exited;
	if (traces.length > 0) throw asOne(distinctErrors(traces, child.program));
	if (exit.code !== 0) {
		throw diedError("process_died", exit, child.lastLines(), child.program, {
			next: "see the reason above; run the command by hand for more",
		});
	}
}

function tooLate({ connector, deadline = ONE_SHOT_DEADLINE }: OneShot, args: string[]): ConnectorError {
	return new ConnectorError("transient.no_answer", `${connector.program} ${args[0]} gave no answer in ${deadline} s`, {
		why: "it was started and then said nothing more; it has been ended",
		next: "try again; a program that waits for input is no connector",
	});
}

async function configFile({ scratch }: OneShot, config: JsonObject): Promise<string> {
	return scratch.write("config.json", JSON.stringify(config));
}
