import { checkStreams } from "./check-stream.ts";
import type { Settings } from "./context.ts";
import type { Source, SourceContext } from "./definition.ts";
import type { Streams } from "./plan.ts";

/** The streams of a source by name; asks it where the vendor or the files decide. */
export async function streamsOf(source: Source, context: SourceContext<Settings>): Promise<Streams> {
	if (typeof source.streams !== "function") return source.streams as Streams;
	const streams = (await source.streams(context as SourceContext<never>)) as Streams;
	checkStreams(source.name, streams);
	return streams;
}
