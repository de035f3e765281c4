/** Time that passes only when nothing else can happen. */
import { setImmediate as macrotask } from "node:timers/promises";
import type { Time } from "../../src/http/budget.ts";

export interface FakeTime extends Time {
	/** Runs something at a moment of the clock. */
	at(moment: number, run: () => void): void;
	/** Sets the wall clock, forwards or backwards. */
	jump(ms: number): void;
	/** Lets everything happen that is due, until nothing is. Throws after so many moments: somebody waits for ever. */
	passAll(most?: number): Promise<void>;
}

/** `early`: timers may end so much before their time, as Node's do. */
export function fakeTime(early: () => number = () => 0): FakeTime {
	let clock = 1_000;
	let wall = Date.parse("2026-07-01T03:00:00Z");
	let timers: { due: number; run: () => void }[] = [];
	const at = (due: number, run: () => void) => {
		const timer = { due, run };
		timers.push(timer);
		return () => {
			timers = timers.filter((one) => one !== timer);
		};
	};
	return {
		now: () => wall,
		clock: () => clock,
		sleep: (ms, signal) =>
			new Promise((resolve, reject) => {
				const cancel = at(clock + Math.max(0, ms - early()), resolve);
				signal.addEventListener("abort", () => {
					cancel();
					reject(signal.reason);
				});
			}),
		at: (moment, run) => void at(moment, run),
		jump: (ms) => {
			wall += ms;
		},
		async passAll(most = 20_000) {
			for (let moments = 0; ; moments++) {
				await macrotask();
				if (timers.length === 0) return;
				if (moments > most) throw new Error("somebody waits for ever");
				const due = Math.max(clock, Math.min(...timers.map((timer) => timer.due)));
				wall += due - clock;
				clock = due;
				const now = timers.filter((timer) => timer.due <= due);
				timers = timers.filter((timer) => timer.due > due);
				for (const timer of now) timer.run();
			}
		},
	};
}
