/** `write`: messages in, rows committed, STATE messages out. */
import type { Message } from "@growthnav/spec";
import { allErrors, type ConnectorError, exitCodeOf, toTraceError, worstExitCode } from "../errors.ts";
import type { CoreConfig } from "./config.ts";
import type { WriteRequest, WriteResult } from "./definition.ts";
import { endingErrors } from "./ending.ts";
import { within } from "./epochs/committer.ts";
import { conversionsShadowOf, shadowOf } from "./epochs/epoch.ts";
import type { Intake } from "./intake.ts";
import { COMMIT_DEADLINE, openParts, type Parts } from "./parts.ts";
import { readInput } from "./read-input.ts";
import type { Run } from "./run.ts";
import type { Store } from "./store.ts";

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
