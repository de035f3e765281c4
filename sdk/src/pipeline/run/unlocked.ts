/** `--wait`: a store that another program holds is asked again until it is free or the time is over. */
import { setTimeout as sleep } from "node:timers/promises";
import { allErrors } from "../../errors.ts";
import type { RunState } from "./run-state.ts";

/** Milliseconds between two attempts, and between two `waiting` events. */
const RETRY = 1_000;
const TELL = 10_000;

/** Answers what `ask` answers; throws its last error where the store stayed locked for `seconds`. */
export async function untilUnlocked<T>(run: RunState, seconds: number, ask: () => Promise<T>): Promise<T> {
	const { now } = run.plan.host;
	const until = now() + seconds * 1_000;
	let toldAt = Number.NEGATIVE_INFINITY;
	for (;;) {
		try {
			return await ask();
		} catch (thrown) {
			const left = until - now();
			const locked = allErrors(thrown).every(({ code }) => code === "transient.database_locked");
			if (!locked || left <= 0) throw thrown;
			if (now() - toldAt >= TELL) {
				toldAt = now();
				tell(run, left);
			}
			await sleep(Math.min(RETRY, left), undefined, { signal: run.stop.signal });
		}
	}
}

function tell({ emit }: RunState, left: number): void {
	const wait_s = Math.ceil(left / 1_000);
	emit({ event: "waiting", stream: null, reason: "locked", wait_s, try: null, of: null, request: null });
}
