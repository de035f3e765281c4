/** Wrong settings, for every executable: all faults at once, each with its place and the next step, no stack trace. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TraceError } from "@growthnav/spec";
import { describe, expect, test } from "vitest";
import {
	DESTINATION_DUCKDB,
	type Ended,
	errorsIn,
	eventsIn,
	folder,
	GROWTHNAV,
	messagesIn,
	run,
	SOURCE_FILE,
	SOURCE_SQUARE,
	writeFile,
} from "./processes.ts";

const STACK = /\n\s+at [^\n]*(:\d+:\d+|<anonymous>)/;

/** What is expected of one fault: its code, the end of its place, and a part of the next step. */
type Fault = [code: string, where: string, next?: string];

interface Wrong {
	settings: string;
	faults: Fault[];
}

const EXECUTABLES: [name: string, program: string, works: string, cases: Wrong[]][] = [
	[
		"destination-duckdb",
		DESTINATION_DUCKDB,
		"write",
		[
			{
				settings: '{\n  "path": "a.duckdb",\n  "customer_id": "acme",\n  "spool_qouta": 5\n}',
				faults: [["config.unknown_key", "c.json:4:3, spool_qouta", "did you mean spool_quota?"]],
			},
			{
				settings: '{"path": 5, "customer_id": "acme", "epoch_bytes": "64 MB"}',
				faults: [
					["config.wrong_type", "c.json:1:10, path"],
					["config.wrong_type", "c.json:1:51, epoch_bytes"],
				],
			},
			{
				settings: '{"path": "a.duckdb", "customer_id": "Acme Inc."}',
				faults: [["config.wrong_value", "c.json:1:37, customer_id"]],
			},
			{ settings: '{"path": "a.duckdb"}', faults: [["config.missing", "customer_id", "add customer_id"]] },
			{
				settings: '{"path": "env:STORE", "customer_id": "acme"}',
				faults: [["config.reference", "c.json:1:10, path", "growthnav with a pipeline file"]],
			},
		],
	],
	[
		"source-square",
		SOURCE_SQUARE,
		"read",
		[
			{
				settings: '{"acces_token": "EAAA-something-long"}',
				faults: [
					["config.unknown_key", "c.json:1:2, acces_token", "did you mean access_token?"],
					["config.missing", "access_token"],
				],
			},
			{
				settings: '{"access_token": "EAAA-something-long", "environment": "sandbx", "location_ids": ["L1", 2]}',
				faults: [
					["config.wrong_value", "c.json:1:56, environment", "did you mean sandbox?"],
					["config.wrong_type", "c.json:1:89, location_ids[1]"],
				],
			},
			{
				settings: '{"access_token": "file:/run/secrets/square"}',
				faults: [["config.reference", "c.json:1:18, access_token", "growthnav with a pipeline file"]],
			},
		],
	],
	[
		"source-file",
		SOURCE_FILE,
		"read",
		[
			{
				settings: '{"path": "x.csv", "delimeter": ";", "header": "yes"}',
				faults: [
					["config.unknown_key", "c.json:1:19, delimeter", "did you mean delimiter?"],
					["config.wrong_type", "c.json:1:47, header"],
				],
			},
			{ settings: '{"stream": "x"}', faults: [["config.missing", "path", "add path"]] },
			{
				settings: '{"path": "nothing/here-*.csv"}',
				faults: [["config.file_missing", "path"]],
			},
		],
	],
];

const BROKEN: Wrong[] = [
	{ settings: '{"path": "a.duckdb",\n "customer_id"', faults: [["config.json", "c.json:2:15"]] },
	{ settings: "", faults: [["config.json", "c.json:1:1"]] },
	{ settings: "[1, 2]", faults: [["config.wrong_type", "c.json:1:1"]] },
];

function expectFaults(errors: readonly TraceError[], faults: readonly Fault[]): void {
	expect(errors.map(({ code }) => code)).toEqual(faults.map(([code]) => code));
	for (const [i, [, where, next = ""]] of faults.entries()) {
		const error = errors[i]!;
		expect(error.where).toContain(where);
		for (const part of [error.message, error.why, error.next]) expect(part).toMatch(/^\S[^\n]*$/);
		expect(error.next).toContain(next);
	}
}

function expectNoTrace({ out, err }: Ended): void {
	expect(out + err).not.toMatch(STACK);
	expect(out).not.toContain("stack_trace");
}

