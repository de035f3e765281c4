/** `check`, `write`, `state` and `sql` of an executable. */
import type { Message, StatePayload } from "@growthnav/spec";
import type { Destination, WriteResult } from "../destination/definition.ts";
import { allErrors } from "../errors.ts";
import { failedStatus } from "../protocol/connection-status.ts";
import { crashAt, die } from "./crash.ts";
import type { Run } from "./executable-run.ts";
import { readCatalog, readConfig, readInput } from "./input-file.ts";

const configOf = (destination: Destination, { options, program }: Run, schema = destination.config) =>
	readConfig(schema, destination.name, program, options.config!);

export async function check(destination: Destination, run: Run): Promise<void> {
	const connectionStatus = await configOf(destination, run)
		.then((config) => destination.check(config))
		.then(
			(message) => ({ status: "SUCCEEDED", message }) as const,
			(thrown) => failedStatus(allErrors(thrown)),
		);
	run.out.write({ type: "CONNECTION_STATUS", connectionStatus });
}

export async function write(destination: Destination, run: Run): Promise<void> {
	const { options, out, signal, program } = run;
	const config = await configOf(destination, run);
	const catalog = options.catalog === undefined ? undefined : await readCatalog(options.catalog);
	if (process.stdin.isTTY && process.stderr.isTTY) {
		process.stderr.write(`${program} waits for messages on stdin; Ctrl-D ends them\n`);
	}
	const screen = process.stderr.isTTY ? await import("./status-line.ts") : undefined;
	const line = screen?.statusLine(program, "here");
	const crash = crashAt(process.env.GN_CRASH_AT);
	const result = await destination.write({
		config,
		catalog,
		input: process.stdin,
		signal,
		owner: { pid: process.pid, isAlive },
		send(message: Message) {
			run.note(message);
			return out.write(message);
		},
		...(line && {
			progress: ({ committed, committedAt }) => line.update(() => screen!.writeStatus(committed, committedAt)),
		}),
		...(crash && { crash: (point: string) => crash(point) && die() }),
	});
	line?.end(screen!.writeStatus(result.committed, result.commits.length > 0 ? Date.now() : undefined));
	if (process.stderr.isTTY) process.stderr.write(`${await doneLine(program, result)}\n`);
	run.code(result.exitCode);
	// whoever still writes learns that nobody reads any more
	process.stdin.destroy();
}

/** "destination-duckdb   done: 46,435 rows, 8 of them rejected, 5 of 5 streams ended" */
async function doneLine(program: string, result: WriteResult): Promise<string> {
	const { count, plural } = await import("./screen/numbers.ts");
	const rows = `${plural(result.read, "row")}, ${count(result.rejected)} of them rejected`;
	const word = result.exitCode === 0 ? "done" : "ended";
	return `${program.padEnd(21)}${word}: ${rows}, ${result.streamsComplete} of ${plural(result.streams, "stream")} ended`;
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (thrown) {
		// it is there, and belongs to someone else
		return (thrown as NodeJS.ErrnoException).code === "EPERM";
	}
}

/** Messages, which sources of ours take; or one array of what is in them, which others want. */
export async function state(destination: Destination, run: Run): Promise<void> {
	const config = await configOf(destination, run);
	const { reset, state: file, array } = run.options;
	const states = await destination.state({ config, reset, begin: await statesToBegin(file) });
	if (array) await run.out.writeLine(JSON.stringify(states.map(({ state }) => state)));
	else for (const { state } of states) await run.out.write({ type: "STATE", state });
}

async function statesToBegin(file: string | undefined): Promise<StatePayload[] | undefined> {
	if (file === undefined) return undefined;
	const { statesOfFile } = await import("../destination/ledger/states.ts");
	return statesOfFile(await readInput(file, "state"), file);
}

/** One line `{"columns":[…]}`, then each row as a JSON array in their order. */
export async function sql(destination: Destination, run: Run): Promise<void> {
	const config = await configOf(destination, run, destination.queryConfig);
	const result = await destination.sql({ config, query: run.options.query!, signal: run.signal });
	try {
		await run.out.writeLine(JSON.stringify({ columns: result.columns }));
		for await (const row of result.rows) {
			await run.out.writeLine(JSON.stringify(result.columns.map(({ name }) => row[name] ?? null)));
		}
	} finally {
		await result.close();
	}
}
