/** `check` and `discover`, derived from the definition. */
import type { Catalog, ConnectionStatusPayload, Message } from "@growthnav/spec";
import { allErrors, ConnectorError } from "../errors.ts";
import { failedStatus } from "../protocol/connection-status.ts";
import { openContext, type Settings, type SourceInputs } from "./context.ts";
import type { Source, SourceContext } from "./definition.ts";
import { createOutbox } from "./outbox.ts";
import { catalogOf, suggestedCatalog } from "./plan.ts";
import type { SavedStream } from "./saved-state.ts";
import { streamsOf } from "./streams-of.ts";

export interface CommandInputs extends SourceInputs {
	/** What is said meanwhile: LOG messages, and CONTROL where `keep` is left out. */
	say?: ((message: Message) => void) | undefined;
}

/** FAILED with everything that is wrong; never throws. */
export async function checkSource(source: Source, inputs: CommandInputs): Promise<ConnectionStatusPayload> {
	try {
		const message = await withContext(source, inputs, (context) => source.check(context as SourceContext<never>));
		return { status: "SUCCEEDED", message };
	} catch (thrown) {
		return failedStatus(allErrors(thrown));
	}
}

/** Throws a ConnectorError, or an AggregateError of them. */
export async function discoverSource(
	source: Source,
	inputs: CommandInputs & { namespace?: string | undefined },
): Promise<Catalog> {
	return withContext(source, inputs, async (context) =>
		catalogOf(source, await streamsOf(source, context), inputs.namespace ?? source.name),
	);
}

/** The same, with how each stream is best read; `saved` is what a full refresh may go on from. */
export async function suggestSource(
	source: Source,
	inputs: CommandInputs & { namespace?: string | undefined; saved?: readonly SavedStream[] },
): Promise<Catalog> {
	const { namespace = source.name, now = Date.now, saved } = inputs;
	return withContext(source, inputs, async (context) =>
		suggestedCatalog(source, await streamsOf(source, context), namespace, now(), saved),
	);
}

async function withContext<T>(
	source: Source,
	inputs: CommandInputs,
	work: (context: SourceContext<Settings>) => Promise<T>,
): Promise<T> {
	const outbox = createOutbox(inputs.say ?? (() => {}));
	const over = new AbortController();
	const signal = inputs.signal === undefined ? over.signal : AbortSignal.any([inputs.signal, over.signal]);
	try {
		const context = await openContext(source, inputs, signal, outbox);
		return await work(context);
	} finally {
		over.abort(new ConnectorError("internal.over", "The command is over"));
	}
}