describe.for(EXECUTABLES)("%s", ([, program, works, cases]) => {
	test.concurrent.for([...cases, ...BROKEN])("$faults.0.0, $faults.0.1", async ({ settings, faults }) => {
		const at = folder();
		writeFile(join(at, "c.json"), settings);
		const [worked, checked] = await Promise.all(
			[works, "check"].map((command) => run(program, [command, "--config", "c.json"], { cwd: at })),
		);
		expect([worked!.code, worked!.err]).toEqual([10, ""]);
		expectNoTrace(worked!);
		expectFaults(errorsIn(worked!), faults);
		// the same as an answer, with exit code 0
		expect([checked!.code, checked!.err]).toEqual([0, ""]);
		const [answer] = messagesIn(checked!);
		const { status, error, errors } = (
			answer as { connectionStatus: { status: string; error?: TraceError; errors?: TraceError[] } }
		).connectionStatus;
		expect(status).toBe("FAILED");
		expectFaults(errors ?? [error!], faults);
		expect(existsSync(join(at, "a.duckdb"))).toBe(false);
	});

	test("a file that is not there, an option that does not exist, a command that does not exist", async () => {
		const at = folder();
		const missing = await run(program, [works, "--config", "nowhere.json"], { cwd: at });
		expect(missing.code).toBe(10);
		expectFaults(errorsIn(missing), [["config.file", "--config"]]);
		for (const args of [[works], [works, "--confg", "c.json"], [`${works}x`], []]) {
			const ended = await run(program, args, { cwd: at });
			if (args.length === 0) expect(ended.code).toBe(0);
			else expect(errorsIn(ended)).toMatchObject([{ code: "config.usage", next: expect.any(String) }]);
			expectNoTrace(ended);
		}
	});
});

describe("growthnav", () => {
	const SOURCE = "source: { connector: square, config: { access_token: env:SQUARE_TOKEN } }";
	const FILES: { file: string; env?: Record<string, string>; faults: Fault[] }[] = [
		{
			file: `custmer: acme\n${SOURCE}\ndestination: duckdb\n`,
			faults: [
				["config.unknown_key", "acme.yaml:1:1", "did you mean customer?"],
				["config.missing", "acme.yaml"],
			],
		},
		{
			file: `customer: acme\n${SOURCE}\ndestination: duckdb\n`,
			faults: [["config.secret_missing", "acme.yaml:2:54, source.config.access_token", "SQUARE_TOKEN"]],
		},
		{
			file: `customer: acme\n${SOURCE.replace("env:SQUARE_TOKEN", "file:secrets/none")}\ndestination: duckdb\n`,
			faults: [["config.secret_missing", "source.config.access_token"]],
		},
		{
			file: `customer: acme\n${SOURCE.replace("env:SQUARE_TOKEN", "EAAA-plain-as-day")}\ndestination: duckdb\n`,
			faults: [["config.secret_in_file", "acme.yaml:2:54, source.config.access_token", "env:"]],
		},
		{
			file: `customer: acme\n${SOURCE}\ndestination: { connector: duckdb, config: { pth: x.duckdb } }\n`,
			env: { SQUARE_TOKEN: "EAAA-something-long" },
			faults: [["config.unknown_key", "acme.yaml:3:45", "did you mean path?"]],
		},
		{
			file: `customer: acme\nsource: { connector: sqare }\ndestination: duckdb\n`,
			faults: [["config.unknown_connector", "acme.yaml:2", "did you mean square?"]],
		},
		{
			file: `customer: acme\n${SOURCE}\ndestination: duckdb\nlimits: { minutes: soon }\n`,
			faults: [["config.wrong_type", "acme.yaml:4:20, limits.minutes"]],
		},
		{
			file: `customer: acme\n${SOURCE}\n\tdestination: duckdb\n`,
			faults: [["config.yaml_syntax", "acme.yaml:3"]],
		},
	];

	test.concurrent.for(FILES)("$faults.0.0, $faults.0.1", async ({ file, env = {}, faults }) => {
		const at = folder();
		writeFile(join(at, "acme.yaml"), file);
		const [json, people] = await Promise.all(
			[["--json"], []].map((more) => run(GROWTHNAV, ["run", "acme.yaml", ...more], { cwd: at, env })),
		);
		expect([json!.code, people!.code]).toEqual([10, 10]);
		expectNoTrace(json!);
		expectNoTrace(people!);
		expectFaults(eventsIn(json!, "error") as never as TraceError[], faults);
		for (const [code] of faults) expect(people!.err).toContain(code);
		expect(people!.err).not.toContain("plain-as-day");
		expect(existsSync(join(at, "acme.duckdb"))).toBe(false);
	});
});
