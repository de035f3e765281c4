/** All files of a stream: what is new is read, state is kept, and a bad file does not hide the others. */
import {
	type ConnectorError,
	isConnectorError,
	type Json,
	type JsonObject,
	listOf,
	type SourceLog,
} from "@growthnav/sdk";
import { openBytes } from "./bytes.ts";
import type { Column } from "./columns.ts";
import type { FoundFile } from "./files.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { type Batch, type FileReject, readFile } from "./read-file.ts";
import { recordMaker } from "./record.ts";
import type { StreamSettings } from "./settings.ts";
import { contentMark, type FileStates, fileState, fingerprintOf, planOf, statesOf, stateText } from "./state.ts";

export interface ReadOptions {
	files: readonly FoundFile[];
	columns: ReadonlyMap<string, Column>;
	settings: StreamSettings;
	/** What the last run saved. */
	saved: Json | undefined;
	signal: AbortSignal;
	log: SourceLog;
}

export interface FilePage {
	rows: JsonObject[];
	rejects: FileReject[];
	state?: Json;
}

/** A checkpoint is due after so many rows; a state names every file, so it is not sent more often. */
const ROWS_PER_STATE = 10_000;

interface Run extends ReadOptions {
	states: FileStates;
	/** Rows since the last state was sent. */
	since: number;
	blanks: number;
	/** Local times that clocks show twice. */
	twice: number;
}

/** Throws after all files what went wrong with some of them; what the others held has its state then. */
export async function* readFiles(options: ReadOptions): AsyncGenerator<FilePage> {
	const { files, settings, log } = options;
	const fingerprint = fingerprintOf(settings);
	const { files: states, reset } = statesOf(options.saved, fingerprint);
	if (reset) log.info("settings have changed since the last run: every file is read again");
	const run: Run = { ...options, states, since: 0, blanks: 0, twice: 0 };
	const copies = copiesOf(states);
	noteGone(run);
	const errors: ConnectorError[] = [];
	for (const file of files) {
		try {
			for await (const { rows, rejects, placed } of fileBatches(file, run)) {
				run.since += rows.length + rejects.length;
				const due = placed && run.since >= ROWS_PER_STATE;
				if (due) run.since = 0;
				yield { rows, rejects, ...(due && { state: stateText(states, fingerprint) }) };
			}
			noteCopy(file, run, copies);
		} catch (error) {
			if (!isConnectorError(error) || error.kind === "internal") throw error;
			errors.push(error);
		}
	}
	if (run.blanks > 0) log.info(`${run.blanks} blank rows were passed over`);
	if (run.twice > 0) {
		log.warn(
			`${run.twice} times fall into an hour that clocks in ${settings.timeZone} show twice; the first was taken`,
		);
	}
	yield { rows: [], rejects: [], state: stateText(states, fingerprint) };
	if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
}

/** What is new in one file; `placed` where the states know how far it was read. */
async function* fileBatches(file: FoundFile, run: Run): AsyncGenerator<Batch & { placed: boolean }> {
	const { settings, states, signal } = run;
	const whole = settings.key === "content";
	const open = await openBytes(file);
	try {
		const saved = states.get(file.name);
		const plan = await planOf(open, saved, whole);
		if (plan.read === "nothing") return;
		const layout = await layoutOf(open, settings, plan.read === "onward" ? plan.from : undefined);
		if (layout === undefined) return;
		if (plan.read === "whole")
			run.log.info(`${file.shown}: ${describe(layout)}${saved ? ", changed, read again" : ""}`);
		const onTwice = () => {
			run.twice++;
		};
		const maker = recordMaker({ name: file.name, names: layout.names }, run.columns, settings, onTwice);
		const onward = plan.read === "onward" && { from: plan.from, grows: plan.grown };
		for await (const batch of readFile({ open, layout, maker, limit: settings.rowBytes, ...onward })) {
			signal.throwIfAborted();
			run.blanks += batch.blanks;
			// equal rows are counted from the first row on: there is no going on inside
			const placed = batch.last || (!whole && run.since + batch.rows.length >= ROWS_PER_STATE);
			if (placed) states.set(file.name, await fileState(open, batch.position, layout));
			yield { ...batch, placed };
		}
	} finally {
		await open.handle.close();
	}
}

function describe({ format, encoding, delimiter, line, names }: Layout): string {
	if (format === "jsonl") return `JSON Lines, ${encoding}`;
	const between = delimiter === "\t" ? "tab" : `"${delimiter}"`;
	return `CSV, ${encoding}, ${between} between fields, rows from line ${line}: ${listOf(names)}`;
}

/** Said once. The rows stay: a file may have been put away after it was read. */
function noteGone({ states, files, log }: Run): void {
	const there = new Set(files.map(({ name }) => name));
	const gone = [...states].filter(([name, state]) => !there.has(name) && state.gone === undefined);
	for (const [name, state] of gone) states.set(name, { ...state, gone: true });
	const names = gone.map(([name]) => name);
	if (names.length > 0) log.info(`no longer there: ${listOf(names)}; the rows that were read stay`);
}

function copiesOf(states: FileStates): Map<string, string> {
	return new Map([...states].map(([name, state]) => [contentMark(state), name]));
}

/** A file that was renamed or copied has new rows for every key but a natural one and "content". */
function noteCopy({ name, shown }: FoundFile, { states, settings, log }: Run, copies: Map<string, string>): void {
	const state = states.get(name);
	if (state === undefined) return;
	const mark = contentMark(state);
	const other = copies.get(mark);
	copies.set(mark, name);
	if (other === undefined || other === name || settings.key !== "row") return;
	log.warn(`${shown} has the same content as ${other}: its rows count again; remove one, or use key: content`);
}
