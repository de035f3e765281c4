/**
 * `write` of a Singer target: messages of the protocol from stdin become Singer's on the target's stdin, the states that
 * it prints become STATE messages. It is given no more than it takes, and nothing is answered in its place.
 */
import { randomBytes } from "node:crypto";
import type { ConfiguredCatalog, JsonObject, StreamDescriptor } from "@growthnav/spec";
import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import { listOf } from "../../nearest.ts";
import type { Child } from "../../pipeline/connectors/process.ts";
import { send } from "../../pipeline/run/flow.ts";
import { type Arrived, readMessages } from "../../protocol/message.ts";
import { singerName } from "../as-tap/names.ts";
import { singerValue } from "../as-tap/states.ts";
import { type SingerStream, type ToSinger, toSinger } from "../as-tap/to-singer.ts";
import { readAnswers } from "./answers.ts";
import type { TargetCommand } from "./command.ts";
import { openPositions, type Positions } from "./positions.ts";
import { GRACE, levelOf, type TargetWorld, targetDied, withTarget } from "./process.ts";
import { configuredStreams, streamsForTarget } from "./streams.ts";

/** Throws what went wrong, several as an AggregateError; states that the target confirmed are told in any case. */
export async function writeToTarget(
	command: TargetCommand,
	config: JsonObject,
	world: TargetWorld,
	input: AsyncIterable<Uint8Array>,
	catalog: ConfiguredCatalog | undefined,
): Promise<void> {
	const positions = openPositions(randomBytes(6).toString("hex"), command.program);
	const way = openWay(positions, world, command, catalog);
	await withTarget(command, config, world, true, async (target, critical) => {
		const answers = listen(target, positions, world);
		let failed: unknown;
		// one that answers nonsense gets nothing more
		answers.catch((thrown) => {
			failed ??= thrown;
			void target.stop(GRACE);
		});
		const fed = feed(target, way, input).catch((thrown) => {
			failed ??= thrown;
			return true;
		});
		// a source may say nothing for long: that the target is gone is told before it does
		const taken = await Promise.race([fed, target.exited.then(() => false)]);
		await answers.catch(() => {});
		const exit = await target.exited;
		world.signal.throwIfAborted();
		if (failed !== undefined) throw failed;
		if (exit.code !== 0) throw targetDied(target, exit, critical());
		if (!taken) throw endedEarly(command.program);
		for (const state of positions.withoutRows()) await world.say({ type: "STATE", state });
		const errors = [notConfirmed(command.program, positions), way.incomplete()].filter((error) => error !== undefined);
		if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
	});
}

/** The target's output to its end. Never waits for the input, so that the target never waits for us. */
async function listen(target: Child, positions: Positions, { say }: TargetWorld): Promise<void> {
	for await (const answers of readAnswers(target.stdout)) {
		for (const { object, text } of answers) {
			const states = object && positions.answered(object);
			if (states === undefined) {
				const message = text ?? JSON.stringify(object);
				await say({ type: "LOG", log: { level: levelOf(message), message } });
			} else for (const state of states) await say({ type: "STATE", state });
		}
	}
}

interface Way {
	singer: ToSinger;
	take(arrived: Arrived): string[];
	incomplete(): ConnectorError | undefined;
}

