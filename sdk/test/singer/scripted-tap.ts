/** Taps that do as a text says, and the bridge to them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type {
	Catalog,
	ConfiguredCatalog,
	ConnectionStatusPayload,
	JsonObject,
	Message,
	StatePayload,
	TraceError,
} from "@growthnav/spec";
import { allErrors, type ConnectorError } from "../../src/errors.ts";
import { configureCatalog } from "../../src/pipeline/file/catalog.ts";
import { messageText } from "../../src/protocol/writer.ts";
import { parseTapCommand } from "../../src/singer/tap/command.ts";
import { checkTap, discoverTap, specTap } from "../../src/singer/tap/discover.ts";
import { readTap } from "../../src/singer/tap/read.ts";
import type { TapWorld } from "../../src/singer/tap/world.ts";
import { testFolder, testHost } from "../pipeline/bench.ts";

/** What every scripted tap has at hand. */
const PREAMBLE = `
import { readFileSync, writeFileSync, writeSync, renameSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const json = (file) => (file === undefined ? undefined : JSON.parse(readFileSync(file, "utf8")));
const configFile = option("--config");
const [config, catalog, state] = [configFile, option("--catalog") ?? option("--properties"), option("--state")].map(json);
const discovers = args.includes("--discover");
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const raw = (value) => {
	for (let rest = Buffer.from(value); rest.length > 0; ) {
		try { rest = rest.subarray(writeSync(1, rest)); } catch (thrown) { if (thrown.code !== "EAGAIN") throw thrown; }
	}
};
const say = (...values) => { for (const value of values) raw(text(value) + "\\n"); };
const log = (line) => writeSync(2, line + "\\n");
const entry = (id, properties, metadata = {}, more = {}) =>
	({ tap_stream_id: id, stream: id, schema: { type: "object", properties }, metadata: [{ breadcrumb: [], metadata }], ...more });
const schemaOf = (stream, properties = { id: { type: "integer" } }, key_properties = ["id"]) =>
	({ type: "SCHEMA", stream, schema: { type: "object", properties }, key_properties });
const record = (stream, record, more = {}) => ({ type: "RECORD", stream, record, ...more });
const stateOf = (value) => ({ type: "STATE", value });
const ID = { id: { type: "integer" } };
`;

/** A tap whose catalog is one stream of ids, with a key and a replication key, unless `discover` says otherwise. */
export const ORDERS = `if (discovers) { say({ streams: [entry("orders", { id: { type: "integer" }, at: { type: "string", format: "date-time" } },
	{ "table-key-properties": ["id"], "valid-replication-keys": ["at"] })] }); process.exit(0); }`;

/** The program of a scripted tap. */
export const tapText = (body: string) => PREAMBLE + body;

export interface Told {
	messages: Message[];
	/** As they would stand on the wire. */
	text: string;
	thrown: ConnectorError[];
}

export interface TapInputs {
	config?: JsonObject;
	catalog?: ConfiguredCatalog;
	states?: StatePayload[];
	signal?: AbortSignal;
	/** Before each message. */
	slow?: (message: Message) => Promise<void> | undefined;
}

export interface ScriptedTap {
	folder: string;
	line: string;
	spec(): Promise<JsonObject>;
	check(config?: JsonObject): Promise<ConnectionStatusPayload & Told>;
	discover(config?: JsonObject): Promise<{ catalog: Catalog | undefined } & Told>;
	read(inputs?: TapInputs): Promise<Told>;
	/** What growthnav would ask for, each stream changed by `how`. */
	catalog(how?: JsonObject): Promise<ConfiguredCatalog>;
}

