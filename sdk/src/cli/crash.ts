/**
 * For tests: the program ends for good at a named point. `GN_CRASH_AT=after_commit` in a destination,
 * `GN_CRASH_SOURCE_AT=record:500` in a source, the 500th time it comes by; `mid_line:500` tears the line of a record.
 * `GN_CRASH_RUN_AT=state_back` in growthnav, at the points of `RUN_POINTS`.
 */
export function crashAt(setting: string | undefined): ((point: string) => boolean) | undefined {
	if (setting === undefined || setting === "") return undefined;
	const [wanted, times = "1"] = setting.split(":");
	let left = Number(times);
	return (point) => point === wanted && --left === 0;
}

/** As `kill -9` does it. */
export function die(): void {
	process.kill(process.pid, "SIGKILL");
}
