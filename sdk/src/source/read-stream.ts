/** One stream from STARTED to COMPLETE: slice after slice, page after page, a checkpoint wherever one is safe. */
import type { Message } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { Settings } from "./context.ts";
import type { Page, Slice, SourceContext } from "./definition.ts";
import { createIntake } from "./intake.ts";
import { type Outbox, whileLogging } from "./outbox.ts";
import type { StreamPlan } from "./plan.ts";
import { createProgress } from "./progress.ts";
import type { Position } from "./saved-state.ts";
import { createStates } from "./states.ts";
import { descriptorOf, statusMessage, withWaits } from "./status.ts";

/** What all streams of a run share. */
export interface StreamRun {
	context: SourceContext<Settings>;
	outbox: Outbox;
	/** Milliseconds since the epoch. */
	now: () => number;
	/** Rows read so far, for the `where` of a failure. */
	read: { rows: number };
}

const A_DAY = 86_400_000;

/** The messages of a stream, a page at a time. Throws what the connector throws, and data.not_sorted. */
export async function* readStream(plan: StreamPlan, position: Position, run: StreamRun): AsyncGenerator<Message[]> {
	const { outbox, now, context } = run;
	const { definition } = plan;
	const progress = createProgress(plan, position);
	const states = createStates(descriptorOf(plan));
	const intake = createIntake(plan);
	// in a full refresh a state before the end would make a part of the stream durable that the next run reads again
	const checkpoints = plan.mode === "incremental";
	let running = false;
	const told = (logs: Message[]) => withWaits(logs, plan, now());

	function* messagesOf(page: Page<unknown>): Generator<Message> {
		const { rows, rejects = [], state, controlTotals = [] } = Array.isArray(page) ? { rows: page } : page;
		if (state !== undefined && !definition.ownState) throw undeclaredState(plan);
		progress.observe(rows);
		const taken = intake.rows(rows, now());
		if (taken.records > 0 && !running) {
			running = true;
			yield statusMessage(plan, "RUNNING", now());
		}
		yield* taken.messages;
		yield* intake.rejects(rejects);
		run.read.rows += rows.length;
		states.count(taken.records, taken.rejected + rejects.length);
		states.control(controlTotals);
		if (state !== undefined) progress.own(state);
		if (definition.sorted) progress.settle();
		if (checkpoints && (state !== undefined || definition.sorted)) yield* some(states.checkpoint(progress.state()));
	}

	yield [statusMessage(plan, "STARTED", now())];
	try {
		for await (const slice of slicesOf(plan, position, run)) {
			if (Array.isArray(slice)) {
				yield told(slice);
				continue;
			}
			const since = progress.begin(slice.id);
			const until = new Date(now()).toISOString();
			const pages = definition.read({ ...context, since, until, slice, state: position.own });
			for await (const { page, logs } of pagesOf(pages, run))
				yield logs === undefined ? [...messagesOf(page)] : told(logs);
			progress.settle();
			if (checkpoints) yield [...some(states.checkpoint(progress.state()))];
		}
	} catch (error) {
		// a state of the connector's own may have changed in its hands since
		const last = definition.ownState ? undefined : states.withheld(progress.state());
		yield [...told(outbox.drain()), ...some(last)];
		throw error;
	}
	yield [
		...told(outbox.drain()),
		...intake.summary(),
		...future(plan, progress.furthest(), now()),
		...some(states.final(progress.state())),
		statusMessage(plan, "COMPLETE", now()),
	];
}

type PageOrLogs = { page: Page<unknown>; logs?: never } | { logs: Message[]; page?: never };

/** The pages, and what the connector logs while the next one is on its way. Stops when the run is aborted. */
async function* pagesOf(
	pages: AsyncIterable<Page<unknown>>,
	{ outbox, context }: StreamRun,
): AsyncGenerator<PageOrLogs> {
	const iterator = pages[Symbol.asyncIterator]();
	let open = true;
	try {
		while (true) {
			context.signal.throwIfAborted();
			const waiting = whileLogging(iterator.next(), outbox, context.signal);
			let step = await waiting.next();
			for (; !step.done; step = await waiting.next()) yield { logs: step.value };
			if (step.value.done) break;
			yield { page: step.value.value };
		}
		open = false;
	} finally {
		// not waited for: a connector that is stuck must not hold up the end of the run
		if (open) iterator.return?.().catch(() => {});
	}
}

/** The slices, one without id where the stream has none, and what is logged while they are found. */
async function* slicesOf(plan: StreamPlan, position: Position, run: StreamRun): AsyncGenerator<Slice | Message[]> {
	const { slices } = plan.definition;
	if (slices === undefined) {
		yield { id: "" };
		return;
	}
	const seen = new Set<string>();
	const found = slices({ ...run.context, saved: [...position.slices.keys()] });
	for await (const { page, logs } of pagesOf(oneByOne(found), run)) {
		if (logs !== undefined) {
			yield logs;
			continue;
		}
		const [slice] = page as [Slice];
		if (seen.has(slice.id)) throw sliceTwice(plan, slice.id);
		seen.add(slice.id);
		yield slice;
	}
}

async function* oneByOne(slices: Iterable<Slice> | AsyncIterable<Slice> | Promise<Slice[]>): AsyncGenerator<[Slice]> {
	for await (const slice of await slices) yield [slice];
}

function* some(message: Message | undefined): Generator<Message> {
	if (message !== undefined) yield message;
}

/** A cursor far ahead of the clock would hide every change until then; it is told, since nothing else would show it. */
function* future(plan: StreamPlan, key: unknown, now: number): Generator<Message> {
	if (plan.mode === "full_refresh" || plan.cursor?.kind === "integer" || typeof key !== "string") return;
	if (key <= new Date(now + A_DAY).toISOString().slice(0, key.length)) return;
	const message = `${plan.name}: ${plan.cursor!.field} is ahead of the clock (${key}); changes before it will not be read again`;
	yield { type: "LOG", log: { level: "WARN", message } };
}

function undeclaredState(plan: StreamPlan): ConnectorError {
	return new ConnectorError("internal.definition", `Stream ${plan.name} gives a state that it has not declared`, {
		stream: plan.name,
		next: "write ownState: true in its definition",
	});
}

function sliceTwice(plan: StreamPlan, id: string): ConnectorError {
	return new ConnectorError("internal.definition", `Stream ${plan.name} has two slices with the id "${id}"`, {
		stream: plan.name,
		why: "each slice has a cursor of its own under its id",
		next: "make the ids differ",
	});
}