/** From arrived lines to lines of Singer. */
function openWay(
	positions: Positions,
	{ say, host }: TargetWorld,
	{ program }: TargetCommand,
	catalog?: ConfiguredCatalog,
): Way {
	let streams: Map<string, SingerStream> | undefined;
	const complete = new Set<string>();
	const open = (configured: ConfiguredCatalog["streams"]) => {
		streams = streamsForTarget(configured, host.now(), program);
		const replaced = [...streams.values()].filter(({ version }) => version !== undefined).map(({ name }) => name);
		if (replaced.length === 0) return;
		const message = `${listOf(replaced)}: rows of earlier runs go only where ${program} knows ACTIVATE_VERSION; Singer cannot ask whether it does`;
		void say({ type: "LOG", log: { level: "WARN", message } })?.catch(() => {});
	};
	if (catalog !== undefined) open(catalog.streams);
	const streamOf = (descriptor: StreamDescriptor) => {
		const stream = streams?.get(singerName(descriptor));
		if (stream === undefined) throw unknownStream(descriptor, streams !== undefined);
		return stream;
	};
	const singer = toSinger({
		...{ streamOf, value: singerValue(), state: positions.sent },
		record: ({ name }) => positions.record(name),
	});
	return {
		singer,
		take(arrived) {
			if (arrived.log !== undefined || (arrived.garbage !== undefined && arrived.torn)) return [];
			if (arrived.message === undefined) throw notUsable(arrived);
			const { message } = arrived;
			if (message.type === "CATALOG" && catalog === undefined) open(configuredStreams(message.catalog));
			const status = message.type === "TRACE" ? message.trace.stream_status : undefined;
			if (status?.status === "COMPLETE") complete.add(singerName(status.stream_descriptor));
			return singer.lines(message);
		},
		incomplete() {
			const names = [...(streams?.keys() ?? [])];
			return incomplete(
				names.filter((name) => !complete.has(name)),
				names.length,
			);
		},
	};
}

/** False where the target went away before the end of the input. */
async function feed({ stdin }: Child, { singer, take }: Way, input: AsyncIterable<Uint8Array>): Promise<boolean> {
	const write = (lines: string[]) => (lines.length === 0 ? true : send(stdin, Buffer.from(`${lines.join("\n")}\n`)));
	try {
		if (!(await write(singer.start()))) return false;
		for await (const batch of readMessages(input)) {
			const lines: string[] = [];
			try {
				for (const arrived of batch) lines.push(...take(arrived));
			} finally {
				// what came before a line that cannot be used goes on
				await write(lines);
			}
			if (stdin?.destroyed) return false;
		}
		return await write(singer.end());
	} catch (thrown) {
		await write(singer.end());
		throw thrown;
	} finally {
		stdin?.end();
	}
}

function unknownStream({ name }: StreamDescriptor, known: boolean): ConnectorError {
	return new ConnectorError("data.unknown_stream", `A record or state of ${name} came, which no catalog has`, {
		where: `stream ${name}`,
		why: known ? "the catalog has other streams" : "no CATALOG came before it, and none was given",
		next: known ? "add the stream to the catalog" : "give the catalog with --catalog",
		stream: name,
	});
}

function notUsable({ number, oversize, garbage }: Arrived): ConnectorError {
	return new ConnectorError("data.bad_line", `Line ${count(number)} of the input cannot be passed on`, {
		where: `the input, line ${count(number)}`,
		why: oversize === undefined ? (garbage ?? "it is no message") : `it has ${count(oversize.bytes)} bytes`,
		next: "a Singer target keeps no rejects: mend it in the source, then run again; what is confirmed stays",
	});
}

function endedEarly(program: string): ConnectorError {
	return new ConnectorError("internal.target_ended", `${program} ended well before its input did`, {
		where: `${program}, after it was started`,
		why: "it stopped reading and gave no reason",
		next: "look at its log, then run again: what it confirmed stays, the rest is read again",
	});
}

function notConfirmed(program: string, positions: Positions): ConnectorError | undefined {
	const open = positions.unanswered();
	if (open.length === 0) return undefined;
	const rows = open.map(({ stream, rows }) => `${count(rows)} of ${stream}`);
	return new ConnectorError("internal.not_confirmed", `${program} ended well and did not confirm ${listOf(rows)}`, {
		where: `${program}, its output`,
		why: "it printed no state that stands behind these rows, so they may be lost",
		next: `run again: they are read again; report it to whoever made ${program} if they never are confirmed`,
	});
}

function incomplete(open: readonly string[], of: number): ConnectorError | undefined {
	if (open.length === 0) return undefined;
	return new ConnectorError(
		"transient.incomplete",
		`The input ended before ${listOf([...open])} ${open.length === 1 ? "was" : "were"} complete`,
		{
			where: `${of - open.length} of ${of} streams ended`,
			why: "the source ended without COMPLETE; it died, or it was stopped",
			next: "run again: what the target confirmed stays, the rest is read again",
		},
	);
}
