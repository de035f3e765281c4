/** run.json: that a run is under way, and how it ended. What a run that was killed leaves is how the next one knows. */
import { ConnectorError } from "../../errors.ts";
import { isObject } from "../file/shape.ts";
import type { Host } from "../host.ts";
import type { RunFolder, RunRecord } from "./folder.ts";

const FILE = "run.json";
/** A run that has not said that it is alive for so long is not, even if its number belongs to a process now. */
const SILENT = 60_000;

export interface RunRecorder {
	record: RunRecord;
	previous: RunRecord | undefined;
	/** So many rows are committed now. */
	committed(rows: number): void;
	alive(): void;
	end(exitCode: number): Promise<void>;
}

/** Throws transient.already_running where another process runs the same pipeline. */
export async function beginRecord(folder: RunFolder, host: Host, startedAt: number): Promise<RunRecorder> {
	const previous = await readRecord(folder);
	if (previous && isAlive(previous, host, startedAt)) throw alreadyRunning(previous, host);
	const record: RunRecord = {
		run: (previous?.run ?? 0) + 1,
		started_at: new Date(startedAt).toISOString(),
		alive_at: new Date(startedAt).toISOString(),
		pid: host.pid,
	};
	await folder.write(FILE, record);
	let written = startedAt;
	const write = () => {
		record.alive_at = new Date(host.now()).toISOString();
		written = host.now();
		return folder.write(FILE, record);
	};
	return {
		record,
		previous,
		committed(rows) {
			record.committed_at = new Date(host.now()).toISOString();
			record.committed_rows = rows;
			// the ledger has every commit; here once a second is enough
			if (host.now() - written >= 1_000) void write().catch(() => {});
		},
		alive: () => void write().catch(() => {}),
		async end(exitCode) {
			record.finished_at = new Date(host.now()).toISOString();
			record.exit_code = exitCode;
			await write();
		},
	};
}

/** The last run of a pipeline; undefined before the first one. */
export async function readRecord(folder: RunFolder): Promise<RunRecord | undefined> {
	const read = await folder.read(FILE);
	return isObject(read) && typeof read.run === "number" ? (read as unknown as RunRecord) : undefined;
}

function isAlive({ finished_at, alive_at, pid }: RunRecord, host: Host, now: number): boolean {
	return finished_at === undefined && now - Date.parse(alive_at) < SILENT && pid !== host.pid && host.signal(pid, 0);
}

function alreadyRunning({ run, pid, started_at }: RunRecord, host: Host): ConnectorError {
	return new ConnectorError("transient.already_running", `Run ${run} of this pipeline is under way`, {
		where: `process ${pid}, since ${started_at.replace("T", " ").replace(/\.\d+/, "")}`,
		why: "two runs of one pipeline would read the same rows",
		next: `wait for it, or stop it with Ctrl-C; then ${host.program} state show tells where it stands`,
	});
}
