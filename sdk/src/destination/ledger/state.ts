/** `state`: what the ledger says a source may go on from, how to make it start over, and how to begin elsewhere. */
import { randomUUID } from "node:crypto";
import type { StatePayload } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import type { CoreConfig } from "../config.ts";
import type { Store } from "../store.ts";
import { LAYOUT_VERSION } from "../tables/layout.ts";
import { checkContents } from "./check-contents.ts";
import { type CommittedState, committedStates, type LedgerEntry, readLedger } from "./ledger.ts";
import { streamOfState } from "./states.ts";

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
		await store.note(noteOf(config, ledger.epoch + 1, entries));
		return cleared;
	} finally {
		await store.close();
	}
}

/**
 * The states of another program, as if they had been committed here: no rows, one row of the ledger. Throws
 * config.state_exists where the connection has states: they would be lost.
 */
export async function beginStates(
	config: CoreConfig,
	store: Store,
	states: readonly StatePayload[],
): Promise<CommittedState[]> {
	const before = await readStates(config, store);
	if (before.length > 0) throw hasStates(store.name, before, config.connection);
	if (states.length === 0) return [];
	const contents = await store.open("write", { connection: config.connection });
	try {
		checkContents(store.name, contents!, config.customer_id);
		const entries = states.map((state): LedgerEntry => {
			const { name, namespace } = streamOfState(state) ?? {};
			return { ...(name !== undefined && { stream: name }), ...(namespace !== undefined && { namespace }), state };
		});
		await store.note(noteOf(config, readLedger(contents!.commits).epoch + 1, entries));
	} finally {
		await store.close();
	}
	return readStates(config, store);
}

/** A row of the ledger that says something of states alone. */
function noteOf({ connection, customer_id }: CoreConfig, epoch: number, entries: readonly LedgerEntry[]) {
	const now = new Date().toISOString();
	return {
		batch_id: randomUUID(),
		connection,
		customer_id,
		epoch,
		sync_id: null,
		source: null,
		states: JSON.stringify(entries),
		counts: null,
		rows: 0,
		bytes: 0,
		layout: LAYOUT_VERSION,
		started_at: now,
		committed_at: now,
		finished: true,
	};
}

function hasStates(store: string, states: readonly CommittedState[], connection: string): ConnectorError {
	const names = states.flatMap(({ stream }) => stream?.name ?? []);
	return new ConnectorError("config.state_exists", `${store} has states of connection ${connection} already`, {
		where: `connection ${connection}`,
		why: `${names.length === 0 ? "a state of all streams" : `states of ${listOf(names)}`} would be lost`,
		next: "choose another name for the pipeline, or reset its states first",
	});
}

function unknownStream(stream: string, states: readonly CommittedState[], connection: string): ConnectorError {
	const known = states.flatMap((one) => (one.stream === undefined ? [] : [one.stream.name]));
	return new ConnectorError("config.unknown_stream", `The ledger has no state of ${stream}`, {
		where: `connection ${connection}`,
		why: `it has states of ${listOf(known)}`,
		next: didYouMean(stream, known) ?? "name one of them",
	});
}
