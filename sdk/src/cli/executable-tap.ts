/**
 * `source-* --singer`: the source as a Singer tap. stdout carries Singer's messages, or the one document that was asked
 * for; logs stand on stderr, a failure as a CRITICAL line with what, where, why and the next step.
 */
import { parseArgs } from "node:util";
import type { JsonObject, LogPayload, Message } from "@growthnav/spec";
import { allErrors, ConnectorError, exitCodeOf, fromTraceError, worstExitCode } from "../errors.ts";
import { didYouMean, listOf } from "../nearest.ts";
import { type MessageWriter, messageWriter } from "../protocol/writer.ts";
import { redact } from "../redact.ts";
import { chooseStreams, singerCatalog } from "../singer/as-tap/catalog.ts";
import { keptState, savedInValue, singerValue } from "../singer/as-tap/states.ts";
import { toSinger } from "../singer/as-tap/to-singer.ts";
import type { Source } from "../source/definition.ts";
import { checkSource, readBatches, suggestSource } from "../source/index.ts";
import { visible } from "../visible.ts";
import { readConfig, readInput, readJson } from "./input-file.ts";
import { keepStdoutClean, onSignals } from "./run-commands.ts";
import { tapAbout, tapHelp } from "./tap-about.ts";
import { keepInFile } from "./tap-config.ts";

const OPTIONS = {
	singer: { type: "boolean" },
	config: { type: "string", short: "c" },
	catalog: { type: "string" },
	properties: { type: "string", short: "p" },
	state: { type: "string", short: "s" },
	discover: { type: "boolean", short: "d" },
	test: { type: "boolean" },
	about: { type: "boolean" },
	format: { type: "string" },
	namespace: { type: "string" },
	version: { type: "boolean" },
	help: { type: "boolean", short: "h" },
} as const;

type Options = { [Name in keyof typeof OPTIONS]?: (typeof OPTIONS)[Name]["type"] extends "string" ? string : boolean };

interface TapRun {
	source: Source;
	program: string;
	options: Options;
	out: MessageWriter;
	signal: AbortSignal;
	say(message: Message): void;
	fail(error: ConnectorError): void;
}

/** Runs the tap; answers the exit code when everything is written. */
export async function tap(source: Source, argv: string[]): Promise<number> {
	const program = `source-${source.name} --singer`;
	keepStdoutClean();
	const out = messageWriter(process.stdout);
	const stop = onSignals();
	const codes: number[] = [];
	const fail = (error: ConnectorError) => {
		codes.push(exitCodeOf(error));
		if (error.code !== "transient.reader_closed") tell("CRITICAL", inOneLine(error));
	};
	const say = (message: Message) => {
		if (message.type === "LOG") tell(LEVELS[message.log.level] ?? "INFO", message.log.message);
		if (message.type === "TRACE" && message.trace.error) fail(fromTraceError(message.trace.error, program));
	};
	try {
		const options = optionsOf(program, argv);
		await work({ source, program, options, out, signal: stop.signal, say, fail });
	} catch (thrown) {
		for (const error of allErrors(thrown)) fail(error);
	}
	await out.close().catch(() => codes.push(20));
	stop.dispose();
	return stop.signal.aborted ? stop.code() : worstExitCode(codes);
}

async function work(run: TapRun): Promise<void> {
	const { source, options, program } = run;
	if (options.help) return print(tapHelp(source));
	if (options.version) return print(`source-${source.name} ${source.version}\n`);
	if (options.about) return print(tapAbout(source, options.format ?? "text"));
	if (options.config === undefined) {
		throw usage(program, "--config is missing", "nothing else says where the settings are", "--config tap.json");
	}
	const config = await readConfig(source.config, source.name, program, options.config);
	if (options.test) return test(run, config);
	if (options.discover) return discover(run, config);
	await read(run, config);
}

async function test(run: TapRun, config: JsonObject): Promise<void> {
	const { status, message, ...failed } = await checkSource(run.source, inputsOf(run, config));
	if (status === "SUCCEEDED") return tell("INFO", message ?? "the settings work");
	const errors = failed.errors ?? (failed.error === undefined ? [] : [failed.error]);
	for (const error of errors) run.fail(fromTraceError(error, run.program));
	if (errors.length === 0) run.fail(new ConnectorError("config.check", message ?? "The settings do not work"));
}

async function discover(run: TapRun, config: JsonObject): Promise<void> {
	const catalog = singerCatalog(await suggestSource(run.source, inputsOf(run, config)));
	await print(`${JSON.stringify(catalog, undefined, 2)}\n`);
}

