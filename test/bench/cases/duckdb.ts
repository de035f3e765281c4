/** From messages on stdin to committed tables in DuckDB: beside others, and beside what parsing alone takes. */
import { chmod, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { type FoundPeer, findPeer } from "../../peers/find.ts";
import { committedRecords } from "../check/messages.ts";
import { conversionsIn, outcomeOfJsonLines, outcomeOfTable } from "../check/tables.ts";
import { PARSE, parseOnly } from "../contenders/parse.ts";
import type { Amount, Case, Comparison, Contender, Goal, Wish } from "../harness/case.ts";
import { catalogOf, type Way } from "../workloads/catalogs.ts";
import { type Input, jsonLinesFile, lineOf, messagesFile, singerFile } from "../workloads/inputs.ts";
import type { Size } from "../workloads/orders.ts";
import { quiet, settings, writing } from "../workloads/run.ts";

const BESIDE_PEERS = 200_000;
/** So many that the first commit and the last, which nothing else is done beside, weigh little. */
const COUNTS: Record<Size, number> = { small: 1_200_000, large: 360_000 };
const STORE = "orders.duckdb";

export const duckdb: Case = {
	name: "duckdb",
	says:
		"Records from a pipe into committed tables of a DuckDB file. Beside peers without a key, as they load fastest: " +
		"PyAirbyte reads a source that is `cat`, target-duckdb Singer's messages, dlt a file of JSON lines.",
	async *comparisons(wish) {
		yield await besidePeers(wish);
		for (const size of ["small", "large"] as const) yield await besideParsing(size, wish);
	},
};

/** Which way goes with which goals. */
type Goals = Partial<Record<Way, Goal[]>>;

async function besidePeers(wish: Wish): Promise<Comparison> {
	const records = wish.amount(BESIDE_PEERS);
	const messages = await messagesFile(wish.folder, "small", records);
	const lines = await jsonLinesFile(wish.folder, "small", records);
	const singer = await singerFile(wish.folder, records);
	const goals: Goals = {
		rows: [
			{ times: 4, than: "PyAirbyte" },
			{ times: 3, than: "target-duckdb" },
			{ times: 20, than: "dlt" },
			{ smaller: 10, than: "dlt" },
		],
	};
	return {
		title: "into DuckDB, 229 bytes a record, beside peers",
		records,
		bytes: (await stat(messages.all)).size,
		expected: await outcomeOfJsonLines(lines.all, "small"),
		contenders: [
			parseOnly(messages),
			...(await ours("small", messages, wish.folder, goals)),
			pyairbyte(await catSources(messages, wish.folder)),
			targetDuckdb(singer),
			dlt(lines),
		],
	};
}

async function besideParsing(size: Size, wish: Wish): Promise<Comparison> {
	const records = wish.amount(COUNTS[size]);
	const messages = await messagesFile(wish.folder, size, records);
	const lines = await jsonLinesFile(wish.folder, size, records);
	const ofParsing: Goal = { times: 0.25, than: PARSE };
	const rate: Goal[] = size === "small" ? [{ perSecond: 150_000 }] : [];
	const goals: Goals = {
		rows: [ofParsing, ...rate],
		keyed: [ofParsing, ...rate],
		converted: [{ perSecond: size === "small" ? 80_000 : 40_000 }],
	};
	return {
		title: `into DuckDB, ${size === "small" ? "229" : "900"} bytes a record`,
		records,
		bytes: (await stat(messages.all)).size,
		expected: await outcomeOfJsonLines(lines.all, size),
		contenders: [
			parseOnly(messages),
			...(await nowhere(size, messages, wish.folder)),
			...(await ours(size, messages, wish.folder, goals)),
		],
	};
}

const WORDS: Record<Way, string> = { rows: "ours", keyed: "ours, with a key", converted: "ours, converted" };

async function ours(size: Size, input: Input, folder: string, goals: Goals): Promise<Contender[]> {
	return Promise.all(
		(["rows", "keyed", "converted"] as const).map(async (way): Promise<Contender> => {
			const catalog = await catalogFile(size, way, folder);
			return {
				name: WORDS[way],
				role: "ours",
				command: async (at, amount) => ({
					...(await writing(at, { path: join(at, STORE) })),
					feed: ["cat", catalog, input[amount]],
				}),
				async outcome(at) {
					const file = join(at, STORE);
					const outcome = await outcomeOfTable({ file, table: "orders", size });
					if (way === "converted") outcome.records = Math.min(outcome.records, await conversionsIn(file));
					return outcome;
				},
				...(goals[way] !== undefined && { goals: goals[way] }),
			};
		}),
	);
}

/** All of it but the store: what stands between stdin and the files that DuckDB loads. */
async function nowhere(size: Size, input: Input, folder: string): Promise<Contender[]> {
	return Promise.all(
		(["keyed", "converted"] as const).map(async (way): Promise<Contender> => {
			const catalog = await catalogFile(size, way, folder);
			return {
				name: `${WORDS[way]}, without a store`,
				role: "ceiling",
				command: async (at, amount) => ({ ...(await writing(at)), feed: ["cat", catalog, input[amount]] }),
				outcome: (_at, out) => committedRecords(out),
			};
		}),
	);
}

async function catalogFile(size: Size, way: Way, folder: string): Promise<string> {
	const file = join(folder, `${size}-${way}.ndjson`);
	await writeFile(file, lineOf({ type: "CATALOG", catalog: catalogOf(size, way) }));
	return file;
}

function pyairbyte(sources: Input): Contender {
	return peer("pyairbyte", "PyAirbyte", "main.orders", (bin, at, amount) => ({
		argv: [`${bin}python`, join(PEERS, "load_pyairbyte.py"), sources[amount], at],
	}));
}

function targetDuckdb(input: Input): Contender {
	return peer("target-duckdb", "target-duckdb", "main.orders", async (bin, at, amount) => {
		// without the second one it refuses streams that have no key
		const config = { filepath: join(at, STORE), default_target_schema: "main", primary_key_required: false };
		return { argv: [`${bin}target-duckdb`, "--config", await settings(at, config)], feed: ["cat", input[amount]] };
	});
}

function dlt(input: Input): Contender {
	return peer("dlt", "dlt", "bench.orders", (bin, at, amount) => ({
		argv: [`${bin}python`, join(PEERS, "load_dlt.py"), input[amount], at],
	}));
}

const PEERS = join(import.meta.dirname, "../workloads/peers");

type Commands = (bin: string, at: string, amount: Amount) => ReturnType<Contender["command"]>;

function peer(venv: Parameters<typeof findPeer>[0], name: string, table: string, command: Commands): Contender {
	const found: FoundPeer = findPeer(venv);
	const bin = "bin" in found ? found.bin : "";
	return {
		name,
		role: "peer",
		...("missing" in found && { missing: found.missing }),
		command: async (at, amount) => ({ ...(await command(bin, at, amount)), env: quiet(at) }),
		outcome: (at) => outcomeOfTable({ file: join(at, STORE), table, size: "small", python: `${bin}python` }),
	};
}

/** Sources of Airbyte's protocol that do nothing but `cat`: what loads from them has its CPU to itself. */
async function catSources(messages: Input, folder: string): Promise<Input> {
	const source = async (amount: Amount) => {
		const file = join(folder, `cat-${amount}`);
		await writeFile(file, catSource(messages[amount]));
		await chmod(file, 0o755);
		return file;
	};
	return { all: await source("all"), start: await source("start") };
}

function catSource(messages: string): string {
	const said = (message: JsonObject) => `echo '${JSON.stringify(message)}'`;
	const json_schema = catalogOf("small", "rows").streams[0]!.json_schema as JsonObject;
	const streams = [{ name: "orders", json_schema, supported_sync_modes: ["full_refresh"] }];
	const connectionSpecification = { type: "object", properties: {} };
	return `#!/bin/sh
case "$1" in
spec) ${said({ type: "SPEC", spec: { connectionSpecification } })} ;;
check) ${said({ type: "CONNECTION_STATUS", connectionStatus: { status: "SUCCEEDED" } })} ;;
discover) ${said({ type: "CATALOG", catalog: { streams } })} ;;
read) cat '${messages}' ;;
esac
`;
}
