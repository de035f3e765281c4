/** What the tests of this room share: a folder, a host, programs, and runs with everything they told. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { JsonObject } from "@growthnav/spec";
import { onTestFinished } from "vitest";
import type { RunEvent } from "../../src/pipeline/events.ts";
import { parsePipeline } from "../../src/pipeline/file/file.ts";
import { type PlanOptions, planPipeline } from "../../src/pipeline/file/plan.ts";
import type { Host } from "../../src/pipeline/host.ts";
import type { RunResult } from "../../src/pipeline/run/finish.ts";
import { type RunOptions, startRun } from "../../src/pipeline/run/run.ts";

export const PROGRAMS = resolve(import.meta.dirname, "programs");

/** A folder that is gone after the test. */
export function testFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "gn-test-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

export function testHost(folder: string, env: Record<string, string> = {}): Host {
	return {
		env: { PATH: process.env.PATH, HOME: folder, ...env },
		cwd: folder,
		platform: process.platform,
		node: process.execPath,
		program: "growthnav",
		version: "0.0.0",
		pid: process.pid,
		tmpdir: folder,
		now: Date.now,
		signal(pid, signal) {
			try {
				return process.kill(pid, signal);
			} catch {
				return false;
			}
		},
	};
}

export interface Case {
	/** Config of source.mjs; `streams` and `steps` above all. */
	source: JsonObject;
	destination?: JsonObject;
	/** The destination has no ledger and sends no reports. */
	foreign?: boolean;
	pipeline?: JsonObject;
	env?: Record<string, string>;
	folder?: string;
	options?: Partial<RunOptions>;
	plan?: PlanOptions;
	/** Ctrl-C after so many milliseconds. */
	stopAfter?: number;
	/** Called with every event. */
	on?: (event: RunEvent, run: { stop(signal: "SIGINT" | "SIGTERM"): void }) => unknown;
}

export interface Ran {
	folder: string;
	result: RunResult;
	events: RunEvent[];
	of<Name extends RunEvent["event"]>(name: Name): Extract<RunEvent, { event: Name }>[];
	/** What the destination's ledger holds. */
	ledger(): { rows: Record<string, number>; states: Record<string, JsonObject>; lines: string[]; epoch: number };
	file(name: string): string;
}

export function pipelineText({ source, destination = {}, foreign, pipeline = {} }: Case): string {
	return JSON.stringify({
		customer: "acme",
		source: { command: [process.execPath, join(PROGRAMS, "source.mjs")], config: source },
		destination: {
			command: [process.execPath, join(PROGRAMS, "destination.mjs"), ...(foreign ? ["foreign"] : [])],
			config: { path: "ledger.json", ...destination },
		},
		...pipeline,
	});
}

/** Plans and runs a case to its end; fails where the plan has errors. */
export async function runCase(given: Case): Promise<Ran> {
	const folder = given.folder ?? testFolder();
	const host = testHost(folder, given.env);
	writeFileSync(join(folder, "acme.yaml"), pipelineText(given));
	const loaded = await parsePipeline(pipelineText(given), "acme.yaml", join(folder, "acme.yaml"));
	if (loaded.errors) throw new AggregateError(loaded.errors, loaded.errors.map((one) => one.message).join());
	const { plan, errors } = await planPipeline(loaded.file, host, given.plan);
	if (!plan) throw new AggregateError(errors, errors.map((one) => one.message).join());
	const events: RunEvent[] = [];
	try {
		const run = startRun(plan, {
			...given.options,
			onEvent(event) {
				events.push(event);
				given.on?.(event, run);
			},
		});
		if (given.stopAfter !== undefined) setTimeout(() => run.stop("SIGINT"), given.stopAfter);
		const result = await run.finished;
		return {
			folder,
			result,
			events,
			of: (name) => events.filter((one) => one.event === name) as never,
			ledger: () => JSON.parse(readFileSync(join(folder, "ledger.json"), "utf8")),
			file: (name) => readFileSync(join(folder, name), "utf8"),
		};
	} finally {
		await plan.close();
	}
}
