/**
 * Waiting for input that other events may cut short: a failure elsewhere, a signal, the clock. `Promise.race` against
 * promises that live as long as the run would keep every result in memory until its end.
 */
export const STOPPED = Symbol("stopped");
export const DUE = Symbol("due");

export interface Interruption {
	/** Whoever waits, now or later, hears STOPPED. */
	stop(): void;
	/** Whoever waits, now or later, gets the error thrown; the first one counts. */
	fail(error: unknown): void;
	/** The result of `work`, or what came before it: STOPPED, or DUE after so many milliseconds. */
	wait<T>(work: Promise<T>, milliseconds: number | undefined): Promise<T | typeof STOPPED | typeof DUE>;
}

export function openInterruption(): Interruption {
	let end: { error: unknown } | "stopped" | undefined;
	let wake: () => void = () => {};
	const interrupt = (how: { error: unknown } | "stopped") => {
		end ??= how;
		wake();
	};
	return {
		stop: () => interrupt("stopped"),
		fail: (error) => interrupt({ error }),
		wait(work, milliseconds) {
			return new Promise((resolve, reject) => {
				const timer =
					milliseconds === undefined ? undefined : setTimeout(() => settle(() => resolve(DUE)), milliseconds);
				const settle = (how: () => void) => {
					clearTimeout(timer);
					wake = () => {};
					how();
				};
				wake = () => {
					if (end === "stopped") settle(() => resolve(STOPPED));
					else if (end !== undefined) settle(() => reject((end as { error: unknown }).error));
				};
				work.then(
					(value) => settle(() => resolve(value)),
					(error) => settle(() => reject(error)),
				);
				wake();
			});
		},
	};
}
