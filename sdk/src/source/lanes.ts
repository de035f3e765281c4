/** Several slices read at once: their pages come out one by one, each as soon as it is there. */
import type { Message } from "@growthnav/spec";
import { causesOf, type Failure, isOfOneSlice } from "./failures.ts";
import type { Outbox } from "./outbox.ts";

export interface Lanes<Slice, Page> {
	/** Asked for the next one only when it can be read. */
	slices: AsyncIterable<Slice>;
	read(slice: Slice): AsyncIterable<Page>;
	idOf(slice: Slice): string;
	/** The messages of a page; called in the order in which they go out. What it throws fails the slice. */
	take(slice: Slice, page: Page): Message[];
	/** What the outbox got meanwhile. */
	told(logs: Message[]): Message[];
	atOnce: number;
}

interface Arrival<Slice, Page> {
	iterator: AsyncIterator<Slice | Page>;
	result?: IteratorResult<Slice | Page>;
	error?: unknown;
}

/**
 * Pages of all lanes in the order of their arrival. The next page of a slice is asked for when the one before was
 * taken, so that no more than one of each waits. When a slice fails, the others end the page that is under way, and
 * what failed is thrown; one that alone is refused is passed over, and told at the end. Rejects with the signal's reason once it is aborted, even where no connector heeds it.
 */
export async function* inLanes<Slice, Page>(
	{ slices, read, idOf, take, told, atOnce }: Lanes<Slice, Page>,
	outbox: Outbox,
	signal: AbortSignal,
): AsyncGenerator<Message[], Failure[]> {
	const finder = slices[Symbol.asyncIterator]();
	const lanes = new Map<AsyncIterator<Slice | Page>, Slice>();
	const underWay = new Set<AsyncIterator<Slice | Page>>();
	const arrived: Arrival<Slice, Page>[] = [];
	const failed: Failure[] = [];
	const refused: Failure[] = [];
	let done = 0;
	let allFound = false;
	let wake = () => {};

	const ask = (iterator: AsyncIterator<Slice | Page>) => {
		underWay.add(iterator);
		const arrive = (arrival: Omit<Arrival<Slice, Page>, "iterator">) => {
			arrived.push({ iterator, ...arrival });
			wake();
		};
		next(iterator).then(
			(result) => arrive({ result }),
			(error) => arrive({ error }),
		);
	};
	const open = (slice: Slice) => {
		const lane = read(slice)[Symbol.asyncIterator]();
		lanes.set(lane, slice);
		ask(lane);
	};
	/** The messages of what arrived; what comes after it is asked for only when they were taken. */
	const look = ({ iterator, result, error }: Arrival<Slice, Page>): Message[] => {
		if (result === undefined) throw error;
		if (iterator === finder) {
			if (result.done) allFound = true;
			else open(result.value as Slice);
			return [];
		}
		if (!result.done) return take(lanes.get(iterator)!, result.value as Page);
		lanes.delete(iterator);
		done++;
		return [];
	};
	const fail = (iterator: AsyncIterator<Slice | Page>, error: unknown, isOver: boolean) => {
		const lane = lanes.get(iterator);
		const failure = { slice: lane === undefined ? "" : idOf(lane), error };
		(isOver && lane !== undefined && isOfOneSlice(error) ? refused : failed).push(failure);
		if (isOver) lanes.delete(iterator);
	};
	const onAbort = () => wake();
	signal.addEventListener("abort", onAbort);
	try {
		while (true) {
			signal.throwIfAborted();
			if (!allFound && failed.length === 0 && lanes.size < atOnce && !underWay.has(finder)) ask(finder);
			if (underWay.size === 0) break;
			while (arrived.length === 0 && !signal.aborted) {
				const woken = new Promise<void>((resolve) => {
					wake = resolve;
				});
				await Promise.race([woken, outbox.filled()]);
				if (arrived.length === 0) yield* some(told(outbox.drain()));
			}
			signal.throwIfAborted();
			yield* some(told(outbox.drain()));
			const arrival = arrived.shift()!;
			underWay.delete(arrival.iterator);
			try {
				yield* some(look(arrival));
			} catch (error) {
				fail(arrival.iterator, error, arrival.error !== undefined);
			}
			if (failed.length === 0 && lanes.has(arrival.iterator)) {
				signal.throwIfAborted();
				ask(arrival.iterator);
			}
		}
		if (failed.length > 0 || done === 0) throwAll([...refused, ...failed]);
		return refused;
	} finally {
		signal.removeEventListener("abort", onAbort);
		// not waited for: a connector that is stuck must not hold up the end of the run
		for (const iterator of [...lanes.keys(), finder]) close(iterator);
	}
}

/** As a promise whatever an iterator of an author's own making does. */
async function next<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
	return iterator.next();
}

function close(iterator: AsyncIterator<unknown>): void {
	(async () => iterator.return?.())().catch(() => {});
}

function* some(messages: Message[]): Generator<Message[]> {
	if (messages.length > 0) yield messages;
}

function throwAll(failures: readonly Failure[]): void {
	const errors = causesOf(failures);
	if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
}
