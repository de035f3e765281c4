/** The parts of a run, made and connected: store, ledger, spool, committer, and what takes the messages in. */

import { randomUUID } from "node:crypto";
import type { CoreConfig } from "./config.ts";
import type { WriteProgress, WriteRequest } from "./definition.ts";
import { openSums, type Sums } from "./ending.ts";
import { type Committer, openCommitter, within } from "./epochs/committer.ts";
import { type Intake, openIntake } from "./intake.ts";
import { type Interruption, openInterruption } from "./interruption.ts";
import { checkContents } from "./ledger/check-contents.ts";
import { readLedger } from "./ledger/ledger.ts";
import { type Outbox, openOutbox } from "./outbox.ts";
import { addMappings, prepareStreams } from "./prepare.ts";
import { openStrays } from "./rejects/strays.ts";
import { openRun, type Run } from "./run.ts";
import { openSpool, type Spool } from "./spool/spool.ts";
import type { Store } from "./store.ts";

const OPEN_DEADLINE = 60_000;
export const COMMIT_DEADLINE = 15 * 60_000;
/** Of one file of the spool: what DuckDB reads at a time, what BigQuery takes in one upload. */
const PART_BYTES = 24_000_000;

/** What works together in one run. */
export interface Parts {
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

/** `note` takes failures that do not end the run. */
export async function openParts(
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
	checkContents(store.name, contents!, config.customer_id);
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
			runId: randomUUID(),
			syncId,
			source: plan?.connector,
			startedAt,
			crash,
			strays,
			onReject: outbox.reject,
			onError: note,
		});
	};
	const given = request.catalog === undefined ? undefined : await orDiscard(spool, open(request.catalog));
	const describe = (run: Run, catalog: Parameters<typeof addMappings>[1]) => addMappings(run.streams, catalog);
	const intake = openIntake({ strays, open, describe, say: outbox.say, crash }, given);
	return { config, request, store, spool, committer, intake, outbox, interruption, sums, progress };
}

/** A catalog that cannot be had leaves no folder behind. */
async function orDiscard<T>(spool: Spool, work: Promise<T>): Promise<T> {
	try {
		return await work;
	} catch (thrown) {
		await spool.discard();
		throw thrown;
	}
}
