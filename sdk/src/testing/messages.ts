/** Messages as short calls, for the tests of destinations: one stream's name instead of its descriptor, a time for all. */

export function record(stream: string, data: object, emitted_at = 1_780_000_000_000, more: object = {}): object {
	return { type: "RECORD", record: { stream, data, emitted_at, ...more } };
}

export function state(stream: string, value: unknown, more: object = {}): object {
	return {
		type: "STATE",
		state: { type: "STREAM", stream: { stream_descriptor: { name: stream }, stream_state: value }, ...more },
	};
}

export function status(stream: string, word = "COMPLETE", emitted_at = 1_780_000_000_000): object {
	const stream_status = { stream_descriptor: { name: stream }, status: word };
	return { type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at, stream_status } };
}

/** A stream of a catalog that describes itself: a key and a cursor unless they are taken out. */
export function stream(name: string, properties: Record<string, unknown>, more: object = {}): object {
	return {
		name,
		json_schema: { type: "object", properties },
		supported_sync_modes: ["full_refresh", "incremental"],
		sync_mode: "incremental",
		destination_sync_mode: "append_dedup",
		primary_key: [["id"]],
		generation_id: 0,
		minimum_generation_id: 0,
		...more,
	};
}

export function catalog(...streams: object[]): object {
	return { type: "CATALOG", catalog: { streams } };
}
