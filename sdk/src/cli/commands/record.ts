/** `growthnav record`: the exchanges of a real read as a cassette, without keys and people. */
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import type { TraceError } from "@growthnav/spec";
import { ConnectorError, exitCodeOf, worstExitCode } from "../../errors.ts";
import type { Cassette } from "../../http/cassette/contract.ts";
import { distinctErrors } from "../../pipeline/connectors/death.ts";
import { withChild } from "../../pipeline/connectors/one-shot.ts";
import type { SourcePlan } from "../../pipeline/file/plan.ts";
import { configureFor, discoverStreams, unknownStream } from "../../pipeline/preview.ts";
import { readMessages } from "../../protocol/index.ts";
import { bytes, plural } from "../screen/numbers.ts";
import { marked } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { withSource } from "./planned.ts";
import type { GivenSource } from "./source-argument.ts";

interface RecordOptions extends GivenSource {
	out?: string;
	stream?: string[];
	maxBytes?: string;
}

/** Seconds; whoever waits no longer stops it, and has what was recorded. */
const DEADLINE = 3_600;

export async function record(world: World, options: RecordOptions, [argument]: [string]): Promise<number> {
	return withSource(argument, options, world, async (plan) => {
		const { connector } = plan.source;
		if (!connector.ours) throw notOurs(connector.program);
		const file = resolve(world.host.cwd, options.out ?? `${basename(connector.name)}.cassette.json`);
		makeRoom(file);
		const { rows, traces } = await read(plan, file, options, world);
		const errors = distinctErrors(traces, connector.program);
		if (existsSync(file)) tell(file, rows, world);
		if (errors.length === 0 && !existsSync(file)) throw nothingAsked(connector.program);
		world.fail(...errors);
		return worstExitCode(errors.map(exitCodeOf));
	});
}

async function read(plan: SourcePlan, file: string, { stream, maxBytes }: RecordOptions, world: World) {
	const { source, scratch } = plan;
	const args = [
		"read",
		"--config",
		await scratch.write("config.json", JSON.stringify(source.config)),
		"--record",
		file,
	];
	if (maxBytes !== undefined) args.push("--max-bytes", maxBytes);
	if (stream !== undefined) {
		const streams = configureFor(plan, await discoverStreams(plan, world.signal));
		const unknown = stream.find((name) => !streams.some((one) => one.stream.name === name));
		if (unknown !== undefined) throw unknownStream(unknown, streams, plan);
		const chosen = streams.filter((one) => stream.includes(one.stream.name));
		args.push("--catalog", await scratch.write("catalog.json", JSON.stringify({ streams: chosen })));
	}
	const traces: TraceError[] = [];
	let rows = 0;
	await withChild({ ...source.ask, deadline: DEADLINE, signal: world.signal }, args, async (child) => {
		for await (const batch of readMessages(child.stdout)) {
			for (const { message } of batch) {
				if (message?.type === "RECORD") rows++;
				else if (message?.type === "TRACE" && message.trace.error) traces.push(message.trace.error);
				else if (message?.type === "CONTROL") await source.renewed.keep(message.control.connectorConfig.config);
			}
		}
		await child.exited;
	});
	return { rows, traces: traces.filter(({ code }) => code !== "transient.cassette_full") };
}

function tell(file: string, rows: number, world: World): void {
	const text = readFileSync(file);
	const { exchanges, left_out = 0 } = JSON.parse(text.toString()) as Cassette;
	const requests = exchanges.length;
	world.tell({ event: "recorded", file, requests, rows, bytes: text.length, left_out });
	const { outStyle: style } = world.terminal;
	const shown = relative(world.host.cwd, file);
	world.say(
		...marked(
			style.good(style.ok),
			`${plural(requests, "request")} with their answers, ${plural(rows, "row")}, in ${shown} (${bytes(text.length)}).`,
			style,
		),
		...(left_out > 0 ? ["  It is full: what came then is not in it. --max-bytes makes room."] : []),
		"  Keys are taken out; people, places and free texts have stand-ins.",
		"  Read it before you give it away: what is personal is told by names and forms.",
		`  In a test: startCassette(${JSON.stringify(shown)}) of @growthnav/sdk/testing.`,
	);
}

/** What lies there after the read is of this read. */
function makeRoom(file: string): void {
	try {
		rmSync(file, { force: true });
	} catch (thrown) {
		throw new ConnectorError("config.file", `${file} cannot be written`, {
			where: "--out",
			why: existsSync(file) && statSync(file).isDirectory() ? "it is a folder" : (thrown as Error).message,
			next: "name a file in a folder that can be written",
		});
	}
}

function notOurs(program: string): ConnectorError {
	return new ConnectorError("config.not_ours", `${program} cannot be recorded`, {
		why: "it was not built with this SDK, which keeps the exchanges",
		next: "name one of growthnav connectors",
	});
}

function nothingAsked(program: string): ConnectorError {
	return new ConnectorError("config.nothing_recorded", `${program} asked no server for anything`, {
		why: "a cassette holds requests and their answers, and there were none",
		next: "a source of files needs none: test it with the files",
	});
}
