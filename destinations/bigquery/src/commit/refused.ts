/**
 * A file of which BigQuery refuses single rows. What is typed for it should always load, so this is rare: the file is
 * loaded in halves, and halves of halves, until the rows at fault stand alone; each is refused with what BigQuery says
 * of it. The tables of these trials are not used: what is left of the file is loaded anew, as a whole.
 */
import { createReadStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { ConnectorError, type LoadPart, type RefusedLine, type SealedEpoch, spoolLines } from "@growthnav/sdk/store";
import { dropTable } from "../dataset/dataset.ts";
import { type ApiProblem, problemOf } from "../errors/problem.ts";
import { actionFor } from "../errors/reasons.ts";
import type { Session } from "../session.ts";
import { type Load, loadTable } from "./load.ts";

/** One row among 50,000 takes 17 loads of a few seconds each; a commit must end within a quarter of an hour. */
const MOST_TRIALS = 128;
/** https://cloud.google.com/bigquery/quotas: maximum row size of a load, 100 MB, as its refusals count them. */
export const MOST_ROW_BYTES = 104_857_600;

/** What BigQuery says of rows; undefined for whatever else failed. */
export function rowProblem(thrown: unknown): ApiProblem | undefined {
	const problem = problemOf(thrown);
	return problem !== undefined && actionFor(problem.reason, problem.message, "load").do === "bisect"
		? problem
		: undefined;
}

export interface Search {
	/** The rows of a load at fault; empty where it is refused as a whole, and each of its rows is not. */
	lines(load: Load, problem: ApiProblem): Promise<RefusedLine[]>;
}

export interface SearchParts {
	session: Session;
	epoch: SealedEpoch;
	/** Objects in the bucket by file, where the load went through it. */
	objects: ReadonlyMap<string, string> | undefined;
	/** A name for a table of a trial. */
	table: (number: number) => string;
}

/** For one commit, which has so many trials for all its files together. */
export function openSearch(parts: () => SearchParts): Search {
	let trials = 0;
	const found: RefusedLine[] = [];

	/** Undefined where it is loaded. */
	async function refusal(load: Omit<Load, "table">, isStaged: boolean): Promise<ApiProblem | undefined> {
		if (++trials > MOST_TRIALS) throw tooMany(found);
		const { session, epoch, objects, table: nameOf } = parts();
		const table = nameOf(trials);
		try {
			await loadTable(session, epoch, { ...load, table }, isStaged ? objects : undefined);
			return undefined;
		} catch (thrown) {
			const problem = rowProblem(thrown);
			if (problem === undefined) throw thrown;
			return problem;
		} finally {
			await dropTable(session, table).catch(() => {});
		}
	}

	async function linesOf({ columns }: Load, part: LoadPart, problem: ApiProblem | undefined): Promise<RefusedLine[]> {
		const { file } = part;
		const starts: number[] = [];
		let end = 0;
		for await (const { start, bytes } of spoolLines(file)) {
			starts.push(start);
			end = start + bytes.length + 1;
		}
		const refused = await search(0, starts.length, problem, async (from, to) => {
			const bytes = (starts[to] ?? end) - starts[from]!;
			const slice = { file: `${file}.${trials}`, rows: to - from, bytes, longestLine: part.longestLine };
			const source = createReadStream(file, { start: starts[from]!, end: starts[from]! + bytes - 1 });
			try {
				await writeFile(slice.file, source, { flag: "wx", mode: 0o600 });
				return await refusal({ columns, parts: [slice] }, false);
			} finally {
				await rm(slice.file, { force: true });
			}
		});
		const lines = refused.map(({ at, said }) => ({ file, line: at + 1, ...inWords(said) }));
		found.push(...lines);
		return lines;
	}

	return {
		async lines(load, problem) {
			const { parts: files } = load;
			const guilty = await search(0, files.length, problem, (from, to) =>
				refusal({ columns: load.columns, parts: files.slice(from, to) }, true),
			);
			const lines: RefusedLine[] = [];
			for (const { at, said } of guilty) lines.push(...(await linesOf(load, files[at]!, said)));
			return lines;
		},
	};
}

interface Found {
	at: number;
	said: ApiProblem;
}

type Test = (from: number, to: number) => Promise<ApiProblem | undefined>;

/** Places at fault in a range that is refused; `said` is what was said of exactly this range, if it was tried. */
async function search(from: number, to: number, said: ApiProblem | undefined, test: Test): Promise<Found[]> {
	if (to - from === 1) {
		const alone = said ?? (await test(from, to));
		return alone === undefined ? [] : [{ at: from, said: alone }];
	}
	const middle = Math.floor((from + to) / 2);
	const first = await test(from, middle);
	// where the first half is taken the fault is in the second
	if (first === undefined) return search(middle, to, undefined, test);
	const found = await search(from, middle, first, test);
	const second = await test(middle, to);
	return second === undefined ? found : [...found, ...(await search(middle, to, second, test))];
}

/** Rows that no upload is worth: BigQuery would read them and refuse them. */
export async function tooLong(parts: Iterable<LoadPart>): Promise<RefusedLine[]> {
	const lines: RefusedLine[] = [];
	for (const { file, longestLine } of parts) {
		if (longestLine <= MOST_ROW_BYTES) continue;
		for await (const { number, bytes } of spoolLines(file)) {
			if (bytes.length <= MOST_ROW_BYTES) continue;
			const most = MOST_ROW_BYTES.toLocaleString("en-US");
			const reason = `the row has ${bytes.length.toLocaleString("en-US")} bytes, more than the ${most} that BigQuery takes`;
			lines.push({ file, line: number, code: "row_too_large", reason });
		}
	}
	return lines;
}

/** Without the value, which may be anybody's; without the place in a file that nobody sees. */
export function inWords({ message, details = [] }: ApiProblem): Omit<RefusedLine, "file" | "line"> {
	const said = details.find((text) => !/too many errors/i.test(text)) ?? message;
	const reason = said
		.replace(/\s+/g, " ")
		.replace(/^Error while reading data, error message: /i, "")
		.replace(
			/(JSON parsing error|Error)? ?(detected while parsing|in) row starting at position:? \d+( \(line \d+\))?[:.] ?/i,
			"",
		)
		.replace(/;? ?(Value|File): .*$/i, "")
		.trim();
	const column = /\bField: (\w+)|No such field: (\w+)/i.exec(said);
	return {
		code: /row size|larger than the maximum|too large/i.test(said) ? "row_too_large" : "refused_by_store",
		reason: `BigQuery refuses the row: ${reason.slice(0, 300)}`,
		column: column?.[1] ?? column?.[2],
	};
}

function tooMany(found: readonly RefusedLine[]): ConnectorError {
	const [first] = found;
	return new ConnectorError("data.rows_refused", "BigQuery refuses more rows than can be told one by one", {
		where: "the files of this commit",
		why:
			`${found.length} were found in ${MOST_TRIALS} loads, and others are left` +
			`${first === undefined ? "" : `; the first: ${first.reason}`}; nothing was committed`,
		next: "report it with the log of this run; until then leave out the stream, or the column that is named",
	});
}
