/**
 * Our states inside one Singer state and back: `{"bookmarks": {"square__orders": <our STATE>}}`. By stream, because
 * targets that write one stream before the others answer with the bookmarks of that one alone.
 */
import type { Json, StatePayload } from "@growthnav/spec";
import { ConnectorError, isConnectorError } from "../../errors.ts";
import { parseJson } from "../../protocol/parse.ts";
import { isObject, parseStateFile, type SavedStream, savedStreams } from "../../source/saved-state.ts";
import { singerName } from "./names.ts";

/** Without the counts, which are of one run. */
export function keptState({ sourceStats: _s, destinationStats: _d, controlTotals: _c, ...kept }: StatePayload): Json {
	return kept as unknown as Json;
}

export interface SingerValue {
	/** Takes a state in the place of the one before it; `standsFor` is what the value carries of it. */
	set(state: StatePayload, standsFor: Json): void;
	/** The whole value as text: a JSON object that is not empty, since targets take `{}` for none. */
	text(): string;
}

/** A value that grows with every stream; texts are made once per state. */
export function singerValue(saved: readonly SavedStream[] = []): SingerValue {
	const bookmarks = new Map<string, string>();
	let whole: string | undefined;
	const value: SingerValue = {
		set(state, standsFor) {
			const text = JSON.stringify(standsFor);
			if (state.type !== "STREAM" || state.stream === undefined) whole = text;
			else {
				const name = JSON.stringify(singerName(state.stream.stream_descriptor));
				bookmarks.set(name, `${name}:${text}`);
			}
		},
		text() {
			const global = whole === undefined ? "" : `,"global":${whole}`;
			return `{"bookmarks":{${[...bookmarks.values()].join(",")}}${global}}`;
		},
	};
	for (const { descriptor, state } of saved) {
		const kept: StatePayload = { type: "STREAM", stream: { stream_descriptor: descriptor, stream_state: state } };
		value.set(kept, keptState(kept));
	}
	return value;
}

/**
 * The text of `--state`: a value that we sent, alone or in its STATE message, also as the last line of what a target
 * printed; our own states in any form. Throws config.state_file for anything else.
 */
export function savedInValue(text: string, file: string): SavedStream[] {
	const trimmed = text.replace(/^\uFEFF/, "").trim();
	if (trimmed === "") return [];
	const lines = trimmed.split("\n").filter((line) => line.trim() !== "");
	const found = parsed(trimmed) ?? parsed(lines.at(-1)!);
	if (found === undefined) throw unusable(file, "it is no JSON");
	// one line for each state, as our destinations print them
	if (lines.length > 1 && isObject(found) && isObject(found.state)) return parseStateFile(trimmed, file);
	const value = isObject(found) && found.type === "STATE" && found.value !== undefined ? found.value : found;
	if (!isObject(value)) return savedStreams(value ?? null);
	if (value.bookmarks === undefined) return Object.keys(value).length === 0 ? [] : ours(value, file);
	if (!isObject(value.bookmarks)) throw unusable(file, "its bookmarks are no object");
	return Object.values(value.bookmarks).flatMap((bookmark) => ours(bookmark, file));
}

function ours(value: Json | undefined, file: string): SavedStream[] {
	const saved = savedStreams(value ?? null);
	if (saved.length > 0) return saved;
	throw unusable(file, "what stands in it for a stream was not written by this tap");
}

function parsed(text: string): Json | undefined {
	try {
		return parseJson(text);
	} catch (thrown) {
		if (isConnectorError(thrown)) return undefined;
		throw thrown;
	}
}

function unusable(file: string, why: string): ConnectorError {
	return new ConnectorError("config.state_file", "The state file cannot be used", {
		where: file,
		why,
		next: "give the last line that the target printed, or leave --state out to read everything",
	});
}
