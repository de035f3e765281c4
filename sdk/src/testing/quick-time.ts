/** Time for trials: whoever sleeps, sleeps shortly, and the clock goes on as if it had been long. */
import { setTimeout as timer } from "node:timers/promises";
import type { Time } from "../http/budget.ts";

/** Longer sleeps are cut to this many milliseconds. */
const NAP = 2;

export function quickTime(): Time {
	let skipped = 0;
	const clock = () => performance.now() + skipped;
	return {
		clock,
		now: Date.now,
		async sleep(ms, signal) {
			signal.throwIfAborted();
			const wakes = clock() + ms;
			if (ms > 0) await timer(Math.min(ms, NAP), undefined, { signal }).catch(() => signal.throwIfAborted());
			// others may have moved the clock meanwhile: nobody sleeps twice as long for it
			skipped += Math.max(0, wakes - clock());
		},
	};
}
