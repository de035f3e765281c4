/** The abort of a signal as a promise that rejects with its reason; to be disposed of, since signals live long. */
export function whenAborted(signal: AbortSignal): { promise: Promise<never>; dispose: () => void } {
	const { promise, reject } = Promise.withResolvers<never>();
	const onAbort = () => reject(signal.reason);
	promise.catch(() => {});
	if (signal.aborted) onAbort();
	else signal.addEventListener("abort", onAbort, { once: true });
	return { promise, dispose: () => signal.removeEventListener("abort", onAbort) };
}
