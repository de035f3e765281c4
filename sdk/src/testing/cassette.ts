/** A cassette as a server on loopback: answers what was recorded, to whoever asks for the same. */
import { readFileSync } from "node:fs";
import type { Json, JsonObject } from "@growthnav/spec";
import { decoded } from "../http/address.ts";
import { type Cassette, type TapedExchange, VENDOR } from "../http/cassette/contract.ts";
import { isStandIn } from "../http/cassette/stand-ins.ts";
import { parseJson } from "../protocol/parse.ts";
import { type ScriptedAnswer, type ScriptedRequest, startServer } from "./scripted-server.ts";

export type { Cassette } from "../http/cassette/contract.ts";

export interface CassettePlayer {
	url: string;
	/** Settings that read from here. */
	config: JsonObject;
	/** The clock of the recording. */
	now: () => number;
	/** Requests that were never recorded. */
	missed: string[];
	close(): Promise<void>;
}

/**
 * Plays a file of `growthnav record`. An exchange is told by method, path and what is asked for; of several alike each is
 * played in turn, and the last one again. What has a stand-in, or is a time, may be anything in the request.
 */
export async function startCassette(file: string): Promise<CassettePlayer> {
	const cassette = parseJson(readFileSync(file, "utf8")) as unknown as Cassette;
	if (cassette.cassette !== 1) throw new Error(`${file} is no cassette of version 1`);
	const missed: string[] = [];
	const find = finder(cassette.exchanges);
	const server = await startServer({
		"*": (request) => {
			const found = find(request);
			if (found !== undefined) return answerOf(found.answer, here);
			const asked = `${request.method} ${pathOf(request)}`;
			missed.push(asked);
			return { status: 400, json: { error: `the cassette has no ${asked}` } };
		},
	});
	const here = (text: string) =>
		text.replaceAll(VENDOR, server.url).replace(/https:\/\/elsewhere\d+\.example/g, server.url);
	const at = Date.parse(cassette.at);
	return {
		...{ url: server.url, missed, now: () => at, close: server.close },
		config: parseJson(here(JSON.stringify(cassette.config))) as JsonObject,
	};
}

type Find = (request: ScriptedRequest) => TapedExchange | undefined;

function finder(exchanges: readonly TapedExchange[]): Find {
	const left = new Set(exchanges);
	// a parameter that no recorded request has is the proof of who asks, which is never recorded
	const known = new Set(exchanges.flatMap(({ request }) => [...new URL(request.path, VENDOR).searchParams.keys()]));
	return (given) => {
		const query = Object.fromEntries(Object.entries(given.query).filter(([name]) => known.has(name)));
		const request = { ...given, query };
		const alike = exchanges.filter((one) => fits(one.request, request));
		const exact = alike.filter((one) => JSON.stringify(asked(one.request)) === JSON.stringify(actual(request, one)));
		const first = (list: TapedExchange[]) => list.find((one) => left.has(one));
		const found = first(exact) ?? exact.at(-1) ?? nearest(alike, request);
		if (found !== undefined) left.delete(found);
		return found;
	};
}

/** The one whose times are nearest: a read of another day asks for other windows, in the same order. */
function nearest(alike: readonly TapedExchange[], request: ScriptedRequest): TapedExchange | undefined {
	const far = new Map(alike.map((one) => [one, apart(asked(one.request), actual(request, one))]));
	return alike.reduce<TapedExchange | undefined>(
		(best, one) => (best === undefined || far.get(one)! < far.get(best)! ? one : best),
		undefined,
	);
}

/** Milliseconds between the times of two requests. */
function apart(recorded: Parts, given: Parts): number {
	const [ours, theirs] = [recorded, given].map((parts) =>
		[...JSON.stringify(parts).matchAll(TIME)].map(([text]) => Date.parse(text)),
	);
	return ours!.reduce((sum, time, at) => sum + Math.abs(time - (theirs![at] ?? time)), 0);
}

/** The parts by which requests are told apart, in one form for both. */
interface Parts {
	path: string[];
	query: [string, string][];
	body: Json;
	headers: [string, string][];
}

function asked({ path, body = null, headers = {} }: TapedExchange["request"]): Parts {
	const url = new URL(path, VENDOR);
	const pairs = [...url.searchParams].sort();
	return {
		path: url.pathname.split("/").map(decoded),
		query: pairs,
		body,
		headers: Object.entries(headers).sort(),
	};
}

/** Of the headers those that the recorded one has. */
function actual({ path, query, body = null, headers }: ScriptedRequest, { request }: TapedExchange): Parts {
	const names = Object.keys(request.headers ?? {}).sort();
	const isForm = headers["content-type"]?.includes("x-www-form-urlencoded") === true && typeof body === "string";
	return {
		path: path.split("/").map(decoded),
		query: Object.entries(query).sort(),
		body: isForm ? Object.fromEntries(new URLSearchParams(body)) : body,
		headers: names.map((name) => [name, headers[name] ?? ""]),
	};
}

function fits(recorded: TapedExchange["request"], request: ScriptedRequest): boolean {
	if (recorded.method !== request.method) return false;
	const [left, right] = [asked(recorded), actual(request, { request: recorded } as TapedExchange)];
	return alike(left as unknown as Json, right as unknown as Json);
}

const TIME = /\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?/g;

const timeless = (text: string): string => text.replace(TIME, "0000-00-00");

/** Equal but for stand-ins, and times where both have one. */
function alike(recorded: Json, given: Json): boolean {
	if (typeof recorded === "string" && typeof given === "string")
		return isStandIn(recorded) || timeless(recorded) === timeless(given);
	if (Array.isArray(recorded) && Array.isArray(given))
		return recorded.length === given.length && recorded.every((one, at) => alike(one, given[at]!));
	if (!isObject(recorded) || !isObject(given)) return JSON.stringify(recorded) === JSON.stringify(given);
	const names = Object.keys(recorded);
	return (
		names.length === Object.keys(given).length &&
		names.every((name) => Object.hasOwn(given, name) && alike(recorded[name]!, given[name]!))
	);
}

function isObject(value: Json): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

function answerOf(
	{ status, headers, json, text }: TapedExchange["answer"],
	here: (text: string) => string,
): ScriptedAnswer {
	const body = json === undefined ? (text ?? "") : JSON.stringify(json);
	const told = Object.entries(headers).map(([name, value]) => [name, here(value)]);
	return { status, headers: Object.fromEntries(told), body: here(body) };
}

function pathOf({ path, query }: ScriptedRequest): string {
	const search = new URLSearchParams(query).toString();
	return path + (search === "" ? "" : `?${search}`);
}
