/** Our sources as taps, and Singer targets as destinations: the same rows in each of three real targets, twice. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json, JsonObject, Stream } from "@growthnav/spec";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	type Ended,
	eventsIn,
	folder,
	GROWTHNAV,
	messagesIn,
	pipe,
	run,
	SOURCE_FILE,
	writeFile,
} from "../processes.ts";
import { type Started, startDemos } from "./demos.ts";
import { findPeer, type Peer } from "./find.ts";

const inPeers = (path: string) => fileURLToPath(new URL(path, import.meta.url));

type Rows = Record<string, JsonObject[]>;

interface Target {
	name: Peer & `target-${string}`;
	/** Program and first words, in the folder of the target. */
	command(bin: string): string[];
	config: JsonObject;
	/** What it holds, by stream; several runs may stand in several files. */
	rows(at: string, bin: string): Promise<Rows>;
	/** A record, with all fields of the schema, as the target holds it. */
	held(record: JsonObject, columns: readonly string[]): JsonObject;
	/** Rows with a key replace each other. */
	upserts: boolean;
}

const TARGETS: Target[] = [
	{
		name: "target-jsonl",
		command: (bin) => [`${bin}target-jsonl`],
		config: { destination_path: "out" },
		rows: async (at) =>
			inFiles(join(at, "out"), (text) =>
				text
					.split("\n")
					.filter(Boolean)
					.map((line) => JSON.parse(line)),
			),
		held: (record) => record,
		upserts: false,
	},
	{
		name: "target-csv",
		command: (bin) => [`${bin}python`, inPeers("target-csv/main.py")],
		config: { destination_path: "", disable_collection: true },
		rows: async (at) => inFiles(at, csvRows),
		held: csvRow,
		upserts: false,
	},
	{
		name: "target-duckdb",
		command: (bin) => [`${bin}target-duckdb`],
		config: { path: "t.duckdb", default_target_schema: "main" },
		async rows(at, bin) {
			const { out, err, code } = await run(`${bin}python`, [inPeers("target-duckdb/rows.py"), join(at, "t.duckdb")]);
			if (code !== 0) throw new Error(err);
			return JSON.parse(out) as Rows;
		},
		held: duckRow,
		upserts: true,
	},
];

const SALES = `id,amount,day,note
1,12.50,2026-01-01,first
2,0.10,2026-01-02,"two
lines, and \u2028"
3,9007199254740993.10,2026-01-03,
`;

let square: Started;
/** What our own source prints. */
let printed: Rows;
beforeAll(async () => {
	[square] = (await startDemos(["square"])) as [Started];
	const config = writeFile(join(folder(), "square.json"), square.config);
	printed = recordsOf(await run(square.program, ["read", "--config", config]));
});
afterAll(() => square?.close());

