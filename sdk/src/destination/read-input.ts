/** The loop of `write`: one turn is one chunk of the input, and whatever is due comes between two of them. */
import { type Arrived, readMessages } from "../protocol/message.ts";
import { DUE, STOPPED } from "./interruption.ts";
import type { Parts } from "./parts.ts";
import { quotaError } from "./spool/folder.ts";

/** True when the input came to its end; false when it was stopped. */
export async function readInput(parts: Parts): Promise<boolean> {
	const { request, config, intake, interruption, outbox, progress } = parts;
	const { signal } = request;
	const { stop } = interruption;
	signal?.addEventListener("abort", stop);
	if (signal?.aborted === true) stop();
	const batches = readMessages(request.input, { limit: config.record_limit });
	let next = batches.next();
	try {
		for (;;) {
			const turn = await interruption.wait(next, intake.run()?.due(performance.now()));
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
				if ((type === "STATE" || type === "TRACE") && intake.run()?.due(performance.now()) === 0) await seal(parts);
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
		else if (intake.run()?.due(performance.now()) !== undefined) await seal(parts);
		else throw quotaError(config.spool ?? "the spool", config.spool_quota, "rows that no STATE vouches for");
	}
}

function countRecords(batch: readonly Arrived[]): number {
	let records = 0;
	for (const { message } of batch) if (message?.type === "RECORD") records++;
	return records;
}
