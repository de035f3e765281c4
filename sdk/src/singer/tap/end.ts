/** The end of a tap: which streams are complete, and which errors there are. */
import type { Message } from "@growthnav/spec";
import { ConnectorError, toTraceError } from "../../errors.ts";
import type { Exit } from "../../pipeline/connectors/process.ts";
import type { TapCommand } from "./command.ts";
import type { Intake } from "./intake.ts";
import { type LastWords, tapFailed } from "./log.ts";
import type { TapStates } from "./states.ts";
import { isReplaced, notRead, type StreamReading, statusOf } from "./stream.ts";
import type { TapWorld } from "./world.ts";

export interface TapEnd {
	exit: Exit;
	/** It did not end by itself. */
	hung: boolean;
	words: LastWords;
	lastLines: readonly string[];
}

/** The last messages of a read: states, statuses, errors. Nothing is complete unless the tap ended well. */
export function endOf(
	end: TapEnd,
	readings: readonly StreamReading[],
	states: TapStates,
	intake: Intake,
	command: TapCommand,
	world: TapWorld,
): Message[] {
	const now = world.host.now();
	const log = intake.strays().map((message): Message => ({ type: "LOG", log: { level: "WARN", message } }));
	const failure = failureOf(end, intake, command);
	if (failure !== undefined || world.signal.aborted) {
		const statuses = readings.filter(({ started }) => started).map((one) => statusOf(one, "INCOMPLETE", now));
		return [...log, ...statuses, ...(failure && !world.signal.aborted ? [errorOf(failure, now, intake.active())] : [])];
	}
	for (const reading of readings) {
		if (reading.sawSchema || reading.records > 0) continue;
		if (isReplaced(reading)) reading.failed ??= notRead(reading.configured.stream, command.program);
		else log.push(silence(reading, command));
	}
	const failed = readings.filter((one) => one.failed !== undefined);
	const done = readings.filter((one) => one.failed === undefined);
	const started = readings.filter((one) => !one.started).map((one) => statusOf(one, "STARTED", now));
	return [
		...log,
		...started,
		...failed.flatMap((one) => states.forget(one)),
		...states.last(done),
		...done.map((one) => statusOf(one, "COMPLETE", now)),
		...failed.flatMap((one) => [statusOf(one, "INCOMPLETE", now), errorOf(one.failed!, now, one)]),
	];
}

/** Nothing new in a stream that goes on loses nothing; its state stays. */
function silence({ name }: StreamReading, { program }: TapCommand): Message {
	const message = `${program} ended well without a word on ${name}: nothing new of it came`;
	return { type: "LOG", log: { level: "WARN", message } };
}

function failureOf(end: TapEnd, intake: Intake, { program }: TapCommand): ConnectorError | undefined {
	const active = intake.active();
	const where = active === undefined ? "before the first record" : `stream ${active.name}, after row ${active.records}`;
	const stream = active && { stream: active.name };
	if (end.hung) {
		return new ConnectorError("internal.tap_hangs", `${program} closed its output and did not end`, {
			where,
			why: "it was ended; whether it was done is not known",
			next: `run it again; if it happens again, report it to the author of ${program}`,
			...stream,
		});
	}
	if (end.exit.code !== 0) return tapFailed(end.exit, end.words, end.lastLines, { program, where, ...stream });
	if (!intake.isTorn()) return undefined;
	return new ConnectorError("internal.tap_torn", `${program} ended well in the middle of a line`, {
		where,
		why: "its last line is no whole message, so what came behind it is not known",
		next: `run it again; if it happens again, report it to the author of ${program}`,
		...stream,
	});
}

function errorOf(error: ConnectorError, emitted_at: number, reading: StreamReading | undefined): Message {
	const stream = reading && { stream_descriptor: reading.descriptor };
	return { type: "TRACE", trace: { type: "ERROR", emitted_at, error: { ...toTraceError(error), ...stream } } };
}
