/** What a pipeline file may hold, key by key. `spec/src/pipeline.ts` says what the keys mean. */
import type { Json } from "@growthnav/spec";
import type { Parts } from "../host.ts";
import {
	anything,
	exactly,
	isObject,
	list,
	map,
	number,
	object,
	type Problem,
	type Shape,
	text,
	textOr,
	word,
} from "./shape.ts";

const MODES = ["full_refresh", "incremental"];
const WRITES = ["append", "overwrite", "append_dedup", "soft_delete"];

const customer = text(/^[a-z0-9_]{1,64}$/, "1 to 64 small letters, digits and _");
const name = text(/^[\w.-]{1,200}$/, "a name of letters, digits, _, - and .");
const connector = text(/^(\S+|singer:.*\S.*)$/, "the name of a connector or package, or singer: with a command");
const command = list(text(), 1);
const account = text(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 letters, digits, _ and -");
const duration = text(/^\d+(s|m|h|d)$/, "a number with s, m, h or d, as in 1h");

const stream = object({
	mode: word(...MODES),
	write: word(...WRITES),
	key: list(text(), 1),
	cursor: text(),
	// the conversion room looks into these
	conversions: list(anything),
	origin: anything,
});

const source = object({ connector, command, account, config: map(anything), demo: exactly(true) });
const destination = object({ connector, command, config: map(anything) });

const keys = object(
	{
		version: exactly(1),
		name,
		customer,
		source,
		destination: textOr(connector, destination),
		streams: map(stream),
		schedule: object({ every: duration }, ["every"]),
		limits: object({ rejects_percent: number(0, 100), minutes: number(0.01, 100_000) }),
	},
	["customer", "source", "destination"],
);

/** The whole file. */
export const pipelineShape: Shape = (given, path, problems) => {
	keys(given, path, problems);
	if (!isObject(given)) return;
	oneProgram(given.source, ["source"], problems);
	if (typeof given.destination !== "string") oneProgram(given.destination, ["destination"], problems);
	if (isObject(given.source) && given.source.demo !== undefined && given.source.config !== undefined) {
		problems.push(
			rule(["source", "demo"], "stands beside config", "demo brings its own settings; keep one of the two"),
		);
	}
};

function oneProgram(given: Json | undefined, path: Parts, problems: Problem[]): void {
	if (!isObject(given)) return;
	const named = ["connector", "command"].filter((key) => given[key] !== undefined);
	if (named.length === 1) return;
	const message = named.length === 0 ? "names no connector" : "names a connector and a command";
	problems.push(rule(path, message, "it needs either connector or command"));
}

function rule(path: Parts, message: string, why: string): Problem {
	const place = path.map(String).join(".");
	return { code: "wrong_value", path, part: "value", message: `${place} ${message}`, why, next: "correct it" };
}
