/** `read`: from a source and its inputs to the messages of a whole run. Does no I/O of its own. */

import type { Catalog, ConfiguredCatalog, Message } from "@growthnav/spec";
import { count } from "../count.ts";
import { allErrors, ConnectorError, inPlace, isConnectorError, toTraceError } from "../errors.ts";
import { didYouMean, listOf } from "../nearest.ts";
import { openContext, type SourceInputs } from "./context.ts";
import type { Source } from "./definition.ts";
import { createOutbox, type Outbox, whileLogging } from "./outbox.ts";
import { configured, planStreams, programOf, type StreamPlan, type Streams, suggestedCatalog } from "./plan.ts";
import { type Position, positionOf } from "./position.ts";
import { readStream, type StreamRun } from "./read-stream.ts";
import type { SavedStream } from "./saved-state.ts";
import { descriptorOf, limitedBy, statusMessage, withWaits } from "./status.ts";
import { streamsOf } from "./streams-of.ts";

export interface ReadInputs extends SourceInputs {
	/** Left out: all streams as the source suggests, and a CATALOG message that says so comes first. */
	catalog?: ConfiguredCatalog | undefined;
	/** For errors. */
	catalogFile?: string | undefined;
	/** Of all kinds; each stream takes the last one of its own name and namespace. */
	state?: readonly SavedStream[] | undefined;
	stateFile?: string | undefined;
	/** In place of the source's name; a configured catalog has its own. */
	namespace?: string | undefined;
	sample?: Sample | undefined;
}

/** The beginning of each stream alone, to look at: after so many pages, or rows, the next stream is read. */
export interface Sample {
	/** Of the suggested ones; left out: all. */
	streams?: readonly string[] | undefined;
	pages: number;
	rows: number;
}

/** Every message of a read. Failures are TRACE ERROR messages; nothing is thrown. */
export async function* readSource(source: Source, inputs: ReadInputs): AsyncGenerator<Message> {
	for await (const batch of readBatches(source, inputs)) yield* batch;
}

/** The same, a page of messages at a time. The next page is asked for only when the next batch is. */
export async function* readBatches(source: Source, inputs: ReadInputs): AsyncGenerator<Message[]> {
	const now = inputs.now ?? Date.now;
	const outbox = createOutbox();
	const over = new AbortController();
	const signal = inputs.signal === undefined ? over.signal : AbortSignal.any([inputs.signal, over.signal]);
	try {
		let clock: number | undefined;
		const context = await openContext(source, inputs, signal, outbox, (time) => {
			clock = Math.max(clock ?? time, time);
		});
		const run: StreamRun = { context, outbox, now, vendorClock: () => clock, read: { rows: 0 } };
		const streams: Streams = yield* whileLogging(streamsOf(source, context), outbox, signal);
		const offered = chosen(source, streams, inputs.sample);
		const suggested =
			inputs.catalog === undefined
				? suggestedCatalog(source, offered, inputs.namespace ?? source.name, now(), inputs.state)
				: undefined;
		const plans = planned(source, streams, inputs, suggested);
		if (suggested !== undefined) yield [{ type: "CATALOG", catalog: suggested }];
		tellWhole(inputs.catalog, plans, outbox);
		yield* readStreams(plans, run, inputs.sample);
	} catch (thrown) {
		const errors = allErrors(stopOf(thrown, inputs.signal));
		yield [...outbox.drain(), ...errors.map((error) => errorMessage(error, now()))];
	} finally {
		// ends requests that nobody waits for, and lets go of their connections
		over.abort(new ConnectorError("internal.over", "The read is over"));
	}
}

interface Planned {
	plan: StreamPlan;
	position: Position;
}

/** All is checked before the first record: a state that does not fit must not stop a run in its middle. */
function planned(source: Source, streams: Streams, inputs: ReadInputs, suggested: Catalog | undefined): Planned[] {
	const catalog = inputs.catalog ?? configured(suggested!);
	const plans = planStreams(source, streams, catalog, inputs.catalogFile ?? "the catalog");
	const { state = [], stateFile = "the state" } = inputs;
	return plans.map((plan) => ({ plan, position: positionOf(plan, state, programOf(source), stateFile) }));
}

