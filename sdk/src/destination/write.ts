/** `write`: messages in, rows committed, STATE messages out. One turn of the loop is one chunk of the input. */
import { randomUUID } from "node:crypto";
import type { Message } from "@growthnav/spec";
import { allErrors, type ConnectorError, exitCodeOf, toTraceError, worstExitCode } from "../errors.ts";
import { type Arrived, readMessages } from "../protocol/message.ts";
import { type Committer, openCommitter, within } from "./committer.ts";
import type { CoreConfig } from "./config.ts";
import type { WriteProgress, WriteRequest, WriteResult } from "./definition.ts";
import { endingErrors, openSums, type Sums } from "./ending.ts";
import { conversionsShadowOf, shadowOf } from "./epoch.ts";
import { type Intake, openIntake } from "./intake.ts";
import { DUE, type Interruption, openInterruption, STOPPED } from "./interruption.ts";
import { checkStore, readLedger } from "./ledger.ts";
import { type Outbox, openOutbox } from "./outbox.ts";
import { addMappings, prepareStreams } from "./prepare.ts";
import { openRun, type Run } from "./run.ts";
import { openSpool, type Spool } from "./spool.ts";
import { quotaError } from "./spool-folder.ts";
import type { Store } from "./store.ts";
import { openStrays } from "./strays.ts";

const OPEN_DEADLINE = 60_000;
const COMMIT_DEADLINE = 15 * 60_000;
/** Of one file of the spool: what DuckDB reads at a time, what BigQuery takes in one upload. */
const PART_BYTES = 24_000_000;

interface Parts {
	config: CoreConfig;
	request: WriteRequest;
	store: Store;
	spool: Spool;
	committer: Committer;
	intake: Intake;
	outbox: Outbox;
	interruption: Interruption;
	sums: Sums;
	progress: WriteProgress;
}

/** Everything that goes wrong is in the result, and was sent as TRACE ERROR. The store is closed at the end. */
export async function writeMessages(
	config: CoreConfig,
	store: Store,
	spoolFolder: string,
	request: WriteRequest,
): Promise<WriteResult> {
	const errors: ConnectorError[] = [];
	const noted = new Set<unknown>();
	// a failed commit is heard of while reading and once more at the end
	const note = (thrown: unknown) => {
		if (!noted.has(thrown)) errors.push(...allErrors(thrown).filter((error) => !errors.includes(error)));
		noted.add(thrown);
	};
	let parts: Parts | undefined;
	try {
		parts = await openParts(config, store, spoolFolder, request, note);
		await readAll(parts, note);
	} catch (thrown) {
		note(thrown);
	}
	await parts?.spool.discard().catch(note);
	request.crash?.("before_close");
	await within(COMMIT_DEADLINE, store.close(), store.name).catch(note);
	request.crash?.("after_close");
	return resultOf(errors, parts, request);
}

async function openParts(
	config: CoreConfig,
	store: Store,
	spoolFolder: string,
	request: WriteRequest,
	note: (thrown: unknown) => void,
): Promise<Parts> {
	const { crash, send } = request;
	const contents = await within(
		OPEN_DEADLINE,
		store.open("write", { connection: config.connection, crash }),
		store.name,
	);
	checkStore(store.name, contents!, config.customer_id);
	const ledger = readLedger(contents!.commits);
	const spool = await openSpool({
		folder: spoolFolder,
		owner: request.owner,
		quotaBytes: config.spool_quota,
		partBytes: PART_BYTES,
	});
	const outbox = openOutbox(send);
	const { connection, record_limit: recordLimit } = config;
	const strays = openStrays({ connection, recordLimit, spool, onReject: outbox.reject });
	const progress: WriteProgress = { read: 0, committed: 0, rejected: 0 };
	const interruption = openInterruption();
	const sums = openSums();
	const committer = openCommitter({
		store,
		spool,
		send,
		crash,
		deadline: COMMIT_DEADLINE,
		onFailure: interruption.fail,
		onCommit(report) {
			sums.add(report);
			for (const stream of report.streams) {
				progress.committed += stream.read;
				progress.rejected += stream.rejected;
			}
			progress.committedAt = Date.now();
			request.progress?.(progress);
		},
	});
	const startedAt = new Date().toISOString();
	const open: Parameters<typeof openIntake>[0]["open"] = async (catalog) => {
		const streams = await prepareStreams(catalog, {
			config,
			store,
			contents: contents!,
			ledger,
			spool,
			onReject: outbox.reject,
			say: outbox.say,
			crash,
		});
		const plan = streams[0]?.plan;
		const syncId = plan?.syncId ?? randomUUID();
		return openRun(streams, {
			config,
			spool,
			ledger,
			syncId,
			source: plan?.connector,
			startedAt,
			crash,
			strays,
			onError: note,
		});
	};
	const given = request.catalog === undefined ? undefined : await open(request.catalog);
	const describe = (run: Run, catalog: Parameters<typeof addMappings>[1]) => addMappings(run.streams, catalog);
	const intake = openIntake({ strays, open, describe, say: outbox.say, crash }, given);
	return { config, request, store, spool, committer, intake, outbox, interruption, sums, progress };
}

