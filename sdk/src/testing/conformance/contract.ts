/** The contract of the conformance kit: what is tried, and what a check says. It knows no test runner. */
import type { Catalog, ConnectionStatusPayload, JsonObject, SpecPayload } from "@growthnav/spec";
import type { Outcome as ConversionOutcome } from "../../conversion/contract.ts";
import type { Source } from "../../source/definition.ts";
import type { Demo, StartDemo } from "../../source/demo.ts";
import type { SavedStream } from "../../source/saved-state.ts";
import type { Reading } from "../reading.ts";
import type { Identify } from "./committed.ts";
import type { Program } from "./program.ts";
import type { FaultProxy } from "./proxy.ts";

/** A connector with the scripted source that its package brings along. */
export interface Subject {
	source: Source;
	start: StartDemo;
	/** What the last release promised; its spec and its catalog must still hold. */
	released?: Released | undefined;
	/** What is known and right, each with its reason. */
	known?: Known | undefined;
	/** How its executable is started: `[process.execPath, "bin.js"]`. Left out: the rules of processes are not tried. */
	program?: readonly string[] | undefined;
}

export interface Released {
	spec: SpecPayload;
	catalog: Catalog;
}

export interface Known {
	/** Streams that have no rows in the demo, with the reason. */
	empty?: Record<string, string>;
	/** Declared fields that no row of the demo has, by the reason: "orders.app.name". */
	unseen?: Record<string, string[]>;
	/** Rows of the demo that must be refused: so many, by stream. */
	rejects?: Record<string, number>;
	/** Conversions that must be refused: so many, by stream and code ("orders no_event_time"). */
	refused?: Record<string, number>;
}

/** One rule. `run` answers what is wrong, each a sentence with its place; nothing where the rule holds. */
export interface Check {
	/** "resume: from every state" */
	name: string;
	/** What must hold, in words. */
	rule: string;
	run(trial: Trial): Promise<string[]>;
	/** Of sources that speak HTTP alone. */
	http?: true;
	/** Where the executable is known alone. */
	program?: true;
}

export interface Outcome {
	name: string;
	rule: string;
	/** Empty where the rule holds. */
	findings: string[];
	/** Why it was not tried. */
	skipped?: string;
	seconds: number;
}

/** What checks try things on; the connector reads its demo through a proxy that makes the faults. */
export interface Trial {
	source: Source;
	demo: Demo;
	/** The demo's config, its server behind the proxy. */
	config: JsonObject;
	known: Known;
	released: Released | undefined;
	/** Absent where the config names no server of the demo. */
	proxy: FaultProxy | undefined;
	/** Its executable, where that is known; it reads the same demo. */
	program: Program | undefined;
	read(options?: ReadOptions): Promise<Reading & { batches: number }>;
	check(config?: JsonObject): Promise<ConnectionStatusPayload>;
	discover(): Promise<Catalog>;
	/** A whole read that nothing disturbed; made once. */
	whole(): Promise<Reading & { batches: number; identify: Identify }>;
	/** What its rows become, as a table has them: the last of each key; made once. */
	outcomes(): Promise<{ stream: string; outcome: ConversionOutcome }[]>;
	close(): Promise<void>;
}

export interface ReadOptions {
	state?: readonly SavedStream[];
	config?: JsonObject;
	/** The read is stopped when so many batches came. */
	stopAfter?: number;
	now?: () => number;
}
