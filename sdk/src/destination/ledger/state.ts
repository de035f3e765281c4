/** `state`: what the ledger says a source may go on from, and how to make it start over. */
import { randomUUID } from "node:crypto";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import type { CoreConfig } from "../config.ts";
import type { Store } from "../store.ts";
import { LAYOUT_VERSION } from "../tables/layout.ts";
import { checkContents } from "./check-contents.ts";
import { type CommittedState, committedStates, type LedgerEntry, readLedger } from "./ledger.ts";

export async function readStates(config: CoreConfig, store: Store): Promise<CommittedState[]> {
	const contents = await store.open("read", { connection: config.connection });
	if (contents === undefined) return [];
	try {
		checkContents(store.name, contents, config.customer_id);
		return committedStates(readLedger(contents.commits));
	} finally {
		await store.close();
	}
}

/** States are not deleted: a row of the ledger says that those before it are void. */
export async function clearStates(config: CoreConfig, store: Store, reset: true | string): Promise<CommittedState[]> {
	// a store that does not exist is not made for this
	if ((await readStates(config, store)).length === 0 && reset === true) return [];
	const contents = await store.open("write", { connection: config.connection });
	try {
		checkContents(store.name, contents!, config.customer_id);
		const ledger = readLedger(contents!.commits);
		const states = committedStates(ledger);
		const cleared = reset === true ? states : states.filter((one) => one.stream?.name === reset);
		if (cleared.length === 0) throw unknownStream(String(reset), states, config.connection);
		const entries = cleared.map(
			({ stream }): LedgerEntry =>
				stream === undefined
					? { state: null }
					: {
							stream: stream.name,
							...(stream.namespace !== undefined && { namespace: stream.namespace }),
							state: null,
						},
		);
		await store.note({
			batch_id: randomUUID(),
			connection: config.connection,
			customer_id: config.customer_id,
			epoch: ledger.epoch + 1,
			sync_id: null,
			source: null,
			states: JSON.stringify(entries),
			counts: null,
			rows: 0,
			bytes: 0,
			layout: LAYOUT_VERSION,
			started_at: new Date().toISOString(),
			committed_at: new Date().toISOString(),
			finished: true,
		});
		return cleared;
	} finally {
		await store.close();
	}
}

function unknownStream(stream: string, states: readonly CommittedState[], connection: string): ConnectorError {
	const known = states.flatMap((one) => (one.stream === undefined ? [] : [one.stream.name]));
	return new ConnectorError("config.unknown_stream", `The ledger has no state of ${stream}`, {
		where: `connection ${connection}`,
		why: `it has states of ${listOf(known)}`,
		next: didYouMean(stream, known) ?? "name one of them",
	});
}