/** A catalog may ask for more than a stream has. */
function tellWhole(catalog: ConfiguredCatalog | undefined, plans: readonly Planned[], { log }: Outbox): void {
	for (const [i, { plan }] of plans.entries()) {
		if (catalog === undefined || catalog.streams[i]!.sync_mode === plan.mode) continue;
		log.warn(`The catalog asks for ${plan.name} in incremental mode; nothing in it tells what changed, so all is read`);
	}
}

/**
 * One stream after the other. A failed one does not stop the rest, unless the config is wrong for all of them: a right
 * that is missing concerns one, and so does what some of its slices are refused for. Where a quota is used up the rest
 * ends as fast, since nothing is asked any more.
 */
async function* readStreams(plans: readonly Planned[], run: StreamRun, sample?: Sample): AsyncGenerator<Message[]> {
	for (const { plan, position } of plans) {
		run.read.rows = 0;
		const batches = readStream(plan, position, run);
		try {
			const refused = yield* sample === undefined ? batches : beginningOf(batches, run, sample);
			if (refused.length > 0) yield incomplete(refused, plan, run);
		} catch (thrown) {
			const errors = allErrors(stopOf(thrown, run.context.signal));
			yield incomplete(errors, plan, run);
			if (run.context.signal.aborted || errors.some(isOfAllStreams)) return;
		}
	}
}

/** Throws config.unknown_stream. */
function chosen(source: Source, streams: Streams, { streams: names }: Partial<Sample> = {}): Streams {
	if (names === undefined) return streams;
	const unknown = names.find((name) => !Object.hasOwn(streams, name));
	if (unknown === undefined) return Object.fromEntries(names.map((name) => [name, streams[name]!]));
	const known = Object.keys(streams);
	throw new ConnectorError("config.unknown_stream", `${source.name} has no stream ${unknown}`, {
		where: "--stream",
		why: `there are ${listOf(known)}`,
		next: didYouMean(unknown, known) ?? "name one of them",
	});
}

/** A batch that brought rows is a page. What would come after the last one is told to end. */
async function* beginningOf(
	batches: ReturnType<typeof readStream>,
	{ read }: StreamRun,
	sample: Sample,
): ReturnType<typeof readStream> {
	let pages = 0;
	let rows = 0;
	try {
		while (pages < sample.pages && rows < sample.rows) {
			const { done, value } = await batches.next();
			if (done) return value;
			yield value;
			if (read.rows > rows) pages++;
			rows = read.rows;
		}
		return [];
	} finally {
		await batches.return([]);
	}
}

function incomplete(errors: readonly ConnectorError[], plan: StreamPlan, run: StreamRun): Message[] {
	const now = run.now();
	const told = errors.map((error) => errorMessage(inStream(error, plan, run.read.rows), now, plan));
	const status = statusMessage(plan, "INCOMPLETE", now, limitedBy(errors, now));
	return [...withWaits(run.outbox.drain(), plan, now), status, ...told];
}

function isOfAllStreams({ kind, code }: ConnectorError): boolean {
	return kind === "config" && code !== "config.forbidden";
}

/** What a stopped connector throws tells only that it was stopped. */
function stopOf(thrown: unknown, signal: AbortSignal | undefined): unknown {
	if (signal?.aborted !== true) return thrown;
	if (isConnectorError(signal.reason)) return signal.reason;
	return new ConnectorError("transient.stopped", "The read was stopped before its end", {
		why: "it was asked to stop",
		next: "run it again: it goes on from the last committed state",
		cause: thrown,
	});
}

function inStream(error: ConnectorError, { name }: StreamPlan, rows: number): ConnectorError {
	return inPlace(error, [`stream ${name}`, ...(rows > 0 ? [`after row ${count(rows)}`] : [])], name);
}

/** A TRACE ERROR with the stream's namespace. */
export function errorMessage(error: ConnectorError, emitted_at: number, plan?: StreamPlan): Message {
	const stream = plan !== undefined && { stream_descriptor: descriptorOf(plan) };
	return { type: "TRACE", trace: { type: "ERROR", emitted_at, error: { ...toTraceError(error), ...stream } } };
}
