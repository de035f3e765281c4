/** Ctrl-C, SIGTERM and the time limit: one switch that is thrown once or twice. */

/** Why a run stops before its end: a signal, or `limits.minutes`. */
export type StopReason = "SIGINT" | "SIGTERM" | "time_limit";

export interface StopSwitch {
	/** The first one asks the source to stop; the second one ends it. */
	throw(reason: StopReason): void;
	/** The first reason; undefined: nobody asked. */
	reason(): StopReason | undefined;
	/** Twice. */
	isUrgent(): boolean;
	/** Aborted at the first throw. */
	signal: AbortSignal;
	/** Called at the first and at the second throw; at once where it was thrown already. */
	onThrow(listener: (urgent: boolean) => void): void;
}

export function createStopSwitch(): StopSwitch {
	const controller = new AbortController();
	const listeners: ((urgent: boolean) => void)[] = [];
	let reason: StopReason | undefined;
	let urgent = false;
	return {
		throw(why) {
			urgent = reason !== undefined;
			reason ??= why;
			controller.abort();
			for (const listener of listeners) listener(urgent);
		},
		reason: () => reason,
		isUrgent: () => urgent,
		signal: controller.signal,
		onThrow(listener) {
			listeners.push(listener);
			if (reason !== undefined) listener(urgent);
		},
	};
}
