/** What each line of a tap becomes. Every line becomes something: a message, a LOG, or a reject that keeps its text. */
import type { LogLevel, Message, Reject } from "@growthnav/spec";
import { shownLine } from "../../pipeline/run/run-log.ts";
import type {
	SingerActivateVersion,
	SingerBatch,
	SingerLine,
	SingerMessage,
	SingerRecord,
	SingerSchema,
} from "../messages.ts";
import { batchRecords } from "./batch.ts";
import type { TapCommand } from "./command.ts";
import { readLog } from "./log.ts";
import { logger } from "./process.ts";
import type { TapStates } from "./states.ts";
import { begunAnew, clock, isReplaced, recordMessage, type StreamReading, schemaNews, statusOf } from "./stream.ts";
import type { TapWorld } from "./world.ts";

export interface Intake {
	/** Answers a promise where it has to be waited for. */
	take(line: SingerLine): undefined | Promise<void>;
	/** Whether a message came. */
	sawAnything(): boolean;
	/** A line that came to no end: its writer died, or says that it ended well. */
	isTorn(): boolean;
	/** The stream of the last record. */
	active(): StreamReading | undefined;
	/** What came and was not asked for, in words. */
	strays(): string[];
}

export function intakeOf(
	readings: readonly StreamReading[],
	states: TapStates,
	{ program }: TapCommand,
	world: TapWorld,
): Intake {
	const byName = new Map([
		...readings.map((one) => [one.id, one] as const),
		...readings.map((one) => [one.called, one] as const),
	]);
	const extractedAt = clock();
	const log = logger(world);
	const told = new Set<string>();
	const strays = new Map<string, number>();
	const unknown = new Map<string, number>();
	let active: StreamReading | undefined;
	let saw = false;
	let torn = false;

	const say = (messages: readonly Message[]): undefined | Promise<void> => {
		let behind: undefined | Promise<void>;
		for (const message of messages) behind = world.say(message) ?? behind;
		return behind;
	};
	const logOnce = (level: LogLevel, message: string) => {
		if (told.has(message)) return undefined;
		told.add(message);
		return world.say({ type: "LOG", log: { level, message } });
	};
	const begin = (reading: StreamReading) => {
		if (reading.started) return;
		reading.started = true;
		world.say(statusOf(reading, "STARTED", world.host.now()));
	};
	/** Undefined for a stream that was not asked for. */
	const readingOf = (name: string): StreamReading | undefined => {
		const reading = byName.get(name);
		if (reading) begin(reading);
		return reading;
	};

	const record = (message: SingerRecord, nulled?: readonly string[]) => {
		const reading = active?.called === message.stream ? active : readingOf(message.stream);
		if (reading === undefined) {
			strays.set(message.stream, (strays.get(message.stream) ?? 0) + 1);
			return undefined;
		}
		active = reading;
		if (!reading.running) {
			if (!reading.sawSchema) {
				logOnce("WARN", `${program} sent records of ${reading.name} before their schema; that of the catalog is taken`);
			}
			reading.running = true;
			world.say(statusOf(reading, "RUNNING", world.host.now()));
		}
		if (message.version != null) checkVersion(reading, JSON.stringify(message.version));
		if (reading.failed) return undefined;
		reading.records++;
		reading.since.records++;
		return world.say(recordMessage(reading, message, extractedAt(message.time_extracted) ?? world.host.now(), nulled));
	};

	const checkVersion = (reading: StreamReading, version: string) => {
		const before = reading.version;
		reading.version = version;
		if (before === undefined || before === version || reading.failed) return;
		if (isReplaced(reading)) reading.failed = begunAnew(reading.configured.stream, reading.records);
		else {
			logOnce(
				"WARN",
				`${program} began ${reading.name} anew; rows that are no longer there stay in the table, until it is read with write: overwrite`,
			);
		}
	};

	const batch = async (message: SingerBatch) => {
		const reading = readingOf(message.stream);
		if (reading === undefined) {
			strays.set(message.stream, (strays.get(message.stream) ?? 0) + 1);
			return;
		}
		for await (const records of batchRecords(message)) {
			for (const one of records) await record({ type: "RECORD", stream: message.stream, record: one });
		}
	};

	const schema = (message: SingerSchema) => {
		const reading = readingOf(message.stream);
		if (reading === undefined) return undefined;
		reading.sawSchema = true;
		for (const news of schemaNews(reading, message)) logOnce("WARN", news);
		return undefined;
	};

	const activate = (message: SingerActivateVersion) => {
		const reading = readingOf(message.stream);
		// the table is replaced when the stream is complete, which is when the tap ends well
		if (reading && message.version != null) checkVersion(reading, JSON.stringify(message.version));
		return undefined;
	};

	const message = (one: SingerMessage, nulled?: readonly string[]): undefined | Promise<void> => {
		saw = true;
		switch (one.type) {
			case "RECORD":
				return record(one, nulled);
			case "STATE":
				return say(states.said(one.value, active));
			case "SCHEMA":
				return schema(one);
			case "ACTIVATE_VERSION":
				return activate(one);
			case "BATCH":
				return batch(one);
		}
	};

	/** A line that was meant to be a message: what it says is kept. */
	const reject = (code: string, reason: string, line: number, text: string, raw: Reject["raw"]) => {
		const name = /"stream"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
		const reading = (name === undefined ? undefined : byName.get(name)) ?? active ?? readings[0];
		if (reading === undefined) return world.say({ type: "LOG", log: { level: "ERROR", message: shownLine(text) } });
		begin(reading);
		reading.since.rejects++;
		const { name: stream, namespace } = reading.descriptor;
		const kept: Reject = {
			stream,
			...(namespace !== undefined && { namespace }),
			code,
			reason,
			line,
			...(raw !== undefined && { raw }),
		};
		return world.say({
			type: "LOG",
			log: { level: "WARN", message: `${program}, line ${line}: ${reason}`, reject: kept },
		});
	};

	return {
		take(line) {
			switch (line.kind) {
				case "message":
					return message(line.message, line.nulled);
				case "text":
					return void log(readLog(line.text).level, line.text);
				case "unknown": {
					const times = (unknown.get(line.type) ?? 0) + 1;
					unknown.set(line.type, times);
					// an object without a type is a log in JSON
					if (line.type === "") return void log(readLog(line.text).level, line.text);
					return times > 1
						? undefined
						: logOnce("WARN", `${program} sends messages of a type that Singer does not have: ${shownLine(line.text)}`);
				}
				case "faulty":
					if (line.torn) {
						torn = true;
						return void log("WARN", `the last line of ${program} came to no end: ${line.text}`);
					}
					return reject("singer_line", line.reason, line.number, line.text, line.text);
				case "oversize": {
					const { prefix, bytes, sha256 } = line.oversize;
					return reject("singer_line", `a line of ${bytes} bytes is too long`, line.number, prefix, {
						prefix,
						bytes,
						sha256,
					});
				}
			}
		},
		sawAnything: () => saw,
		isTorn: () => torn,
		active: () => active,
		strays: () => [
			...[...strays].map(
				([name, times]) => `${program} sent ${times} records of ${name}, which was not asked for; they were left out`,
			),
			...[...unknown].flatMap(([type, times]) =>
				type === "" || times === 1 ? [] : [`${program} sent ${times} messages of type ${type}`],
			),
		],
	};
}
