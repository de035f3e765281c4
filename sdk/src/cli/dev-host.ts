/**
 * The process of one try of `growthnav dev`: `node dev-host.js <what, as JSON>` loads a connector from its sources, checks
 * it, reads the beginning of its streams, and tells all of it on stdout. It ends with its stdin, and at SIGTERM.
 */
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { JsonObject, Message } from "@growthnav/spec";
import { allErrors, ConnectorError, toTraceError } from "../errors.ts";
import { redactJson } from "../protocol/redact-json.ts";
import type { StartDemo } from "../source/demo.ts";
import { checkSource, readBatches, type Source, specOf } from "../source/index.ts";
import { devTap } from "./dev/tap.ts";
import type { StreamRead, Told, Trying } from "./dev/told.ts";
import { isDefinition } from "./executable.ts";
import { keepStdoutClean } from "./run-commands.ts";

const { module, demo, sample } = JSON.parse(process.argv[2] ?? "{}") as Trying;
const load = (file: string) => import(pathToFileURL(file).href);
const tell = (told: Told) => void process.stdout.write(`${redactJson(JSON.stringify(told))}\n`);

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new ConnectorError("transient.stopped", "The try was stopped")));
const lines = createInterface({ input: process.stdin });
// whoever started it is gone
lines.once("close", () => process.exit());
const firstLine = new Promise<string>((resolve) => lines.once("line", resolve));

keepStdoutClean();
try {
	await attempt();
} catch (thrown) {
	for (const error of allErrors(thrown)) {
		const { stack = "" } = error.cause instanceof Error ? error.cause : error;
		tell({ failed: { ...toTraceError(error), stack_trace: stack } });
	}
}
process.stdout.write("", () => process.exit());

async function attempt(): Promise<void> {
	const { default: source } = (await load(module)) as { default: unknown };
	if (!isDefinition(source) || source.kind !== "source") throw noSource();
	tell({ loaded: { name: source.name, version: source.version, spec: specOf(source) } });
	if (demo === null) return tried(source, JSON.parse(await firstLine) as JsonObject);
	const { start } = (await load(demo)) as { start: StartDemo };
	const { config, says, close } = await start({ small: true });
	tell({ demo: { says, config } });
	await tried(source, config).finally(close);
}

async function tried(source: Source, given: JsonObject): Promise<void> {
	let config = given;
	let doing = "check";
	const keep = async (message: Message) => {
		// a token that works one time was used by the check
		if (message.type === "CONTROL") config = message.control.connectorConfig.config;
		tell({ message });
	};
	const tap = devTap(() => doing, tell);
	const status = await checkSource(source, { config, tap, keep, signal: stop.signal });
	tell({ check: status });
	if (status.status === "FAILED") return;
	doing = "streams";
	const read = new Map<string, StreamRead>();
	for await (const batch of readBatches(source, { config, tap, keep, sample, signal: stop.signal })) {
		for (const message of batch) {
			if (message.type === "TRACE" && message.trace.stream_status?.status === "STARTED")
				doing = message.trace.stream_status.stream_descriptor.name;
		}
		const one = read.get(doing) ?? { stream: doing, pages: 0, rows: 0, whole: false };
		read.set(doing, note(batch, one));
	}
	read.delete("streams");
	for (const one of read.values()) tell({ read: one });
}

/** Tells a batch, as far as its rows are looked at, and counts it. */
function note(batch: readonly Message[], { stream, pages, rows, whole }: StreamRead): StreamRead {
	let [all, ended] = [rows, whole];
	for (const message of batch) {
		const isRow = message.type === "RECORD" || (message.type === "LOG" && message.log.reject !== undefined);
		if (isRow) all++;
		if (!isRow || all <= sample.rows) tell({ message });
		ended ||= message.type === "TRACE" && message.trace.stream_status?.status === "COMPLETE";
	}
	return { stream, pages: all > rows ? pages + 1 : pages, rows: all, whole: ended };
}

function noSource(): ConnectorError {
	return new ConnectorError("internal.definition", "The module exports no source", {
		where: module,
		why: "its default export is not what defineSource answers",
		next: "export default defineSource({ … })",
	});
}
