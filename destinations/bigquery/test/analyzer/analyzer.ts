/** Google's SQL analyzer as a process of its own: many scripts in, what is wrong with them out. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TableColumn } from "@growthnav/sdk/store";
import { bigqueryDialect } from "../../src/sql/dialect.ts";

const PROGRAM = fileURLToPath(new URL("analyze.py", import.meta.url));

/** Columns by table: name and type as SQL says it. */
export type SqlTables = Record<string, [column: string, type: string][]>;

export interface Script {
	sql: string;
	/** As they are before its first statement. */
	tables: SqlTables;
	/** Types by name; those of queries. */
	parameters?: Record<string, string>;
}

export interface Analyzed {
	/** `Query`, `Insert`, `If` and their like, of all statements, those within IF after it. */
	kinds: string[];
	/** Message and statement, one per statement that is refused. */
	faults: string[];
}

/** In the order of the scripts, a process per core for a part of them each. */
export async function analyze(python: string, scripts: readonly Script[]): Promise<Analyzed[]> {
	const size = Math.max(100, Math.ceil(scripts.length / availableParallelism()));
	const parts = [];
	for (let at = 0; at < scripts.length; at += size) parts.push(analyzePart(python, scripts.slice(at, at + size)));
	return (await Promise.all(parts)).flat();
}

/** The analyzer takes many seconds to start, then some milliseconds per statement of a new shape. */
async function analyzePart(python: string, scripts: readonly Script[]): Promise<Analyzed[]> {
	const program = spawn(python, ["-B", PROGRAM], { stdio: ["pipe", "pipe", "pipe"] });
	const complaints: Buffer[] = [];
	program.stderr.on("data", (data: Buffer) => complaints.push(data));
	const ended = once(program, "close");
	// where it ends early, its exit code tells
	program.stdin.on("error", () => {});
	program.stdin.end(scripts.map((script, id) => `${JSON.stringify({ id, ...script })}\n`).join(""));
	const answers: Analyzed[] = [];
	for await (const line of createInterface({ input: program.stdout })) {
		const answer = JSON.parse(line) as Answer;
		answers[answer.id] = readAnswer(scripts[answer.id]!, answer);
	}
	const [code] = await ended;
	if (code === 0 && answers.length === scripts.length) return answers;
	throw new Error(`the analyzer ended with ${code}: ${Buffer.concat(complaints).toString().slice(-2_000)}`);
}

interface Answer {
	id: number;
	/** `at` counts bytes. */
	statements: { at: number; kind: string; error?: string }[];
}

function readAnswer({ sql }: Script, { statements }: Answer): Analyzed {
	const bytes = Buffer.from(sql);
	return {
		kinds: statements.map(({ kind }) => kind),
		faults: statements.flatMap(({ at, error }) =>
			error === undefined ? [] : [`${error}: ${bytes.subarray(at, at + 400).toString()}`],
		),
	};
}

export function sqlColumns(columns: readonly TableColumn[]): [string, string][] {
	return columns.map((column) => [column.name, bigqueryDialect.type(column)]);
}
