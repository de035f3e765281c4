/** The rate budget of one client: requests leave one after the other, at most so many per second. */

/** What time is, and how it passes; tests bring their own. Milliseconds. */
export interface Time {
	now: () => number;
	/** Ends early, with the signal's reason, when the run is stopped. */
	sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RateBudget {
	/** Resolves when the next request may leave. */
	turn(signal: AbortSignal): Promise<void>;
	/** The vendor asked for silence: nobody's turn comes before that. */
	pause(ms: number): void;
}

/** All streams of a run share it, in the order in which they ask. Without a rate only pauses hold requests back. */
export function rateBudget(requestsPerSecond: number | undefined, time: Time): RateBudget {
	const gap = requestsPerSecond === undefined ? 0 : 1000 / requestsPerSecond;
	let free = Number.NEGATIVE_INFINITY;
	return {
		async turn(signal) {
			const mine = Math.max(time.now(), free);
			free = mine + gap;
			const wait = mine - time.now();
			if (wait > 0) await time.sleep(wait, signal);
		},
		pause(ms) {
			free = Math.max(free, time.now() + ms);
		},
	};
}