async function read(run: TapRun, config: JsonObject): Promise<void> {
	const { source, options, out, say } = run;
	const inputs = inputsOf(run, config);
	const file = options.catalog ?? options.properties;
	const saved = options.state === undefined ? [] : savedInValue(await readInput(options.state, "state"), options.state);
	const catalog = file === undefined ? undefined : (await readJson(file, "catalog")).value;
	const offered = await suggestSource(source, { ...inputs, saved });
	const chosen = chooseStreams(offered, {
		...{ catalog, catalogFile: file ?? "the catalog", saved, startedAt: Date.now() },
		onUnknown: once((stream, field) => tell("WARNING", `${stream}: ${field} is not in the catalog and is left out`)),
	});
	if (chosen.length === 0) tell("WARNING", "no stream is selected, so nothing is read");
	const streams = new Map(chosen.map(({ configured, stream }) => [configured.stream.name, stream]));
	const singer = toSinger({
		streamOf: ({ name }) => streams.get(name)!,
		value: singerValue(saved),
		state: keptState,
	});
	const write = async (lines: string[]) => {
		for (const line of lines) {
			const behind = out.writeLine(line);
			if (behind !== undefined) await behind;
		}
	};
	const batches = readBatches(source, {
		...inputs,
		catalog: { streams: chosen.map(({ configured }) => configured) },
		catalogFile: file,
		state: saved,
		stateFile: options.state,
	});
	await write(singer.start());
	for await (const batch of batches) {
		for (const message of batch) {
			say(message);
			await write(singer.lines(message));
		}
	}
	await write(singer.end());
}

/** Each pair is told one time. */
function once(told: (stream: string, field: string) => void): (stream: string, field: string) => void {
	const seen = new Set<string>();
	return (stream, field) => {
		const key = JSON.stringify([stream, field]);
		if (seen.has(key) || seen.size > MOST_UNKNOWN) return;
		seen.add(key);
		told(stream, field);
	};
}

/** A record whose keys are data has endless fields. */
const MOST_UNKNOWN = 1_000;

function inputsOf({ source, options, signal, say }: TapRun, config: JsonObject) {
	const { namespace } = options;
	return {
		config,
		signal,
		say,
		keep: keepInFile(options.config!, source),
		...(namespace !== undefined && { namespace }),
	};
}

function optionsOf(program: string, args: string[]): Options {
	const { tokens } = parseArgs({ args, options: OPTIONS, strict: false, tokens: true });
	const options: Record<string, string | boolean> = {};
	for (const token of tokens) {
		if (token.kind === "positional") {
			throw usage(program, `A tap takes no ${token.value}`, "what it does is said by options", `${program} --help`);
		}
		if (token.kind !== "option") continue;
		const known = Object.keys(OPTIONS).map((name) => `--${name}`);
		if (!Object.hasOwn(OPTIONS, token.name)) {
			const next = didYouMean(token.rawName, known) ?? `${program} --help`;
			throw usage(program, `There is no option ${token.rawName}`, `there are ${listOf(known)}`, next);
		}
		const isText = OPTIONS[token.name as keyof Options].type === "string";
		if (isText && !token.value) throw usage(program, `${token.rawName} needs a value`, "it names a file or a name");
		if (isText && options[token.name] !== undefined) {
			throw usage(program, `${token.rawName} is given twice`, "which one is meant is not known");
		}
		options[token.name] = isText ? token.value! : true;
	}
	return options;
}

function usage(program: string, message: string, why: string, next = `${program} --help`): ConnectorError {
	return new ConnectorError("config.usage", message, { where: program, why, next });
}

const LEVELS: { [Level in LogPayload["level"]]?: string } = {
	FATAL: "ERROR",
	ERROR: "ERROR",
	WARN: "WARNING",
	DEBUG: "DEBUG",
	TRACE: "DEBUG",
};

function tell(level: string, text: string): void {
	process.stderr.write(`${level} ${visible(redact(text))}\n`);
}

/** Runners show the last CRITICAL line, so all four parts stand in one. */
function inOneLine({ message, where, why, next }: ConnectorError): string {
	const parts = { where, why, next };
	const told = Object.entries(parts).flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]));
	return told.length === 0 ? message : `${message} (${told.join("; ")})`;
}

async function print(text: string): Promise<void> {
	process.stdout.on("error", () => {});
	await new Promise<void>((resolve) => process.stdout.write(redact(text), () => resolve()));
}
