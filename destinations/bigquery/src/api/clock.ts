/** Time, waiting and chance, so that tests can have their own. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Clock {
	/** Whole milliseconds, for differences alone: it is no time of day, and nobody sets it. A machine that sleeps stops it. */
	now(): number;
	/** Rejects when the signal aborts. */
	sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
	/** At least 0, less than 1. */
	random(): number;
}

export const systemClock: Clock = {
	now: () => Math.floor(performance.now()),
	sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal === undefined ? {} : { signal }),
	random: () => Math.random(),
};
