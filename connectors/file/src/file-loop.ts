/** One file of a stream after the other: what is new is read, state is kept, and a bad file does not hide the others. */
import {
	type ConnectorError,
	type ControlTotal,
	isConnectorError,
	type Json,
	type JsonObject,
	listOf,
	type SourceLog,
} from "@growthnav/sdk";
import type { FoundFile } from "./files.ts";
import type { FileReject } from "./read-file.ts";
import { type FileStates, statesOf, stateText } from "./state.ts";

export interface LoopOptions {
	files: readonly FoundFile[];
	/** What the last run saved, and the mark of the settings that it is good for. */
	saved: Json | undefined;
	fingerprint: string;
	log: SourceLog;
}

export interface FileBatch {
	rows: JsonObject[];
	rejects: FileReject[];
	controlTotals?: ControlTotal[];
	/** `states` knows the place behind these rows: a checkpoint is possible. */
	placed: boolean;
}

export interface Progress {
	states: FileStates;
	/** With so many rows more, is a checkpoint due? */
	isDue(rows: number): boolean;
}

export interface FilePage {
	rows: JsonObject[];
	rejects: FileReject[];
	controlTotals?: ControlTotal[];
	state?: Json;
}

/** A state names every file, so it is not sent more often. */
const ROWS_PER_STATE = 10_000;

/** Throws after all files what went wrong with some of them; what the others held has its state then. */
export async function* throughFiles(
	{ files, saved, fingerprint, log }: LoopOptions,
	batchesOf: (file: FoundFile, progress: Progress) => AsyncIterable<FileBatch>,
): AsyncGenerator<FilePage> {
	const { files: states, reset } = statesOf(saved, fingerprint);
	if (reset) log.info("settings have changed since the last run: every file is read again");
	noteGone(states, files, log);
	const errors: ConnectorError[] = [];
	let since = 0;
	const progress: Progress = { states, isDue: (rows) => since + rows >= ROWS_PER_STATE };
	for (const file of files) {
		try {
			for await (const { placed, ...page } of batchesOf(file, progress)) {
				since += page.rows.length + page.rejects.length;
				if (!placed || since < ROWS_PER_STATE) yield page;
				else {
					since = 0;
					yield { ...page, state: stateText(states, fingerprint) };
				}
			}
		} catch (error) {
			if (!isConnectorError(error) || error.kind === "internal") throw error;
			errors.push(error);
		}
	}
	yield { rows: [], rejects: [], state: stateText(states, fingerprint) };
	if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
}

/** Said once. The rows stay: a file may have been put away after it was read. */
function noteGone(states: FileStates, files: readonly FoundFile[], log: SourceLog): void {
	const there = new Set(files.map(({ name }) => name));
	const gone = [...states].filter(([name, state]) => !there.has(name) && state.gone === undefined);
	for (const [name, state] of gone) states.set(name, { ...state, gone: true });
	const names = gone.map(([name]) => name);
	if (names.length > 0) log.info(`no longer there: ${listOf(names)}; the rows that were read stay`);
}
