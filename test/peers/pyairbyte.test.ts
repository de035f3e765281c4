/** Our sources under Airbyte's own client: PyAirbyte asks them, and reads them twice into a cache of its own. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalog, ConfiguredCatalog, JsonObject, Message, Stream } from "@growthnav/spec";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, FULL, folder, messagesIn, run, statesIn, writeFile } from "../processes.ts";
import { DEMOS, type Started, startDemos } from "./demos.ts";
import { findPeer } from "./find.ts";

/** Each start of the client takes many seconds. */
const NAMES = FULL ? DEMOS : ["file", "square", "woocommerce"];
const peer = findPeer("pyairbyte");
const title = "missing" in peer ? `PyAirbyte: skipped, ${peer.missing}` : "PyAirbyte";
if ("missing" in peer) console.warn(title);

const DRIVER = fileURLToPath(new URL("pyairbyte/read.py", import.meta.url));

interface Read {
	/** Per stream, that came; streams without any are left out. */
	records: Record<string, number>;
	/** In the tables after it: rows, and different keys. */
	held: Record<string, [rows: number, keys: number]>;
}

interface Told {
	name: string;
	settings: string[];
	streams: string[];
	reads: [Read, Read];
}

describe.skipIf("missing" in peer)(title, () => {
	let demos: Started[];
	let theirs: Map<string, Told>;
	const ours = new Map<string, Told>();

	beforeAll(async () => {
		demos = await startDemos(NAMES);
		const [told] = await Promise.all([
			readByClient(demos),
			...demos.map(async (demo) => ours.set(demo.name, await readByHand(demo))),
		]);
		theirs = told;
	}, 110_000);
	afterAll(async () => {
		for (const { close } of demos ?? []) await close();
	});

	test.each(NAMES)("source-%s: settings, streams, and the rows of two reads are those that we read", (short) => {
		const [their, our] = [theirs.get(`source-${short}`)!, ours.get(`source-${short}`)!];
		expect(their).toEqual(our);
		const [first, second] = our.reads.map(({ records }) => Object.values(records).reduce((a, b) => a + b, 0));
		expect(first).toBeGreaterThan(0);
		expect(second).toBeLessThan(first! / 4);
	});
});

async function readByClient(demos: readonly Started[]): Promise<Map<string, Told>> {
	if ("missing" in peer) return new Map();
	const at = folder();
	const asked = {
		folder: at,
		sources: demos.map(({ name, program, config }) => ({ name, executable: program, config })),
	};
	const ended = await run(`${peer.bin}python`, [DRIVER], {
		cwd: at,
		input: JSON.stringify(asked),
		env: {
			// it starts our programs by their first line, `env node`
			PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
			HOME: at,
			TMPDIR: at,
			DO_NOT_TRACK: "1",
			AIRBYTE_OFFLINE_MODE: "1",
			AIRBYTE_PROJECT_DIR: at,
			AIRBYTE_LOGGING_ROOT: join(at, "logs"),
			PYTHONWARNINGS: "ignore",
		},
	});
	if (ended.code !== 0) throw new Error(ended.err.slice(-3000));
	const lines = ended.out.trimEnd().split("\n");
	return new Map(lines.map((line) => JSON.parse(line) as Told).map((told) => [told.name, told]));
}

/** What the client does, by hand: spec, discover, and two reads of a catalog that asks for all in incremental mode. */
async function readByHand({ name, program, config }: Started): Promise<Told> {
	const at = folder();
	const settings = writeFile(join(at, "config.json"), config);
	const [specified, discovered] = await Promise.all([
		run(program, ["spec"]),
		run(program, ["discover", "--config", settings]),
	]);
	const { spec } = theOnly("SPEC", specified);
	const found = theOnly("CATALOG", discovered);
	const catalog = writeFile(join(at, "catalog.json"), askedFor(found.catalog));
	const tables = new Map(found.catalog.streams.map((stream) => [stream.name, tableOf(stream)]));
	const read = async (state?: string): Promise<{ read: Read; state: string }> => {
		const from = state === undefined ? [] : ["--state", state];
		const ended = await run(program, ["read", "--config", settings, "--catalog", catalog, ...from]);
		if (ended.code !== 0) throw new Error(`${name}: ${ended.out.slice(-2000)}`);
		const records: Record<string, number> = {};
		for (const message of messagesIn(ended)) {
			if (message.type !== "RECORD") continue;
			const { stream, data } = message.record;
			records[stream] = (records[stream] ?? 0) + 1;
			tables.get(stream)!.add(data);
		}
		const held = Object.fromEntries([...tables].map(([stream, table]) => [stream, table.commit()]));
		const states = statesIn(ended).map((one) => ({ type: "STATE", state: one }));
		return { read: { records, held }, state: writeFile(join(at, "state.json"), states) };
	};
	const first = await read();
	const second = await read(first.state);
	const { properties } = spec.connectionSpecification as { properties: JsonObject };
	const streams = found.catalog.streams.map(({ name }) => name);
	return { name, settings: Object.keys(properties).sort(), streams, reads: [first.read, second.read] };
}

/**
 * A table as the client keeps it: by key, but of a record that comes twice in one read, because it changed meanwhile, it
 * keeps both.
 */
function tableOf({ source_defined_primary_key: key = [] }: Stream) {
	const rows = new Map<string, number>();
	let came = new Map<string, number>();
	return {
		add(data: JsonObject) {
			const value = JSON.stringify(key.map(([name]) => data[name!]));
			came.set(value, (came.get(value) ?? 0) + 1);
		},
		commit(): [number, number] {
			for (const [value, times] of came) if (!rows.has(value)) rows.set(value, times);
			came = new Map();
			return [[...rows.values()].reduce((a, b) => a + b, 0), rows.size];
		},
	};
}

function theOnly<Type extends Message["type"]>(type: Type, ended: Ended): Extract<Message, { type: Type }> {
	const found = messagesIn(ended).filter((message) => message.type === type);
	if (found.length !== 1) throw new Error(`${found.length} ${type} in ${ended.out.slice(-2000)}${ended.err}`);
	return found[0] as Extract<Message, { type: Type }>;
}

function askedFor({ streams }: Catalog): ConfiguredCatalog {
	return {
		streams: streams.map((stream) => ({ stream, sync_mode: "incremental", destination_sync_mode: "overwrite" })),
	};
}
