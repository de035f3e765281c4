/** Watches for a process that neither goes on nor ends. Only the one that is being waited for is to blame. */
import { ConnectorError } from "../errors.ts";
import type { RunState } from "./run-state.ts";
import { placeOf } from "./verdict.ts";

export interface SilenceWatch {
	/** Whose turn it is: the source's to write, the destination's to take, or its to commit and end. */
	waitingFor(turn: "source" | "destination" | "end"): void;
	sourceAlive(): void;
	destinationAlive(): void;
	endedDestination(): boolean;
	close(): void;
}

export interface SilenceActions {
	endSource(): Promise<unknown>;
	endDestination(): Promise<unknown>;
}

export function watchSilence(run: RunState, actions: SilenceActions): SilenceWatch {
	const { times } = run;
	let turn: "source" | "destination" | "end" = "source";
	let since = performance.now();
	let endedDestination = false;
	const moved = () => {
		since = performance.now();
	};
	const limitOf = () =>
		turn === "source" ? times.sourceSilence : turn === "end" ? times.destinationEnd : times.destinationSilence;
	const check = () => {
		if (performance.now() - since < limitOf()) return;
		run.ownErrors.push(silent(turn, limitOf(), run));
		moved();
		if (turn === "source") return void actions.endSource();
		endedDestination = true;
		void actions.endDestination();
	};
	const shortest = Math.min(times.sourceSilence, times.destinationSilence, times.destinationEnd);
	const timer = setInterval(check, Math.max(10, Math.min(1_000, shortest / 4)));
	return {
		waitingFor(next) {
			// a turn that goes on (a log line was read) is no sign of life by itself
			if (turn !== next) moved();
			turn = next;
		},
		sourceAlive: () => turn === "source" && moved(),
		destinationAlive: () => turn !== "source" && moved(),
		endedDestination: () => endedDestination,
		close: () => clearInterval(timer),
	};
}

function silent(turn: "source" | "destination" | "end", limit: number, run: RunState): ConnectorError {
	const { source, destination } = run.plan;
	const program = (turn === "source" ? source : destination).connector.program;
	const word = turn === "source" ? "source_silent" : "destination_silent";
	const what = turn === "source" ? "sent nothing" : turn === "end" ? "did not end" : "took nothing";
	return new ConnectorError(`transient.${word}`, `${program} ${what} for ${inWords(limit)}`, {
		where: placeOf(run),
		why: "it neither went on nor said that it waits; it was ended",
		next: `${run.plan.again}; what is committed stays`,
	});
}

function inWords(milliseconds: number): string {
	if (milliseconds >= 3_600_000) return `${Math.round(milliseconds / 3_600_000)} h`;
	return milliseconds >= 60_000 ? `${Math.round(milliseconds / 60_000)} min` : `${milliseconds / 1000} s`;
}
