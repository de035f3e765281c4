/** Watches for a process that neither goes on nor ends. Only the one that is being waited for is to blame. */
import { ConnectorError } from "../../errors.ts";
import type { RunState } from "../run/run-state.ts";
import { placeOf } from "../run/verdict.ts";

type Turn = "source" | "destination" | "end";

export interface SilenceWatch {
	/** Whose turn it is: the source's to write, the destination's to take, or its to commit and end. */
	waitingFor(turn: Turn): void;
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
	const limits = { source: times.sourceSilence, destination: times.destinationSilence, end: times.destinationEnd };
	let turn: Turn = "source";
	let turned = performance.now();
	// each end's clock runs while it is its turn: what the other one takes does not count
	const waited = { source: 0, destination: 0, end: 0 };
	let endedDestination = false;
	const tick = () => {
		const now = performance.now();
		waited[turn] += now - turned;
		turned = now;
	};
	const heard = (end: Turn) => {
		tick();
		waited[end] = 0;
	};
	const check = () => {
		tick();
		if (waited[turn] < limits[turn]) return;
		waited[turn] = 0;
		run.ownErrors.push(silent(turn, limits[turn], run));
		if (turn === "source") return void actions.endSource();
		endedDestination = true;
		void actions.endDestination();
	};
	const timer = setInterval(check, Math.max(10, Math.min(1_000, Math.min(...Object.values(limits)) / 4)));
	return {
		waitingFor(next) {
			tick();
			// it takes again, so it is not silent; a source has to say something that counts
			if (turn === "destination") waited.destination = 0;
			turn = next;
		},
		sourceAlive: () => heard("source"),
		destinationAlive() {
			heard("destination");
			heard("end");
		},
		endedDestination: () => endedDestination,
		close: () => clearInterval(timer),
	};
}

function silent(turn: Turn, limit: number, run: RunState): ConnectorError {
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
