/** A look into the files of a stream before they are read: which there are, their columns, and a sample of their rows. */
import { ConnectorError, didYouMean, listOf, type SourceLog } from "@growthnav/sdk";
import { textBlocks } from "./blocks.ts";
import { chunksOf, type OpenFile, openBytes } from "./bytes.ts";
import { type Column, checkFormats, decideColumns } from "./columns.ts";
import { csvReader } from "./csv.ts";
import { addJson, addText, type Evidence, newEvidence } from "./evidence.ts";
import { type Found, findFiles } from "./files.ts";
import { jsonLinesReader } from "./json-lines.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { naturalKey } from "./record.ts";
import type { RowReader } from "./rows.ts";
import type { StreamSettings } from "./settings.ts";

export interface Survey {
	found: Found;
	/** By name, in the order in which the files have them. */
	columns: ReadonlyMap<string, Column>;
	/** Rows that were looked at. */
	sampled: number;
}

/** No store takes more; a file with more keys than this has data where names should be. */
const MOST_COLUMNS = 10_000;

/** Bytes of the sample, however long its rows are. */
const MOST_BYTES = 64_000_000;

/** Throws config errors: no file, columns that do not exist or cannot be decided. */
export async function survey(settings: StreamSettings, log: SourceLog): Promise<Survey> {
	checkFormats(settings);
	const found = await findFiles({
		path: settings.path,
		root: settings.root,
		allowEmpty: settings.allowEmpty,
		where: `${settings.at}path`,
	});
	for (const skipped of found.skipped) log.warn(`passed over ${skipped}`);
	if (found.files.length === 0 && !settings.allowEmpty) throw noFiles(settings, found);
	const evidence = new Map<string, Evidence>();
	const sample: Sample = { evidence, settings, rows: 0, bytes: 0, jsonl: false };
	for (const [i, file] of found.files.entries()) {
		const rows = Math.ceil((settings.sampleRows - sample.rows) / (found.files.length - i));
		const open = await openBytes(file);
		try {
			const layout = await layoutOf(open, settings);
			if (layout !== undefined) await sampleFile(open, layout, sample, rows);
		} finally {
			await open.handle.close();
		}
	}
	checkNames(sample);
	const columns = decideColumns(evidence, settings);
	return { found, columns: new Map(columns.map((column) => [column.name, column])), sampled: sample.rows };
}

interface Sample {
	evidence: Map<string, Evidence>;
	settings: StreamSettings;
	rows: number;
	bytes: number;
	/** A file is JSON Lines, where a field may be anywhere. */
	jsonl: boolean;
}

function evidenceOf({ evidence, settings }: Sample, name: string): Evidence {
	let found = evidence.get(name);
	if (found === undefined) {
		if (evidence.size >= MOST_COLUMNS) throw tooManyColumns(settings);
		found = newEvidence();
		evidence.set(name, found);
	}
	return found;
}

async function sampleFile(open: OpenFile, layout: Layout, sample: Sample, most: number): Promise<void> {
	const { encoding, newline, start } = layout;
	const columns = layout.names.map((name) => evidenceOf(sample, name));
	if (layout.format === "jsonl") sample.jsonl = true;
	const last = sample.rows + most;
	if (most <= 0 || sample.bytes >= MOST_BYTES) return;
	const reader = sampleReader(open, layout, sample, columns, last);
	const limit = sample.settings.rowBytes;
	for await (const block of textBlocks(chunksOf(open, start), { encoding, newline, start, limit })) {
		reader.push(block);
		sample.bytes += block.end - block.start;
		if (sample.rows >= last || sample.bytes >= MOST_BYTES) return;
	}
	reader.end();
}

function sampleReader(
	{ file }: OpenFile,
	layout: Layout,
	sample: Sample,
	columns: Evidence[],
	last: number,
): RowReader {
	const { delimiter, newline, names, line } = layout;
	const { currency, rowBytes: limit } = sample.settings;
	const isFull = () => sample.rows >= last;
	const ignore = { bad: () => {}, blank: () => {} };
	if (layout.format === "jsonl") {
		return jsonLinesReader(
			{ newline, line, limit },
			{
				...ignore,
				row(object, line) {
					if (isFull()) return;
					sample.rows++;
					const where = () => `${file.shown}:${line}`;
					for (const [name, value] of Object.entries(object)) addJson(evidenceOf(sample, name), value, where);
				},
			},
		);
	}
	return csvReader(
		{ delimiter, newline, width: names.length, line, limit },
		{
			...ignore,
			row(cells, line) {
				if (isFull()) return;
				sample.rows++;
				const where = () => `${file.shown}:${line}`;
				for (let i = 0; i < cells.length; i++) addText(columns[i]!, cells[i]!, currency, where);
			},
		},
	);
}

/** A path that matches nothing is mostly a wrong one. */
export function noFiles({ path, at }: StreamSettings, { root, skipped }: Found): ConnectorError {
	return new ConnectorError("config.no_files", `No file matches ${path}`, {
		where: `${at}path`,
		why: skipped.length > 0 ? `what matches is passed over: ${listOf(skipped, 3)}` : `looked under ${root}`,
		next: "correct the path, or write allow_empty: true where files may be absent",
	});
}

function tooManyColumns({ path, at }: StreamSettings): ConnectorError {
	return new ConnectorError("config.too_many_columns", `The files have more than ${MOST_COLUMNS} columns`, {
		where: `${at}path, ${path}`,
		why: "a table has no room for more; mostly the delimiter is wrong, or keys of objects are ids",
		next: "set delimiter, or make the files so that names are few",
	});
}

/** Settings may only name columns that there are; in JSON Lines a field may come later than the sample. */
function checkNames(sample: Sample): void {
	const { settings, evidence } = sample;
	const named: [setting: string, names: Iterable<string>][] = [
		["columns", settings.columns.keys()],
		["dates", settings.dates.keys()],
		["key", naturalKey(settings.key)],
	];
	for (const [setting, names] of named) {
		for (const name of names) {
			if (evidence.has(name)) continue;
			if (evidence.size > 0 && !sample.jsonl)
				throw unknownColumn(name, `${settings.at}${setting}`, [...evidence.keys()]);
			evidenceOf(sample, name);
		}
	}
}

function unknownColumn(name: string, where: string, known: string[]): ConnectorError {
	return new ConnectorError("config.unknown_column", `The files have no column ${name}`, {
		where,
		why: `they have ${listOf(known)}`,
		next: didYouMean(name, known) ?? "write the name as the header has it",
	});
}
