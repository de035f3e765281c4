/** `check`, `discover` and `read` of an executable. */
import type { ConnectionStatusPayload, JsonObject, Message } from "@growthnav/spec";
import { allErrors, ConnectorError } from "../errors.ts";
import { failedStatus } from "../protocol/connection-status.ts";
import type { MessageWriter } from "../protocol/writer.ts";
import type { Source } from "../source/definition.ts";
import { checkSource, discoverSource, parseStateFile, readBatches } from "../source/index.ts";
import { lineMaker } from "../source/record-text.ts";
import { visible } from "../visible.ts";
import { crashAt, die } from "./crash.ts";
import type { Run } from "./executable-run.ts";
import { readCatalog, readConfig, readInput } from "./input-file.ts";
import { type Recording, recorded } from "./recording.ts";

const configOf = (source: Source, { options, program }: Run) =>
	readConfig(source.config, source.name, program, options.config!);

/** Answers when the message is written: what it holds may be used from then on. */
const keeping =
	({ out }: Run, crash?: (point: string) => boolean) =>
	async (message: Message): Promise<void> => {
		if (crash?.("renewed")) die();
		await out.write(message);
		await out.written();
		if (crash?.("control")) die();
	};

export async function check(source: Source, run: Run): Promise<void> {
	const say = (message: Message) => void run.out.write(message);
	const connectionStatus = await configOf(source, run).then(
		async (config) => {
			let status: ConnectionStatusPayload | undefined;
			await recorded("check", source, run, config, async ({ tap, signal }) => {
				status = await checkSource(source, { config, signal, tap, say, keep: keeping(run) });
			});
			return status!;
		},
		(thrown) => failedStatus(allErrors(thrown)),
	);
	run.out.write({ type: "CONNECTION_STATUS", connectionStatus });
}

export async function discover(source: Source, run: Run): Promise<void> {
	const config = await configOf(source, run);
	const say = (message: Message) => void run.out.write(message);
	await recorded("discover", source, run, config, async ({ tap, signal, saw }) => {
		const inputs = { config, namespace: namespaceOf(run), signal, tap, say, keep: keeping(run) };
		const catalog = await discoverSource(source, inputs);
		saw(catalog);
		run.out.write({ type: "CATALOG", catalog });
	});
}

export async function read(source: Source, run: Run): Promise<void> {
	let config = await configOf(source, run);
	await recorded("read", source, run, config, async (recording) => {
		const { tap, signal } = recording;
		const keep = async (message: Message) => {
			await keeping(run)(message);
			if (message.type === "CONTROL") config = message.control.connectorConfig.config;
		};
		// a cassette answers a check too
		if (tap !== undefined) await checkSource(source, { config, signal, tap, keep });
		await reading(source, run, config, recording);
	});
}

async function reading(source: Source, run: Run, config: JsonObject, { tap, signal, saw }: Recording): Promise<void> {
	const { options, out } = run;
	const crash = crashAt(process.env.GN_CRASH_SOURCE_AT);
	const catalog = options.catalog === undefined ? undefined : await readCatalog(options.catalog);
	if (catalog !== undefined) saw({ streams: catalog.streams.map(({ stream }) => stream) });
	const batches = readBatches(source, {
		...{ config, catalog, signal, tap },
		catalogFile: options.catalog,
		state:
			options.state === undefined ? undefined : parseStateFile(await readInput(options.state, "state"), options.state),
		stateFile: options.state,
		namespace: namespaceOf(run),
		keep: keeping(run, crash),
	});
	const status = process.stderr.isTTY ? await openStatus(run) : undefined;
	const lineOf = lineMaker();
	try {
		for await (const batch of batches) {
			for (const message of batch) {
				if (message.type !== "RECORD") run.note(message);
				if (message.type === "CATALOG") saw(message.catalog);
				const line = lineOf(message);
				status?.saw(message, line);
				const behind = crash === undefined ? out.writeLine(line) : crashing(out, message, line, crash);
				if (behind !== undefined) await behind;
			}
		}
	} finally {
		status?.end();
	}
}

/** For tests: every line by itself, and the end where it is due. */
async function crashing(out: MessageWriter, message: Message, line: string, due: (point: string) => boolean) {
	await out.flush();
	if (message.type === "RECORD" && due("mid_line")) {
		await new Promise(() => process.stdout.write(line.slice(0, line.length / 2), die));
	}
	await out.writeLine(line);
	await out.flush();
	if (due(message.type.toLowerCase())) die();
}

/** What a person at the terminal sees of a read: its progress, or a hint where the messages go to the terminal too. */
async function openStatus({ program }: Run) {
	if (process.stdout.isTTY) {
		process.stderr.write(`${program}: these messages are meant for a pipe; growthnav preview shows rows\n`);
		return undefined;
	}
	const { readStatus, statusLine } = await import("./status-line.ts");
	const line = statusLine(program, "above");
	let stream = "";
	let rows = 0;
	let size = 0;
	const text = () => (stream === "" ? "starts" : readStatus(visible(stream), rows, size));
	return {
		saw(message: Message, written: string) {
			if (message.type === "RECORD") {
				if (message.record.stream !== stream) [stream, rows, size] = [message.record.stream, 0, 0];
				rows++;
				size += Buffer.byteLength(written) + 1;
			}
			line?.update(text);
		},
		end: () => line?.end(text()),
	};
}

function namespaceOf({ options, program }: Run): string | undefined {
	const { namespace } = options;
	if (namespace === undefined || /^[^\p{Cc}\p{Cs}]{1,200}$/u.test(namespace)) return namespace;
	throw new ConnectorError("config.usage", "--namespace is no name", {
		where: program,
		why: "a name has 1 to 200 characters, none of them a control character",
		next: "--namespace main",
	});
}