for (const target of TARGETS) {
	const peer = findPeer(target.name);
	const title = "missing" in peer ? `${target.name}: skipped, ${peer.missing}` : target.name;
	if ("missing" in peer) console.warn(title);

	describe.skipIf("missing" in peer)(title, () => {
		const { bin } = peer as { bin: string };

		test("takes source-file as a tap: its rows, and a state from which the tap goes on", async () => {
			const at = home(target);
			writeFile(join(at, "sales.csv"), SALES);
			writeFile(join(at, "file.json"), { path: "sales.csv", key: ["id"], columns: { note: "string" } });
			const sync = async (...more: string[]) => {
				const [program, ...words] = target.command(bin);
				const source = { program: SOURCE_FILE, args: ["--singer", "--config", "file.json", ...more] };
				const args = [...words, "--config", "target.json"];
				const ended = await pipe(source, { program: program!, args, env: environment(at) }, { cwd: at });
				expect([ended.source.code, ended.destination.code], ended.destination.err).toEqual([0, 0]);
				writeFile(join(at, "state.json"), ended.destination.out);
				return target.rows(at, bin);
			};
			const read = await run(SOURCE_FILE, ["read", "--config", "file.json"], { cwd: at });
			const { sales } = recordsOf(read);
			expectHeld((await sync()).file__sales, sales!, target);
			if (target.name === "target-jsonl") expect(textIn(join(at, "out"))).toContain('"amount": 9007199254740993.10');
			writeFile(join(at, "sales.csv"), `${SALES}4,1.25,2026-01-04,later\n`);
			const after = (await sync("--state", "state.json")).file__sales!;
			expect(after.map((row) => Number(row.id ?? row[0])).sort()).toEqual([1, 2, 3, 4]);
		}, 40_000);

		test("is a destination of source-square: its rows, a state that came back, and a second run that goes on", async () => {
			const at = home(target);
			writeFile(join(at, "square.json"), square.config);
			const command = [...target.command(bin), "--config", "target.json"].map((word) => `'${word}'`).join(" ");
			const args = [
				"sync",
				"square",
				`singer:${command}`,
				"--source-config",
				"square.json",
				"--name",
				"shop",
				"--json",
			];
			const sync = () => run(GROWTHNAV, args, { cwd: at, env: { ...environment(at), TMPDIR: at } });
			const first = await sync();
			expect(first.code, first.out.slice(-2000)).toBe(0);
			const count = Object.values(printed).reduce((sum, rows) => sum + rows.length, 0);
			expect(eventsIn(first, "run_finished")[0]).toMatchObject({ status: "done", loaded: count });
			const ends = eventsIn(first, "stream_finished").map(({ stream, status, loaded }) => [stream, status, loaded]);
			expect(ends).toEqual(Object.entries(printed).map(([name, rows]) => [name, "complete", rows.length]));
			const held = await target.rows(at, bin);
			for (const [name, rows] of Object.entries(printed)) expectHeld(held[`square__${name}`], rows, target);
			const states = JSON.parse(readFileSync(join(at, ".growthnav/shop/state.json"), "utf8")) as Json[];
			expect(states).toHaveLength(Object.keys(printed).length);

			const second = await sync();
			expect(second.code, second.out.slice(-2000)).toBe(0);
			expect(eventsIn(second, "run_started")[0]).toMatchObject({ continues: true });
			expect(eventsIn(second, "run_finished")[0]!.read as number).toBeLessThan(count / 2);
			if (!target.upserts) return;
			const again = await target.rows(at, bin);
			const counts = (rows: Rows) => Object.fromEntries(Object.entries(rows).map(([name, all]) => [name, all.length]));
			expect(counts(again)).toEqual(counts(held));
		}, 40_000);
	});
}

/** A folder where the target runs, with its settings. */
function home(target: Target): string {
	const at = folder();
	writeFile(join(at, "target.json"), target.config);
	return at;
}

function environment(at: string): Record<string, string> {
	return { HOME: at, XDG_CONFIG_HOME: at, XDG_CACHE_HOME: at, TZ: "UTC" };
}

function add(rows: Rows, stream: string, more: JsonObject[]): void {
	rows[stream] = [...(rows[stream] ?? []), ...more];
}

/** Of a source of ours, which prints its catalog first: each with all its fields, in their order. */
function recordsOf(ended: Ended): Rows {
	if (ended.code !== 0) throw new Error(ended.out.slice(-2000));
	const rows: Rows = {};
	const none = new Map<string, JsonObject>();
	for (const message of messagesIn(ended)) {
		if (message.type === "CATALOG") {
			for (const stream of message.catalog.streams) none.set(stream.name, withoutValues(stream));
		} else if (message.type === "RECORD") {
			const { stream, data, emitted_at } = message.record;
			const record: JsonObject = { ...none.get(stream), ...data };
			if ("_sdc_sequence" in record) record._sdc_sequence = Math.trunc(emitted_at);
			add(rows, stream, [record]);
		}
	}
	return rows;
}

/** A stream without a number gets one. */
function withoutValues({ json_schema }: Stream): JsonObject {
	const fields = Object.entries(json_schema.properties ?? {});
	const isNumber = fields.some(([, { type }]) => /^(null|,|number|integer|boolean)+$/.test(String(type)));
	const names = fields.map(([name]) => name);
	return Object.fromEntries([...names, ...(isNumber ? [] : ["_sdc_sequence"])].map((name) => [name, null]));
}

