/** The rows of all plain files of a stream, as pages with checkpoints. */
import { type Json, listOf, type SourceLog } from "@growthnav/sdk";
import { openBytes } from "./bytes.ts";
import type { Column } from "./columns.ts";
import { type FileBatch, type FilePage, type Progress, throughFiles } from "./file-loop.ts";
import type { FoundFile } from "./files.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { readFile } from "./read-file.ts";
import { recordMaker } from "./record.ts";
import type { StreamSettings } from "./settings.ts";
import { contentMark, type FileStates, fileState, fingerprintOf, planOf } from "./state.ts";

export interface ReadOptions {
	files: readonly FoundFile[];
	columns: ReadonlyMap<string, Column>;
	settings: StreamSettings;
	/** What the last run saved. */
	saved: Json | undefined;
	signal: AbortSignal;
	log: SourceLog;
}

interface Counts {
	new: number;
	grown: number;
	changed: number;
	unchanged: number;
	rows: number;
	/** Rows without any value. */
	blanks: number;
	/** Local times that clocks show twice. */
	twice: number;
}

/** Throws what `throughFiles` throws. */
export async function* readFiles(options: ReadOptions): AsyncGenerator<FilePage> {
	const { files, settings, saved, log } = options;
	const counts: Counts = { new: 0, grown: 0, changed: 0, unchanged: 0, rows: 0, blanks: 0, twice: 0 };
	let copies: Map<string, string> | undefined;
	const loop = { files, saved, fingerprint: fingerprintOf(settings), log };
	yield* throughFiles(loop, async function* (file, progress) {
		copies ??= new Map([...progress.states].map(([name, state]) => [contentMark(state), name]));
		const before = counts.rows;
		yield* batchesOf(file, progress, options, counts);
		if (settings.key === "row" && counts.rows > before) noteCopy(file, progress.states, copies, log);
	});
	const { rows: _, blanks, twice, ...kinds } = counts;
	log.info(`files: ${listOf(Object.entries(kinds).flatMap(([kind, n]) => (n > 0 ? [`${n} ${kind}`] : [])))}`);
	if (blanks > 0) log.info(`${blanks} blank rows were passed over`);
	if (twice > 0) {
		log.warn(`${twice} times fall into an hour that clocks in ${settings.timeZone} show twice; the first was taken`);
	}
}

/** What is new in one file. */
async function* batchesOf(
	file: FoundFile,
	{ states, isDue }: Progress,
	{ settings, columns, signal, log }: ReadOptions,
	counts: Counts,
): AsyncGenerator<FileBatch> {
	const whole = settings.key === "content";
	const open = await openBytes(file);
	try {
		const saved = states.get(file.name);
		const plan = await planOf(open, saved, whole);
		counts[
			plan.read === "nothing" ? "unchanged" : saved === undefined ? "new" : plan.read === "onward" ? "grown" : "changed"
		]++;
		if (plan.read === "nothing") return;
		const layout = await layoutOf(open, settings, plan.read === "onward" ? plan.from : undefined);
		if (layout === undefined) return;
		if (plan.read === "whole") log.info(`${file.shown}: ${describe(layout)}`);
		const onTwice = () => {
			counts.twice++;
		};
		const maker = recordMaker({ name: file.name, names: layout.names }, columns, settings, onTwice);
		const onward = plan.read === "onward" && { from: plan.from, grows: plan.grown };
		for await (const batch of readFile({ open, layout, maker, limit: settings.rowBytes, ...onward })) {
			signal.throwIfAborted();
			const { rows, rejects, position, last } = batch;
			counts.blanks += batch.blanks;
			counts.rows += rows.length;
			// equal rows are counted from the first row on: there is no going on inside of a file
			const placed = last || (!whole && isDue(rows.length + rejects.length));
			if (placed) states.set(file.name, await fileState(open, position, layout));
			yield { rows, rejects, placed };
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

/** A file that was renamed or copied counts again where the file is part of the key. */
function noteCopy({ name, shown }: FoundFile, states: FileStates, copies: Map<string, string>, log: SourceLog): void {
	const state = states.get(name);
	if (state === undefined) return;
	const mark = contentMark(state);
	const other = copies.get(mark);
	copies.set(mark, name);
	if (other === undefined || other === name) return;
	log.warn(`${shown} has the same content as ${other}: its rows count again; remove one, or use key: content`);
}