/** `words` stand behind the program in the command. */
export function scriptedTap(body: string, words = ""): ScriptedTap {
	const folder = testFolder();
	const host = testHost(folder);
	const file = join(folder, "tap-scripted.mjs");
	writeFileSync(file, tapText(body));
	const line = `${host.node} ${file} ${words}`;
	const command = () => parseTapCommand(line);
	const telling = async (
		work: (world: TapWorld) => Promise<unknown>,
		{ signal = new AbortController().signal, slow }: TapInputs = {},
	): Promise<Told & { answer: unknown }> => {
		const messages: Message[] = [];
		const thrown: ConnectorError[] = [];
		const say = (message: Message) => {
			messages.push(structured(message));
			return slow?.(message);
		};
		const times = { grace: 500, end: 1_000, look: 50 };
		const answer = await work({ host, signal, say, written: async () => {}, times }).catch((error) => {
			thrown.push(...allErrors(error));
		});
		return { messages, text: messages.map(messageText).join("\n"), thrown, answer };
	};
	return {
		folder,
		line,
		async spec() {
			const told = await telling((world) => specTap(command(), world));
			return told.answer as JsonObject;
		},
		async check(config = {}) {
			const told = await telling((world) => checkTap(command(), config, world));
			return { ...told, ...(told.answer as ConnectionStatusPayload) };
		},
		async discover(config = {}) {
			const told = await telling((world) => discoverTap(command(), config, world));
			return { ...told, catalog: told.answer as Catalog | undefined };
		},
		read: ({ config = {}, catalog, states = [], ...more } = {}) =>
			telling((world) => readTap(command(), { config, catalog, states }, world), more),
		async catalog(how = {}) {
			const { answer, thrown } = await telling((world) => discoverTap(command(), {}, world));
			if (thrown.length > 0) throw thrown[0];
			const { streams } = configureCatalog(answer as Catalog, {
				...{ streams: undefined, account: undefined, source: "tap", destination: "", writes: undefined },
				startedAt: 1_000,
				where: () => "",
			});
			return { streams: streams.map((one) => ({ ...one, ...how })) };
		},
	};
}

/** A copy: the reader may go on with what it said. */
function structured(message: Message): Message {
	return JSON.parse(JSON.stringify(message), (_key, value, context?: { source?: string }) =>
		typeof value === "number" && context?.source !== undefined && String(value) !== context.source
			? JSON.rawJSON(context.source)
			: value,
	) as Message;
}

export const recordsIn = ({ messages }: Told) => messages.flatMap((one) => (one.type === "RECORD" ? [one.record] : []));
export const statesOf = ({ messages }: Told) => messages.flatMap((one) => (one.type === "STATE" ? [one.state] : []));
export const logsIn = ({ messages }: Told) => messages.flatMap((one) => (one.type === "LOG" ? [one.log] : []));
export const errorsOf = ({ messages }: Told): TraceError[] =>
	messages.flatMap((one) => (one.type === "TRACE" && one.trace.error ? [one.trace.error] : []));
export const controlsIn = ({ messages }: Told) =>
	messages.flatMap((one) => (one.type === "CONTROL" ? [one.control.connectorConfig.config] : []));

/** "RECORD orders", "STATE orders", "COMPLETE orders", in their order; logs left out. */
export function orderOf({ messages }: Told): string[] {
	return messages.flatMap((one) => {
		if (one.type === "RECORD") return [`RECORD ${one.record.stream}`];
		if (one.type === "STATE") return [`STATE ${one.state.stream?.stream_descriptor.name ?? one.state.type}`];
		const status = one.type === "TRACE" ? one.trace.stream_status : undefined;
		return status ? [`${status.status} ${status.stream_descriptor.name}`] : [];
	});
}

/** States as a ledger keeps them: the last of each stream, and the last whole one. */
export function kept(states: readonly StatePayload[], before: readonly StatePayload[] = []): StatePayload[] {
	const byStream = new Map<string, StatePayload>();
	for (const { sourceStats: _, ...state } of [...before, ...states]) {
		byStream.set(state.stream?.stream_descriptor.name ?? "", state);
	}
	return [...byStream.values()];
}
