/** One stream from STARTED to COMPLETE: slice after slice, page after page, a checkpoint wherever one is safe. */
import type { Message } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { Settings } from "./context.ts";
import type { Page, Slice, SourceContext } from "./definition.ts";
import { causesOf } from "./failures.ts";
import { horizonOf, type Window } from "./horizon.ts";
import { createIntake } from "./intake.ts";
import { inLanes } from "./lanes.ts";
import type { Outbox } from "./outbox.ts";
import type { StreamPlan } from "./plan.ts";
import type { Position } from "./position.ts";
import { createProgress, type SliceProgress } from "./progress.ts";
import { createStates } from "./states.ts";
import { descriptorOf, statusMessage, withWaits } from "./status.ts";

/** What all streams of a run share. */
export interface StreamRun {
	context: SourceContext<Settings>;
	outbox: Outbox;
	/** Milliseconds since the epoch. */
	now: () => number;
	/** The vendor's clock, as its last answer told it; undefined where there is none. Milliseconds since the epoch. */
	vendorClock: () => number | undefined;
	/** Rows read so far, for the `where` of a failure. */
	read: { rows: number };
}

/** A slice on its way. */
interface Lane {
	slice: Slice;
	progress: SliceProgress;
}

/** What comes from a slice: a page of a window, or the end of the window. */
interface Step {
	window: Window;
	page?: Page<unknown>;
}

const A_DAY = 86_400_000;

/**
 * The messages of a stream, a page at a time. Throws what the connector throws, and data.not_sorted. Answers why some
 * of its slices could not be read while others were: then it is not complete.
 */
export async function* readStream(
	plan: StreamPlan,
	position: Position,
	run: StreamRun,
): AsyncGenerator<Message[], ConnectorError[]> {
	const { outbox, now, context } = run;
	const { definition } = plan;
	const horizon = horizonOf(plan, context.config, now(), run.vendorClock);
	const progress = createProgress(plan, position, horizon.start);
	const states = createStates(descriptorOf(plan));
	const intake = createIntake(plan);
	// in a full refresh a state before the end would make a part of the stream durable that the next run reads again,
	// unless that goes on from it
	const incremental = plan.mode === "incremental";
	const ownState = incremental ? definition.ownState : definition.resumable;
	let running = false;
	const told = (logs: Message[]) => withWaits(logs, plan, now());

	function* messagesOf(page: Page<unknown>, { window, progress: at }: Lane & Step): Generator<Message> {
		const { rows, rejects = [], state, controlTotals = [] } = Array.isArray(page) ? { rows: page } : page;
		if (state !== undefined && !definition.ownState && !definition.resumable) throw undeclaredState(plan);
		at.observe(rows);
		at.days?.observe(rows);
		const taken = intake.rows(rows, now());
		if (taken.records > 0) yield* runs();
		yield* taken.messages;
		yield* intake.rejects(rejects);
		run.read.rows += rows.length;
		states.count(taken.records, taken.rejected + rejects.length);
		states.control(controlTotals);
		if (ownState && state !== undefined) progress.own(state);
		if (definition.sorted) at.settle(horizon.most(window.until));
		if ((ownState && state !== undefined) || (incremental && definition.sorted)) {
			yield* some(states.checkpoint(progress.state()));
		}
	}

	function* runs(): Generator<Message> {
		if (!running) yield statusMessage(plan, "RUNNING", now());
		running = true;
	}

	/** The end of a window, or of a slice without windows. */
	function* endOf({ window, progress: at }: Lane & Step): Generator<Message> {
		const gone = intake.gone(at.days?.replace(window) ?? [], now());
		if (gone.length > 0) yield* runs();
		yield* gone;
		states.count(gone.length, 0);
		at.settle(horizon.most(window.until));
		if (definition.window !== undefined) at.reach(horizon.reached(window.until));
		at.days?.forget(at.since()!);
		if (incremental) yield* some(states.checkpoint(progress.state()));
	}

	async function* lanesOf(): AsyncGenerator<Lane> {
		for await (const slice of slicesOf(plan, position, run)) yield { slice, progress: progress.slice(slice.id) };
	}

	yield [statusMessage(plan, "STARTED", now())];
	let refused: ConnectorError[];
	try {
		const reading = {
			slices: lanesOf(),
			read: ({ slice, progress: at }: Lane) =>
				stepsOf(horizon.windows(at.since()), (window) =>
					definition.read({ ...context, ...window, slice, state: position.own }),
				),
			take: (lane: Lane, { page, window }: Step) =>
				page === undefined ? [...endOf({ ...lane, window })] : [...messagesOf(page, { ...lane, window })],
			idOf: ({ slice }: Lane) => slice.id,
			told,
			atOnce: definition.concurrency ?? 1,
		};
		refused = causesOf(yield* inLanes<Lane, Step>(reading, outbox, context.signal));
	} catch (error) {
		// a state of the connector's own may have changed in its hands since
		const last = ownState ? undefined : states.withheld(progress.state());
		yield [...told(outbox.drain()), ...some(last)];
		throw error;
	}
	const complete = refused.length === 0;
	// rows with a key replace themselves when all is read again: those that came need not wait for the others
	const keeps = incremental || (plan.generation === 0 && plan.key.length > 0);
	if (!incremental) progress.own(undefined);
	yield [
		...told(outbox.drain()),
		...intake.summary(),
		...future(plan, progress.furthest(), now()),
		...(complete || keeps ? some(states.final(progress.state())) : []),
		...(complete ? [statusMessage(plan, "COMPLETE", now())] : []),
	];
	return refused;
}

/** The pages of a slice, window after window. */
async function* stepsOf(
	windows: Iterable<Window>,
	read: (window: Window) => AsyncIterable<Page<unknown>>,
): AsyncGenerator<Step> {
	for (const window of windows) {
		for await (const page of read(window)) yield { window, page };
		yield { window };
	}
}

/** The slices, one without id where the stream has none. */
async function* slicesOf(plan: StreamPlan, position: Position, { context }: StreamRun): AsyncGenerator<Slice> {
	const { slices } = plan.definition;
	if (slices === undefined) {
		yield { id: "" };
		return;
	}
	const seen = new Set<string>();
	for await (const slice of await slices({ ...context, saved: [...position.slices.keys()] })) {
		if (seen.has(slice.id)) throw sliceTwice(plan, slice.id);
		seen.add(slice.id);
		yield slice;
	}
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
		next: "write ownState: true in its definition, or resumable: true where it is a full refresh",
	});
}

function sliceTwice(plan: StreamPlan, id: string): ConnectorError {
	return new ConnectorError("internal.definition", `Stream ${plan.name} has two slices with the id "${id}"`, {
		stream: plan.name,
		why: "each slice has a cursor of its own under its id",
		next: "make the ids differ",
	});
}