/** Reads to the end, or to what ends it, and commits what may be committed. */
async function readAll(parts: Parts, note: (thrown: unknown) => void): Promise<void> {
	const { intake, committer, outbox } = parts;
	let ended = false;
	try {
		ended = await readInput(parts);
	} catch (thrown) {
		note(thrown);
	}
	const run = intake.run();
	const complete = run?.streams.every((stream) => stream.status === "complete" && !stream.failed) ?? false;
	const clean = ended && complete;
	intake.end(clean);
	// after a failed commit nothing may be committed: its states would be overtaken
	await committer.idle();
	if (run !== undefined && (clean || run.hasCovered())) {
		await committer.start(await run.seal({ clean }));
		await committer.idle();
		await dropShadows(parts, run);
	}
	await outbox.flush();
	for (const error of endingErrors(run, ended, reasonOfEnd(intake), parts.sums)) note(error);
}

/** Those of complete streams are empty now. One that is cut off keeps its shadow for the run that goes on. */
async function dropShadows({ store }: Parts, run: Run): Promise<void> {
	const ended = run.streams.filter(({ plan, status, failed }) => plan.overwrite && status === "complete" && !failed);
	if (ended.length === 0) return;
	const shadows = ended.flatMap(({ table: { table } }) => [shadowOf(table.name), conversionsShadowOf(table.name)]);
	await store.evolve({ tables: shadows.map((table) => ({ change: "drop", table })), names: [] });
}

/** Why the input ended, where it says so. */
function reasonOfEnd(intake: Intake): string | undefined {
	const said = intake.sourceError();
	if (said !== undefined) return `the source said: ${said.message}`;
	return intake.isTorn() ? "its last line breaks off in the middle; the source was killed while it wrote" : undefined;
}

/** True when the input came to its end; false when it was stopped. */
async function readInput(parts: Parts): Promise<boolean> {
	const { request, config, intake, interruption, outbox, progress } = parts;
	const { signal } = request;
	const { stop } = interruption;
	signal?.addEventListener("abort", stop);
	if (signal?.aborted === true) stop();
	const batches = readMessages(request.input, { limit: config.record_limit });
	let next = batches.next();
	try {
		for (;;) {
			const turn = await interruption.wait(next, intake.run()?.due(Date.now()));
			if (turn === STOPPED) return false;
			if (turn === DUE) {
				await seal(parts);
				continue;
			}
			if (turn.done === true) return true;
			for (const arrived of turn.value) {
				const pending = intake.take(arrived);
				if (pending !== undefined) await pending;
				const { type } = arrived.message ?? {};
				if ((type === "STATE" || type === "TRACE") && intake.run()?.due(Date.now()) === 0) await seal(parts);
			}
			progress.read += countRecords(turn.value);
			request.progress?.(progress);
			await outbox.flush();
			await relief(parts);
			next = batches.next();
		}
	} finally {
		signal?.removeEventListener("abort", stop);
		next.catch(() => {});
		// not awaited: a silent source would be waited for
		batches.return(undefined).catch(() => {});
	}
}

async function seal({ intake, committer }: Parts): Promise<void> {
	// the next epoch is sealed only when the one before it is committed: no third one gathers
	await committer.idle();
	await committer.start(await intake.run()!.seal());
}

/** Until the spool takes more: the disk, or a commit that makes room. */
async function relief(parts: Parts): Promise<void> {
	const { spool, committer, intake, config } = parts;
	while (spool.pressure()) {
		if (committer.busy()) await Promise.race([spool.drained(), committer.idle()]);
		else if (spool.bytes() <= config.spool_quota) await spool.drained();
		else if (intake.run()?.due(Date.now()) !== undefined) await seal(parts);
		else throw quotaError(config.spool ?? "the spool", config.spool_quota, "rows that no STATE vouches for");
	}
}

function countRecords(batch: readonly Arrived[]): number {
	let records = 0;
	for (const { message } of batch) if (message?.type === "RECORD") records++;
	return records;
}

async function resultOf(
	errors: ConnectorError[],
	parts: Parts | undefined,
	request: WriteRequest,
): Promise<WriteResult> {
	for (const error of errors) {
		const message: Message = {
			type: "TRACE",
			trace: { type: "ERROR", emitted_at: Date.now(), error: toTraceError(error) },
		};
		// a reader that went away cannot be told
		await Promise.resolve(request.send(message)).catch(() => {});
	}
	const streams = parts?.intake.run()?.streams ?? [];
	return {
		exitCode: worstExitCode(errors.map(exitCodeOf)),
		errors,
		read: parts?.progress.read ?? 0,
		committed: parts?.progress.committed ?? 0,
		rejected: parts?.progress.rejected ?? 0,
		streams: streams.length,
		streamsComplete: streams.filter((stream) => stream.status === "complete").length,
		commits: parts?.committer.reports ?? [],
	};
}
