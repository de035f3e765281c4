/** What a target prints: states, one JSON object each, on one line or on many; and what else stands there. */
import type { Json, JsonObject } from "@growthnav/spec";
import { isConnectorError } from "../../errors.ts";
import { lineBatches } from "../../protocol/lines.ts";
import { parseJson } from "../../protocol/parse.ts";
import { isObject } from "../../source/saved-state.ts";

/** `object`: a whole one; `text`: a line that is none, a log on the wrong stream. */
export type Answer = { object: JsonObject; text?: never } | { text: string; object?: never };

/** A state is short here; what is longer and not whole yet is no state. */
const LONGEST = 1_000_000;

/** Answers as they come, one array per piece of output. */
export async function* readAnswers(output: AsyncIterable<Uint8Array>): AsyncGenerator<Answer[]> {
	/** Lines since one that began an object and did not end it: pretty-printed, or no JSON at all. */
	let open: string[] = [];
	let length = 0;
	const given = () => {
		const texts = open.map((text) => ({ text }));
		open = [];
		length = 0;
		return texts;
	};
	const keep = (line: string) => {
		open.push(line);
		length += line.length;
	};
	const take = (line: string): Answer[] => {
		// a line inside a pretty-printed object is indented
		const whole = open.length === 0 || line.startsWith("{") ? objectIn(line) : undefined;
		if (whole !== undefined) return [...given(), { object: whole }];
		if (open.length === 0) {
			if (!line.startsWith("{")) return [{ text: line }];
			keep(line);
			return [];
		}
		keep(line);
		const joined = line.trimStart().startsWith("}") ? objectIn(open.join("\n")) : undefined;
		if (joined !== undefined) {
			open = [];
			length = 0;
			return [{ object: joined }];
		}
		return length > LONGEST ? given() : [];
	};
	for await (const lines of lineBatches(output)) {
		const answers = lines.flatMap((line) => {
			const text = line.oversize === undefined ? line.bytes.toString() : line.oversize.prefix;
			return text.trim() === "" && open.length === 0 ? [] : take(text);
		});
		if (answers.length > 0) yield answers;
	}
	const rest = given();
	if (rest.length > 0) yield rest;
}

function objectIn(text: string): JsonObject | undefined {
	if (!text.trimStart().startsWith("{")) return undefined;
	try {
		const value: Json = parseJson(text.trim());
		return isObject(value) ? value : undefined;
	} catch (thrown) {
		if (isConnectorError(thrown)) return undefined;
		throw thrown;
	}
}