/** Every row that was printed stands there, as the target holds such a row; and no other. */
function expectHeld(found: JsonObject[] | undefined, records: JsonObject[], { held, upserts }: Target): void {
	const texts = (rows: JsonObject[]) => rows.map((row) => JSON.stringify(Object.entries(steady(row)).sort())).sort();
	const columns = Object.keys(found?.[0] ?? {});
	const wanted = records.map((record) => held(record, columns));
	// of a record that came twice only the last version stays
	const last = new Map(wanted.map((row, at) => [upserts && "id" in row ? row.id : at, row]));
	expect(texts(found ?? [])).toEqual(texts([...last.values()]));
}

/** Milliseconds since the epoch differ from run to run. */
function steady(row: JsonObject): JsonObject {
	const isNow = (value: unknown) =>
		/^1[789]\d{11}$/.test(String(value)) && Math.abs(Number(value) - Date.now()) < 600_000;
	return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, isNow(value) ? "now" : value]));
}

function textIn(at: string): string {
	return readdirSync(at)
		.map((name) => readFileSync(join(at, name), "utf8"))
		.join("");
}

/** `square__orders-20261120T200000.jsonl` */
function inFiles(at: string, parsed: (text: string) => JsonObject[]): Rows {
	const rows: Rows = {};
	for (const file of readdirSync(at).sort()) {
		const stream = /^(\w+)-\d{8}T\d{6}\.\w+$/.exec(file)?.[1];
		if (stream !== undefined) add(rows, stream, parsed(readFileSync(join(at, file), "utf8")));
	}
	return rows;
}

/** target-csv: values by their place, since each row has the columns that its own objects have. */
function csvRows(text: string): JsonObject[] {
	const rows = parse(text, { relax_column_count: true }) as string[][];
	return rows.slice(1).map(byPlace);
}

function byPlace(values: string[]): JsonObject {
	return Object.fromEntries(values.map((value, at) => [at, value]));
}

/** Objects flat, Python's words for the rest. */
function csvRow(record: JsonObject): JsonObject {
	const flat = (value: Json): string[] =>
		typeof value === "object" && value !== null && !Array.isArray(value)
			? Object.values(value).flatMap((one) => flat(one as Json))
			: [pythonText(value)];
	return byPlace(flat(record));
}

function pythonText(value: Json): string {
	if (value === null) return "";
	if (typeof value === "boolean") return value ? "True" : "False";
	return Array.isArray(value)
		? pythonList(value)
		: typeof value === "number" && value === 9007199254740994
			? "9007199254740994.0"
			: String(value);
}

function pythonList(value: Json): string {
	if (value === null) return "None";
	if (Array.isArray(value)) return `[${value.map(pythonList).join(", ")}]`;
	if (typeof value === "object") {
		return `{${Object.entries(value)
			.map(([key, one]) => `'${key}': ${pythonList(one as Json)}`)
			.join(", ")}}`;
	}
	return typeof value === "string" ? `'${value}'` : pythonText(value);
}

/** target-duckdb: the columns of the schema alone, in small letters, empty text is null, times without a zone, objects as JSON. */
function duckRow(record: JsonObject, columns: readonly string[]): JsonObject {
	const known = Object.entries(record).filter(([name]) => columns.includes(name.toLowerCase()));
	return Object.fromEntries(known.map(([name, value]) => [name.toLowerCase(), duckValue(value as Json)]));
}

const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/;

function duckValue(value: Json): Json {
	if (value === "") return null;
	if (typeof value === "string") {
		const [, day, time, fraction] = INSTANT.exec(value) ?? [];
		if (day === undefined) return value;
		const digits = Number(fraction ?? 0) === 0 ? "" : `.${fraction!.padEnd(6, "0").slice(0, 6)}`;
		return `${day} ${time}${digits}`;
	}
	return typeof value === "object" && value !== null ? pythonJson(value) : value;
}

/** As Python's json.dumps writes it. */
function pythonJson(value: Json): string {
	if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
	if (typeof value === "object" && value !== null) {
		return `{${Object.entries(value)
			.map(([key, one]) => `${JSON.stringify(key)}: ${pythonJson(one as Json)}`)
			.join(", ")}}`;
	}
	return JSON.stringify(value).replace(
		/[\u007f-\uffff]/g,
		(one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}
