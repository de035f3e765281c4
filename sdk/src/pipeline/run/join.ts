/** Two processes and the pipe between them, from their start to their end, whatever happens to either. */
import type { Message } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { startOneShot } from "../connectors/one-shot.ts";
import type { Child, Exit } from "../connectors/process.ts";
import { watchSilence } from "../connectors/silence.ts";
import type { StateBook } from "../state-book.ts";
import type { Renaming } from "./account.ts";
import { flow, send } from "./flow.ts";
import { readDestination } from "./from-destination.ts";
import { sourceHandlers } from "./from-source.ts";
import type { RejectEvents } from "./reject-events.ts";
import type { RunState } from "./run-state.ts";
import { readOf } from "./tally.ts";
import { createTap } from "./tap.ts";

export interface JoinInputs {
	/** Arguments of `read` and of `write`. */
	sourceArgs: string[];
	destinationArgs: string[];
	/** For a source that does not know the pipeline's account. */
	renaming: Renaming | undefined;
	rejects: RejectEvents;
	book: StateBook | undefined;
	onCommit(): void;
}

/** Answers when both processes are gone; what became of them stands in the run. */
export async function joinProcesses(run: RunState, inputs: JoinInputs): Promise<void> {
	const { plan, log } = run;
	const logTo = (from: "source" | "destination") => (line: string) => log.add(from, line);
	const destination = await startOneShot(
		{ ...plan.destination.ask, onLog: logTo("destination") },
		inputs.destinationArgs,
		true,
	);
	let source: Child | undefined;
	try {
		source = await startOneShot({ ...plan.source.ask, onLog: logTo("source") }, inputs.sourceArgs);
		run.crash("joined");
		await between(source, destination, run, inputs);
	} finally {
		await Promise.all([source?.stop(), destination.stop()]);
		await inputs.book?.flush();
	}
}

async function between(source: Child, destination: Child, run: RunState, inputs: JoinInputs): Promise<void> {
	const { stop, times } = run;
	let sourceEnded = false;
	const endSource = () => {
		sourceEnded = true;
		return source.stop(0);
	};
	const silence = watchSilence(run, { endSource, endDestination: () => destination.stop() });
	const hooks = { ...inputs, alive: silence.sourceAlive };
	const plain = createTap(sourceHandlers(run, hooks));
	const tap = inputs.renaming?.before(plain) ?? plain;
	let grace: NodeJS.Timeout | undefined;
	stop.onThrow((urgent) => {
		if (urgent) void endSource();
		else {
			source.terminate();
			grace = setTimeout(() => void endSource(), times.stopGrace);
		}
	});
	const answers = readDestination(destination, run, { ...inputs, alive: silence.destinationAlive });
	// awaited below; until then its failure is nobody's, and would end growthnav
	answers.catch(() => {});
	const destinationExit = destination.exited.then(async (exit) => {
		run.firstGone ??= "destination";
		// nobody reads any more: the source would write into nothing
		if (!destination.stdin?.writableEnded) await endSource();
		return exit;
	});
	try {
		const through = await flow(source, destination, tap, {
			waitingFor: silence.waitingFor,
			due: () => run.due,
			passed: () => run.crash("passed"),
			isCut: stop.isUrgent,
		});
		if (!through) {
			run.firstGone ??= "destination";
			await endSource();
		}
		const exit = await exitOf(source, times.sourceEnd, () => {
			sourceEnded = true;
			run.ownErrors.push(hangs(source.program, run));
		});
		run.firstGone ??= "source";
		run.source = { exit, lastLines: source.lastLines(), ended: sourceEnded };
		run.crash("source_ended");
		run.emit({ event: "phase", phase: "committing" });
		const well = exit.code === 0 && !sourceEnded && stop.reason() === undefined;
		for (const part of [...tap.end(well), ...completions(run, well)]) await send(destination.stdin, part);
		await run.due;
		destination.stdin?.end();
		silence.waitingFor("end");
		await answers;
		const ended = await destinationExit;
		run.destination = { exit: ended, lastLines: destination.lastLines(), ended: silence.endedDestination() };
		if (inputs.book && ended.code === 0) settleStreams(run);
		run.unconfirmed = inputs.book ? inputs.book.unconfirmed() : run.statesBack === 0 ? run.statesSent : 0;
		run.crash("destination_ended");
	} finally {
		clearTimeout(grace);
		silence.close();
	}
}

/** A destination without commit reports has written a stream to its end when it confirmed all of its rows. */
function settleStreams({ tallies }: RunState): void {
	for (const tally of tallies.all()) {
		if (tally.ended === "complete" && tally.committed.read >= readOf(tally)) tally.settled = true;
	}
}

/** The exit of a process whose output has ended; one that goes on is ended. */
async function exitOf(child: Child, patience: number, onHang: () => void): Promise<Exit> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<undefined>((resolve) => {
		timer = setTimeout(() => resolve(undefined), patience);
	});
	try {
		const exit = await Promise.race([child.exited, late]);
		if (exit) return exit;
		onHang();
		return await child.stop(0);
	} finally {
		clearTimeout(timer);
	}
}

function hangs(program: string, run: RunState): ConnectorError {
	return new ConnectorError("internal.source_hangs", `${program} closed its output and did not end`, {
		where: `${run.plan.file}, run ${run.record.run}`,
		why: `it was ended after ${run.times.sourceEnd / 1000} s; whether it was done is not known`,
		next: `${run.plan.again}; if it happens again, report it to whoever made ${program}`,
	});
}

/**
 * For a source that sends no statuses at all: COMPLETE of every stream after exit 0, as Airbyte's platform does. One
 * that sends them for some streams has failed the others.
 */
function completions(run: RunState, well: boolean): Buffer[] {
	if (!well || run.sawStatus) return [];
	return run.streams.map(({ stream }) => {
		const { name, namespace } = stream;
		run.tallies.of(name, namespace).ended = "complete";
		const message: Message = {
			type: "TRACE",
			trace: {
				type: "STREAM_STATUS",
				emitted_at: run.plan.host.now(),
				stream_status: {
					stream_descriptor: { name, ...(namespace !== undefined && { namespace }) },
					status: "COMPLETE",
				},
			},
		};
		return Buffer.from(`${JSON.stringify(message)}\n`);
	});
}
