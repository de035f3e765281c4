/** Configured streams as a target sees them. Pure. */
import type { Catalog, ConfiguredStream } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { checkNames } from "../as-tap/names.ts";
import { singerStream } from "../as-tap/stream.ts";
import type { SingerStream } from "../as-tap/to-singer.ts";
import { asTakenBy } from "./known-targets.ts";

/** The streams of a CATALOG message, in the form of configured ones. */
export function configuredStreams({ streams }: Catalog): ConfiguredStream[] {
	return streams.map((stream) => ({
		...stream,
		stream,
		sync_mode: stream.sync_mode ?? "full_refresh",
		destination_sync_mode: stream.destination_sync_mode ?? "append",
	}));
}

/**
 * By Singer's name, as `program` takes them. `startedAt`: the version of what is overwritten where nobody gave a
 * generation. Throws config.stream_name and config.nested_key.
 */
export function streamsForTarget(
	streams: readonly ConfiguredStream[],
	startedAt: number,
	program: string,
): Map<string, SingerStream> {
	checkNames(streams.map(({ stream }) => stream));
	return new Map(
		streams.map((entry) => {
			const stream = asTakenBy(program, streamForTarget(entry, startedAt));
			return [stream.name, stream];
		}),
	);
}

/** A key makes targets replace rows, so a stream that is appended gets none. */
function streamForTarget(entry: ConfiguredStream, startedAt: number): SingerStream {
	const { stream, destination_sync_mode: write, generation_id: generation } = entry;
	const key = entry.primary_key ?? stream.source_defined_primary_key ?? [];
	if (write === "append_dedup" && key.some((path) => path.length !== 1)) throw nestedKey(entry, key);
	return singerStream(stream, {
		key: write === "append" ? [] : key,
		cursor: entry.cursor_field ?? stream.default_cursor_field,
		...(write === "overwrite" && { version: generation ? generation : startedAt }),
	});
}

function nestedKey({ stream }: ConfiguredStream, key: readonly string[][]): ConnectorError {
	const path = key.find((one) => one.length !== 1)!;
	return new ConnectorError("config.nested_key", `The key of ${stream.name} cannot be told to a Singer target`, {
		where: `stream ${stream.name}, key ${path.join(".")}`,
		why: "Singer has keys at the top level of a record only, and without it rows would double",
		next: "name a key at the top level for the stream, or write it as append or overwrite",
	});
}
