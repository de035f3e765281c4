/** `--record <file>`: the exchanges of one command, disguised, as a cassette. */
import { access, constants, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Catalog, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { RecordedRun, Recorder } from "../http/cassette/recorder.ts";
import type { Tap } from "../http/tap.ts";
import { fieldOf } from "../schema/field.ts";
import { secretsOf } from "../schema/parse-config.ts";
import type { Source } from "../source/definition.ts";
import { catalogOf, type Streams } from "../source/plan.ts";
import type { Run } from "./executable-run.ts";

export interface Recording {
	tap: Tap | undefined;
	/** Aborted when the run was stopped, or when the cassette is full. */
	signal: AbortSignal;
	/** What is read may be kept as it is where a schema or a mapping names it. */
	saw(catalog: Catalog): void;
}

const LARGEST = 10_000_000;

/** Runs the work; with `--record` writes the cassette behind it, also where the work failed. */
export async function recorded(
	command: string,
	source: Source,
	run: Run,
	config: JsonObject,
	work: (recording: Recording) => Promise<void>,
): Promise<void> {
	const { record: file } = run.options;
	if (file === undefined) return work({ tap: undefined, signal: run.signal, saw: () => {} });
	const { openRecorder } = await import("../http/cassette/recorder.ts");
	// told before a long read, not behind it
	await access(dirname(file), constants.W_OK).catch((thrown) => {
		throw unwritable(file, thrown);
	});
	const full = new AbortController();
	const maxBytes = bytesOf(run);
	const recorder = openRecorder({ maxBytes, full: () => full.abort(cassetteFull(file, maxBytes)) });
	if (typeof source.streams !== "function") recorder.knows(catalogOf(source, source.streams as Streams, source.name));
	const at = new Date().toISOString();
	const signal = AbortSignal.any([run.signal, full.signal]);
	try {
		await work({ tap: recorder.tap, signal, saw: recorder.knows });
	} catch (thrown) {
		// what there was room for is what was asked for
		if (!full.signal.aborted || thrown !== full.signal.reason) throw thrown;
	} finally {
		await save(file, recorder, { source: source.name, version: source.version, command, at, ...about(source, config) });
	}
}

function about(source: Source, config: JsonObject) {
	return {
		config,
		secrets: secretsOf(source.config, config),
		movable: fieldOf(source.config).fields.has("base_url"),
	};
}

/** A source that asks no server leaves no file. */
async function save(file: string, recorder: Recorder, run: RecordedRun): Promise<void> {
	const cassette = await recorder.cassette(run);
	if (cassette.exchanges.length === 0) return;
	await writeFile(file, `${JSON.stringify(cassette, null, "\t")}\n`).catch((thrown) => {
		throw unwritable(file, thrown);
	});
}

function bytesOf({ program, options }: Run): number {
	const given = options["max-bytes"];
	if (given === undefined) return LARGEST;
	if (/^[1-9]\d{0,9}$/.test(given)) return Number(given);
	throw new ConnectorError("config.usage", "--max-bytes is no number of bytes", {
		where: program,
		why: "it is a whole number from 1",
		next: `--max-bytes ${LARGEST}`,
	});
}

function cassetteFull(file: string, maxBytes: number): ConnectorError {
	return new ConnectorError("transient.cassette_full", `${file} has no more room`, {
		where: "--max-bytes",
		why: `${maxBytes} bytes of answers are kept`,
		next: "raise --max-bytes, or read fewer rows",
	});
}

function unwritable(file: string, thrown: unknown): ConnectorError {
	const { code, message } = thrown as NodeJS.ErrnoException;
	return new ConnectorError("config.file", `${file} cannot be written`, {
		where: "--record",
		why: code === "ENOENT" ? "its folder does not exist" : message,
		next: "name a file in a folder that can be written",
	});
}
